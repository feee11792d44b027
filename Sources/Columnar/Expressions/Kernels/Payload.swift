extension Column {
    /// The most bytes and elements that a kernel may put into one column; offsets are 32 bits wide.
    static let maximumPayload = 1 << 28

    /// Bytes of strings and elements of lists in some rows: what limits how much a column can hold.
    func payload(_ rows: Range<Int>) -> Int {
        switch self {
        case .bool, .int64, .float64, .timestamp: 1
        case .string(let column), .bytes(let column):
            Int(column.offsets[rows.upperBound]) - Int(column.offsets[rows.lowerBound])
        case .list(let column):
            rows.count
                + column.elements.payload(
                    Int(column.offsets[rows.lowerBound])..<Int(column.offsets[rows.upperBound]))
        case .struct(let column): column.children.reduce(0) { max($0, $1.payload(rows)) }
        }
    }

    /// The rows at the given positions; `nil` if they hold too much for one column.
    func takeIfSmall(_ rows: UnsafeBufferPointer<UInt32>) -> Column? {
        switch self {
        case .bool, .int64, .float64, .timestamp: break
        default:
            var total = 0
            for row in rows { total += payload(Int(row)..<Int(row) + 1) }
            guard total <= Self.maximumPayload else { return nil }
        }
        return take(rows)
    }

    /// One row of a type, without a value.
    static func oneNull(_ type: DataType) -> Column {
        let builder = ColumnBuilder(type)
        builder.appendNull()
        return builder.finish()
    }
}

extension Vector {
    /// The payload of this vector once it has one value a row.
    func payload(_ rows: Int) -> Int {
        isConstant ? column.payload(0..<1) * rows : column.payload(0..<column.count)
    }

    /// One value a row, also of a constant.
    func spread(_ frame: Frame) -> Vector {
        guard isConstant else { return self }
        let rows = [UInt32](repeating: 0, count: frame.rowCount)
        let spread = rows.withUnsafeBufferPointer { column.takeIfSmall($0) }
        return frame.vector(spread, ExpressionType(column.type)).adding(failures)
    }

    /// A vector in which every active row fails.
    static func failing(_ frame: Frame, _ error: RowError, _ type: ExpressionType) -> Vector {
        let builder = ColumnBuilder(type.physical, capacity: frame.rowCount)
        for _ in 0..<frame.rowCount { builder.appendNull() }
        var vector = Vector(builder.finish())
        vector.failures.add(error, frame.active)
        return vector
    }
}
