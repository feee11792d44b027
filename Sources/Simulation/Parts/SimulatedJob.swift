import Dataflow
import Operators
import Primitives

/// The pipeline of a scenario, made of the operators that ship.
enum SimulatedJob {
    static let rollups = "rollups"
    static let late = "late"
    static let dead = "dead"
    /// Rows above this make a message.
    static let alertAbove: Int64 = 650

    static func make(_ life: Life, _ source: SimulatedSource) throws(Fault) -> Job {
        let scenario = life.world.scenario
        var builder = JobBuilder(source)
        builder.add("kept", "filter", .string("value > \(scenario.filterAbove)"))
        if scenario.dedupes {
            builder.add(
                "unique", "dedupe",
                .map([
                    ("by", .list([.string("id")])), ("within", .duration(.microseconds(Oracle.dedupeWithin))),
                ]))
        }
        let rows = builder.last
        builder.sink("file", rows) { SimulatedFileSink(life) }
        builder.add("loud", "filter", .string("value > \(alertAbove)"))
        builder.sink("webhook", builder.last) { SimulatedWebhookSink(life) }
        builder.last = rows
        builder.shape = builder.rowShape
        builder.add("windows", "aggregate", aggregate(scenario))
        builder.sink(rollups, builder.last) { SimulatedSQLSink(life, name: rollups) }
        builder.sink(late, .late) { SimulatedSQLSink(life, name: late) }
        builder.sink(dead, .deadLetters) { SimulatedSQLSink(life, name: dead) }
        if let fault = builder.fault { throw fault }
        return Job(pipeline: "simulated", nodes: builder.nodes)
    }

    private static func aggregate(_ scenario: Scenario) -> Setting {
        func time(_ microseconds: Int64) -> Setting { .duration(.microseconds(microseconds)) }
        let kind: (String, Setting) =
            switch scenario.window {
            case .tumbling(let size): ("tumbling", time(size))
            case .hopping(let size, let every): ("hopping", .map([("size", time(size)), ("every", time(every))]))
            case .cumulative(let size, let step): ("cumulative", .map([("size", time(size)), ("step", time(step))]))
            }
        var members: [(String, Setting)] = [
            ("window", .map([kind, ("lateness", time(scenario.lateness))])),
            ("by", .list([.string("key")])),
            (
                "columns",
                .map([
                    ("n", .string("count()")), ("total", .string("sum(value)")), ("low", .string("min(value)")),
                    ("high", .string("max(value)")),
                ])
            ),
        ]
        if let early = scenario.early { members.append(("emit", .map([("early", time(early))]))) }
        return .map(members)
    }
}

/// A setting of an operator, as a pipeline file would have it.
indirect enum Setting {
    case string(String)
    case duration(Duration)
    case list([Setting])
    case map([(String, Setting)])

    func settings(_ path: [String] = []) -> Settings {
        switch self {
        case .string(let text): Settings(.string(text), path: path)
        case .duration(let duration): Settings(.duration(duration), path: path)
        case .list(let items):
            Settings(.list(items.enumerated().map { $1.settings(path + ["\($0)"]) }), path: path)
        case .map(let members):
            Settings(.object(members.map { (name: $0, value: $1.settings(path + [$0])) }), path: path)
        }
    }
}

/// Puts a job together, node by node.
private struct JobBuilder {
    private(set) var nodes: [JobNode]
    var last = JobStream.node(0)
    let rowShape: StreamShape
    var shape: StreamShape
    private(set) var fault: Fault?

    init(_ source: SimulatedSource) {
        nodes = [JobNode(name: "log", inputs: [], work: .source(source.asJob))]
        rowShape = StreamShape(schema: EventRows.schema, hasEventTime: true)
        shape = rowShape
    }

    mutating func add(_ name: String, _ kind: String, _ setting: Setting) {
        let faults = FaultCollector()
        let context = PlanContext(
            name: name, baseDirectory: "/",
            readTable: { path throws(Fault) in throw Fault("simulation.table", "there is no table \(path)") })
        let factory = BuiltinOperators.all.first { $0.spec.name == kind }
        guard let planned = factory?.plan(setting.settings(), inputs: [shape], context, faults), faults.isEmpty else {
            fault = faults.faults.first?.fault ?? Fault("simulation.operator", "no operator \(kind)")
            return
        }
        let work = JobOperator(placement: planned.placement, shape: planned.stateShape)
        nodes.append(JobNode(name: name, inputs: [last], work: .operator(work)))
        last = .node(nodes.count - 1)
        shape = planned.output
    }

    mutating func sink(_ name: String, _ input: JobStream, _ open: @escaping @Sendable () -> any Sink) {
        nodes.append(JobNode(name: name, inputs: [input], work: .sink(JobSink(open: open))))
    }
}
