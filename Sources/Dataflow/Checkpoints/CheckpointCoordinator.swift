import Primitives

/// Decides when a checkpoint is taken, puts its parts together and makes it durable.
///
/// One is due after the interval; sooner where a sink's rows wait for a commit, but not so often that checkpoints take
/// more than a twentieth of the time of subtasks that are busy; and once more when every source has ended or is being
/// stopped.
final class CheckpointCoordinator {
    /// An early checkpoint waits until this many times the pause of the last ones has passed, unless every subtask
    /// has since had nothing to do for as long as the pause: it costs nothing then.
    private static let pauseShare: Int64 = 19
    /// … and this many times what writing it took, which costs the subtasks no pause.
    private static let writeShare: Int64 = 3

    private enum State {
        case idle
        /// Since when, and whether it is the last.
        case collecting(began: Int64, isFinal: Bool)
        /// The last is durable; sinks deliver what they still hold.
        case finishing
        case done
    }

    private let job: Job
    private let shared: JobShared
    private let barrier: CheckpointBarrier
    private let store: any CheckpointStore
    private let interval: Int64
    private let sinkNodes: [Int]
    /// What the run started from.
    private let start: CheckpointHead?
    /// Of operators that allow more lateness than they did where the run started from.
    private var lateFloors: [String: EventTime] = [:]
    private var state = State.idle
    private var lastBegan: Int64
    private var lastEnded: Int64
    /// −1 while it is not over.
    private var lastPause: Int64 = 0
    /// What a checkpoint costs by now.
    private var usualPause = RecentMedian()
    private var usualWrite = RecentMedian()
    private var isWhole: Bool
    /// The newest checkpoint of this run: its head, and what each sink left.
    private var newest: (head: CheckpointHead, sinks: [SinkSnapshot], endsInput: Bool)?

    init(_ job: Job, _ shared: JobShared, _ barrier: CheckpointBarrier, _ checkpoints: JobCheckpoints) {
        self.job = job
        self.shared = shared
        self.barrier = barrier
        store = checkpoints.store
        start = checkpoints.start?.head
        // What another number of subtasks has written, or what is left behind in part, is written anew.
        #if CANARIES
            let hasOthers = !Canary.isOn(.keepOtherSubtasks)
        #else
            let hasOthers = true
        #endif
        isWhole =
            checkpoints.start.map { hasOthers && $0.head.subtasks != shared.settings.subtasks } ?? true
            || !checkpoints.dropped.isEmpty
        interval = checkpoints.interval.microseconds * 1_000
        sinkNodes = job.nodes.indices.filter { shared.sinkQueues[$0] != nil }
        for found in start?.operators ?? [] where !checkpoints.dropped.contains(found.name) {
            guard let node = job.nodes.first(where: { $0.name == found.name }), case .operator(let work) = node.work,
                let shape = work.shape
            else { continue }
            lateFloors[found.name] = LateFloor.after(found, as: shape)
        }
        lastBegan = shared.settings.clock.monotonicNanoseconds()
        lastEnded = lastBegan
    }

    var isDone: Bool { if case .done = state { true } else { false } }

    /// Does what is due; `false` if nothing was.
    func step() throws(Fault) -> Bool {
        let now = shared.settings.clock.monotonicNanoseconds()
        switch state {
        case .idle:
            let isFinal = barrier.haveEnded(shared.readerCount)
            guard isFinal || isDue(now) else { return false }
            lastBegan = now
            lastPause = -1
            state = .collecting(began: now, isFinal: isFinal)
            barrier.begin(epoch: barrier.epoch + 1, isWhole: isWhole, isFinal: isFinal)
            for inbox in shared.inboxes { inbox.wake() }
            return true
        case .collecting(let began, let isFinal):
            // Sinks may have answered while the last subtask is about to let the others go on: a checkpoint that began
            // then would be undone by it.
            guard barrier.phase == .open else { return false }
            if lastPause < 0 { lastPause = now - began }
            guard let harvest = barrier.takeHarvest(sinks: sinkNodes.count) else { return false }
            try write(harvest, isFinal: isFinal)
            let end = shared.settings.clock.monotonicNanoseconds()
            usualPause.add(lastPause)
            usualWrite.add(end - now)
            lastEnded = end
            isWhole = false
            barrier.durable(epoch: barrier.epoch)
            for queue in shared.sinkQueues { queue?.wake() }
            try store.maintain()
            state = isFinal ? .finishing : .idle
            return true
        case .finishing:
            guard let left = barrier.takeFinished(sinks: sinkNodes.count) else { return false }
            try amend(left)
            state = .done
            return true
        case .done: return false
        }
    }

    private func isDue(_ now: Int64) -> Bool {
        if now - lastBegan >= interval || barrier.takeUrgentRequest() { return true }
        let rest = now - lastEnded
        let isFree = barrier.leastIdleTime >= usualPause.value
        guard isFree || rest >= Self.pauseShare * usualPause.value, rest >= Self.writeShare * usualWrite.value else {
            return false
        }
        return barrier.takeRequest()
    }

