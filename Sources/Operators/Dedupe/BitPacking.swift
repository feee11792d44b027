/// Writes numbers of few bits end to end, lowest bits first.
struct BitPacker {
    private let bytes: UnsafeMutableRawBufferPointer
    private var byteCount = 0
    private var pending: UInt64 = 0
    /// Bits in `pending`, fewer than 64.
    private var fill: UInt64 = 0

    /// - Parameter bytes: room for everything that will be written, and 8 bytes more.
    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    /// - Parameter width: bits, at most 64; the number has no others.
    mutating func append(_ value: UInt64, width: Int) {
        let width = UInt64(width)
        pending |= value << fill
        guard fill + width >= 64 else {
            fill += width
            return
        }
        bytes.storeBytes(of: pending.littleEndian, toByteOffset: byteCount, as: UInt64.self)
        byteCount += 8
        pending = value >> (64 - fill)
        fill = fill + width - 64
    }

    /// Writes what is pending.
    /// - Returns: bytes written in all.
    mutating func finish() -> Int {
        bytes.storeBytes(of: pending.littleEndian, toByteOffset: byteCount, as: UInt64.self)
        return byteCount + Int(fill + 7) / 8
    }
}

/// Reads what a `BitPacker` has written.
struct BitReader {
    /// Bytes after the last that are touched, though they do not count.
    static let padding = 16

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func next(width: Int) -> UInt64 {
        let byte = position >> 3
        let shift = UInt64(position & 7)
        let low = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
        let high = UInt64(bytes.load(fromByteOffset: byte + 8, as: UInt8.self))
        position += width
        let bits = low &>> shift | high << (64 - shift)
        return width == 64 ? bits : bits & (1 &<< UInt64(width) &- 1)
    }
}
