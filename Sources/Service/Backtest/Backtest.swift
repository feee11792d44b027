import Columnar
import Dataflow
import Formats
import LocalConnectors
package import Pipelines
package import Primitives

/// What `martlet backtest` is asked to do.
package struct BacktestOptions: Sendable {
    /// Firings count from here on, in microseconds of event time; what came before is read too: it is what detectors
    /// learn from.
    package var from: Int64
    /// Firings count up to here; what comes later changes nothing, since no detector looks ahead.
    package var to: Int64
    /// Files that are read in place of sources, by the names of those.
    package var inputs: [String: String]
    package var threads: Int

    package init(from: Int64, to: Int64, inputs: [String: String], threads: Int) {
        self.from = from
        self.to = to
        self.inputs = inputs
        self.threads = threads
    }
}

/// A pipeline's detectors over input that was recorded: the same operators on the same rows, without state of earlier
/// runs and without sinks.
package struct Backtest: Sendable {
    private let plan: LogicalPlan
    private let options: BacktestOptions
    private let clock: any WallClock
    private let report: @Sendable (String, Fault) -> Void

    /// - Throws: that there is nothing to test, or that an input stands for no source.
    package init(
        _ plan: LogicalPlan, _ options: BacktestOptions, clock: any WallClock,
        report: @escaping @Sendable (_ node: String, Fault) -> Void
    ) throws(Fault) {
        self.plan = try Self.reduced(plan, options.inputs)
        self.options = options
        self.clock = clock
        self.report = report
    }

    /// The names of the detectors.
    package var detectors: [String] { plan.nodes.filter { FiringReader($0) != nil }.map(\.name) }

    /// Runs it. Blocks.
    /// - Returns: what fired between `from` and `to`, in the order of event time.
    package func run() throws(Fault) -> [Firing] {
        let log = FiringLog()
        let builder = JobBuilder(
            plan: plan, clock: clock, seed: 0, untilEnd: true, report: report, park: { _, _ in },
            isStopping: { false }, watch: nil, hasCheckpoints: false, stateDirectory: nil, positions: [:],
            openLetters: { FiringSink(nil, log) }, redrive: nil)
        var job = try builder.build()
        for (index, node) in job.nodes.enumerated() {
            guard let detector = plan.nodes.first(where: { $0.name == node.name }),
                let reader = FiringReader(detector)
            else { continue }
            job.nodes.append(
                JobNode(
                    name: "firings of \(node.name)", inputs: [.node(index)],
                    work: .sink(JobSink { FiringSink(reader, log) })))
        }
        var settings = JobSettings(subtasks: options.threads, clock: clock, renderRow: { _, _ in [] })
        settings.stateMemory = nil
        let ledger = try JobRun(job, settings, park: { _, _ in }).run()
        guard ledger.isBalanced else {
            throw Fault(
                "ledger.unbalanced", "the run's ledger does not balance: a record is unaccounted for",
                domain: .internal)
        }
        return log.sorted.filter { $0.at >= options.from && $0.at <= options.to }
    }

    /// The detectors and what leads to them, with files in place of sources.
    private static func reduced(_ plan: LogicalPlan, _ inputs: [String: String]) throws(Fault) -> LogicalPlan {
        var isWanted = plan.nodes.map { FiringReader($0) != nil }
        guard isWanted.contains(true) else {
            throw Fault(
                "backtest.no_detector", "the pipeline has no detector",
                hint: "one of \(FiringReader.kinds.sorted().joined(separator: ", ")) is needed")
        }
        for index in plan.nodes.indices.reversed() where isWanted[index] {
            for input in plan.nodes[index].inputs { isWanted[input] = true }
        }
        var reduced = plan
        reduced.nodes = []
        var positions: [Int: Int] = [:]
        var unknown = Set(inputs.keys)
        for (index, node) in plan.nodes.enumerated() where isWanted[index] {
            positions[index] = reduced.nodes.count
            var node = node
            node.inputs = node.inputs.compactMap { positions[$0] }
            if case .source(var source) = node.work, let path = inputs[node.name] {
                source.connector = FileSourceFactory()
                source.settings = Settings(.object([(name: "path", value: Settings(.string(path), path: ["path"]))]))
                node.work = .source(source)
            }
            unknown.remove(node.name)
            reduced.nodes.append(node)
        }
        guard unknown.isEmpty else {
            throw Fault(
                "backtest.input", "no detector reads a source `\(unknown.sorted().joined(separator: "`, `"))`",
                hint: "name a source of the file, as in --input mentions=recorded.ndjson")
        }
        return reduced
    }
}
