import Columnar
import Dataflow
import Pipelines
import Primitives
import Service

/// A job of one operator of a pipeline file between batches in memory and a sink that keeps rows.
struct OperatorJob {
    let rows = KeptRows()
    /// The records as batches of the columns that the operator needs.
    let batches: [RecordBatch]
    private let source: MemorySource
    private let planned: PlannedSource
    private let placement: Placement
    private let threads: Int

    /// - Parameter text: the operator without its name and input: `dedupe: { key: id, within: 60s }`.
    init(_ text: String, _ mentions: Mentions, threads: Int) throws(Fault) {
        source = MemorySource(mentions)
        self.threads = threads
        let plan = try Self.plan(text)
        var found: (source: PlannedSource?, placement: Placement?)
        for node in plan.nodes {
            switch node.work {
            case .source(let source): found.source = source
            case .operator(_, let planned): found.placement = planned.placement
            default: break
            }
        }
        guard let planned = found.source, let placement = found.placement else {
            preconditionFailure("the pipeline has a source and an operator")
        }
        self.planned = planned
        self.placement = placement
        batches = try Self.decoded(source, planned)
    }

    /// The same for an operator that no file can name, whose rows travel by `keys`.
    /// - Parameter text: an operator that needs the same columns.
    init(
        _ mentions: Mentions, columnsOf text: String, threads: Int, keys: [String],
        _ make: @escaping @Sendable () -> any Operator
    ) throws(Fault) {
        let other = try OperatorJob(text, mentions, threads: threads)
        (source, planned, batches) = (other.source, other.planned, other.batches)
        self.threads = threads
        placement = .keyed(keys: keys.compactMap { other.planned.wantedSchema.resolve($0) }) { _ in make() }
    }

    func run() throws(Fault) {
        source.rewind()
        rows.removeAll()
        let (schema, batches) = (planned.wantedSchema, batches)
        let input = JobSource(
            source: source, makeDecoder: { PreparedDecoder(schema, batches) }, delay: .seconds(5), idle: nil,
            onError: .fail)
        let job = Job(
            pipeline: "bench",
            nodes: [
                JobNode(name: "mentions", inputs: [], work: .source(input)),
                JobNode(name: "measured", inputs: [.node(0)], work: .operator(JobOperator(placement: placement))),
                JobNode(name: "rows", inputs: [.node(1)], work: .sink(rows.sink)),
            ])
        let settings = JobSettings(subtasks: threads, clock: SystemClock(), renderRow: { _, _ in [] })
        _ = try JobRun(job, settings, park: { _, _ in }).run()
    }

    /// What decodes the records into the columns that an operator needs.
    static func decoder(_ text: String) throws(Fault) -> any Decoder {
        for node in try plan(text).nodes {
            if case .source(let source) = node.work { return try source.makeDecoder() }
        }
        preconditionFailure("the pipeline has a source")
    }

    private static func decoded(_ source: MemorySource, _ planned: PlannedSource) throws(Fault) -> [RecordBatch] {
        let decoder = try planned.makeDecoder()
        return source.chunks.indices.map { decoder.decode(source.records($0)).batch }
    }

    private static func plan(_ text: String) throws(Fault) -> LogicalPlan {
        let file = """
            pipeline: bench
            sources:
              mentions:
                file: { path: none }
                schema: schemas/mention.avsc
                event_time: { column: created_at, delay: 5s }
            operators:
              measured: { from: mentions, \(text) }
            sinks:
              rows: { from: measured, console: {} }
            """
        let check = PipelineCheck.text(file, path: "bench.yaml", catalogue: .martlet, environment: [:])
        guard let plan = check.plan else {
            throw Fault(
                "bench.pipeline", "the benchmark's pipeline has faults",
                detail: DiagnosticRenderer.text(check.diagnostics), hint: "run it in the folder of the checkout")
        }
        return plan
    }
}
