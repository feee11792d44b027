import Detection
import Primitives

/// Names incidents and what is told of them: the same in every run, from the operator's name, the key and event time.
struct IncidentNames: Sendable {
    let operatorName: String
    /// From level 1 on.
    let severities: [String]

    func incident(_ key: UInt64, startedAt: Int64) -> String {
        Self.identifier("incident_", operatorName, key, startedAt)
    }

    func alert(_ key: UInt64, _ transition: IncidentTransition) -> String {
        // A resolved incident and one that opens may fall together, as may two of like kind in two incidents.
        let seed = Hashing.mix(key ^ UInt64(bitPattern: transition.incident.startedAt))
        return Self.identifier("alert_", operatorName, seed ^ transition.status.rank, transition.time)
    }

    func severity(_ level: Int) -> String { severities[min(max(level, 1), severities.count) - 1] }

    /// A name of something that an operator tells of a key at a time.
    static func identifier(_ prefix: String, _ operatorName: String, _ key: UInt64, _ time: Int64) -> String {
        let named = Hashing.hash64(operatorName, seed: key)
        return prefix + Hashing.hexadecimal(Hashing.mix(named ^ UInt64(bitPattern: time)))
    }
}

extension IncidentStatus {
    /// Part of names that have been given: never changes.
    fileprivate var rank: UInt64 {
        switch self {
        case .open: 1
        case .escalate: 2
        case .resolve: 3
        case .update: 4
        case .acknowledge: 5
        }
    }
}
