import Columnar
package import Dataflow
import Formats
package import Pipelines
package import Primitives
import Synchronization

/// How `run` is asked to run.
package struct RunOptions: Sendable {
    package var threads: Int
    package var untilEnd: Bool
    /// Where the run keeps what must outlive it.
    package var stateDirectory: String
    package var seed: UInt64
    /// The hash of the state plan that whoever runs it has agreed to; `nil`: none.
    package var accepted: String?
    /// Whether to go on from the state that is there.
    package var continuation = StateContinuation.unlessFinished
    /// Whether letters are sent through the pipeline again, in place of what its sources have.
    package var redrives = false
    /// The letters, if not those of the state folder.
    package var letters: String?

    package init(
        threads: Int, untilEnd: Bool, stateDirectory: String, seed: UInt64 = 0, accepted: String? = nil
    ) {
        self.accepted = accepted
        self.threads = threads
        self.untilEnd = untilEnd
        self.stateDirectory = stateDirectory
        self.seed = seed
    }
}

/// One run of a checked pipeline on the real world's parts.
package final class PipelineRun: Sendable {
    private let plan: LogicalPlan
    private let options: RunOptions
    private let clock: any WallClock
    private let report: @Sendable (String, Fault) -> Void
    private let job = Mutex<JobRun?>(nil)
    private let stopping = Atomic<Bool>(false)
    private let parkedLetters: ParkedLetters
    private let hasLetters = Atomic<Bool>(false)
    private let watch: SinkWatch?
    private let started: Int64
    /// Which incidents are open.
    let incidents = IncidentBoard()
    private let acknowledgements: Acknowledgements

    /// - Parameters:
    ///   - watch: keeps the newest rows of each sink, if somebody wants to see them.
    ///   - report: told, from any thread, what a person may want to know of a node.
    package init(
        _ plan: LogicalPlan, _ options: RunOptions, clock: any WallClock, watch: SinkWatch? = nil,
        report: @escaping @Sendable (_ node: String, Fault) -> Void
    ) {
        self.plan = plan
        self.options = options
        self.clock = clock
        self.report = report
        self.watch = watch
        started = clock.monotonicNanoseconds()
        parkedLetters = ParkedLetters(directory: options.stateDirectory)
        acknowledgements = Acknowledgements(directory: options.stateDirectory, board: incidents, clock: clock)
    }

    /// Runs until the sources end or `stop()`. Blocks.
    package func run() throws(Fault) -> JobLedger {
        let park: @Sendable ([DeadLetter], String) -> Void = { [parkedLetters, report] letters, node in
            do throws(Fault) {
                try parkedLetters.keep(letters, node: node)
            } catch {
                report(node, error)
            }
        }
        let folder = try StateFolder(
            plan, directory: options.stateDirectory, report: { [report] in report("state", $0) })
        defer { folder.close() }
        let checkpoints = try folder.start(
            accepted: options.accepted, options.redrives ? .always : options.continuation)
        let redrive = try options.redrives ? makeRedrive(checkpoints) : nil
        let builder = JobBuilder(
            plan: plan, clock: clock, seed: options.seed, untilEnd: options.untilEnd, report: report, park: park,
            isStopping: { [weak self] in self?.isStopping ?? true }, watch: watch, hasCheckpoints: checkpoints != nil,
            stateDirectory: options.stateDirectory, positions: checkpoints?.start?.head.positions ?? [:],
            openLetters: { [weak self, directory = options.stateDirectory] in
                LetterSink(directory: directory) { self?.hasLetters.store(true, ordering: .relaxed) }
            }, redrive: redrive)
        let job = try builder.build()
        var settings = JobSettings(subtasks: options.threads, clock: clock, seed: options.seed, renderRow: renderRow)
        settings.checkpoints = checkpoints
        settings.incidents = incidents
        acknowledgements.load()
        if let checkpoints {
            settings.spills = try SpillFolder(
                disk: LocalDisk(root: ""), directory: SpillFolder.directory(in: options.stateDirectory),
                checkpointsKept: 3, goesOn: checkpoints.start != nil,
                budget: plan.diskBudget.map { ($0, { checkpoints.store.byteCount }) })
        }
        let memory = plan.memoryBudget ?? min(MemoryBudget.standard, MachineMemory.byteCount() / 2)
        settings.stateMemory = Int(clamping: MemoryBudget.stateShare(of: memory))
        let run = JobRun(job, settings, park: park)
        self.job.withLock { $0 = run }
        if isStopping { run.stop() }
        let ledger = try run.run()
        guard ledger.isBalanced else {
            throw Fault(
                "ledger.unbalanced", "the run's ledger does not balance: a record is unaccounted for",
                hint: "please report it with the summary", domain: .internal)
        }
        try redrive?.finish()
        return ledger
    }

    private func makeRedrive(_ checkpoints: JobCheckpoints?) throws(Fault) -> Redrive {
        guard let checkpoints else {
            throw Fault(
                "redrive.no_state", "the pipeline keeps no state, so it has no letters",
                hint: "set `checkpoint.interval` to more than 0s")
        }
        let redrive = try Redrive(
            plan, directory: options.stateDirectory, letters: options.letters, start: checkpoints.start?.head,
            now: clock.now()
        ) { [weak self] in self?.stop() }
        if !redrive.unknownNodes.isEmpty {
            report(
                "redrive",
                Fault(
                    "redrive.unknown_node", "letters of nodes that the file does not have stay behind",
                    detail: redrive.unknownNodes.joined(separator: ", ")))
        }
        return redrive
    }

    /// Stops in order: sources stop, channels drain, sinks commit. From any thread.
    package func stop() {
        stopping.store(true, ordering: .relaxed)
        job.withLock { $0 }?.stop()
    }

    /// Notes that somebody has seen an incident; it is durable when this returns.
    /// - Returns: `false` if no such incident is open.
    func acknowledge(_ incident: String, by who: String) throws(Fault) -> Bool {
        try acknowledgements.give(incident, by: who)
    }

    /// Whether the run is being ended, by `stop()` or by a fault.
    package var isStopping: Bool {
        stopping.load(ordering: .relaxed) || job.withLock { $0 }?.isStopping ?? false
    }

    /// The pipeline's name.
    package var name: String { plan.name }

    /// Seconds since it was made.
    package var seconds: Double { Double(clock.monotonicNanoseconds() - started) / 1e9 }

    /// The counts as they stand; `nil` before the sources are open.
    package var ledger: JobLedger? {
        job.withLock { $0 }?.ledger()
    }

    /// Files with dead letters that no sink reads and rows that receivers refused, of this run; empty if there are
    /// none.
    package var parkedPaths: [String] {
        let letters = options.stateDirectory + "/" + LetterSink.fileName
        return (hasLetters.load(ordering: .relaxed) ? [letters] : []) + (parkedLetters.writtenPath.map { [$0] } ?? [])
    }
}

/// A row as JSON. The writer is made anew each time: rows that need this are rare.
private let renderRow: RowRenderer = { batch, row in
    var bytes: [UInt8] = []
    JSONRowWriter(schema: batch.schema).append(row: row, of: batch, to: &bytes)
    return bytes
}
