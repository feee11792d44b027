import Primitives

/// Judges when a sink wants its rows committed: once they have waited for as long as they should, or are too many to
/// hold. A pure value.
package struct CommitDemand: Sendable {
    /// What a sink holds before it asks for a commit, in bytes of memory.
    package static let bytesMax = 16 << 20
    /// How long a row waits for a commit where readers look at it as it comes.
    package static let latency: Duration = .milliseconds(50)

    private let latencyNanoseconds: Int64
    private let bytesMax: Int
    private var bytes = 0
    /// On the monotonic clock; `nil` while nothing waits.
    private var since: Int64?

    /// - Parameter latency: how long a row may wait; `nil`: it does not matter.
    package init(latency: Duration? = Self.latency, bytesMax: Int = Self.bytesMax) {
        latencyNanoseconds = latency.map { $0.microseconds * 1_000 } ?? .max
        self.bytesMax = bytesMax
    }

    /// Takes note of rows that wait from now on.
    package mutating func add(bytes: Int, now: Int64) {
        self.bytes += bytes
        since = since ?? now
    }

    /// Nothing waits any more.
    package mutating func reset() {
        bytes = 0
        since = nil
    }

    /// Whether it is time for a commit.
    package func isDue(now: Int64) -> Bool {
        guard let since else { return false }
        return bytes >= bytesMax || now - since >= latencyNanoseconds
    }
}
