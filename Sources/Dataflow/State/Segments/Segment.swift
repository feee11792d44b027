import Compression
import Primitives

/// A file of blocks: the rows of one checkpoint's changes, or of buckets that were merged.
///
/// The file starts with `SEGMENT_` (8 bytes) and its version (4 bytes). A block is a header of 40 bytes (`BLCK`; the
/// codec, 1 byte; 3 bytes of zero; raw length and stored length, 8 bytes each; the hash of the schema, 8 bytes; the
/// checksum, 8 bytes), the stored bytes, and a footer of 16 bytes (the checksum again, the stored length again). All
/// numbers are little-endian. The checksum is XXH3-64 over the stored bytes; its seed is the same hash of the header
/// before the checksum, seeded by the file's epoch: so the header is covered, and a block of another file is not taken
/// for this one's.
enum Segment {
    static let magic = Array("SEGMENT_".utf8)
    static let version: UInt32 = 1
    static let headLength = 12
    private static let blockMagic = Array("BLCK".utf8)
    private static let headerLength = 40
    /// The header before the checksum.
    private static let coveredLength = 32
    private static let footerLength = 16

    /// A block ready to be written.
    struct Block {
        var bytes: [[UInt8]]
        var checksum: UInt64
        var length: Int64
    }

    static var head: [UInt8] {
        var writer = ByteWriter()
        writer.append(magic)
        writer.append(version)
        return writer.bytes
    }

    static func block(_ content: [UInt8], codec: BlockCodec, schemaHash: UInt64, epoch: Int64) -> Block {
        let (codec, stored) = codec.compress(content)
        var header = ByteWriter()
        header.append(blockMagic)
        header.append(codec.rawValue)
        header.append([0, 0, 0])
        header.append(UInt64(content.count))
        header.append(UInt64(stored.count))
        header.append(schemaHash)
        let checksum = header.bytes.withUnsafeBytes { header -> UInt64 in
            stored.withUnsafeBytes { Self.checksum(header: header, stored: $0, epoch: epoch) }
        }
        header.append(checksum)
        var footer = ByteWriter()
        footer.append(checksum)
        footer.append(UInt64(stored.count))
        return Block(
            bytes: [header.bytes, stored, footer.bytes], checksum: checksum,
            length: Int64(header.bytes.count + stored.count + footer.bytes.count))
    }

    /// The content of a block, every part of it checked.
    static func content(_ block: [UInt8], checksum expected: UInt64, epoch: Int64) throws(Fault) -> [UInt8] {
        let (codec, count, stored) = try parts(block, checksum: expected, epoch: epoch)
        let result: Result<[UInt8], Fault> = block.withUnsafeBytes { bytes in
            do throws(Fault) {
                return .success(
                    try codec.decompress(UnsafeRawBufferPointer(rebasing: bytes[stored]), count: count))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Checks a block without decompressing it.
    static func verify(_ block: [UInt8], checksum expected: UInt64, epoch: Int64) throws(Fault) {
        _ = try parts(block, checksum: expected, epoch: epoch)
    }

    private static func parts(
        _ block: [UInt8], checksum expected: UInt64, epoch: Int64
    ) throws(Fault) -> (codec: BlockCodec, count: Int, stored: Range<Int>) {
        let result: Result<(BlockCodec, Int, Range<Int>), Fault> = block.withUnsafeBytes { bytes in
            do throws(Fault) {
                var reader = ByteReader(bytes)
                guard bytes.count >= headerLength + footerLength, try reader.read(4).elementsEqual(blockMagic),
                    let codec = BlockCodec(rawValue: try reader.read(UInt8.self)),
                    try reader.read(3).allSatisfy({ $0 == 0 })
                else { throw ByteReader.fault }
                let count = try reader.read(UInt64.self)
                let length = try reader.read(UInt64.self)
                _ = try reader.read(UInt64.self)
                let checksum = try reader.read(UInt64.self)
                guard length == UInt64(block.count - headerLength - footerLength), checksum == expected,
                    count <= UInt64(Int32.max)
                else { throw ByteReader.fault }
                let stored = try reader.read(Int(length))
                #if CANARIES
                    if Canary.isOn(.ignoreChecksum) {
                        return .success((codec, Int(count), headerLength..<headerLength + Int(length)))
                    }
                #endif
                let header = UnsafeRawBufferPointer(rebasing: bytes[..<coveredLength])
                guard Self.checksum(header: header, stored: stored, epoch: epoch) == checksum,
                    try reader.read(UInt64.self) == checksum, try reader.read(UInt64.self) == length
                else { throw ByteReader.fault }
                return .success((codec, Int(count), headerLength..<headerLength + Int(length)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// - Parameter header: up to the checksum.
    private static func checksum(
        header: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer, epoch: Int64
    ) -> UInt64 {
        Hashing.hash64(stored, seed: Hashing.hash64(header, seed: UInt64(bitPattern: epoch)))
    }
}
