/// A fault of a pipeline file, ready to be shown: where, what and what to do. It holds no secret.
package struct Diagnostic: Sendable, Hashable {
    /// Whether a file with it can run.
    package enum Severity: String, Sendable {
        case error, warning
    }

    /// As the command line named it, or `--set PATH`.
    package var file: String
    /// From 1.
    package var line: Int
    /// From 1, in Unicode scalars.
    package var column: Int
    package var severity: Severity
    /// Stable and searchable, for example `graph.unknown_stream`.
    package var code: String
    /// Lowercase, no full stop.
    package var message: String
    package var detail: String?
    /// What to do.
    package var hint: String?
    /// The line of the file; `nil` if it holds a secret.
    package var excerpt: String?

    package init(
        file: String, line: Int, column: Int, severity: Severity, code: String, message: String, detail: String? = nil,
        hint: String? = nil, excerpt: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.code = code
        self.message = message
        self.detail = detail
        self.hint = hint
        self.excerpt = excerpt
    }
}
