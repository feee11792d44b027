import Glibc

/// The outside world's time. Passed in, so that a test or a simulation can own it.
package protocol WallClock: Sendable {
    /// The time of day.
    func now() -> EventTime
    /// Nanoseconds on a clock that never goes backwards; only differences mean anything.
    func monotonicNanoseconds() -> Int64
}

/// The machine's own clocks.
package struct SystemClock: WallClock {
    package init() {}

    package func now() -> EventTime {
        let (seconds, nanoseconds) = read(CLOCK_REALTIME)
        return EventTime(microseconds: seconds * 1_000_000 + nanoseconds / 1_000)
    }

    package func monotonicNanoseconds() -> Int64 {
        let (seconds, nanoseconds) = read(CLOCK_MONOTONIC)
        return seconds * 1_000_000_000 + nanoseconds
    }

    private func read(_ clock: clockid_t) -> (Int64, Int64) {
        var time = timespec()
        clock_gettime(clock, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}
