import Columnar
package import Dataflow
import Formats
import Glibc
package import Primitives

/// The sink `file`: rows as JSON lines in a file.
package struct FileSinkFactory: SinkFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "file",
        summary: "Writes rows as JSON lines to a file.",
        doc: "A new run starts the file anew. Rows reach the disk with each commit. Bytes that are no text become "
            + "`{\"base64\": \"…\"}`.",
        kind: .object([
            FieldSpec("path", .path, required: true, doc: "The file; its folder must exist."),
            FieldSpec(
                "rotate", .byteSize,
                doc: "Above this size the file is renamed to `path.1`, `path.2`, … and a new one started."),
            FieldSpec(
                "times", .choice(TimeStyle.allCases.map(\.rawValue)), default: "rfc3339", doc: "How times are written."),
        ]),
        example: "archive: { from: scored, file: { path: scored.ndjson, rotate: 128MiB } }")

    package func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink {
        let path = settings["path"]?.string ?? ""
        return try FileSink(
            path: path.hasPrefix("/") ? path : context.baseDirectory + "/" + path,
            rotateBytes: settings["rotate"]?.byteSize,
            writer: JSONRowWriter(
                schema: context.schema, times: TimeStyle(rawValue: settings["times"]?.string ?? "") ?? .rfc3339))
    }
}

private final class FileSink: Sink {
    private static let bufferBytes = 1 << 20

    private let path: String
    private let rotateBytes: Int64?
    private let writer: JSONRowWriter
    private var descriptor: Int32 = -1
    private var written: Int64 = 0
    private var rotations = 0
    private var pending: [UInt8] = []
    private var pendingRows: Int64 = 0
    private(set) var counts = SinkCounts()

    init(path: String, rotateBytes: Int64?, writer: JSONRowWriter) throws(Fault) {
        self.path = path
        self.rotateBytes = rotateBytes
        self.writer = writer
        try start()
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    func write(_ batch: RecordBatch) throws(Fault) {
        var failure: Fault?
        batch.forEachRow { row in
            writer.append(row: row, of: batch, to: &pending)
            pending.append(0x0A)
            if pending.count > Self.bufferBytes, failure == nil {
                do throws(Fault) { try flush() } catch { failure = error }
            }
        }
        counts.received += Int64(batch.selectedCount)
        pendingRows += Int64(batch.selectedCount)
        if let failure { throw failure }
        if let rotateBytes, written + Int64(pending.count) > rotateBytes { try rotate() }
    }

    func commit(epoch: Int64) throws(Fault) {
        try flush()
        // Pipes and devices have nothing to sync.
        if fdatasync(descriptor) != 0 && errno != EINVAL && errno != EROFS {
            throw .system("file.sync", "file `\(path)` cannot be synced")
        }
        counts.committed += pendingRows
        pendingRows = 0
    }

    func close() {
        Glibc.close(descriptor)
        descriptor = -1
    }

    private func start() throws(Fault) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("file.open", "file `\(path)` cannot be written") }
        written = 0
    }

    private func flush() throws(Fault) {
        written += Int64(pending.count)
        try writeAll(descriptor, &pending)
    }

    private func rotate() throws(Fault) {
        try commit(epoch: 0)
        Glibc.close(descriptor)
        rotations += 1
        guard rename(path, "\(path).\(rotations)") == 0 else {
            throw .system("file.rename", "file `\(path)` cannot be renamed")
        }
        try start()
    }
}
