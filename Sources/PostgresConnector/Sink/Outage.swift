import Primitives

/// A time during which commits do not succeed: when it began, how often was tried, how long to wait before the next.
struct Outage {
    /// On the monotonic clock.
    let start: Int64
    private(set) var attempts = 0
    var isReported = false

    init(start: Int64) {
        self.start = start
    }

    /// Nanoseconds before the next attempt: 100 ms doubled each time, at most 5 s, and between half of it and all, so
    /// that many writers do not come back at once.
    mutating func nextPause(_ random: inout RandomSource) -> Int64 {
        let doubled: Int64 = 100_000_000 << Int64(min(attempts, 10))
        let full = min(5_000_000_000, doubled)
        attempts += 1
        return full / 2 + Int64(random.unit() * Double(full / 2))
    }
}
