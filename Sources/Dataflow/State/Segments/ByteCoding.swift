package import Primitives

/// Appends numbers and runs of bytes, little-endian: what files of durable state are made of.
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// An unsigned number in as few groups of 7 bits as it needs.
    package mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func append(_ run: some Sequence<UInt8>) { bytes.append(contentsOf: run) }

    /// A length and so many bytes.
    package mutating func append(sized run: some Collection<UInt8>) {
        append(varint: UInt64(run.count))
        bytes.append(contentsOf: run)
    }

    package mutating func append(_ text: String) { append(sized: text.utf8) }
}

/// Reads what `ByteWriter` wrote. Bytes that end too early, or say what cannot be, are a fault and never a trap.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    package private(set) var position = 0

    /// The bytes are lent for as long as the reader is used.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    package var remaining: Int { bytes.count - position }

    package static var fault: Fault {
        Fault("state.damaged", "a file of the state is damaged", domain: .external)
    }

    package mutating func read<Value: FixedWidthInteger>(_ type: Value.Type) throws(Fault) -> Value {
        let width = MemoryLayout<Value>.size
        guard remaining >= width else { throw Self.fault }
        defer { position += width }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// An unsigned number in groups of 7 bits.
    package mutating func readVarint() throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try read(UInt8.self)
            guard shift < 63 || byte <= 1 else { throw Self.fault }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// A count of things that take at least `width` bytes each of what is left.
    package mutating func readCount(width: Int = 1) throws(Fault) -> Int {
        let count = try readVarint()
        guard count <= UInt64(remaining / max(1, width)) else { throw Self.fault }
        return Int(count)
    }

    /// A run of bytes, lent.
    package mutating func read(_ count: Int) throws(Fault) -> UnsafeRawBufferPointer {
        guard count >= 0, remaining >= count else { throw Self.fault }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A length and so many bytes, copied.
    package mutating func readSized() throws(Fault) -> [UInt8] { Array(try read(readCount())) }

    /// A length and so many bytes of UTF-8.
    package mutating func readText() throws(Fault) -> String {
        guard let text = String(validating: try read(readCount()), as: UTF8.self) else { throw Self.fault }
        return text
    }
}

extension [UInt8] {
    /// Reads what a `ByteWriter` wrote.
    package func read<Value>(_ body: (inout ByteReader) throws(Fault) -> Value) throws(Fault) -> Value {
        let result: Result<Value, Fault> = withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            do throws(Fault) {
                return .success(try body(&reader))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
