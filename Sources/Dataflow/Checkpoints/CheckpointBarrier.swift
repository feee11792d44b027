import Columnar
import Primitives
import Synchronization

/// Where the threads of a job meet for a checkpoint.
///
/// A checkpoint is taken while nothing is in flight. Subtasks stop reading (`draining`), send on what they hold and
/// work on what comes until no message is under way anywhere; then each captures its state (`capturing`), and the
/// last of them marks the sinks' queues and lets all go on. A pause of milliseconds, and a consistent cut without
/// aligning barriers at every exchange (where rows wait for verdicts, an aligned barrier would have to wait as well).
final class CheckpointBarrier: Sendable {
    enum Phase: UInt8 {
        case open
        case draining
        case capturing
    }

    /// What the coordinator collects for one epoch.
    struct Harvest: Sendable {
        var captures: [SubtaskCapture?]
        var sinks: [Int: SinkCapture] = [:]
    }

    private let subtasks: Int
    private let phaseValue = Atomic<UInt8>(Phase.open.rawValue)
    private let epochValue: Atomic<Int64>
    private let durableValue: Atomic<Int64>
    private let wholeValue = Atomic<Bool>(false)
    private let finalValue = Atomic<Bool>(false)
    private let closingValue = Atomic<Bool>(false)
    private let commitWanted = Atomic<Bool>(false)
    private let commitNeeded = Atomic<Bool>(false)
    /// Subtasks that have stopped reading and hold nothing back.
    private let paused = Atomic<Int>(0)
    /// Messages and batches between two threads, sent and not yet worked on.
    private let inFlight = Atomic<Int>(0)
    private let endedReaders = Atomic<Int>(0)
    /// For how long each subtask has had nothing to do since the last checkpoint, in nanoseconds.
    private let idleTimes: Mutex<[Int64]>
    private let harvest: Mutex<Harvest>
    /// What sinks left that have finished, by node.
    private let finished = Mutex<[Int: SinkCapture?]>([:])

    /// - Parameter epoch: of the checkpoint that the run starts from; 0 for none.
    init(subtasks: Int, epoch: Int64) {
        self.subtasks = subtasks
        epochValue = Atomic(epoch)
        durableValue = Atomic(epoch)
        harvest = Mutex(Harvest(captures: Array(repeating: nil, count: subtasks)))
        idleTimes = Mutex(Array(repeating: 0, count: subtasks))
    }

    var phase: Phase { Phase(rawValue: phaseValue.load(ordering: .acquiring)) ?? .open }
    /// The epoch that is being checkpointed, or was last.
    var epoch: Int64 { epochValue.load(ordering: .acquiring) }
    /// The newest epoch whose checkpoint is durable.
    var durableEpoch: Int64 { durableValue.load(ordering: .acquiring) }
    /// Whether the checkpoint under way holds the whole state.
    var isWhole: Bool { wholeValue.load(ordering: .relaxed) }

    // MARK: Messages under way

    func sent() { inFlight.add(1, ordering: .relaxed) }
    func arrived(_ count: Int = 1) { inFlight.subtract(count, ordering: .releasing) }

    // MARK: The subtasks' side

    func pause() { paused.add(1, ordering: .acquiringAndReleasing) }

    /// Whether nothing is under way and nobody makes anything new. Once it is so it stays so.
    var isQuiet: Bool {
        #if CANARIES
            if Canary.isOn(.ignoreInFlight) { return paused.load(ordering: .acquiring) == subtasks }
        #endif
        return paused.load(ordering: .acquiring) == subtasks && inFlight.load(ordering: .acquiring) == 0
    }

