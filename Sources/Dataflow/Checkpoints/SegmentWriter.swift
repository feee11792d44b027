import Columnar
import Compression
import Primitives

/// Collects the blocks of one segment file, to be written at once.
struct SegmentWriter {
    private let name: String
    private let epoch: Int64
    private var parts: [[UInt8]] = [Segment.head]
    private var length = Int64(Segment.headLength)
    /// Places so far; their file's size is known only at the end.
    private var places: [(offset: Int64, length: Int64, checksum: UInt64)] = []

    init(name: String, epoch: Int64) {
        self.name = name
        self.epoch = epoch
    }

    var isEmpty: Bool { places.isEmpty }
    var byteCount: Int64 { length }

    /// Adds rows, none of them hidden; returns the number of their place.
    mutating func add(_ rows: RecordBatch, codec: BlockCodec) -> Int {
        let block = Segment.block(
            BatchCodec.encode(rows), codec: codec, schemaHash: TypeCodec.hash(rows.schema), epoch: epoch)
        places.append((length, block.length, block.checksum))
        parts += block.bytes
        length += block.length
        return places.count - 1
    }

    /// Writes the file and syncs it; returns every place by its number.
    func write(to disk: any Disk, directory: String) throws(Fault) -> [Manifest.Place] {
        guard !isEmpty else { return [] }
        try disk.write("\(directory)/\(name)", parts)
        let file = Manifest.File(name: name, epoch: epoch, size: length)
        return places.map {
            Manifest.Place(file: file, offset: $0.offset, length: $0.length, checksum: $0.checksum)
        }
    }
}
