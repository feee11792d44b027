import CLZ4
import CZstd
package import Primitives

/// How a block of bytes is compressed as a whole. The raw values are stored: they never change.
package enum BlockCodec: UInt8, Sendable, CaseIterable {
    case none = 0
    /// For what is read back soon: the LZ4 block format.
    case lz4 = 1
    /// For what is kept: a zstd frame (RFC 8878), level 3.
    case zstd = 2

    private static let zstdLevel: Int32 = 3

    /// The compressed bytes; as they are if that is not smaller.
    package func compress(_ bytes: [UInt8]) -> (codec: BlockCodec, bytes: [UInt8]) {
        guard self != .none, !bytes.isEmpty, bytes.count <= Int(Int32.max) / 2 else { return (.none, bytes) }
        let bound =
            self == .lz4
            ? Int(LZ4_compressBound(Int32(truncatingIfNeeded: bytes.count))) : ZSTD_compressBound(bytes.count)
        let output = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            bytes.withUnsafeBytes { source in
                switch self {
                case .none: count = 0
                case .lz4:
                    count = Int(
                        LZ4_compress_default(
                            source.baseAddress, target.baseAddress, Int32(truncatingIfNeeded: source.count),
                            Int32(truncatingIfNeeded: bound)))
                case .zstd:
                    let written = ZSTD_compress(
                        target.baseAddress, bound, source.baseAddress, source.count, Self.zstdLevel)
                    count = ZSTD_isError(written) == 0 ? written : 0
                }
            }
        }
        return output.isEmpty || output.count >= bytes.count ? (.none, bytes) : (self, output)
    }

    /// The bytes that were compressed: exactly `count`, or a fault.
    package func decompress(_ bytes: UnsafeRawBufferPointer, count: Int) throws(Fault) -> [UInt8] {
        guard self != .none else {
            guard bytes.count == count else { throw damaged }
            return Array(bytes)
        }
        var written = -1
        let output = [UInt8](unsafeUninitializedCapacity: max(1, count)) { target, filled in
            switch self {
            case .none: break
            case .lz4:
                written = Int(
                    LZ4_decompress_safe(
                        bytes.baseAddress, target.baseAddress, Int32(clamping: bytes.count), Int32(clamping: count)))
            case .zstd:
                let result = ZSTD_decompress(target.baseAddress, count, bytes.baseAddress, bytes.count)
                written = ZSTD_isError(result) == 0 ? result : -1
            }
            filled = max(0, written)
        }
        guard written == count else { throw damaged }
        return output
    }

    private var damaged: Fault {
        Fault("compression.damaged", "a compressed block is damaged", domain: .external)
    }
}
