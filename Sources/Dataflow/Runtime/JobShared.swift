import Columnar
import Primitives
import Synchronization

/// What the threads of one job share: doors, progress, counts and the flags that end it.
final class JobShared: Sendable {
    let settings: JobSettings
    /// Every stream between two nodes, in the order of the job.
    let edges: [(from: JobStream, to: Int)]
    let inboxes: [Inbox]
    /// By node; `nil` for what is not a sink.
    let sinkQueues: [SinkQueue?]
    /// By node; `nil` for what is not a source.
    let progress: [SourceProgress?]
    /// By node; for a source, the others whose rows meet its own somewhere.
    let joinedSources: [[Int]]
    /// Nodes that read, directly or not, one of the streams that every node feeds.
    let isBehindImplicit: [Bool]
    /// Keeps dead letters of the named node that no node reads.
    let park: @Sendable ([DeadLetter], String) -> Void

    private struct Counts {
        var tallies: [Tally]
        var sinks: [SinkCounts]
        var sinkEdges: [Int64]
    }

    /// Where the threads meet for a checkpoint; `nil` in a run without.
    let barrier: CheckpointBarrier?
    /// Keeps state within its budget; `nil` in a run without one.
    let governor: MemoryGovernor?
    /// Readers of all sources in all subtasks.
    let readerCount: Int
    /// What earlier runs had counted.
    private let base: JobLedger

    private let counts: Mutex<Counts>
    /// Subtasks that hold more than others or sinks have room for: while there is one, no source of the job is read.
    /// Rows may go from subtask to subtask before a sink, so it is not enough that each looks after its own.
    let congestedSubtasks = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    private let aborting = Atomic<Bool>(false)
    private let fault = Mutex<Fault?>(nil)

    init(_ job: Job, _ settings: JobSettings, park: @escaping @Sendable ([DeadLetter], String) -> Void) {
        self.settings = settings
        self.park = park
        let subtasks = settings.subtasks
        edges = job.nodes.indices.flatMap { node in job.nodes[node].inputs.map { ($0, node) } }
        inboxes = (0..<subtasks).map { _ in
            Inbox(senders: subtasks, creditsPerSender: settings.creditsPerSender)
        }
        var queues: [SinkQueue?] = []
        var progress: [SourceProgress?] = []
        var isBehind: [Bool] = []
        for node in job.nodes {
            switch node.work {
            case .sink:
                queues.append(
                    SinkQueue(
                        senders: subtasks, rowCapacity: settings.sinkRowCapacity,
                        byteCapacity: settings.sinkByteCapacity))
            default: queues.append(nil)
            }
            if case .source(let source) = node.work {
                progress.append(
                    SourceProgress(lanes: source.source.laneCount, subtasks: subtasks, delay: source.delay))
            } else {
                progress.append(nil)
            }
            isBehind.append(
                node.inputs.contains { input in
                    if case .node(let upstream) = input { isBehind[upstream] } else { true }
                })
        }
        sinkQueues = queues
        self.progress = progress
        isBehindImplicit = isBehind
        joinedSources = Self.joinedSources(job)
        barrier = settings.checkpoints.map { CheckpointBarrier(subtasks: subtasks, epoch: $0.epoch) }
        governor = settings.stateMemory.map { MemoryGovernor(budget: $0) }
        readerCount = progress.count { $0 != nil } * subtasks
        base = settings.checkpoints?.start?.head.ledger ?? JobLedger()
        counts = Mutex(
            Counts(
                tallies: Array(repeating: Tally(nodes: job.nodes.count, edges: edges.count), count: subtasks),
                sinks: Array(repeating: SinkCounts(), count: job.nodes.count),
                sinkEdges: Array(repeating: 0, count: edges.count)))
    }

    /// How far the sources have come that a node's rows meet and that are not idle themselves; `distantFuture` if there
    /// are none.
    func timeOfJoinedSources(_ node: Int) -> EventTime {
        joinedSources[node].compactMap { progress[$0] }.reduce(EventTime.distantFuture) { earliest, other in
            other.isQuiet ? earliest : min(earliest, other.watermark)
        }
    }

