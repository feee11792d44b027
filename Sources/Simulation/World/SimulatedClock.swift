import Primitives
import Synchronization

/// Time that moves only when the simulation moves it, and that goes on over crashes.
final class SimulatedClock: WallClock {
    private static let start: Int64 = 1_700_000_000_000_000_000
    private let nanoseconds = Atomic<Int64>(SimulatedClock.start)

    func now() -> EventTime { EventTime(microseconds: monotonicNanoseconds() / 1_000) }
    func monotonicNanoseconds() -> Int64 { nanoseconds.load(ordering: .relaxed) }
    func advance(nanoseconds more: Int64) { nanoseconds.add(more, ordering: .relaxed) }

    /// Nanoseconds since the simulation began.
    var elapsed: Int64 { monotonicNanoseconds() - Self.start }
}
