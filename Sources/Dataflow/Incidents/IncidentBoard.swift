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

    /// What one operator has read of the acknowledgements.
    package struct Reader: Sendable {
        fileprivate var version = 0
        /// When each was given, by the names of incidents.
        package fileprivate(set) var acknowledged: [String: Int64] = [:]

        package init() {}
    }

    private struct State {
        var open: [String: Open] = [:]
        var acknowledged: [String: Int64] = [:]
        /// Their names, oldest first.
        var order: [String] = []
    }

    private let state = Mutex(State())
    /// Grows when somebody acknowledges, and when an incident opens that may have been acknowledged before.
    private let version = Atomic<Int>(0)

    package init() {}

    /// Shows an incident, or how it stands now.
    package func show(_ incident: Open) {
        let isAwaited = state.withLock { state in
            state.open[incident.name] = incident
            return !incident.isAcknowledged && state.acknowledged[incident.name] != nil
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
    /// - Parameter time: when, in microseconds.
    package func acknowledge(_ name: String, at time: Int64) {
        state.withLock { state in
            guard state.acknowledged[name] == nil else { return }
            state.acknowledged[name] = time
            state.order.append(name)
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
