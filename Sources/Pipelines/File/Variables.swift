import Primitives

/// Fills `${NAME}`, `${NAME:-default}` and `$$` in values of a pipeline file.
///
/// It works on values after YAML has been read, so what a variable holds can never become structure.
struct Variables {
    let environment: [String: String]
    /// Learns every value that was filled in.
    private(set) var redactor = Redactor()
    /// What a variable without a value is.
    let undefined: Diagnostic.Severity

    init(environment: [String: String], undefined: Diagnostic.Severity = .error) {
        self.environment = environment
        self.undefined = undefined
    }

    /// The text with its variables' values, and whether there were any. A variable that cannot be filled in is a fault
    /// and stays as it is written.
    mutating func fill(_ raw: String, at place: Place, _ findings: Findings) -> (text: String, isInterpolated: Bool) {
        guard raw.utf8.contains(UInt8(ascii: "$")) else { return (raw, false) }
        let bytes = Array(raw.utf8)
        var output: [UInt8] = []
        var index = 0
        var isInterpolated = false
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            guard bytes[index] == UInt8(ascii: "$"), next == UInt8(ascii: "{") || next == UInt8(ascii: "$") else {
                output.append(bytes[index])
                index += 1
                continue
            }
            if next == UInt8(ascii: "$") {
                output.append(UInt8(ascii: "$"))
                index += 2
                continue
            }
            isInterpolated = true
            guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
                reportSyntax("a variable `${` has no `}`", at: place, findings)
                return (raw, true)
            }
            let expression = bytes[(index + 2)..<end]
            output.append(contentsOf: value(of: expression, at: place, findings) ?? Array(bytes[index...end]))
            index = end + 1
        }
        return (String(decoding: output, as: UTF8.self), isInterpolated)
    }

    private mutating func value(of expression: ArraySlice<UInt8>, at place: Place, _ findings: Findings) -> [UInt8]? {
        let nameEnd = expression.firstIndex { !Self.isNameByte($0) } ?? expression.endIndex
        let name = String(decoding: expression[..<nameEnd], as: UTF8.self)
        let rest = expression[nameEnd...]
        let isDefaulted = rest.starts(with: [UInt8(ascii: ":"), UInt8(ascii: "-")])
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            rest.isEmpty || isDefaulted
        else {
            reportSyntax("`${\(String(decoding: expression, as: UTF8.self))}` is no variable", at: place, findings)
            return nil
        }
        let value = environment[name]
        if isDefaulted, value ?? "" == "" { return Array(rest.dropFirst(2)) }
        guard let value else {
            let hint = Spelling.nearest(name, environment.keys.sorted()).map { "did you mean `\($0)`? Or " } ?? ""
            findings.undefined(
                Fault(
                    "env.undefined", "the environment variable `\(name)` is not set",
                    hint: hint + "set it, or give a default: `${\(name):-value}`"),
                at: place, severity: undefined)
            return nil
        }
        guard !value.utf8.contains(0x0A), !value.utf8.contains(0x0D) else {
            findings.error(
                "env.newline", "the environment variable `\(name)` holds a line break",
                hint: "give it a value of one line", at: place)
            return nil
        }
        redactor.hideVariable(name, value: value)
        return Array(value.utf8)
    }

    private func reportSyntax(_ message: String, at place: Place, _ findings: Findings) {
        findings.error(
            "env.syntax", message, hint: "write `${NAME}` or `${NAME:-default}`, and `$$` for a `$`", at: place)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        YAMLText.isAnchorByte(byte) && byte != UInt8(ascii: "-")
    }

    /// Hides the value of a field that is secret.
    mutating func hideSecret(_ value: String) { redactor.hideSecret(value) }
}
