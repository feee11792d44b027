import Detection
import Primitives

/// Names incidents and what is told of them: the same in every run, from the operator's name, the key and event time.
struct IncidentNames: Sendable {
    let operatorName: String
    /// From level 1 on.
    let severities: [String]

    func incident(_ key: UInt64, startedAt: Int64) -> String { identifier("incident_", key, startedAt) }

    func alert(_ key: UInt64, _ transition: IncidentTransition) -> String {
        // A resolved incident and one that opens may fall together, as may two of like kind in two incidents.
        let seed = Hashing.mix(key ^ UInt64(bitPattern: transition.incident.startedAt))
        return identifier("alert_", seed ^ transition.status.rank, transition.time)
    }

    func severity(_ level: Int) -> String { severities[min(max(level, 1), severities.count) - 1] }

    private func identifier(_ prefix: String, _ key: UInt64, _ time: Int64) -> String {
        var name = operatorName
        let named = name.withUTF8 { Hashing.hash64(UnsafeRawBufferPointer($0), seed: key) }
        let digits = String(Hashing.mix(named ^ UInt64(bitPattern: time)), radix: 16)
        return prefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
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
