import Detection

/// An incident of one key, from its first unusual minute to the end of its quiet.
struct CrisisIncident: Sendable, Hashable {
    enum Status: String, Sendable {
        case open, escalate, resolve
    }

    var startedAt: Int64
    /// The worst so far.
    var severity: CrisisSeverity
    /// The last minute that was unusual.
    var lastUnusual: Int64

    /// Moves an incident on by one minute's verdict.
    /// - Returns: what is to be told, if anything; after `resolve` there is no incident any more.
    static func advance(
        _ incident: inout CrisisIncident?, _ severity: CrisisSeverity, at minute: Int64, quiet: Int64
    ) -> Status? {
        guard var current = incident else {
            guard severity > .none else { return nil }
            incident = CrisisIncident(startedAt: minute, severity: severity, lastUnusual: minute)
            return .open
        }
        if severity > .none { current.lastUnusual = minute }
        defer { incident = current }
        if severity > current.severity {
            current.severity = severity
            return .escalate
        }
        return minute - current.lastUnusual >= quiet ? .resolve : nil
    }
}
