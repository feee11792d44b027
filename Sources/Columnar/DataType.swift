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
    /// How records outside stand for the value; no part of what the column is.
    package var decoding: FieldDecoding

    package init(_ name: String, _ type: DataType, isNullable: Bool = false, decoding: FieldDecoding = .init()) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.decoding = decoding
    }

    package static func == (left: Field, right: Field) -> Bool {
        left.name == right.name && left.type == right.type && left.isNullable == right.isNullable
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(type)
        hasher.combine(isNullable)
    }
}

/// What a decoder must know about a field beyond its type.
package struct FieldDecoding: Hashable, Sendable {
    /// What a number in a timestamp's place counts, from the epoch.
    package enum TimeUnit: Int64, Hashable, Sendable {
        case microseconds = 1
        case milliseconds = 1_000
        case seconds = 1_000_000
    }

    /// What a record gets that says nothing.
    package enum Default: Hashable, Sendable {
        case bool(Bool)
        case int64(Int64)
        case float64(Double)
        case string(String)
        /// A list of nothing.
        case emptyList
    }

    package var timeUnit: TimeUnit
    /// The value of a record that says nothing here.
    package var defaultValue: Default?

    package init(timeUnit: TimeUnit = .milliseconds, defaultValue: Default? = nil) {
        self.timeUnit = timeUnit
        self.defaultValue = defaultValue
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
