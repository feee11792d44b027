import Primitives

/// When a delivery is tried again: exponential back-off with full jitter, later if the receiver asks for it.
struct RetrySchedule: Sendable {
    /// In seconds.
    private static let first = 1.0
    private static let longest = 300.0
    /// A receiver that asks for more is asked again after this.
    private static let longestAsked: Int64 = 3_600

    private var random: RandomSource

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
    }

    /// Nanoseconds to wait after a number of failed attempts, at least 1.
    mutating func delay(afterAttempts attempts: Int, retryAfterSeconds: Int64?) -> Int64 {
        var longest = Self.first
        for _ in 1..<max(1, min(attempts, 16)) { longest = min(Self.longest, longest * 2) }
        // Half of it is certain, so that a receiver which fails at once is not asked again at once.
        let seconds = longest * (0.5 + 0.5 * random.unit())
        let asked = Double(min(retryAfterSeconds ?? 0, Self.longestAsked))
        return Int64(max(seconds, asked) * 1e9)
    }
}