    private static func joinedSources(_ job: Job) -> [[Int]] {
        // The sources of every node's rows.
        var origins: [Set<Int>] = []
        var joined: [Set<Int>] = Array(repeating: [], count: job.nodes.count)
        for (index, node) in job.nodes.enumerated() {
            var own: Set<Int> = []
            for case .node(let upstream) in node.inputs { own.formUnion(origins[upstream]) }
            if case .operator = node.work { for source in own { joined[source].formUnion(own) } }
            if case .source = node.work { own = [index] }
            origins.append(own)
        }
        return joined.indices.map { node in joined[node].subtracting([node]).sorted() }
    }

    /// Sets the event time of every source to where the run starts from.
    func resumeProgress(_ job: Job) {
        guard let start = settings.checkpoints?.start else { return }
        for (index, node) in job.nodes.enumerated() {
            guard case .source(let source) = node.work, let progress = progress[index],
                let found = start.head.sources.first(where: { $0.name == node.name })
            else { continue }
            progress.resume(
                found,
                lanes: (0..<source.source.laneCount).map { lane in
                    let name = source.source.laneName(lane)
                    return found.lanes.first { $0.name == name }
                })
        }
    }

    // MARK: Ending

    var isStopping: Bool { stopping.load(ordering: .relaxed) }
    var isAborting: Bool { aborting.load(ordering: .relaxed) }
    var firstFault: Fault? { fault.withLock { $0 } }

    /// Asks every source to stop; what has been read goes on to the sinks.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        for inbox in inboxes { inbox.wake() }
    }

    /// Ends every thread as it is; the first fault is the run's.
    func abort(_ reason: Fault) {
        fault.withLock { if $0 == nil { $0 = reason } }
        aborting.store(true, ordering: .relaxed)
        stop()
    }

    // MARK: Counting

    func publish(_ tally: Tally, subtask: Int) {
        counts.withLock { $0.tallies[subtask] = tally }
    }

    func publish(_ sink: SinkCounts, node: Int, receivedByEdge: [Int: Int64]) {
        counts.withLock {
            $0.sinks[node] = sink
            for (edge, rows) in receivedByEdge { $0.sinkEdges[edge] = rows }
        }
    }

    /// The counts as they stand; between the two ends of an edge rows may be on their way.
    func ledger(of job: Job) -> JobLedger {
        let counts = counts.withLock { $0 }
        return ledger(of: job, Tally.sum(counts.tallies), sinks: counts.sinks, sinkEdges: counts.sinkEdges)
    }

    /// The counts that a checkpoint stands for.
    /// - Parameter isFinal: whether windows were closed by the end of the inputs after the state was captured. What an
    ///   operator counted then is counted again by the run that goes on from the state; an edge closes its equality.
    func ledger(
        of job: Job, captures: [SubtaskCapture], sinks: [Int: SinkCapture], isFinal: Bool
    ) -> JobLedger {
        var sum = Tally.sum(captures.map(\.tally))
        if isFinal { sum.edges = Tally.sum(counts.withLock { $0.tallies }).edges }
        var sinkEdges = Array(repeating: Int64(0), count: edges.count)
        for capture in sinks.values { for (edge, rows) in capture.receivedByEdge { sinkEdges[edge] = rows } }
        return ledger(
            of: job, sum, sinks: job.nodes.indices.map { sinks[$0]?.counts ?? SinkCounts() }, sinkEdges: sinkEdges)
    }

    private func ledger(of job: Job, _ sum: Tally, sinks: [SinkCounts], sinkEdges: [Int64]) -> JobLedger {
        var ledger = JobLedger()
        for (index, node) in job.nodes.enumerated() {
            switch node.work {
            case .source:
                ledger.sources.append(.init(name: node.name, counts: sum.sources[index]))
                if let progress = progress[index] {
                    ledger.watermarks.append(.init(name: node.name, counts: progress.watermark))
                }
            case .operator:
                ledger.operators.append(.init(name: node.name, counts: sum.ledgers[index]))
                ledger.state.append(.init(name: node.name, counts: sum.state[index]))
            case .sink: ledger.sinks.append(.init(name: node.name, counts: sinks[index]))
            }
        }
        for (index, edge) in edges.enumerated() {
            var counted = sum.edges[index]
            if case .sink = job.nodes[edge.to].work { counted.received = sinkEdges[index] }
            let from =
                switch edge.from {
                case .node(let node): job.nodes[node].name
                case .deadLetters: "dead_letters"
                case .late: "late"
                }
            ledger.edges.append(.init(name: "\(from) -> \(job.nodes[edge.to].name)", counts: counted))
        }
        return ledger.continuing(base)
    }
}
