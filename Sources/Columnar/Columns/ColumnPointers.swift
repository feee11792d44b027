/// The memory of a column without nested values, as bare pointers: a loop over rows that looks at several columns reads
/// them without counting references. Valid while the column lives.
package struct ColumnPointers: BitwiseCopyable {
    /// Where the values of the rows lie.
    package enum Values: BitwiseCopyable {
        case bits(UnsafePointer<UInt64>)
        /// Whole numbers and times.
        case integers(UnsafePointer<Int64>)
        case floats(UnsafePointer<Double>)
        /// Strings and bytes: the value of a row lies between its offset and the next.
        case bytes(UnsafePointer<Int32>, UnsafePointer<UInt8>)
    }

    package let values: Values
    private let validity: UnsafePointer<UInt64>?

    /// `nil` for a list or struct.
    package init?(_ column: Column) {
        switch column {
        case .bool(let column): values = .bits(column.bits.words.pointer)
        case .int64(let column), .timestamp(let column): values = .integers(column.values)
        case .float64(let column): values = .floats(column.values)
        case .string(let column), .bytes(let column): values = .bytes(column.offsets, column.bytes)
        case .list, .struct: return nil
        }
        validity = column.validity?.words.pointer
    }

    /// Whether a row has a value.
    package func isValid(_ row: Int) -> Bool {
        guard let validity else { return true }
        return Self.bit(validity, row)
    }

    /// A row's bit of `bits`.
    package static func bit(_ words: UnsafePointer<UInt64>, _ row: Int) -> Bool {
        words[row >> 6] >> UInt64(row & 63) & 1 != 0
    }

    /// A row's bytes, lent while the column lives.
    package static func bytes(
        _ offsets: UnsafePointer<Int32>, _ base: UnsafePointer<UInt8>, _ row: Int
    ) -> UnsafeBufferPointer<UInt8> {
        let start = Int(offsets[row])
        return UnsafeBufferPointer(start: base + start, count: Int(offsets[row + 1]) - start)
    }
}
