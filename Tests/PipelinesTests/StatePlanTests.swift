import Columnar
import Dataflow
import Primitives
import Testing

@testable import Pipelines

@Suite("What a changed file does to the state that is there")
struct StatePlanTests {
    private static func shape(_ facts: [StateShape.Fact], kind: String = "count") -> StateShape {
        StateShape(kind: kind, facts: facts)
    }

    private static let window = StateShape.Fact("window", "tumbling 60s", onChange: .rebuild)
    private static let lateness = StateShape.Fact("lateness", "0s", onChange: .migrate)

    private static let source = PlannedSource(
        connector: FakeSource(spec: nothing), settings: Settings(.object([])), format: FakeFormat(spec: nothing),
        formatSettings: Settings(.object([])), wantedSchema: Schema([]), fullSchema: Schema([]),
        eventTime: .transport, delay: .zero, idle: .zero, onError: .skip)
    private static let nothing = ComponentSpec(name: "fake", summary: "", doc: "", kind: .object([]), example: "")

    /// One source each for `a` and `b`; `ab` reads both.
    private static func plan(_ shapes: [(name: String, inputs: [Int], shape: StateShape?)]) -> LogicalPlan {
        let stream = StreamShape(schema: Schema([]), hasEventTime: true)
        func source(_ name: String) -> LogicalNode {
            LogicalNode(name: name, inputs: [], shape: stream, work: .source(Self.source))
        }
        let operators = shapes.map { entry in
            LogicalNode(
                name: entry.name, inputs: entry.inputs, shape: stream,
                work: .operator(
                    kind: "count",
                    PlannedOperator(
                        output: stream, inputPaths: { _ in [nil] }, placement: .local { _ in fatalError() },
                        stateShape: entry.shape)))
        }
        return LogicalPlan(
            name: "test", description: nil, baseDirectory: "/", nodes: [source("left"), source("right")] + operators,
            checkpointInterval: .seconds(10), memoryBudget: nil, diskBudget: nil, redactor: Redactor())
    }

    private static func head(_ operators: [(name: String, shape: StateShape)]) -> CheckpointHead {
        var ledger = JobLedger()
        var read = SourceLedger()
        read.read = 1_000
        ledger.sources = [.init(name: "left", counts: read), .init(name: "right", counts: read)]
        let lane = SourceCheckpoint.Lane(name: "0", position: "77", latest: .distantPast, least: .distantPast)
        return CheckpointHead(
            pipeline: "test", epoch: 5, subtasks: 1, isFinished: false, takenAt: .distantPast,
            sources: ["left", "right"].map { SourceCheckpoint(name: $0, watermark: .distantPast, lanes: [lane]) },
            operators: operators.map {
                OperatorCheckpoint(name: $0.name, shape: $0.shape, tables: [], watermark: .distantPast)
            }, sinks: [], ledger: ledger)
    }

    @Test("what is equal is kept, what is new begins, what is gone is dropped")
    func keepsBeginsDrops() {
        let same = Self.shape([Self.window])
        let plan = StatePlan(
            Self.plan([("old", [0], same), ("new", [0], same), ("stateless", [0], nil)]),
            checkpoint: Self.head([("old", same), ("gone", same)]))
        #expect(plan.lines.map(\.name) == ["old", "new", "gone"])
        #expect(plan.lines.map(\.action) == [.keep, .begin, .drop])
        #expect(plan.needsAcceptance && plan.replays.isEmpty)
    }

    @Test("a fact that migrates keeps the state; one that does not builds it again from its source")
    func migratesRebuilds() throws {
        let before = Self.shape([Self.window, Self.lateness])
        var later = Self.lateness
        later.value = "2m"
        let added = StateShape.Fact("column likes", "sum(likes)", onChange: .rebuild)
        let migrated = StatePlan(
            Self.plan([("a", [0], Self.shape([Self.window, later, added]))]), checkpoint: Self.head([("a", before)]))
        #expect(migrated.lines.map(\.action) == [.migrate] && !migrated.needsAcceptance)
        #expect(migrated.lines[0].reasons == ["lateness: 0s becomes 2m", "column likes is new: sum(likes)"])

        var wider = Self.window
        wider.value = "tumbling 5m"
        let rebuilt = StatePlan(
            Self.plan([("a", [0], Self.shape([wider, Self.lateness]))]), checkpoint: Self.head([("a", before)]))
        #expect(rebuilt.lines.map(\.action) == [.rebuild] && rebuilt.needsAcceptance)
        #expect(rebuilt.replays.map(\.source) == ["left"] && rebuilt.replays[0].records == 1_000)
        #expect(rebuilt.hash != migrated.hash)
        let head = Self.head([("a", before)]).following(rebuilt)
        #expect(head.sources.map(\.name) == ["right"] && head.operators.isEmpty)
    }

    @Test("a source that is read again takes with it every operator behind it, and their sources")
    func spreads() {
        let same = Self.shape([Self.window])
        var wider = Self.window
        wider.value = "tumbling 5m"
        let plan = StatePlan(
            Self.plan([("a", [0], Self.shape([wider])), ("ab", [0, 1], same), ("b", [1], same)]),
            checkpoint: Self.head([("a", same), ("ab", same), ("b", same)]))
        #expect(plan.lines.map(\.action) == [.rebuild, .rebuild, .rebuild])
        #expect(plan.replays.map(\.source) == ["left", "right"])
    }

    @Test("a folder without a checkpoint to go on from asks for nothing")
    func anew() {
        let plan = StatePlan(Self.plan([("a", [0], Self.shape([Self.window]))]), checkpoint: nil)
        #expect(plan.lines.map(\.action) == [.begin] && !plan.needsAcceptance && plan.epoch == 0)
    }
}
