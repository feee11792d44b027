/// Shows diagnostics to people and to machines.
package enum DiagnosticRenderer {
    /// As compilers write them, `FILE:LINE:COLUMN: error: message [code]`, then the line with a caret, and the hint.
    package static func text(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(text).joined()
    }

    /// `[{"file": …, "line": …, "column": …, "severity": …, "code": …, "message": …, "detail": …, "hint": …}]`; the
    /// last two only where there are such.
    package static func json(_ diagnostics: [Diagnostic]) -> String {
        JSONDocument.array(diagnostics.map(object)).rendered()
    }

    static func object(_ diagnostic: Diagnostic) -> JSONDocument {
        var members: [(String, JSONDocument)] = [
            ("file", .string(diagnostic.file)),
            ("line", .integer(diagnostic.line)),
            ("column", .integer(diagnostic.column)),
            ("severity", .string(diagnostic.severity.rawValue)),
            ("code", .string(diagnostic.code)),
            ("message", .string(diagnostic.message)),
        ]
        if let detail = diagnostic.detail { members.append(("detail", .string(detail))) }
        if let hint = diagnostic.hint { members.append(("hint", .string(hint))) }
        return .object(members)
    }

    private static func text(_ diagnostic: Diagnostic) -> String {
        var output = "\(diagnostic.file):\(diagnostic.line):\(diagnostic.column): "
        output += "\(diagnostic.severity.rawValue): \(diagnostic.message) [\(diagnostic.code)]\n"
        if let excerpt = diagnostic.excerpt, let (line, caret) = excerptLines(excerpt, column: diagnostic.column) {
            let number = String(diagnostic.line)
            let margin = String(repeating: " ", count: number.utf8.count)
            output += "  \(number) | \(line)\n"
            output += "  \(margin) | \(caret)\n"
        }
        if let detail = diagnostic.detail { output += "    detail: \(detail)\n" }
        if let hint = diagnostic.hint { output += "    hint: \(hint)\n" }
        return output
    }

    private static let widthMax = 100

    /// The line, cut around the column if it is long, and the line with the caret.
    private static func excerptLines(_ excerpt: String, column: Int) -> (String, String)? {
        // A control character could move the terminal's cursor away from the caret.
        let scalars = excerpt.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        guard scalars.contains(where: { $0 != " " }) else { return nil }
        var start = 0
        if scalars.count > widthMax { start = max(0, min(column - widthMax / 2, scalars.count - widthMax)) }
        let end = min(scalars.count, start + widthMax)
        var line = String.UnicodeScalarView()
        line.append(contentsOf: scalars[start..<end])
        if start > 0 { line.replaceSubrange(line.startIndex...line.startIndex, with: CollectionOfOne("…")) }
        if end < scalars.count, let last = line.indices.last {
            line.replaceSubrange(last...last, with: CollectionOfOne("…"))
        }
        let indent = min(max(0, column - 1 - start), end - start)
        return (String(line), String(repeating: " ", count: indent) + "^")
    }
}
