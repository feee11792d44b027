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
    private var hasClosedImplicit = false
    private var isCongested = false

    init(index: Int, job: Job, shared: JobShared) {
        self.index = index
        self.job = job
        self.shared = shared
        count = shared.settings.subtasks
        tally = Tally(nodes: job.nodes.count, edges: shared.edges.count)
        outboxes = Array(repeating: [], count: count)
        sinkOutboxes = Array(repeating: [], count: job.nodes.count)
    }

    /// Runs until everything has closed, or the job fails.
    func run() throws(Fault) {
        while !shared.isAborting {
            var hasWorked = try takeMessages()
            flushOutboxes()
            noteCongestion()
            let mayRead = outboxesAreEmpty && shared.congestedSubtasks.load(ordering: .relaxed) == 0
            for driver in drivers where try driver.poll(self, mayRead: mayRead) { hasWorked = true }
            try tickIfDue()
            try closeImplicitStreamsIfDue()
            if isFinished { break }
            if !hasWorked {
                publish()
                shared.inboxes[index].wait(milliseconds: mayRead ? 5 : 1)
            }
        }
        publish()
    }

    // MARK: Sending

    /// Hands a message to a subtask; to this one at once, to another when it has room.
    func send(_ message: Message, to subtask: Int) throws(Fault) {
        if subtask == index { return try dispatch(message) }
        if outboxes[subtask].isEmpty, shared.inboxes[subtask].offer(message, from: index) { return }
        outboxes[subtask].append(message)
    }

    func send(_ batch: RecordBatch, toSink sink: Int, edge: Int) {
        guard let queue = shared.sinkQueues[sink] else { return }
        if sinkOutboxes[sink].isEmpty, queue.offer(batch, edge: edge) { return }
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

    private func takeMessages() throws(Fault) -> Bool {
        let messages = shared.inboxes[index].drain()
        for (_, message) in messages { try dispatch(message) }
        return !messages.isEmpty
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

    private func flushOutboxes() {
        for other in 0..<count where !outboxes[other].isEmpty {
            let sent = outboxes[other].prefix { shared.inboxes[other].offer($0, from: index) }.count
            outboxes[other].removeFirst(sent)
        }
        for sink in sinkOutboxes.indices where !sinkOutboxes[sink].isEmpty {
            guard let queue = shared.sinkQueues[sink] else { continue }
            let sent = sinkOutboxes[sink].prefix { queue.offer($0.batch, edge: $0.edge) }.count
            sinkOutboxes[sink].removeFirst(sent)
        }
    }

    private func noteCongestion() {
        let waiting = outboxes.reduce(0) { $0 + $1.count } + sinkOutboxes.reduce(0) { $0 + $1.count }
        guard (waiting > shared.settings.creditsPerSender) != isCongested else { return }
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

    private var isFinished: Bool {
        hasClosedImplicit && stages.allSatisfy(\.isClosed) && outboxesAreEmpty
    }
}