    /// Takes note that it is quiet; whoever sees it first.
    func startCapturing() {
        _ = phaseValue.compareExchange(
            expected: Phase.draining.rawValue, desired: Phase.capturing.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Takes what a subtask has captured; `true` for the last one, which must call `reopen()`.
    func deposit(_ capture: SubtaskCapture, subtask: Int) -> Bool {
        harvest.withLock { harvest in
            harvest.captures[subtask] = capture
            return harvest.captures.allSatisfy { $0 != nil }
        }
    }

    /// Lets every subtask go on.
    func reopen() {
        paused.store(0, ordering: .relaxed)
        if isFinal { closingValue.store(true, ordering: .relaxed) }
        phaseValue.store(Phase.open.rawValue, ordering: .releasing)
    }

    /// Whether the inputs end with the checkpoint under way. The sinks' last epoch ends with their queues.
    var isFinal: Bool { finalValue.load(ordering: .relaxed) }

    /// Whether the last checkpoint has captured the state, so that the inputs may end and windows close.
    var isClosing: Bool { closingValue.load(ordering: .acquiring) }

    /// A subtask has waited for something to do, outside of checkpoints.
    func idled(nanoseconds: Int64, subtask: Int) { idleTimes.withLock { $0[subtask] += nanoseconds } }

    /// One source's reader in one subtask has nothing more to give.
    func readerEnded() { endedReaders.add(1, ordering: .acquiringAndReleasing) }
    func haveEnded(_ readers: Int) -> Bool { endedReaders.load(ordering: .acquiring) >= readers }

    // MARK: The sinks' side

    func deposit(_ capture: SinkCapture, node: Int) {
        harvest.withLock { $0.sinks[node] = capture }
    }

    /// A sink has committed its last epoch and delivered what it could.
    /// - Parameter capture: what is left, if that is not what it deposited.
    func finish(_ capture: SinkCapture?, node: Int) {
        finished.withLock { $0[node] = .some(capture) }
    }

    /// A sink's rows have waited long enough.
    /// - Parameter isUrgent: it can take no more before their commit, whatever that costs.
    func requestCommit(isUrgent: Bool = false) {
        if isUrgent {
            commitNeeded.store(true, ordering: .relaxed)
        } else {
            commitWanted.store(true, ordering: .relaxed)
        }
    }

    // MARK: The coordinator's side

    /// Takes the request for an early commit, if there is one.
    func takeRequest() -> Bool { commitWanted.exchange(false, ordering: .relaxed) }
    func takeUrgentRequest() -> Bool { commitNeeded.exchange(false, ordering: .relaxed) }

    /// For how long the busiest subtask has had nothing to do since `durable`, in nanoseconds.
    var leastIdleTime: Int64 { idleTimes.withLock { $0.min() ?? 0 } }

    /// - Parameter isFinal: whether the inputs end with this checkpoint.
    func begin(epoch: Int64, isWhole: Bool, isFinal: Bool) {
        harvest.withLock { $0 = Harvest(captures: Array(repeating: nil, count: subtasks)) }
        wholeValue.store(isWhole, ordering: .relaxed)
        finalValue.store(isFinal, ordering: .relaxed)
        epochValue.store(epoch, ordering: .relaxed)
        phaseValue.store(Phase.draining.rawValue, ordering: .releasing)
    }

    /// What has been collected, once all of it is there.
    func takeHarvest(sinks: Int) -> Harvest? {
        harvest.withLock { harvest in
            guard harvest.captures.allSatisfy({ $0 != nil }), harvest.sinks.count == sinks else { return nil }
            defer { harvest = Harvest(captures: Array(repeating: nil, count: subtasks)) }
            return harvest
        }
    }

    /// What the sinks left whose last word was another, once all have finished.
    func takeFinished(sinks: Int) -> [Int: SinkCapture]? {
        finished.withLock { $0.count == sinks ? $0.compactMapValues { $0 } : nil }
    }

    func durable(epoch: Int64) {
        durableValue.store(epoch, ordering: .releasing)
        idleTimes.withLock { $0 = Array(repeating: 0, count: subtasks) }
    }
}

/// What one subtask gives to a checkpoint.
struct SubtaskCapture: Sendable {
    struct Part: Sendable {
        var tables: [StateTable]
        var watermark: EventTime
        var changes: [StateChange]
    }

    /// By node.
    var parts: [Int: Part] = [:]
    /// By node, then lane.
    var positions: [Int: [Int: String]] = [:]
    /// How far each source has come, by node: what was read until now and no more, as the positions say.
    var progress: [Int: (watermark: EventTime, lanes: [LaneProgress])] = [:]
    var tally: Tally
}

/// What one sink gives to a checkpoint.
struct SinkCapture: Sendable {
    var snapshot: SinkSnapshot
    var counts: SinkCounts
    var receivedByEdge: [Int: Int64]
}
