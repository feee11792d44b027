/// One column of a batch. Immutable, and shared without copying.
package indirect enum Column: Sendable {
    case bool(BoolColumn)
    case int64(Int64Column)
    case float64(Float64Column)
    case string(BytesColumn)
    case bytes(BytesColumn)
    case timestamp(Int64Column)
    case list(ListColumn)
    case `struct`(StructColumn)
}

extension Column {
    /// Rows.
    package var count: Int {
        switch self {
        case .bool(let column): column.count
        case .int64(let column), .timestamp(let column): column.count
        case .float64(let column): column.count
        case .string(let column), .bytes(let column): column.count
        case .list(let column): column.count
        case .struct(let column): column.count
        }
    }

    /// Which rows have a value; `nil`: all of them.
    package var validity: Bitmap? {
        switch self {
        case .bool(let column): column.validity
        case .int64(let column), .timestamp(let column): column.validity
        case .float64(let column): column.validity
        case .string(let column), .bytes(let column): column.validity
        case .list(let column): column.validity
        case .struct(let column): column.validity
        }
    }

    package var type: DataType {
        switch self {
        case .bool: .bool
        case .int64: .int64
        case .float64: .float64
        case .string: .string
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .list(let column): .list(column.elements.type)
        case .struct(let column): .struct(column.fields)
        }
    }

    /// Whether a row has a value.
    package func isValid(_ row: Int) -> Bool { validity?[row] ?? true }

    /// The numbers of an integer or timestamp column.
    package var asInt64: Int64Column? {
        switch self {
        case .int64(let column), .timestamp(let column): column
        default: nil
        }
    }

    package var asFloat64: Float64Column? {
        if case .float64(let column) = self { column } else { nil }
    }

    package var asBool: BoolColumn? {
        if case .bool(let column) = self { column } else { nil }
    }

    /// The bytes of a string or bytes column.
    package var asBytes: BytesColumn? {
        switch self {
        case .string(let column), .bytes(let column): column
        default: nil
        }
    }

    package var asList: ListColumn? {
        if case .list(let column) = self { column } else { nil }
    }

    package var asStruct: StructColumn? {
        if case .struct(let column) = self { column } else { nil }
    }
}
