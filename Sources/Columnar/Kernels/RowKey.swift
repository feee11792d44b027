import Primitives

/// Writes the key columns of a row as one run of bytes: equal keys give equal bytes and only they do.
///
/// A null is a byte 0. A value is a byte 1, then 8 bytes little-endian for numbers and times, one byte for a truth
/// value, and a 4-byte length with the bytes for strings and bytes. Negative zero is written as zero, every NaN as one.
package struct RowKeyEncoder {
    /// Keeps what `pointers` point to.
    private let columns: [Column]
    private let pointers: [ColumnPointers]
    private var scratch: UnsafeMutableRawPointer
    private var capacity: Int
    /// Where each of the keys ends that were encoded together.
    private var ends: [Int] = []

    /// - Parameter columns: the key's columns; lists and structs cannot be keys.
    package init(_ columns: [Column]) {
        self.columns = columns
        pointers = columns.map { column in
            guard let pointers = ColumnPointers(column) else {
                preconditionFailure("a key is made of plain columns")
            }
            return pointers
        }
        capacity = 256
        scratch = .allocate(byteCount: capacity, alignment: 8)
    }

    /// Frees the scratch memory; the encoder must not be used afterwards.
    package func deallocate() {
        withExtendedLifetime(columns) { scratch.deallocate() }
    }

    /// The key of a row, lent until the next call.
    package mutating func encode(_ row: Int) -> UnsafeRawBufferPointer {
        let length = write(row, at: 0)
        return UnsafeRawBufferPointer(start: scratch, count: length)
    }

    /// Writes the keys of several rows; `key` lends them until the next call.
    package mutating func encode(_ rows: ArraySlice<UInt32>) {
        ends.removeAll(keepingCapacity: true)
        var length = 0
        for row in rows {
            length = write(Int(row), at: length)
            ends.append(length)
        }
    }

    /// Keys that were encoded together.
    package var count: Int { ends.count }

    /// A key of the rows that were encoded together, by its place among them.
    package func key(_ index: Int) -> UnsafeRawBufferPointer {
        let start = index == 0 ? 0 : ends[index - 1]
        return UnsafeRawBufferPointer(start: scratch + start, count: ends[index] - start)
    }

    /// - Returns: where the key ends.
    private mutating func write(_ row: Int, at start: Int) -> Int {
        var length = start
        for column in pointers {
            guard column.isValid(row) else {
                reserve(length + 1)
                scratch.storeBytes(of: 0, toByteOffset: length, as: UInt8.self)
                length += 1
                continue
            }
            switch column.values {
            case .bytes(let offsets, let bytes):
                write(ColumnPointers.bytes(offsets, bytes, row), &length)
            case .integers(let values): write(UInt64(bitPattern: values[row]), &length)
            case .floats(let values):
                let value = values[row]
                let canonical = value == 0 ? 0 : (value.isNaN ? Double.nan : value)
                write(canonical.bitPattern, &length)
            case .bits(let words):
                reserve(length + 2)
                scratch.storeBytes(of: 1, toByteOffset: length, as: UInt8.self)
                scratch.storeBytes(of: ColumnPointers.bit(words, row) ? 1 : 0, toByteOffset: length + 1, as: UInt8.self)
                length += 2
            }
        }
        return length
    }

    private mutating func write(_ value: UnsafeBufferPointer<UInt8>, _ length: inout Int) {
        reserve(length + 5 + value.count)
        scratch.storeBytes(of: 1, toByteOffset: length, as: UInt8.self)
        scratch.storeBytes(of: UInt32(truncatingIfNeeded: value.count), toByteOffset: length + 1, as: UInt32.self)
        if let base = value.baseAddress {
            (scratch + length + 5).copyMemory(from: base, byteCount: value.count)
        }
        length += 5 + value.count
    }

    private mutating func write(_ bits: UInt64, _ length: inout Int) {
        reserve(length + 9)
        scratch.storeBytes(of: 1, toByteOffset: length, as: UInt8.self)
        scratch.storeBytes(of: bits, toByteOffset: length + 1, as: UInt64.self)
        length += 9
    }

    private mutating func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        let grown = UnsafeMutableRawPointer.allocate(byteCount: needed * 2, alignment: 8)
        grown.copyMemory(from: scratch, byteCount: capacity)
        scratch.deallocate()
        scratch = grown
        capacity = needed * 2
    }
}

/// Reads keys that `RowKeyEncoder` wrote back into columns.
package enum RowKeyDecoder {
    /// Appends one key to the builders of its columns.
    package static func decode(_ key: UnsafeRawBufferPointer, into builders: [ColumnBuilder]) {
        var position = 0
        for builder in builders {
            let isValid = key[position] != 0
            position += 1
            guard isValid else {
                builder.appendNull()
                continue
            }
            switch builder.type {
            case .string, .bytes:
                let length = Int(key.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                position += 4
                let value = UnsafeRawBufferPointer(rebasing: key[position..<position + length])
                builder.append(value.assumingMemoryBound(to: UInt8.self))
                position += length
            case .int64, .timestamp:
                builder.append(key.loadUnaligned(fromByteOffset: position, as: Int64.self))
                position += 8
            case .float64:
                builder.append(Double(bitPattern: key.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
                position += 8
            case .bool:
                builder.append(key[position] != 0)
                position += 1
            case .list, .struct:
                preconditionFailure("a key is made of plain columns")
            }
        }
    }
    /// Where in a key each of its columns stands.
    package static func parts(of key: UnsafeRawBufferPointer, _ types: [DataType]) -> [Range<Int>] {
        var position = 0
        return types.map { type in
            let start = position
            position += 1
            guard key[start] != 0 else { return start..<position }
            switch type {
            case .string, .bytes:
                position += 4 + Int(key.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            case .int64, .timestamp, .float64: position += 8
            case .bool: position += 1
            case .list, .struct: preconditionFailure("a key is made of plain columns")
            }
            return start..<position
        }
    }
}
