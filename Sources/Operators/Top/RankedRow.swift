import Columnar

/// A row that `top` keeps; its columns lie in a `RowArena`, as `RowKeyEncoder` has written them.
struct RankedRow: BitwiseCopyable {
    /// The value that ranks it, as a whole number of the same order.
    var order: Int64
    /// Its event time, in microseconds.
    var time: Int64
    var place: RowArena.Place

    /// A fraction as a whole number: of two fractions the greater has the greater number. Not for NaN.
    static func order(of value: Double) -> Int64 {
        // IEEE 754 bits of positive numbers grow with them, those of negative ones shrink; −0 is as large as 0.
        let bits = Int64(bitPattern: (value == 0 ? 0 : value).bitPattern)
        return bits < 0 ? bits ^ .max : bits
    }

    /// Whether a value and a time come before this row's: `nil` if they are the same.
    func isBehind(_ order: Int64, _ time: Int64) -> Bool? {
        if order != self.order { return order > self.order }
        return time == self.time ? nil : time < self.time
    }
}

/// The values that rank rows.
enum RankColumn {
    case whole(Int64Column)
    case fraction(Float64Column)

    init?(_ column: Column) {
        if let column = column.asInt64 {
            self = .whole(column)
        } else if let column = column.asFloat64 {
            self = .fraction(column)
        } else {
            return nil
        }
    }

    /// A row's; `nil` if it has none, or none that can be compared.
    subscript(row: Int) -> Int64? {
        switch self {
        case .whole(let column): return column.isValid(row) ? column.values[row] : nil
        case .fraction(let column):
            guard column.isValid(row), !column.values[row].isNaN else { return nil }
            return RankedRow.order(of: column.values[row])
        }
    }
}

/// The order of rows with the same value and time: by their columns from the left, what is missing first.
enum EncodedRows {
    /// - Parameter types: those of the columns that `RowKeyEncoder` has written.
    static func isLess(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, _ types: [DataType]) -> Bool {
        let parts = zip(RowKeyDecoder.parts(of: left, types), RowKeyDecoder.parts(of: right, types))
        for (type, (mine, others)) in zip(types, parts) {
            let order = compare(
                UnsafeRawBufferPointer(rebasing: left[mine]), UnsafeRawBufferPointer(rebasing: right[others]), type)
            if order != 0 { return order < 0 }
        }
        return false
    }

    /// Below zero if the left is less, above if it is greater.
    private static func compare(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, _ type: DataType
    ) -> Int {
        guard left[0] == right[0] else { return left[0] < right[0] ? -1 : 1 }
        guard left[0] != 0 else { return 0 }
        switch type {
        case .int64, .timestamp:
            return sign(
                left.loadUnaligned(fromByteOffset: 1, as: Int64.self),
                right.loadUnaligned(fromByteOffset: 1, as: Int64.self))
        case .float64:
            return sign(order(left), order(right))
        default:
            // Truth values, and strings behind their length.
            let skipped = type == .bool ? 1 : 5
            for (mine, others) in zip(left.dropFirst(skipped), right.dropFirst(skipped)) where mine != others {
                return mine < others ? -1 : 1
            }
            return sign(Int64(left.count), Int64(right.count))
        }
    }

    /// NaN comes last.
    private static func order(_ value: UnsafeRawBufferPointer) -> Int64 {
        let value = Double(bitPattern: value.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
        return value.isNaN ? .max : RankedRow.order(of: value)
    }

    private static func sign(_ left: Int64, _ right: Int64) -> Int { left == right ? 0 : left < right ? -1 : 1 }
}
