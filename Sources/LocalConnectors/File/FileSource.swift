package import Dataflow
import Glibc
package import Primitives
import Synchronization

/// The source `file`: the lines of one or several files as records.
package struct FileSourceFactory: SourceFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "file",
        summary: "Reads the lines of files, plain or compressed by gzip or zstd.",
        doc: "Several files are read one after another in the order of their names, as one stream. Empty lines are "
            + "skipped. The source ends at the end of the last file. A run that goes on from a checkpoint reads on in "
            + "the file it had come to, which must still hold what was read of it, and then those whose names come "
            + "after it.",
        kind: .object([
            FieldSpec(
                "path", .path, required: true, doc: "A file, or a pattern for several (`*`, `?`, `[…]`).",
                example: "data/*.ndjson.zst"),
            FieldSpec(
                "rate", .integer(1...1_000_000_000), doc: "Records a second, for a replay; as fast as can be if absent."
            ),
            FieldSpec(
                "max_record", .byteSize, default: "32MiB", doc: "A longer line is a dead letter; its beginning is kept."
            ),
        ]),
        example: "replay: { file: { path: posts.ndjson.gz, rate: 1000 }, format: json, schema: mention.avsc }")

    package func open(_ settings: Settings, _ context: SourceContext) throws(Fault) -> any Source {
        let pattern = settings["path"]?.string ?? ""
        let paths = try Self.expand(pattern.hasPrefix("/") ? pattern : context.baseDirectory + "/" + pattern)
        return try FileSource(
            paths: paths, rate: settings["rate"]?.integer,
            recordBytesMax: Int(settings["max_record"]?.byteSize ?? 32 << 20), folder: context.baseDirectory,
            position: context.positions[FileSource.laneName], clock: context.clock)
    }

    /// The files that a pattern names, sorted by name.
    private static func expand(_ pattern: String) throws(Fault) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        let status = glob(pattern, GLOB_ERR | GLOB_MARK, nil, &found)
        guard status == 0 else {
            throw Fault(
                "file.missing", "no file `\(pattern)`",
                hint: "a relative path starts from the folder of the pipeline file")
        }
        let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        let files = paths.filter { !$0.hasSuffix("/") }
        guard !files.isEmpty else {
            throw Fault(
                "file.folder", "`\(pattern)` is a folder", hint: "name its files, for example `\(pattern)/*.ndjson`")
        }
        return files
    }
}

/// Files opened for reading; the chunks are handed to whichever subtask asks next.
final class FileSource: Source {
    static let laneName = "lines"

    let laneCount = 1
    let sharesLanes = true
    let isBounded = true

    private let chunks: Mutex<ChunkReader>
    private let pace: Pace?
    private let pool: BufferPool
    /// What paths in positions start from.
    private let folder: String

    /// - Parameters:
    ///   - folder: where the pipeline file lies.
    ///   - position: what `position` gave in an earlier run; `nil`: from the beginning.
    init(
        paths: [String], rate: Int64?, recordBytesMax: Int, folder: String, position: String?, clock: any WallClock
    ) throws(Fault) {
        let pool = BufferPool()
        self.pool = pool
        self.folder = folder + "/"
        let reader = ChunkReader(paths: paths, recordBytesMax: recordBytesMax, pool: pool)
        if let position {
            var position = try FilePosition(position)
            if !position.path.hasPrefix("/") { position.path = self.folder + position.path }
            try reader.resume(at: position)
        }
        chunks = Mutex(reader)
        pace = rate.map { Pace(rate: $0, clock: clock) }
    }

    func laneName(_ lane: Int) -> String { Self.laneName }

    /// Where to read on after everything handed out so far.
    var position: String {
        var position = chunks.withLock { $0.position }
        if position.path.hasPrefix(folder) { position.path.removeFirst(folder.count) }
        return position.text
    }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        FileReader(self)
    }

    func next() throws(Fault) -> SourceEvent {
        if let pace, !pace.isDue { return .pending }
        let limit = pace?.chunkBytes ?? ChunkReader.chunkBytes
        let taken: Result<ChunkReader.Chunk?, Fault> = chunks.withLock { chunks in
            do throws(Fault) { return .success(try chunks.next(limit: limit)) } catch { return .failure(error) }
        }
        guard let chunk = try taken.get() else { return .end }
        let records = Lines.split(chunk)
        pace?.took(records.count)
        let buffer = chunk.buffer
        return .records(
            RawRecords(
                lane: 0, sequence: chunk.sequence, origin: chunk.origin, partition: 0, records: records, isPadded: true,
                rejected: chunk.rejected, release: { [pool] in pool.give(buffer) }))
    }
}

private final class FileReader: SourceReader {
    private let source: FileSource
    let lanes = [0]

    init(_ source: FileSource) {
        self.source = source
    }

    func next() throws(Fault) -> SourceEvent { try source.next() }
    func positions() -> [(lane: Int, position: String)] { [(0, source.position)] }
    func close() {}
}

enum Lines {
    /// The lines of a chunk as records, empty ones left out.
    static func split(_ chunk: ChunkReader.Chunk) -> [RawRecord] {
        var records: [RawRecord] = []
        records.reserveCapacity(chunk.count / 256)
        let base = UnsafeRawPointer(chunk.buffer.base)
        var start = 0
        while start < chunk.count {
            let found = memchr(base + start, 0x0A, chunk.count - start)
            let end = found.map { UnsafeRawPointer($0) - base } ?? chunk.count
            var length = end - start
            if length > 0, base.load(fromByteOffset: start + length - 1, as: UInt8.self) == 0x0D { length -= 1 }
            let line = UnsafeRawBufferPointer(start: base + start, count: length)
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                records.append(RawRecord(bytes: line, offset: chunk.offset + Int64(start)))
            }
            start = end + 1
        }
        return records
    }
}
