/// Judges from what it is told whether the brokers are lost, found again, or waited for too long. A pure value.
struct ConnectionWatch {
    enum Verdict: Equatable {
        case none, lost, found
        /// No progress for so long that a new handle is worth a try.
        case stuck
    }

    /// Shorter gaps are a broker's every-day life and not worth a word.
    static let graceNanoseconds: Int64 = 1_000_000_000
    static let stuckNanoseconds: Int64 = 60_000_000_000

    private var losses = 0
    /// Since when some partition has not been answered for.
    private var brokenSince: Int64?
    private var lastRestart: Int64
    private var isReported = false

    init(now: Int64) {
        brokenSince = now
        lastRestart = now
    }

    /// Whether connections were lost since the last time it was asked.
    mutating func hasLost(losses: Int) -> Bool {
        defer { self.losses = losses }
        return losses != self.losses
    }

    /// - Parameter isWhole: every partition has been answered for since the last loss.
    mutating func step(isWhole: Bool, now: Int64) -> Verdict {
        guard !isWhole else {
            brokenSince = nil
            defer { isReported = false }
            return isReported ? .found : .none
        }
        let since = brokenSince ?? now
        brokenSince = since
        if !isReported, now - since >= Self.graceNanoseconds {
            isReported = true
            return .lost
        }
        return now - max(since, lastRestart) >= Self.stuckNanoseconds ? .stuck : .none
    }

    mutating func restarted(losses: Int, now: Int64) {
        self.losses = losses
        lastRestart = now
    }
}
