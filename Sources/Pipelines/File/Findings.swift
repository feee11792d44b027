import Primitives

/// Collects faults with their places; reading and planning go on after each, so that an author sees all at once.
final class Findings {
    struct Finding {
        var fault: Fault
        var place: Place
        var severity: Diagnostic.Severity
        /// The order of discovery, for faults of one place.
        var order: Int
    }

    private struct Known: Hashable {
        var place: Place
        var fault: Fault
    }

    private(set) var all: [Finding] = []
    private var known: Set<Known> = []
    /// Where values stand that a variable has left open.
    private var open: Set<Place> = []

    /// Another, empty one for the same file, for a second look at it.
    func again() -> Findings {
        let other = Findings()
        other.open = open
        return other
    }

    var hasErrors: Bool { all.contains { $0.severity == .error } }

    func error(_ code: String, _ message: String, hint: String? = nil, at place: Place) {
        report(Fault(code, message, hint: hint), at: place)
    }

    func warning(_ code: String, _ message: String, hint: String? = nil, at place: Place) {
        report(Fault(code, message, hint: hint), at: place, severity: .warning)
    }

    func report(_ fault: Fault, at place: Place, severity: Diagnostic.Severity = .error) {
        guard !open.contains(place) else { return }
        // One place with one code is one fault, however many ways lead to it (an alias, two passes of planning).
        guard known.insert(Known(place: place, fault: fault)).inserted else { return }
        all.append(Finding(fault: fault, place: place, severity: severity, order: all.count))
    }

    /// Reports a variable without a value. What else is found at its place is not reported: it would be about a value
    /// that nobody knows.
    func undefined(_ fault: Fault, at place: Place, severity: Diagnostic.Severity) {
        // A value may name several variables.
        open.remove(place)
        report(fault, at: place, severity: severity)
        open.insert(place)
    }

    /// Makes an error of each variable without a value.
    func requireVariables() {
        for index in all.indices where open.contains(all[index].place) { all[index].severity = .error }
    }

    /// Sorted by place, with lines and columns, without secrets.
    func diagnostics(in sources: [SourceText], redactor: Redactor) -> [Diagnostic] {
        let sorted = all.sorted { ($0.place, $0.order) < ($1.place, $1.order) }
        return sorted.map { finding in
            let source = sources[finding.place.source]
            let (line, column) = source.lineAndColumn(of: finding.place.offset)
            let excerpt = source.line(line)
            return Diagnostic(
                file: source.name, line: line, column: column, severity: finding.severity, code: finding.fault.code,
                message: redactor.redact(finding.fault.message),
                detail: finding.fault.detail.map(redactor.redact), hint: finding.fault.hint.map(redactor.redact),
                // A caret under a line that is not the line would mislead.
                excerpt: redactor.redact(excerpt) == excerpt ? excerpt : nil)
        }
    }
}
