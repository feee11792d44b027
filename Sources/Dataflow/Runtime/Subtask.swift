import Columnar
import Primitives
import Synchronization

/// One thread's share of a job: its readers, its instance of every stage, and its doors to the others.
final class Subtask {
    let index: Int
    let count: Int
    let job: Job
    let shared: JobShared
    var stages: [Stage] = []
    var drivers: [SourceDriver] = []
    var tally: Tally
    /// Who reads the streams that every node feeds.
    var implicitTargets: [JobStream: [StageTarget]] = [:]
    /// Stages behind those streams: they end after all others.
    var implicitStages: Set<Int> = []

    private var outboxes: [[Message]]
    private var sinkOutboxes: [[(edge: Int, batch: RecordBatch)]]
    private var lastTick: Int64 = 0
    /// When it had nothing to do, outside of checkpoints; `nil` while it has.
    private var idleSince: Int64?
    private var hasClosedImplicit = false
    private var isCongested = false
    /// Whether a checkpoint is about to be taken and this subtask has stopped reading.
    private(set) var isDraining = false
    /// The epoch that this subtask has captured last.
    private var capturedEpoch: Int64 = 0
    private(set) var isDone = false

    init(index: Int, job: Job, shared: JobShared) {
        self.index = index
        self.job = job
        self.shared = shared
        count = shared.settings.subtasks
        tally = Tally(nodes: job.nodes.count, edges: shared.edges.count)
        outboxes = Array(repeating: [], count: count)
        sinkOutboxes = Array(repeating: [], count: job.nodes.count)
    }

    /// Does what there is to do; `false` if that was nothing, and `wait()` may be called.
    func step() throws(Fault) -> Bool {
        endIdleTime()
        var hasWorked = try takeMessages()
        flushOutboxes()
        if try proceed() { hasWorked = true }
        if let barrier = shared.barrier, barrier.phase != .open {
            return try follow(barrier) || hasWorked
        }
        noteCongestion()
        for driver in drivers where try driver.poll(self, mayRead: mayRead) { hasWorked = true }
        try tickIfDue()
        try closeImplicitStreamsIfDue()
        if isFinished || shared.isAborting { isDone = true }
        if !hasWorked || isDone { publish() }
        if !hasWorked { idleSince = shared.settings.clock.monotonicNanoseconds() }
        return hasWorked
    }

    /// Waits until something comes or may have become due.
    func wait() {
        shared.inboxes[index].wait(milliseconds: mayRead && !isDraining ? 5 : 1)
    }

    private var mayRead: Bool {
        outboxesAreEmpty && shared.congestedSubtasks.load(ordering: .relaxed) == 0
    }

    // MARK: Sending

    /// Hands a message to a subtask; to this one at once, to another when it has room.
    func send(_ message: Message, to subtask: Int) throws(Fault) {
        if subtask == index { return try dispatch(message) }
        shared.barrier?.sent()
        if outboxes[subtask].isEmpty, shared.inboxes[subtask].offer(message, from: index) { return }
        outboxes[subtask].append(message)
    }

    func send(_ batch: RecordBatch, toSink sink: Int, edge: Int) {
        guard let queue = shared.sinkQueues[sink] else { return }
        if sinkOutboxes[sink].isEmpty, queue.offer(batch, edge: edge) { return }
        shared.barrier?.sent()
        sinkOutboxes[sink].append((edge, batch))
    }

    /// Sends letters of a node down one of the streams that every node feeds; keeps those that nobody reads.
    func send(_ letters: [DeadLetter], to stream: JobStream, from node: Int) throws(Fault) {
        let name = job.nodes[node].name
        let targets = shared.isBehindImplicit[node] ? [] : implicitTargets[stream] ?? []
        if targets.isEmpty {
            if stream == .deadLetters { shared.park(letters, name) }
            return
        }
        let batch = DeadLetter.batch(letters, node: name)
        for target in targets {
            try target.send(
                Frame(batch: batch, lane: Lane(node: node, index: index), sequence: 0, floor: .distantPast), self)
        }
    }

    func wakeOthers() {
        for other in 0..<count where other != index { shared.inboxes[other].wake() }
    }

    // MARK: The loop

    private func endIdleTime() {
        guard let since = idleSince else { return }
        idleSince = nil
        shared.barrier?.idled(nanoseconds: shared.settings.clock.monotonicNanoseconds() - since, subtask: index)
    }

    private func takeMessages() throws(Fault) -> Bool {
        let inbox = shared.inboxes[index]
        let count = inbox.count
        for _ in 0..<count {
            guard let (_, message) = inbox.next() else { break }
            try dispatch(message)
            // Only now: what it led to has been counted.
            shared.barrier?.arrived()
        }
        return count > 0
    }

    private func dispatch(_ message: Message) throws(Fault) {
        switch message {
        case .frame(let stage, let slot, let frame): try stages[stage].receive(frame, slot: slot)
        case .watermark(let stage, let slot, let time): try stages[stage].receiveWatermark(time, slot: slot)
        case .close(let stage, _, let kind): try stages[stage].receiveClose(kind)
        case .questions(let stage, let batch): try (stages[stage] as? JudgeStage)?.receive(batch)
        case .verdicts(let stage, let batch): try (stages[stage] as? AskStage)?.receive(batch)
        }
    }