    private func write(_ harvest: CheckpointBarrier.Harvest, isFinal: Bool) throws(Fault) {
        let captures = harvest.captures.compactMap { $0 }
        var operators: [OperatorCheckpoint] = []
        var parts: [CheckpointDraft.Part] = []
        for (index, node) in job.nodes.enumerated() {
            guard case .operator(let work) = node.work, let shape = work.shape else { continue }
            let held = captures.enumerated().compactMap { subtask, capture in
                capture.parts[index].map { (subtask, $0) }
            }
            guard let tables = held.first?.1.tables else { continue }
            for (subtask, part) in held where !part.changes.isEmpty {
                parts.append(CheckpointDraft.Part(node: operators.count, subtask: subtask, changes: part.changes))
            }
            let watermark = held.map(\.1.watermark).min() ?? .distantPast
            let floor = lateFloors[node.name] ?? .distantPast
            operators.append(
                OperatorCheckpoint(
                    name: node.name, shape: LateFloor.told(shape, floor: floor, watermark: watermark),
                    tables: tables, watermark: watermark))
        }
        let sinks = sinkNodes.compactMap { node in harvest.sinks[node].map { (job.nodes[node].name, $0) } }
        let endsInput = isFinal && (isAllRead || (start?.isFinished ?? false))
        let head = CheckpointHead(
            pipeline: job.pipeline, epoch: barrier.epoch, subtasks: captures.count,
            isFinished: endsInput && !sinks.contains { $0.1.snapshot.isWaiting },
            takenAt: shared.settings.clock.now(), sources: sources(captures),
            operators: operators, sinks: sinks.map { (name: $0.0, counts: $0.1.counts) },
            ledger: shared.ledger(of: job, captures: captures, sinks: harvest.sinks, isFinal: isFinal))
        let snapshots = sinks.map(\.1.snapshot)
        try store.commit(
            CheckpointDraft(
                head: head, parts: parts, isWhole: barrier.isWhole, sinks: snapshots,
                spilledByteCount: shared.settings.spills?.byteCount ?? 0))
        newest = (head, snapshots, endsInput)
        shared.settings.spills?.committed()
    }

    /// Writes the last checkpoint again, with what sinks have left now: a later run must not deliver again what was
    /// delivered after it.
    private func amend(_ left: [Int: SinkCapture]) throws(Fault) {
        guard !left.isEmpty, case (var head, var sinks, let endsInput)? = newest else { return }
        for (index, sink) in head.sinks.enumerated() {
            guard let node = sinkNodes.first(where: { job.nodes[$0].name == sink.name }), let capture = left[node]
            else {
                continue
            }
            head.sinks[index].counts = capture.counts
            sinks[index] = capture.snapshot
        }
        head.isFinished = endsInput && !sinks.contains(where: \.isWaiting)
        for index in head.ledger.sinks.indices {
            let name = head.ledger.sinks[index].name
            guard let sink = head.sinks.first(where: { $0.name == name }) else { continue }
            head.ledger.sinks[index].counts = sink.counts
        }
        try store.amend(head, sinks: sinks)
    }

    /// Whether every source has come to an end that it will not outgrow.
    private var isAllRead: Bool {
        !shared.isStopping
            && job.nodes.allSatisfy { node in
                if case .source(let source) = node.work { source.source.isBounded } else { true }
            }
    }

    #if CANARIES
        private var lastPositions: [Int: [Int: String]] = [:]
    #endif

    /// How far a source had come when the state was captured: by now the subtasks read on.
    private func progress(
        of node: Int, _ captures: [SubtaskCapture]
    ) -> (watermark: EventTime, lanes: [LaneProgress])? {
        #if CANARIES
            if Canary.isOn(.progressAtWrite) { return shared.progress[node].map { ($0.watermark, $0.lanes) } }
        #endif
        return captures.first?.progress[node]
    }

    private func sources(_ captures: [SubtaskCapture]) -> [SourceCheckpoint] {
        job.nodes.enumerated().compactMap { index, node in
            guard case .source(let source) = node.work, let progress = progress(of: index, captures) else { return nil }
            var positions: [Int: String] = [:]
            for capture in captures { positions.merge(capture.positions[index] ?? [:]) { $1 } }
            #if CANARIES
                if Canary.isOn(.stalePositions) {
                    (positions, lastPositions[index]) = (lastPositions[index] ?? positions, positions)
                }
            #endif
            let lanes = positions.sorted { $0.key < $1.key }.map { lane, position in
                SourceCheckpoint.Lane(
                    name: source.source.laneName(lane), position: position, latest: progress.lanes[lane].latest,
                    least: progress.lanes[lane].least)
            }
            // A lane that is not there in this run may be in the next.
            let absent = (start?.sources.first { $0.name == node.name }?.lanes ?? []).filter { old in
                !lanes.contains { $0.name == old.name }
            }
            return SourceCheckpoint(name: node.name, watermark: progress.watermark, lanes: lanes + absent)
        }
    }
}
