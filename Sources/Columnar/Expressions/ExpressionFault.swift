/// Why an expression cannot be used, found before any row is read.
package struct ExpressionFault: Error, Hashable, Sendable {
    /// Stable and searchable: `expression.syntax`, `expression.limit`, `expression.column_missing`,
    /// `expression.function_missing`, `expression.arguments`, `expression.type`, `expression.pattern`,
    /// `expression.range`, `expression.unsupported`.
    package var code: String
    /// Lowercase, without a full stop.
    package var message: String
    /// What to do about it.
    package var hint: String?
    /// Where in the source, in bytes from its start.
    package var offset: Int

    package init(_ code: String, _ message: String, hint: String? = nil, offset: Int) {
        self.code = code
        self.message = message
        self.hint = hint
        self.offset = offset
    }

    static func syntax(_ message: String, at offset: Int, hint: String? = nil) -> ExpressionFault {
        ExpressionFault("expression.syntax", message, hint: hint, offset: offset)
    }

    static func type(_ message: String, at offset: Int, hint: String? = nil) -> ExpressionFault {
        ExpressionFault("expression.type", message, hint: hint, offset: offset)
    }
}

extension ExpressionFault: CustomStringConvertible {
    package var description: String {
        "\(message) [\(code)] at byte \(offset)\(hint.map { " (hint: \($0))" } ?? "")"
    }
}
