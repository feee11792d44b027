import Primitives

/// Packs 64-bit integers in runs of 1,024: each run keeps its least value and the bits that the others need above it
/// (frame of reference; Goldstein, Ramakrishnan and Shaft, "Compressing relations and indexes", 1998), of the values
/// themselves or of their differences, whichever need fewer.
///
/// A run: one byte (bits 0–6: the width, 0 to 64; bit 7: whether differences), the first value (differences only) and
/// the least, 8 bytes each, then the packed bits, least significant first, filled up to whole bytes. Arithmetic wraps
/// around, so that hashes sorted as unsigned numbers have small differences too.
enum IntegerPacking {
    private static let runLength = 1_024

    static func pack(_ values: UnsafeBufferPointer<Int64>, into writer: inout ByteWriter) {
        var start = 0
        while start < values.count {
            let end = min(values.count, start + runLength)
            packRun(UnsafeBufferPointer(rebasing: values[start..<end]), into: &writer)
            start = end
        }
    }

    static func unpack(_ reader: inout ByteReader, count: Int, into target: UnsafeMutablePointer<Int64>) throws(Fault) {
        var start = 0
        while start < count {
            let end = min(count, start + runLength)
            try unpackRun(&reader, count: end - start, into: target + start)
            start = end
        }
    }

    private static func packRun(_ run: UnsafeBufferPointer<Int64>, into writer: inout ByteWriter) {
        var least = Int64.max
        var greatest = Int64.min
        for value in run {
            least = min(least, value)
            greatest = max(greatest, value)
        }
        var leastStep = Int64.max
        var greatestStep = Int64.min
        for index in 1..<max(1, run.count) {
            let step = run[index] &- run[index - 1]
            leastStep = min(leastStep, step)
            greatestStep = max(greatestStep, step)
        }
        let width = bits(greatest &- least)
        let stepWidth = run.count > 1 ? bits(greatestStep &- leastStep) : 64
        var packer = BitPacker()
        if stepWidth < width {
            writer.append(UInt8(0x80 | stepWidth))
            writer.append(run[0])
            writer.append(leastStep)
            for index in 1..<run.count {
                packer.append(UInt64(bitPattern: run[index] &- run[index - 1] &- leastStep), width: stepWidth)
            }
        } else {
            writer.append(UInt8(width))
            writer.append(least)
            for value in run { packer.append(UInt64(bitPattern: value &- least), width: width) }
        }
        writer.append(packer.finish())
    }

    private static func unpackRun(
        _ reader: inout ByteReader, count: Int, into target: UnsafeMutablePointer<Int64>
    ) throws(Fault) {
        let head = try reader.read(UInt8.self)
        let width = Int(head & 0x7F)
        guard width <= 64 else { throw ByteReader.fault }
        if head & 0x80 != 0 {
            var value = try reader.read(Int64.self)
            let least = try reader.read(Int64.self)
            target[0] = value
            var unpacker = BitUnpacker(try reader.read(((count - 1) * width + 7) / 8))
            for index in 1..<max(1, count) {
                value = value &+ least &+ Int64(bitPattern: unpacker.next(width))
                target[index] = value
            }
        } else {
            let least = try reader.read(Int64.self)
            var unpacker = BitUnpacker(try reader.read((count * width + 7) / 8))
            for index in 0..<count { target[index] = least &+ Int64(bitPattern: unpacker.next(width)) }
        }
    }

    private static func bits(_ span: Int64) -> Int { 64 - UInt64(bitPattern: span).leadingZeroBitCount }
}

private struct BitPacker {
    private var bytes: [UInt8] = []
    private var pending: UInt64 = 0
    private var pendingBits = 0

    mutating func append(_ value: UInt64, width: Int) {
        guard width > 0 else { return }
        pending |= value << UInt64(pendingBits)
        pendingBits += width
        guard pendingBits >= 64 else { return }
        withUnsafeBytes(of: pending.littleEndian) { bytes.append(contentsOf: $0) }
        pendingBits -= 64
        // The bits of the value that did not fit.
        pending = pendingBits == 0 ? 0 : value >> UInt64(width - pendingBits)
    }

    mutating func finish() -> [UInt8] {
        var rest = pending
        for _ in 0..<(pendingBits + 7) / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
        return bytes
    }
}

private struct BitUnpacker {
    private let bytes: UnsafeRawBufferPointer
    private var bit = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The caller has checked that the bits are there.
    mutating func next(_ width: Int) -> UInt64 {
        guard width > 0 else { return 0 }
        let byte = bit >> 3
        let shift = UInt64(bit & 7)
        bit += width
        var value: UInt64 = 0
        if byte + 9 <= bytes.count {
            value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self)) >> shift
            if shift > 0 { value |= UInt64(bytes[byte + 8]) << (64 - shift) }
        } else {
            for index in 0..<min(8, bytes.count - byte) { value |= UInt64(bytes[byte + index]) << UInt64(index * 8) }
            value >>= shift
            if shift > 0, byte + 8 < bytes.count { value |= UInt64(bytes[byte + 8]) << (64 - shift) }
        }
        return width == 64 ? value : value & (1 << UInt64(width) - 1)
    }
}
