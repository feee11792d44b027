import Primitives

/// When a delivery is tried again: exponential back-off with full jitter, later if the receiver asks for it.
///
/// Source: Brooker, "Exponential Backoff And Jitter", 2015: of the ways to spread retries, a wait drawn from all of
/// the interval makes the fewest meet.
struct RetrySchedule: Sendable {
    /// In seconds.
    private static let first = 1.0
    private static let longest = 300.0
    /// So that a receiver which fails at once is not asked again at once.
    private static let shortest = 0.05
    /// A receiver that asks for more is asked again after this.
    private static let longestAsked: Int64 = 3_600

    private var random: RandomSource

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
    }

    /// Nanoseconds to wait after a number of failed attempts, at least 1.
    mutating func delay(afterAttempts attempts: Int, retryAfterSeconds: Int64? = nil) -> Int64 {
        var longest = Self.first
        for _ in 1..<max(1, min(attempts, 16)) { longest = min(Self.longest, longest * 2) }
        let seconds = max(Self.shortest, longest * random.unit())
        let asked = Double(min(retryAfterSeconds ?? 0, Self.longestAsked))
        // Those whom a receiver has asked to come back together need not do so.
        return Int64(max(seconds, asked > 0 ? asked + random.unit() : 0) * 1e9)
    }
}
