import Formats

/// A JSON document to be written: members keep their order.
indirect enum JSONDocument: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONDocument])
    case object([(String, JSONDocument)])

    static func strings(_ values: [String]) -> JSONDocument { .array(values.map { .string($0) }) }

    /// Indented by two spaces, with a line break at the end; short arrays of plain values stay on one line.
    func rendered() -> String {
        var output = ""
        write(to: &output, indent: 0)
        return output + "\n"
    }

    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private func write(to output: inout String, indent: Int) {
        let margin = String(repeating: "  ", count: indent + 1)
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let value): output += value.isFinite ? String(value) : "null"
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements) where elements.allSatisfy(\.isPlain):
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += ", " }
                element.write(to: &output, indent: indent)
            }
            output += "]"
        case .array(let elements):
            output += "[\n"
            for (index, element) in elements.enumerated() {
                output += margin
                element.write(to: &output, indent: indent + 1)
                output += index + 1 < elements.count ? ",\n" : "\n"
            }
            output += margin.dropLast(2) + "]"
        case .object(let members) where members.isEmpty:
            output += "{}"
        case .object(let members):
            output += "{\n"
            for (index, (name, value)) in members.enumerated() {
                output += margin
                Self.write(name, to: &output)
                output += ": "
                value.write(to: &output, indent: indent + 1)
                output += index + 1 < members.count ? ",\n" : "\n"
            }
            output += margin.dropLast(2) + "}"
        }
    }

    private static func write(_ text: String, to output: inout String) {
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        output += String(decoding: bytes, as: UTF8.self)
    }
}
