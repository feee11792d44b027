import Synchronization

/// Where the operators of a run show which incidents are open, and people say which of them they have seen.
///
/// Shared by all subtasks and the run's HTTP; its lock is taken when something changes, not a batch.
package final class IncidentBoard: Sendable {
    /// Acknowledgements that are remembered; the oldest are forgotten.
    private static let acknowledgementsMax = 10_000

    /// An incident that is not over.
    package struct Open: Sendable, Hashable {
        package var name: String
        package var operatorName: String
        package var severity: String
        package var title: String
        package var message: String
        /// In microseconds of event time.
        package var startedAt: Int64
        package var isAcknowledged: Bool

        package init(
            name: String, operatorName: String, severity: String, title: String, message: String, startedAt: Int64,
            isAcknowledged: Bool
        ) {
            self.name = name
            self.operatorName = operatorName
            self.severity = severity
            self.title = title
            self.message = message
            self.startedAt = startedAt
            self.isAcknowledged = isAcknowledged
        }
    }

    /// That somebody has seen an incident.
    package struct Acknowledgement: Sendable, Hashable {
        /// When, in microseconds.
        package var at: Int64
        /// Whatever the caller says of itself; may be empty.
        package var by: String

        package init(at: Int64, by: String = "") {
            self.at = at
            self.by = by
        }
    }

    /// An incident as bad as it was: when it gets worse, somebody must see it again.
    fileprivate struct Seen: Sendable, Hashable {
        var name: String
        /// `nil`: however bad; earlier versions did not note it.
        var severity: String?
    }

    /// What one operator has read of the acknowledgements.
    package struct Reader: Sendable {
        fileprivate var version = 0
        fileprivate var acknowledged: [Seen: Acknowledgement] = [:]

        package init() {}

        /// What was said of an incident that is as bad.
        package func acknowledgement(of name: String, severity: String) -> Acknowledgement? {
            acknowledged[Seen(name: name, severity: severity)] ?? acknowledged[Seen(name: name, severity: nil)]
        }
    }

    private struct State {
        var open: [String: Open] = [:]
        var acknowledged: [Seen: Acknowledgement] = [:]
        /// Oldest first.
        var order: [Seen] = []

        func isAcknowledged(_ name: String, _ severity: String) -> Bool {
            acknowledged[Seen(name: name, severity: severity)] != nil
                || acknowledged[Seen(name: name, severity: nil)] != nil
        }
    }

    private let state = Mutex(State())
    /// Grows when somebody acknowledges, and when an incident opens that may have been acknowledged before.
    private let version = Atomic<Int>(0)

    package init() {}

    /// Shows an incident, or how it stands now.
    package func show(_ incident: Open) {
        let isAwaited = state.withLock { state in
            state.open[incident.name] = incident
            return !incident.isAcknowledged && state.isAcknowledged(incident.name, incident.severity)
        }
        // It was acknowledged in a run before, whose checkpoint did not know of that.
        if isAwaited { version.add(1, ordering: .releasing) }
    }

    /// An incident is over.
    package func remove(_ name: String) {
        state.withLock { _ = $0.open.removeValue(forKey: name) }
    }

    /// The incidents that are not over, the oldest first.
    package var open: [Open] {
        state.withLock { state in
            state.open.values.sorted { ($0.startedAt, $0.name) < ($1.startedAt, $1.name) }
        }
    }

    /// Notes that somebody has seen an incident, also one that is not open (yet). The first word counts.
    /// - Parameter severity: how bad it was then; `nil`: nobody knows.
    package func acknowledge(_ name: String, severity: String?, _ acknowledgement: Acknowledgement) {
        state.withLock { state in
            let seen = Seen(name: name, severity: severity)
            guard state.acknowledged[seen] == nil else { return }
            state.acknowledged[seen] = acknowledgement
            state.order.append(seen)
            if state.order.count > Self.acknowledgementsMax {
                state.acknowledged[state.order.removeFirst()] = nil
            }
        }
        version.add(1, ordering: .releasing)
    }

    /// Brings a reader up to date; `false` if nothing is new.
    package func read(_ reader: inout Reader) -> Bool {
        let current = version.load(ordering: .acquiring)
        guard current != reader.version else { return false }
        reader.version = current
        reader.acknowledged = state.withLock { $0.acknowledged }
        return true
    }
}
