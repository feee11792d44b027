package import Primitives
import Synchronization

/// The event-time progress of one source over all subtasks: per-lane floors and the source's one watermark.
///
/// The watermark is the earliest promise of the subtasks that are not idle. A subtask that wakes from idleness starts
/// at that watermark at the earliest, so no window that closed meanwhile is opened again.
package final class SourceProgress: Sendable {
    private struct State {
        var lanes: [LaneProgress]
        /// What each subtask promises: no row of its own to come is earlier, or it is late.
        var promises: [EventTime]
        var isIdle: [Bool]
        /// Idle, and for the rest of this run.
        var hasEnded: [Bool]
        var watermark = EventTime.distantPast
    }

    private let state: Mutex<State>

    package init(lanes: Int, subtasks: Int, delay: Duration) {
        state = Mutex(
            State(
                lanes: Array(repeating: LaneProgress(delay: delay), count: lanes),
                promises: Array(repeating: .distantPast, count: subtasks),
                isIdle: Array(repeating: false, count: subtasks),
                hasEnded: Array(repeating: false, count: subtasks)))
    }

    /// Goes on where an earlier run stood. No lane, not one that is new either, starts before the watermark, or rows of
    /// windows that have closed would open them again.
    /// - Parameter lanes: what is known of each; `nil` for a new one.
    package func resume(_ checkpoint: SourceCheckpoint, lanes: [SourceCheckpoint.Lane?]) {
        state.withLock { state in
            state.watermark = checkpoint.watermark
            for index in state.lanes.indices {
                let lane = index < lanes.count ? lanes[index] : nil
                state.lanes[index].resume(
                    latest: lane?.latest ?? .distantPast,
                    least: max(lane?.least ?? .distantPast, checkpoint.watermark))
            }
        }
    }

    /// How far each lane has come.
    package var lanes: [LaneProgress] { state.withLock { $0.lanes } }

    /// Takes the latest event time of a decoded frame.
    package func publish(lane: Int, sequence: Int64, latest: EventTime) {
        state.withLock { $0.lanes[lane].publish(sequence, latest: latest) }
    }

    /// The floor of a published frame; `nil` while a frame before it is still being decoded.
    package func takeFloor(lane: Int, sequence: Int64) -> EventTime? {
        state.withLock { $0.lanes[lane].takeFloor(sequence) }
    }

    /// The latest event time of the lane before a frame whose floor is known.
    package func takeLatestBefore(lane: Int, sequence: Int64) -> EventTime {
        state.withLock { $0.lanes[lane].takeLatestBefore(sequence) }
    }

    /// Computes what a subtask may promise and takes it.
    /// - Parameters:
    ///   - lanes: the lanes that it reads and that are not idle.
    ///   - waiting: its frames that have no floor yet, or one not taken yet, by lane.
    package func promise(subtask: Int, lanes: [Int], waiting: [Int: [Int64]]) {
        state.withLock { state in
            var promise = EventTime.distantFuture
            for lane in lanes { promise = min(promise, state.lanes[lane].leastFloor(of: waiting[lane] ?? [])) }
            if promise > state.promises[subtask] { state.promises[subtask] = promise }
            state.isIdle[subtask] = false
            Self.advance(&state)
        }
    }

    /// A lane has records again after it was idle: from now on none of its rows counts as earlier than the watermark.
    package func wake(subtask: Int, lane: Int) {
        state.withLock { state in
            state.lanes[lane].raise(to: state.watermark)
            let start = state.lanes[lane].watermark
            // The subtask's other lanes may be further on, but what it promised before does not bind this one.
            state.promises[subtask] = state.isIdle[subtask] ? start : min(state.promises[subtask], start)
            state.isIdle[subtask] = false
        }
    }

    /// Every lane of this subtask is idle: it holds nobody back. Once all are, the watermark catches up with the latest
    /// event seen, since nothing earlier is on its way.
    package func rest(subtask: Int) {
        state.withLock { state in
            state.isIdle[subtask] = true
            Self.advance(&state)
        }
    }

    /// This subtask has come to the end of its lanes, but a later run may find more: it holds nobody back who reads on,
    /// and moves the watermark no further by itself.
    package func end(subtask: Int) {
        state.withLock { state in
            state.isIdle[subtask] = true
            state.hasEnded[subtask] = true
            Self.advance(&state)
        }
    }

    /// Where every other source that this one is joined with has got to: while this source is wholly idle, it holds
    /// them back no more than one of its own lanes would. It wakes at that time.
    package func follow(_ others: EventTime) {
        state.withLock { state in
            guard Self.isQuiet(state), others != .distantFuture else { return }
            state.watermark = max(state.watermark, others)
        }
    }

    /// Whether nothing is to be expected soon: all who read on are idle.
    package var isQuiet: Bool { state.withLock { Self.isQuiet($0) } }

    private static func isQuiet(_ state: State) -> Bool {
        zip(state.isIdle, state.promises).allSatisfy { $0 || $1 == .distantFuture }
    }

    /// This subtask has read everything it ever will.
    package func finish(subtask: Int) {
        state.withLock { state in
            state.promises[subtask] = .distantFuture
            state.isIdle[subtask] = false
            Self.advance(&state)
        }
    }

    package var watermark: EventTime {
        state.withLock { $0.watermark }
    }

    private static func advance(_ state: inout State) {
        var earliest = EventTime.distantFuture
        for (promise, isIdle) in zip(state.promises, state.isIdle) where !isIdle { earliest = min(earliest, promise) }
        if earliest == .distantFuture, state.isIdle.contains(true) {
            // Those who read on and are idle may come back, but nothing earlier than the latest event is on its way.
            let readOn = zip(state.isIdle, state.hasEnded).contains { $0 && !$1 }
            // Where all have ended their promises stand: what a later run finds is held to them.
            let ended = zip(state.promises, state.hasEnded).filter { $1 && $0 != .distantFuture }.map(\.0)
            earliest = (readOn ? state.lanes.map(\.latest).max() : ended.min()) ?? state.watermark
        }
        state.watermark = max(state.watermark, earliest)
    }
}
