import Dataflow
import Primitives
import Synchronization

/// Holds a source back to a number of records a second.
final class Pace: Sendable {
    private let rate: Int64
    private let clock: any WallClock
    private let start: Int64
    private let taken = Atomic<Int64>(0)

    init(rate: Int64, clock: any WallClock) {
        self.rate = rate
        self.clock = clock
        start = clock.monotonicNanoseconds()
    }

    /// Records that should have been taken by now.
    private var due: Int64 {
        let elapsed = Double(clock.monotonicNanoseconds() - start) / 1e9
        return Int64(elapsed * Double(rate)) + 1
    }

    /// Whether the next records may be taken.
    var isDue: Bool { taken.load(ordering: .relaxed) < due }

    /// Records that may be taken now.
    var allowance: Int { Int(max(0, due - taken.load(ordering: .relaxed))) }

    func took(_ records: Int) {
        taken.add(Int64(records), ordering: .relaxed)
    }

    /// Small chunks for a slow pace, so that a replay flows instead of jumping: about a twentieth of a second.
    var chunkBytes: Int {
        Int(min(Int64(ChunkReader.chunkBytes), max(4_096, rate * 400 / 20)))
    }
}
