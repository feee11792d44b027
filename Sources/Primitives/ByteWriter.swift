/// Appends numbers and runs of bytes, little-endian: what durable state is made of.
@usableFromInline
package struct ByteWriter {
    @usableFromInline package internal(set) var bytes: [UInt8] = []

    package init() {}

    @inlinable
    package mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A number by its bits.
    @inlinable
    package mutating func append(_ value: Double) { append(value.bitPattern) }

    /// An unsigned number in as few groups of 7 bits as it needs.
    @inlinable
    package mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    @inlinable
    package mutating func append(_ run: some Sequence<UInt8>) { bytes.append(contentsOf: run) }

    /// A length and so many bytes.
    @inlinable
    package mutating func append(sized run: some Collection<UInt8>) {
        append(varint: UInt64(run.count))
        bytes.append(contentsOf: run)
    }

    package mutating func append(_ text: String) { append(sized: text.utf8) }
}
