import Primitives

/// A manifest as a file: `MANIFEST` (8 bytes), the version (4), the length of the content (8), the checksum of the
/// content (8: XXH3-64, the version as its seed), the content, and the checksum again. Little-endian.
enum ManifestCodec {
    static let version: UInt32 = 1
    private static let magic = Array("MANIFEST".utf8)

    static func encode(_ manifest: Manifest) -> [UInt8] {
        var content = ByteWriter()
        CheckpointHeadCodec.append(manifest.head, to: &content)
        let files = manifest.files.sorted { $0.name < $1.name }
        content.append(varint: UInt64(files.count))
        for file in files {
            content.append(file.name)
            content.append(file.epoch)
            content.append(file.size)
        }
        let numbers = Dictionary(uniqueKeysWithValues: files.enumerated().map { ($1, $0) })
        content.append(varint: UInt64(manifest.blocks.count))
        for block in manifest.blocks {
            content.append(block.node)
            content.append(block.table)
            content.append(block.bucket)
            content.append(varint: UInt64(block.subtask))
            content.append(UInt8(block.groups.lowerBound))
            content.append(UInt8(block.groups.upperBound))
            content.append(varint: UInt64(block.rowCount))
            content.append(block.epoch)
            content.append(UInt8(block.isMerged ? 1 : 0))
            content.append(block.schemaHash)
            append(block.place, numbers, to: &content)
        }
        for sink in manifest.sinks {
            content.append(sized: sink.token)
            content.append(varint: UInt64(sink.rows.count))
            for place in sink.rows { append(place, numbers, to: &content) }
        }
        let checksum = content.bytes.withUnsafeBytes { Hashing.hash64($0, seed: UInt64(version)) }
        var writer = ByteWriter()
        writer.append(magic)
        writer.append(version)
        writer.append(UInt64(content.bytes.count))
        writer.append(checksum)
        writer.append(content.bytes)
        writer.append(checksum)
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(Fault) -> Manifest {
        let result: Result<Manifest, Fault> = bytes.withUnsafeBytes { bytes in
            do throws(Fault) {
                var reader = ByteReader(bytes)
                return .success(try decode(&reader))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func decode(_ reader: inout ByteReader) throws(Fault) -> Manifest {
        guard try reader.read(8).elementsEqual(magic) else { throw ByteReader.fault }
        let found = try reader.read(UInt32.self)
        let length = try reader.read(UInt64.self)
        let checksum = try reader.read(UInt64.self)
        guard reader.remaining >= 8, length == UInt64(reader.remaining - 8) else { throw ByteReader.fault }
        let content = try reader.read(Int(length))
        guard Hashing.hash64(content, seed: UInt64(found)) == checksum, try reader.read(UInt64.self) == checksum else {
            throw ByteReader.fault
        }
        // Only now: a damaged number is no version.
        guard found == version else {
            throw Fault(
                "state.version", "the state was written by another version of Martlet",
                detail: "format \(found), this one reads format \(version)",
                hint: "run the version that wrote it, or name another folder with --state")
        }
        var body = ByteReader(content)
        let manifest = try manifest(&body)
        guard body.remaining == 0 else { throw ByteReader.fault }
        return manifest
    }

    private static func manifest(_ reader: inout ByteReader) throws(Fault) -> Manifest {
        let head = try CheckpointHeadCodec.read(&reader)
        var files: [Manifest.File] = []
        for _ in 0..<(try reader.readCount(width: 17)) {
            files.append(
                Manifest.File(
                    name: try reader.readText(), epoch: try reader.read(Int64.self), size: try reader.read(Int64.self)))
        }
        var blocks: [Manifest.Block] = []
        for _ in 0..<(try reader.readCount(width: 30)) {
            let node = try reader.readText()
            let table = try reader.readText()
            let bucket = try reader.read(Int64.self)
            let subtask = Int(clamping: try reader.readVarint())
            let first = Int(try reader.read(UInt8.self))
            let last = Int(try reader.read(UInt8.self))
            guard first <= last else { throw ByteReader.fault }
            blocks.append(
                Manifest.Block(
                    node: node, table: table, bucket: bucket, subtask: subtask, groups: first...last,
                    rowCount: Int(clamping: try reader.readVarint()), epoch: try reader.read(Int64.self),
                    isMerged: try reader.read(UInt8.self) != 0,
                    schemaHash: try reader.read(UInt64.self), place: try place(&reader, files)))
        }
        var sinks: [Manifest.Sink] = []
        for _ in head.sinks {
            let token = try reader.readSized()
            var rows: [Manifest.Place] = []
            for _ in 0..<(try reader.readCount(width: 18)) { rows.append(try place(&reader, files)) }
            sinks.append(Manifest.Sink(token: token, rows: rows))
        }
        return Manifest(head: head, blocks: blocks, sinks: sinks)
    }

    private static func append(
        _ place: Manifest.Place, _ numbers: [Manifest.File: Int], to writer: inout ByteWriter
    ) {
        writer.append(varint: UInt64(numbers[place.file] ?? 0))
        writer.append(place.offset)
        writer.append(varint: UInt64(place.length))
        writer.append(place.checksum)
    }

    private static func place(
        _ reader: inout ByteReader, _ files: [Manifest.File]
    ) throws(Fault) -> Manifest.Place {
        let number = try reader.readVarint()
        guard number < UInt64(files.count) else { throw ByteReader.fault }
        let file = files[Int(number)]
        let offset = try reader.read(Int64.self)
        let length = try reader.readVarint()
        guard offset >= 0, length <= UInt64(Int64.max), Int64(length) <= file.size,
            offset <= file.size - Int64(length)
        else { throw ByteReader.fault }
        return Manifest.Place(
            file: file, offset: offset, length: Int64(length), checksum: try reader.read(UInt64.self))
    }
}
