import Columnar

/// A field as its values are written: what is the same for every row of every batch.
///
/// Fields stand in the order in which they are written, a struct before its members and a list before its element, so
/// that a row is written without a look at the schema.
struct JSONMember: BitwiseCopyable {
    /// `{"name":` for the first of an object, `,"name":` for the others.
    let prefix: UnsafeBufferPointer<UInt8>
    /// The place of the next field that is not within this one.
    let end: Int
}

/// A column as its rows are written. Valid while the column and the writer live.
struct JSONCell: BitwiseCopyable {
    enum Values: BitwiseCopyable {
        case bools(UnsafePointer<UInt64>)
        case integers(UnsafePointer<Int64>)
        case floats(UnsafePointer<Double>)
        case times(UnsafePointer<Int64>)
        case strings(UnsafePointer<Int32>, UnsafePointer<UInt8>)
        case bytes(UnsafePointer<Int32>, UnsafePointer<UInt8>)
        /// Where the elements of a row begin.
        case list(UnsafePointer<Int32>)
        case object
    }

    let member: JSONMember
    let values: Values
    private let validity: UnsafePointer<UInt64>?

    init(_ column: Column, _ member: JSONMember) {
        self.member = member
        validity = column.validity?.words.pointer
        values =
            switch column {
            case .bool(let column): .bools(column.bits.words.pointer)
            case .int64(let column): .integers(column.values)
            case .float64(let column): .floats(column.values)
            case .timestamp(let column): .times(column.values)
            case .string(let column): .strings(column.offsets, column.bytes)
            case .bytes(let column): .bytes(column.offsets, column.bytes)
            case .list(let column): .list(column.offsets)
            case .struct: .object
            }
    }

    @inline(__always)
    func isValid(_ row: Int) -> Bool {
        guard let validity else { return true }
        return ColumnPointers.bit(validity, row)
    }
}
