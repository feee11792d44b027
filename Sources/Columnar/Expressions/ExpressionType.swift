/// The type that the checker gives an expression.
indirect enum ExpressionType: Hashable, Sendable {
    case null
    case bool
    case int
    /// At least zero and at most the largest `int`, since columns hold signed numbers.
    case uint
    case double
    case string
    case bytes
    case timestamp
    /// Microseconds.
    case duration
    case list(ExpressionType)
    case structure([Field])
    /// The element of a list without elements: fits any type.
    case any

    init(_ type: DataType) {
        switch type {
        case .bool: self = .bool
        case .int64: self = .int
        case .float64: self = .double
        case .string: self = .string
        case .bytes: self = .bytes
        case .timestamp: self = .timestamp
        case .list(let element): self = .list(ExpressionType(element))
        case .struct(let fields): self = .structure(fields)
        }
    }

    /// The type of the column that holds such values.
    var physical: DataType {
        switch self {
        case .null, .bool: .bool
        case .int, .uint, .duration, .any: .int64
        case .double: .float64
        case .string: .string
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .list(let element): .list(element.physical)
        case .structure(let fields): .struct(fields)
        }
    }

    var isInteger: Bool { self == .int || self == .uint }
    var isNumber: Bool { isInteger || self == .double }

    /// The type that values of both types have, if there is one.
    func unified(with other: ExpressionType) -> ExpressionType? {
        switch (self, other) {
        case (.any, _): other
        case (_, .any): self
        case (.list(let left), .list(let right)): left.unified(with: right).map { .list($0) }
        default: self == other ? self : nil
        }
    }
}

extension ExpressionType: CustomStringConvertible {
    /// As CEL names it.
    var description: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .list(let element): "list(\(element))"
        case .structure: "object"
        case .any: "any"
        }
    }
}
