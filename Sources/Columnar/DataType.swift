/// The types of a column, in Arrow's memory layout.
package indirect enum DataType: Hashable, Sendable {
    /// One bit a row.
    case bool
    /// Signed, 64 bits.
    case int64
    /// IEEE 754, 64 bits.
    case float64
    /// UTF-8, always valid.
    case string
    /// Any bytes.
    case bytes
    /// Microseconds since the epoch, UTC.
    case timestamp
    /// Any number of elements of one type, none of which is null.
    case list(DataType)
    /// Named columns, reached by path.
    case `struct`([Field])
}

/// A named column of a schema or of a struct.
package struct Field: Hashable, Sendable {
    package var name: String
    package var type: DataType
    /// Whether a row may have no value here.
    package var isNullable: Bool

    package init(_ name: String, _ type: DataType, isNullable: Bool = false) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

extension DataType: CustomStringConvertible {
    /// As written in messages and by `explain`: `list<string>`, `struct<id: string, likes: int64?>`.
    package var description: String {
        switch self {
        case .bool: "bool"
        case .int64: "int64"
        case .float64: "float64"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .list(let element): "list<\(element)>"
        case .struct(let fields): "struct<\(fields.map(\.description).joined(separator: ", "))>"
        }
    }
}

extension Field: CustomStringConvertible {
    package var description: String { "\(name): \(type)\(isNullable ? "?" : "")" }
}
