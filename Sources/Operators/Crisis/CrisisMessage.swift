import Detection
import Glibc
import Primitives

/// Says in a sentence why something is a crisis.
enum CrisisMessage {
    private static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    /// `3.4 × the usual volume for Tuesday 14:00 (412 posts in 15 minutes), 71 % negative against 22 %, led by “…”`.
    static func text(_ evidence: CrisisEvidence, at time: Int64, sample: String?) -> String {
        var parts = [
            "\(decimal(evidence.ratio)) × the usual volume for \(hour(time)) (\(evidence.posts) posts in "
                + "\(evidence.minutes) minutes)"
        ]
        if evidence.isShift {
            parts.append("\(percent(evidence.negativeShare)) negative against \(percent(evidence.usualNegativeShare))")
        }
        if evidence.reachRatio >= 2 { parts.append("\(decimal(evidence.reachRatio)) × the usual reach") }
        if evidence.isCopied { parts.append("\(percent(evidence.similarShare)) with the same words") }
        if let sample { parts.append("led by “\(sample)”") }
        return parts.joined(separator: ", ")
    }

    /// What a title says of what has become of an incident.
    static func ending(_ told: ToldIncident) -> String {
        switch told.transition.status {
        case .open, .escalate: ""
        case .update: ", still going on"
        case .acknowledge: IncidentText.acknowledged(by: told.acknowledgedBy)
        case .resolve: ", resolved"
        }
    }

    /// What is said at the end of an incident.
    static func resolved(_ evidence: CrisisEvidence, at time: Int64) -> String {
        "back to \(decimal(evidence.ratio)) × the usual volume for \(hour(time))"
    }

    private static func hour(_ time: Int64) -> String {
        let slot = SeasonalBaseline.hourOfWeek(time)
        return days[slot / 24] + (slot % 24 < 10 ? " 0" : " ") + "\(slot % 24):00"
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    /// One digit after the point below ten, none above.
    private static func decimal(_ value: Double) -> String {
        guard value < 9.95 else { return "\(Int(min(value, 1e9).rounded()))" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
