import Columnar
import Primitives

/// Turns one JSON value into one value of a column.
final class JSONLeaf {
    let field: Field
    let builder: ColumnBuilder
    /// As the column is named in messages.
    let path: String
    /// The record that it last took a value from.
    var stamp: UInt64 = 0
    private let elements: ElementAssembler?

    init(field: Field, builder: ColumnBuilder, path: String) {
        self.field = field
        self.builder = builder
        self.path = path
        if case .list(let element) = field.type, let elements = builder.elements {
            self.elements = ElementAssembler(element, elements, path: path)
        } else {
            elements = nil
        }
    }

    /// Appends the value at a position of the tape, which is not null.
    func append(_ tape: JSONTape, _ position: Int) throws(JSONMismatch) {
        switch field.type {
        case .string:
            guard tape.kind(position) == JSONKind.string else { throw mismatch(tape, position) }
            builder.append(tape.string(position))
        case .int64: builder.append(try integer(tape, position))
        case .float64:
            switch tape.kind(position) {
            case JSONKind.double: builder.append(tape.double(position))
            case JSONKind.int64: builder.append(Double(tape.int64(position)))
            case JSONKind.uint64: builder.append(Double(UInt64(bitPattern: tape.int64(position))))
            default: throw mismatch(tape, position)
            }
        case .bool:
            switch tape.kind(position) {
            case JSONKind.true: builder.append(true)
            case JSONKind.false: builder.append(false)
            default: throw mismatch(tape, position)
            }
        case .timestamp:
            let time = try time(tape, position)
            guard Self.years.contains(time) else { throw outOfRange }
            builder.append(time)
        case .bytes:
            guard tape.kind(position) == JSONKind.string else { throw mismatch(tape, position) }
            builder.append(tape.string(position))
        case .list:
            guard tape.kind(position) == JSONKind.array, let elements else { throw mismatch(tape, position) }
            try elements.append(tape, position)
            builder.appendList()
        case .struct:
            preconditionFailure("a struct is made of leaves")
        }
    }

    /// Appends what stands for a value that the record does not have.
    func appendMissing() throws(JSONMismatch) {
        switch field.decoding.defaultValue {
        case .bool(let value)?: builder.append(value)
        case .int64(let value)?: builder.append(value)
        case .float64(let value)?: builder.append(value)
        case .string(let value)?: builder.append(value)
        case nil:
            guard field.isNullable else {
                throw JSONMismatch(code: "json.missing", reason: "`\(path)` is missing")
            }
            builder.appendNull()
        }
    }

    private func integer(_ tape: JSONTape, _ position: Int) throws(JSONMismatch) -> Int64 {
        switch tape.kind(position) {
        case JSONKind.int64: return tape.int64(position)
        case JSONKind.uint64:
            throw JSONMismatch(code: "json.range", reason: "`\(path)` is above the range of 64-bit integers")
        case JSONKind.double:
            // 1.0 and 1e3 are whole numbers too.
            guard let value = Int64(exactly: tape.double(position)) else {
                throw JSONMismatch(code: "json.type", reason: "`\(path)` is \(tape.double(position)), not an integer")
            }
            return value
        default: throw mismatch(tape, position)
        }
    }

    private func time(_ tape: JSONTape, _ position: Int) throws(JSONMismatch) -> Int64 {
        let scale = field.decoding.timeUnit.rawValue
        switch tape.kind(position) {
        case JSONKind.string:
            guard let time = Timestamp.parse(tape.string(position)) else {
                throw JSONMismatch(code: "json.type", reason: "`\(path)` is a string, but no RFC 3339 time")
            }
            return time
        case JSONKind.int64:
            let (time, overflow) = tape.int64(position).multipliedReportingOverflow(by: scale)
            guard !overflow else { throw outOfRange }
            return time
        case JSONKind.double:
            guard let time = Int64(exactly: (tape.double(position) * Double(scale)).rounded()) else {
                throw outOfRange
            }
            return time
        case JSONKind.uint64: throw outOfRange
        default: throw mismatch(tape, position)
        }
    }

    /// The years 1 to 9999, in microseconds: what RFC 3339 can write and window arithmetic cannot overflow on.
    private static let years = -62_135_596_800_000_000...253_402_300_799_999_999 as ClosedRange<Int64>

    private var outOfRange: JSONMismatch {
        JSONMismatch(code: "json.range", reason: "`\(path)` is no time that can be represented")
    }

    private func mismatch(_ tape: JSONTape, _ position: Int) -> JSONMismatch {
        let wanted =
            switch field.type {
            case .string, .bytes: "a string"
            case .int64: "an integer"
            case .float64: "a number"
            case .bool: "a truth value"
            case .timestamp: "a time"
            case .list: "an array"
            case .struct: "an object"
            }
        return JSONMismatch(code: "json.type", reason: "`\(path)` is \(tape.typeName(position)), not \(wanted)")
    }
}

/// Appends the elements of JSON arrays to the builder of a list's elements.
final class ElementAssembler {
    private let element: DataType
    private let path: String
    private let builder: ColumnBuilder
    private let leaf: JSONLeaf?

    init(_ element: DataType, _ builder: ColumnBuilder, path: String) {
        self.element = element
        self.path = path + "[]"
        self.builder = builder
        if case .struct = element {
            leaf = nil
        } else {
            leaf = JSONLeaf(field: Field("", element), builder: builder, path: self.path)
        }
    }

    func append(_ tape: JSONTape, _ array: Int) throws(JSONMismatch) {
        var position = array + 1
        while tape.kind(position) != JSONKind.arrayEnd {
            if tape.kind(position) == JSONKind.null {
                throw JSONMismatch(code: "json.type", reason: "`\(path)` is null")
            }
            if let leaf {
                try leaf.append(tape, position)
            } else {
                try appendObject(tape, position, builder, element)
            }
            position = tape.next(position)
        }
    }

    /// Elements that are objects are few: their members are searched by name.
    private func appendObject(
        _ tape: JSONTape, _ object: Int, _ builder: ColumnBuilder, _ type: DataType
    ) throws(JSONMismatch) {
        guard case .struct(let fields) = type, tape.kind(object) == JSONKind.object else {
            throw JSONMismatch(code: "json.type", reason: "`\(path)` is \(tape.typeName(object)), not an object")
        }
        for (field, member) in zip(fields, builder.members) {
            let leafPath = "\(path).\(field.name)"
            if let position = find(tape, object, field.name), tape.kind(position) != JSONKind.null {
                if case .struct = field.type {
                    try appendObject(tape, position, member, field.type)
                } else {
                    try JSONLeaf(field: field, builder: member, path: leafPath).append(tape, position)
                }
            } else {
                try JSONLeaf(field: field, builder: member, path: leafPath).appendMissing()
            }
        }
        builder.appendStruct()
    }

    private func find(_ tape: JSONTape, _ object: Int, _ name: String) -> Int? {
        var position = object + 1
        while tape.kind(position) != JSONKind.objectEnd {
            if tape.string(position).elementsEqual(name.utf8) { return position + 1 }
            position = tape.next(position + 1)
        }
        return nil
    }
}
