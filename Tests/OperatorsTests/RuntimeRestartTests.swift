import Columnar
import Dataflow
import Primitives
import TestParts
import Testing

@testable import Operators

@Suite("operators with state, run by the runtime, killed and started again")
struct RuntimeRestartTests {
    private static let stream = AggregateModelTests.stream

    /// The operators under test, each behind the two sources or the first of them.
    private static func operators() throws -> [(name: String, inputs: [Int], planned: PlannedOperator)] {
        func made(_ name: String, _ settings: Written, _ inputs: Int) throws -> PlannedOperator {
            let planned =
                inputs == 1 ? plan(name, settings, stream) : plan(name, settings, stream, stream)
            #expect(planned.faults.isEmpty, "\(planned.faults)")
            return try #require(planned.planned)
        }
        let columns = AggregateModelTests.columns
        return [
            (
                "windows", [0],
                try made(
                    "aggregate",
                    [
                        "window": ["hopping": ["size": .micros(40), "every": .micros(10)], "lateness": .micros(20)],
                        "by": ["brand"], "columns": columns,
                    ], 1)
            ),
            (
                "sessions", [0],
                try made(
                    "aggregate",
                    ["window": ["session": .micros(4), "lateness": .micros(9)], "by": ["brand"], "columns": columns], 1)
            ),
            (
                "joined", [0, 1],
                try made("join", ["on": ["brand"], "within": .micros(6), "kind": "left", "lateness": .micros(5)], 2)
            ),
        ]
    }

    private static func batches(_ random: inout RandomSource, delay: Int64) -> [[RecordBatch]] {
        AggregateModelTests.lanes(&random, delay: delay).map { lane in
            lane.map { events in
                // One base for all, so that the two streams meet.
                stream.batch(events.map(\.cells), times: events.map { ($0.time + 150) % 1_000_003 })
            }
        }
    }

    /// What is left once later rows have replaced earlier ones of their key, as text, without the sums of fractions:
    /// their last places depend on where checkpoints cut.
    private static func last(_ rows: [[Cell]], keyed: Bool) -> [String] {
        func text(_ row: [Cell]) -> String {
            "\(row.enumerated().filter { keyed ? ![10, 11].contains($0.offset) : true }.map(\.element))"
        }
        guard keyed else { return rows.map(text).sorted() }
        var found: [[Cell]: [Cell]] = [:]
        for row in rows { found[Array(row.prefix(3))] = row }
        return found.values.map(text).sorted()
    }

    @Test(
        "results are those of a run that was never killed, at any number of subtasks", arguments: [1, 2, 3],
        [UInt64](0..<3))
    func exact(subtasks: Int, seed: UInt64) throws {
        try check(subtasks: subtasks, seed: seed, spilling: nil)
    }

    @Test("with no memory at all for state they are the same", arguments: [1, 2, 3])
    func spilled(subtasks: Int) throws {
        let fixture = try SpillFixture()
        try check(subtasks: subtasks, seed: UInt64(subtasks), spilling: fixture)
        #expect(!fixture.names.isEmpty, "state went to disk")
    }

    /// - Parameter fixture: where all state goes that can; `nil`: it stays in memory.
    private func check(subtasks: Int, seed: UInt64, spilling fixture: SpillFixture?) throws {
        var random = RandomSource(seed: seed &+ 7)
        let delay: Int64 = 12
        let lanes = (0..<2).map { _ in Self.batches(&random, delay: delay) }
        let operators = try Self.operators()

        func run(_ store: HeldCheckpoints?, _ sinks: [EpochRows], crashAfter: Int?, subtasks: Int) throws {
            let start = try store?.open { _ in }
            var nodes = lanes.enumerated().map { index, lanes in
                let found = start?.head.sources.first { $0.name == "source\(index)" }?.lanes ?? []
                let source = ReplayableSource(
                    lanes, crashAfter: index == 0 ? crashAfter : nil,
                    positions: Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.position) }),
                    seed: random.next())
                return JobNode(
                    name: "source\(index)", inputs: [],
                    work: .source(source.asJob(Self.stream.shape.schema, delay: delay)))
            }
            for (name, inputs, planned) in operators {
                let work = JobOperator(placement: planned.placement, shape: planned.stateShape)
                nodes.append(JobNode(name: name, inputs: inputs.map { .node($0) }, work: .operator(work)))
            }
            for (index, sink) in sinks.enumerated() {
                nodes.append(JobNode(name: "sink\(index)", inputs: [.node(2 + index)], work: .sink(sink.asJob)))
            }
            var settings = JobSettings(subtasks: subtasks, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] })
            if let store {
                if let fixture {
                    settings.spills = try fixture.folder(checkpointsKept: 3, goesOn: start != nil, bucketRowsMin: 1)
                    settings.stateMemory = 1
                }
                settings.checkpoints = JobCheckpoints(
                    store: store, interval: .seconds(3_600), start: start, epoch: start?.head.epoch ?? 0)
            }
            let ledger = try JobRun(Job(pipeline: "test", nodes: nodes), settings, park: { _, _ in }).run()
            #expect(ledger.operators.allSatisfy { $0.counts.isBalanced }, "\(ledger)")
        }

        let expected = operators.map { _ in EpochRows() }
        try run(nil, expected, crashAfter: nil, subtasks: 1)
        let found = operators.map { _ in EpochRows() }
        let store = HeldCheckpoints()
        var crashes = 0
        while true {
            do {
                try run(
                    store, found, crashAfter: crashes < 4 ? 10 + random.below(30) : nil,
                    subtasks: crashes % 2 == 0 ? subtasks : 2)
                break
            } catch let fault as Fault where fault.code == "test.crash" {
                crashes += 1
            }
        }
        #expect(crashes > 0)
        for (index, name) in operators.map(\.name).enumerated() {
            let (mine, wanted) = (found[index].rows, expected[index].rows)
            if name != "windows" { #expect(mine.count == wanted.count, "\(name): each result comes once") }
            let keyed = name != "joined"
            #expect(!wanted.isEmpty && Self.last(mine, keyed: keyed) == Self.last(wanted, keyed: keyed), "\(name)")
        }
    }
}
