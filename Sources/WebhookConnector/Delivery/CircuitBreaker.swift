/// Leaves a receiver alone that fails with whatever it is sent: after some failures in a row nothing is sent for a
/// while, then one message to try it, and everything again once that has arrived. A pure value.
struct CircuitBreaker: Sendable, Hashable {
    /// Failures in a row that open it.
    static let failuresMax = 5

    /// Failures since the last success.
    private(set) var failures = 0
    /// On the monotonic clock, in nanoseconds; nothing is sent before.
    private(set) var closedUntil = Int64.min

    /// Whether the next message only tries the receiver.
    var isOpen: Bool { failures >= Self.failuresMax }

    func allows(_ now: Int64) -> Bool { now >= closedUntil }

    mutating func succeeded() {
        self = CircuitBreaker()
    }

    /// - Parameter delay: nanoseconds, by the number of failures beyond the limit, from 1 on.
    mutating func failed(now: Int64, delay: (Int) -> Int64) {
        failures += 1
        if isOpen { closedUntil = now + delay(failures - Self.failuresMax + 1) }
    }
}
