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

    func build() throws(Fault) -> Job {
        // Implicit streams are nodes of the plan, but of a job only streams.
        var streams: [JobStream] = []
        var nodes: [JobNode] = []
        for node in plan.nodes {
            let inputs = node.inputs.map { streams[$0] }
            let work: JobNode.Work
            switch node.work {
            case .implicit(let stream):
                streams.append(stream == .deadLetters ? .deadLetters : .late)
                continue
            case .source(let source): work = .source(try open(source, node.name))
            case .operator(_, let planned): work = .operator(JobOperator(placement: planned.placement))
            case .sink(let sink): work = .sink(self.sink(sink, node))
            }
            streams.append(.node(nodes.count))
            nodes.append(JobNode(name: node.name, inputs: inputs, work: work))
        }
        return Job(pipeline: plan.name, nodes: nodes)
    }

    private func open(_ source: PlannedSource, _ name: String) throws(Fault) -> JobSource {
        let context = SourceContext(
            pipeline: plan.name, name: name, clock: clock, untilEnd: untilEnd, baseDirectory: plan.baseDirectory,
            report: { [report] in report(name, $0) })
        return JobSource(
            source: try source.connector.open(source.settings, context),
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
            schema: node.shape.schema, key: node.shape.key, isStopping: isStopping,
            report: { [report] in report(name, $0) }, park: { [park] in park($0, name) })
        let watch = watch
        return JobSink { () throws(Fault) in
            let opened = try sink.connector.open(sink.settings, context)
            return watch.map { WatchedSink(opened, name: name, schema: context.schema, watch: $0) } ?? opened
        }
    }
}
