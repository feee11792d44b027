package import Primitives

/// A small JSON document as values: schema files and tables, not records.
package indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int64(Int64)
    case float64(Double)
    case string(String)
    case array([JSONValue])
    /// In the order of the document.
    case object([Member])

    /// A name of an object with its value.
    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: JSONValue
    }

    /// Reads one strict JSON document.
    package static func parse(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
        let parser = try JSONParser()
        let result = bytes.withUnsafeBytes { bytes -> Result<JSONValue, JSONSyntaxError> in
            do throws(JSONSyntaxError) {
                return .success(JSONValue(try parser.parse(bytes, isPadded: false), JSONTape.root))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw Fault("json.syntax", "the document is no JSON", detail: error.message)
        }
    }

    init(_ tape: JSONTape, _ position: Int) {
        switch tape.kind(position) {
        case JSONKind.object:
            var members: [Member] = []
            var next = position + 1
            while tape.kind(next) != JSONKind.objectEnd {
                let name = String(decoding: tape.string(next), as: UTF8.self)
                members.append(Member(name: name, value: JSONValue(tape, next + 1)))
                next = tape.next(next + 1)
            }
            self = .object(members)
        case JSONKind.array:
            var elements: [JSONValue] = []
            var next = position + 1
            while tape.kind(next) != JSONKind.arrayEnd {
                elements.append(JSONValue(tape, next))
                next = tape.next(next)
            }
            self = .array(elements)
        case JSONKind.string: self = .string(String(decoding: tape.string(position), as: UTF8.self))
        case JSONKind.int64: self = .int64(tape.int64(position))
        case JSONKind.uint64: self = .float64(Double(UInt64(bitPattern: tape.int64(position))))
        case JSONKind.double: self = .float64(tape.double(position))
        case JSONKind.true: self = .bool(true)
        case JSONKind.false: self = .bool(false)
        default: self = .null
        }
    }

    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var int64: Int64? { if case .int64(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
}