    /// Lets a stage go on that has left something over, once what it sent before has been taken; the last of them
    /// first, since it does not work on what others send it.
    private func proceed() throws(Fault) -> Bool {
        guard let stage = stages.last(where: \.holds), outboxesAreEmpty else { return false }
        try stage.proceed()
        return true
    }

    private func flushOutboxes() {
        for other in 0..<count where !outboxes[other].isEmpty {
            let sent = outboxes[other].prefix { shared.inboxes[other].offer($0, from: index) }.count
            outboxes[other].removeFirst(sent)
        }
        for sink in sinkOutboxes.indices where !sinkOutboxes[sink].isEmpty {
            guard let queue = shared.sinkQueues[sink] else { continue }
            let sent = sinkOutboxes[sink].prefix { queue.offer($0.batch, edge: $0.edge) }.count
            sinkOutboxes[sink].removeFirst(sent)
            if sent > 0 { shared.barrier?.arrived(sent) }
        }
    }

    private func noteCongestion() {
        let waiting = outboxes.reduce(0) { $0 + $1.count } + sinkOutboxes.reduce(0) { $0 + $1.count }
        let isFull = waiting > shared.settings.creditsPerSender || stages.contains(where: \.holds)
        guard isFull != isCongested else { return }
        isCongested.toggle()
        shared.congestedSubtasks.add(isCongested ? 1 : -1, ordering: .relaxed)
    }

    private var outboxesAreEmpty: Bool {
        outboxes.allSatisfy(\.isEmpty) && sinkOutboxes.allSatisfy(\.isEmpty)
    }

    private func tickIfDue() throws(Fault) {
        let now = shared.settings.clock.monotonicNanoseconds()
        guard now - lastTick >= 5_000_000 else { return }
        lastTick = now
        for stage in stages { try stage.tick(now) }
        publish()
    }

    private func publish() {
        shared.publish(tally, subtask: index)
    }

    // MARK: Checkpoints

    /// Takes part in a checkpoint: drains, captures; `true` if there was something to do.
    private func follow(_ barrier: CheckpointBarrier) throws(Fault) -> Bool {
        guard capturedEpoch != barrier.epoch else { return false }
        if !isDraining {
            for driver in drivers where try !driver.settle(self) { return true }
            isDraining = true
            for stage in stages { try stage.drain() }
            barrier.pause()
        }
        if barrier.phase == .draining {
            guard barrier.isQuiet else { return false }
            barrier.startCapturing()
        }
        capturedEpoch = barrier.epoch
        // Now, since the next checkpoint may begin before this subtask comes round again.
        isDraining = false
        guard barrier.deposit(capture(whole: barrier.isWhole), subtask: index) else { return true }
        for queue in shared.sinkQueues where !barrier.isFinal { queue?.mark(epoch: barrier.epoch) }
        barrier.reopen()
        wakeOthers()
        return true
    }

    private func capture(whole: Bool) -> SubtaskCapture {
        publish()
        var capture = SubtaskCapture(tally: tally)
        for stage in stages {
            guard let state = stage.state else { continue }
            capture.parts[stage.node] = SubtaskCapture.Part(
                tables: state.tables, watermark: stage.watermark, changes: state.capture(whole: whole))
        }
        for driver in drivers {
            capture.positions[driver.node] = driver.positions
            if let progress = shared.progress[driver.node] {
                capture.progress[driver.node] = (progress.watermark, progress.lanes)
            }
        }
        return capture
    }

    /// Takes back the state of an earlier run, as far as this subtask owns it.
    func restore(_ checkpoints: JobCheckpoints) throws(Fault) {
        guard let start = checkpoints.start else { return }
        for stage in stages {
            let name = job.nodes[stage.node].name
            guard !checkpoints.dropped.contains(name),
                let found = start.head.operators.first(where: { $0.name == name })
            else { continue }
            if case .operator(let work) = job.nodes[stage.node].work, let shape = work.shape {
                stage.lateFloor = LateFloor.after(found, as: shape)
            }
            guard let state = stage.state else { continue }
            try checkpoints.store.restore(node: name, keyGroups: KeyGroup.owned(by: index, of: count)) {
                (rows) throws(Fault) in
                let owned = KeyGroup.part(of: rows.rows, ownedBy: index, of: count)
                guard owned.rowCount > 0 else { return }
                try state.restore(StateRows(table: rows.table, bucket: rows.bucket, rows: owned))
            }
            try stage.resume(at: found.watermark)
        }
    }

    // MARK: Ending

    /// The streams of dead and late rows end when nobody is left to feed them.
    private func closeImplicitStreamsIfDue() throws(Fault) {
        guard !hasClosedImplicit, drivers.allSatisfy(\.isClosed) else { return }
        for stage in stages where !implicitStages.contains(stage.index) && !stage.isClosed { return }
        hasClosedImplicit = true
        for target in implicitTargets.values.joined() {
            try target.send(EventTime.distantFuture)
            try target.send(shared.isStopping ? CloseKind.stopped : .ended)
        }
    }

    /// Gives up what it holds, whether the run is over or ends as it is.
    func end() {
        for driver in drivers { driver.abandon() }
        for queue in shared.sinkQueues { queue?.close() }
    }

    private var isFinished: Bool {
        hasClosedImplicit && stages.allSatisfy(\.isClosed) && outboxesAreEmpty
    }
}
