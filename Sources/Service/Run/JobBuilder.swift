import Columnar
import Dataflow
import Formats
import Pipelines
import Primitives

/// Turns a checked plan into a job: opens its sources, leaves its sinks to the threads that will own them.
struct JobBuilder {
    let plan: LogicalPlan
    let clock: any WallClock
    let seed: UInt64
    let untilEnd: Bool
    let report: @Sendable (String, Fault) -> Void
    let park: @Sendable ([DeadLetter], String) -> Void
    let isStopping: @Sendable () -> Bool
    let watch: SinkWatch?
    /// Whether the run takes checkpoints, and where it keeps them.
    let hasCheckpoints: Bool
    let stateDirectory: String?
    /// Where each source reads on, by its name and its lanes'.
    let positions: [String: [String: String]]
    /// Opens what keeps the dead letters that no sink of the file reads.
    let openLetters: @Sendable () -> any Sink
    /// Letters that are sent through the graph in place of what the sources have; `nil` in an ordinary run.
    let redrive: Redrive?

    func build() throws(Fault) -> Job {
        // Implicit streams are nodes of the plan, but of a job only streams.
        var streams: [JobStream] = []
        var nodes: [JobNode] = []
        for node in plan.nodes {
            var inputs = node.inputs.map { streams[$0] }
            if let redrive, let source = try redrive.source(for: node, in: plan) {
                nodes.append(JobNode(name: Redrive.sourceName(node.name), inputs: [], work: .source(source)))
                inputs.append(.node(nodes.count - 1))
            }
            let work: JobNode.Work
            switch node.work {
            case .implicit(let stream):
                streams.append(stream == .deadLetters ? .deadLetters : .late)
                continue
            case .source(let source): work = .source(try open(source, node.name))
            case .operator(_, let planned):
                work = .operator(JobOperator(placement: planned.placement, shape: planned.stateShape))
            case .sink(let sink): work = .sink(self.sink(sink, node))
            }
            streams.append(.node(nodes.count))
            nodes.append(JobNode(name: node.name, inputs: inputs, work: work))
        }
        if !nodes.contains(where: { $0.inputs.contains(.deadLetters) }) {
            nodes.append(
                JobNode(
                    name: ImplicitStream.deadLetters.rawValue, inputs: [.deadLetters],
                    work: .sink(JobSink { openLetters() })))
        }
        return Job(pipeline: plan.name, nodes: nodes)
    }

    private func open(_ source: PlannedSource, _ name: String) throws(Fault) -> JobSource {
        let context = SourceContext(
            pipeline: plan.name, name: name, clock: clock, untilEnd: untilEnd, baseDirectory: plan.baseDirectory,
            positions: positions[name] ?? [:], memory: plan.memoryBudget, report: { [report] in report(name, $0) })
        let opened: any Source
        if let redrive {
            opened = redrive.source(standingFor: name)
        } else {
            opened = try source.connector.open(source.settings, context)
        }
        return JobSource(
            source: opened,
            makeDecoder: { () throws(Fault) in try source.makeDecoder() },
            delay: source.delay, idle: source.idle, onError: policy(source.onError))
    }

    private func policy(_ policy: RecordFaultPolicy) -> JobSource.ErrorPolicy {
        switch policy {
        case .deadLetter: .deadLetter
        case .skip: .skip
        case .fail: .fail
        }
    }

    private func sink(_ sink: PlannedSink, _ node: LogicalNode) -> JobSink {
        let name = node.name
        let context = SinkContext(
            pipeline: plan.name, name: name, clock: clock, seed: seed, baseDirectory: plan.baseDirectory,
            schema: node.shape.schema, key: node.shape.key, hasCheckpoints: hasCheckpoints,
            stateDirectory: stateDirectory, isStopping: isStopping, report: { [report] in report(name, $0) },
            park: { [park] in park($0, name) })
        let watch = watch
        return JobSink { () throws(Fault) in
            let opened = try sink.connector.open(sink.settings, context)
            return watch.map { WatchedSink(opened, name: name, schema: context.schema, watch: $0) } ?? opened
        }
    }
}
