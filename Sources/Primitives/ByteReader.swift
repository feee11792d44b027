/// Reads what `ByteWriter` wrote. Bytes that end too early, or say what cannot be, are a fault and never a trap.
@usableFromInline
package struct ByteReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline package internal(set) var position = 0

    /// The bytes are lent for as long as the reader is used.
    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inlinable package var remaining: Int { bytes.count - position }
    package var isAtEnd: Bool { remaining == 0 }

    @usableFromInline
    package static var fault: Fault {
        Fault("state.damaged", "a file of the state is damaged", domain: .external)
    }

    @inlinable
    package mutating func read<Value: FixedWidthInteger>(_ type: Value.Type) throws(Fault) -> Value {
        let width = MemoryLayout<Value>.size
        guard remaining >= width else { throw Self.fault }
        defer { position += width }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// A number that is finite.
    package mutating func readFinite() throws(Fault) -> Double {
        let value = Double(bitPattern: try read(UInt64.self))
        guard value.isFinite else { throw Self.fault }
        return value
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
    @inlinable
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
