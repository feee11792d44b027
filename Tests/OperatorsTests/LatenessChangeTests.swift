import Columnar
import Dataflow
import Primitives
import TestParts
import Testing

@testable import Operators

@Suite("more lateness than in the run before")
struct LatenessChangeTests {
    private static let stream = TestStream(Field("brand", .string), Field("n", .int64))

    /// One run over the first batches of a lane, from where the one before ended.
    private static func run(
        _ store: HeldCheckpoints, _ rows: EpochRows, _ batches: [RecordBatch], lateness: Int64, subtasks: Int,
        _ operation: (Int64) throws -> PlannedOperator
    ) throws -> JobLedger {
        let start = try store.open { _ in }
        let lanes = start?.head.sources[0].lanes.map { ($0.name, $0.position) } ?? []
        let source = ReplayableSource(
            [batches], crashAfter: nil, positions: Dictionary(uniqueKeysWithValues: lanes), seed: 1)
        let planned = try operation(lateness)
        let job = Job(
            pipeline: "test",
            nodes: [
                JobNode(name: "source", inputs: [], work: .source(source.asJob(stream.shape.schema, delay: 10))),
                JobNode(
                    name: "windows", inputs: [.node(0)],
                    work: .operator(JobOperator(placement: planned.placement, shape: planned.stateShape))),
                JobNode(name: "sink", inputs: [.node(1)], work: .sink(rows.asJob)),
            ])
        var settings = JobSettings(subtasks: subtasks, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] })
        settings.checkpoints = JobCheckpoints(
            store: store, interval: .seconds(3_600), start: start, epoch: start?.head.epoch ?? 0)
        return try JobRun(job, settings, park: { _, _ in }).run()
    }

    private static func batch(_ times: Int64...) -> RecordBatch {
        stream.batch(times.map { _ in ["acme", 1] }, times: times)
    }

    @Test("a window that was forgotten is not begun anew; one that was not takes the row", arguments: 1...2, 0..<5)
    func windows(subtasks: Int, repetition: Int) throws {
        func windows(_ lateness: Int64) throws -> PlannedOperator {
            let settings: Written = [
                "window": ["tumbling": .micros(10), "lateness": .micros(lateness)], "by": ["brand"],
                "columns": ["total": "sum(n)"],
            ]
            return try #require(plan("aggregate", settings, Self.stream).planned)
        }
        let store = HeldCheckpoints()
        let rows = EpochRows()
        func run(_ batches: [RecordBatch], _ lateness: Int64) throws -> Int64 {
            try Self.run(store, rows, batches, lateness: lateness, subtasks: subtasks, windows).operators[0].counts.late
        }
        // The watermark comes to 35: windows that ended by then are forgotten.
        var batches = [Self.batch(1, 5, 22), Self.batch(45)]
        #expect(try run(batches, 0) == 0)
        // Under a longer lateness rows of forgotten windows are late, in the run after as well.
        batches.append(Self.batch(3, 33))
        #expect(try run(batches, 1_000) == 1)
        batches.append(Self.batch(24, 38))
        #expect(try run(batches, 1_000) == 2)
        // Once the watermark has come to where nothing that was forgotten is within lateness, nothing is remembered.
        batches.append(Self.batch(1_200))
        #expect(try run(batches, 1_000) == 2)
        batches.append(Self.batch(300))
        #expect(try run(batches, 1_000) == 2)
        let facts = try #require(try store.open { _ in }?.head.operators[0].shape.facts)
        #expect(!facts.contains { $0.name == "late floor" })
        var last: [Cell: Cell] = [:]
        for row in rows.rows { last[row[1]] = row[3] }
        #expect(last == [0: 2, 20: 1, 30: 2, 40: 1, 1_200: 1, 300: 1], "\(last)")
    }
}
