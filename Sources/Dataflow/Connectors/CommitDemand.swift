/// Judges when a sink wants its rows committed: once they have waited for as long as they should, or are too many to
/// hold. A pure value.
package struct CommitDemand: Sendable {
    /// What a sink holds before it asks for a commit, in bytes of memory.
    package static let bytesMax = 16 << 20
    /// How long a row waits while more rows come, in nanoseconds: readers look at rows as they come.
    private static let latency: Int64 = 50_000_000
    /// How long it waits while none come: windows that are shown at once come within moments.
    private static let quiet: Int64 = 10_000_000

    private var bytes = 0
    /// When the first and the last of the rows that wait came, on the monotonic clock; `nil` while none waits.
    private var waiting: (first: Int64, last: Int64)?

    package init() {}

    /// Takes note of rows that wait from now on.
    package mutating func add(bytes: Int, now: Int64) {
        self.bytes += bytes
        waiting = (waiting?.first ?? now, now)
    }

    /// Nothing waits any more.
    package mutating func reset() {
        bytes = 0
        waiting = nil
    }

    /// Whether it is time for a commit.
    package func isDue(now: Int64) -> Bool {
        guard let waiting else { return false }
        return bytes >= Self.bytesMax || now - waiting.first >= Self.latency || now - waiting.last >= Self.quiet
    }
}
