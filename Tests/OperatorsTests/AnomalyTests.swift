import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("anomaly")
struct AnomalyTests {
    private static let minute: Int64 = 60_000_000
    private let stream = TestStream(
        Field("brand", .string, isNullable: true), Field("load", .float64, isNullable: true))

    private func bench(_ settings: Written) throws -> OperatorBench {
        let (planned, faults) = plan("anomaly", settings, stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    @Test("without something to observe there is a fault")
    func plans() {
        #expect(codes(plan("anomaly", .map([("by", ["brand"])]), stream).faults) == ["anomaly.value"])
        #expect(codes(plan("anomaly", .map([("value", "brand")]), stream).faults) == ["schema.type"])
        #expect(codes(plan("anomaly", .map([("every", .seconds(0))]), stream).faults) == ["anomaly.every"])
        let untimed = TestStream(Field("x", .int64), hasEventTime: false)
        #expect(codes(plan("anomaly", .map([("value", "x")]), untimed).faults) == ["schema.event_time"])
        let updating = TestStream(Field("x", .int64), isUpdating: true)
        #expect(codes(plan("anomaly", .map([("value", "x")]), updating).faults) == ["anomaly.updating"])
        let clash = TestStream(Field("score", .int64))
        #expect(
            codes(plan("anomaly", .map([("every", .seconds(1)), ("by", ["score"])]), clash).faults)
                == ["schema.duplicate"])
    }

    @Test("rows are counted by key and stretch, and a silence counts as zero", arguments: [false, true])
    func counts(hidden: Bool) throws {
        let bench = try bench(.map([("every", .micros(10)), ("by", ["brand"])]))
        try bench.process(
            stream.batch(
                [["a", 0.0], ["a", 0.0], ["b", 0.0], ["a", 0.0]], times: [10, 19, 12, 41], hidden: hidden))
        try bench.advance(to: 19)
        #expect(bench.rows.isEmpty)
        try bench.advance(to: 50)
        #expect(
            bench.rows.map { Array($0.prefix(3)) } == [
                ["a", 10, 2.0], ["b", 10, 1.0], ["a", 20, 0.0], ["a", 30, 0.0], ["a", 40, 1.0],
            ])
        #expect(bench.frames.flatMap(\.batch.rowTimes) == [19, 19, 29, 39, 49])
        #expect(bench.ledger.folded == 4 && bench.ledger.made == 5)
    }

    @Test("values of a stretch are added up; those of rows are scored one by one, in the order of time")
    func values() throws {
        let sums = try bench(.map([("value", "load"), ("every", .micros(10))]))
        try sums.process(stream.batch([["a", 1.5], ["b", 2.0], ["a", nil], ["a", 7.0]], times: [1, 2, 3, 35]))
        try sums.advance(to: .max)
        #expect(sums.rows.map { Array($0.prefix(2)) } == [[0, 3.5], [30, 7.0]])

        let rows = try bench(.map([("value", "load")]))
        try rows.process(stream.batch([["a", 3.0], ["a", 1.0], ["a", 2.0], ["a", nil]], times: [30, 10, 30, 40]))
        try rows.advance(to: 30)
        #expect(rows.rows.map { Array($0.prefix(2)) } == [[10, 1.0]])
        try rows.advance(to: .max)
        #expect(rows.rows.map { Array($0.prefix(2)) } == [[10, 1.0], [30, 2.0], [30, 3.0]])
        #expect(rows.deadLetters.map(\.code) == ["anomaly.value"])
    }

    @Test("a row whose stretch has been scored is late")
    func late() throws {
        let bench = try bench(.map([("every", .micros(10))]))
        try bench.process(stream.batch([["a", 0.0], ["a", 0.0]], times: [9, 10]), floor: 10)
        #expect(bench.late.count == 1 && bench.late[0].eventTime == 9)
    }

    @Test("only rows with the wanted score come out")
    func above() throws {
        let bench = try bench(.map([("value", "load"), ("above", .fraction(0.4))]))
        let rows: [[Cell]] = (0..<600).map { ["a", .double(Double(($0 * 7) % 11))] } + [["a", 5_000.0]]
        try bench.process(stream.batch(rows, times: (0..<601).map { $0 * 5 * Self.minute }))
        try bench.advance(to: .max)
        #expect(bench.rows.last?[1] == 5_000.0 && bench.rows.count < 20)
    }

    @Test("the same rows come out at any number of threads", arguments: [1, 2, 3])
    func threads(subtasks: Int) throws {
        func batches(_ lane: Int64) -> [RecordBatch] {
            (0..<40).map { index in
                let start = Int64(index) * 60 + lane
                let rows: [[Cell]] = (0..<30).map { [.string("b\($0 % 3)"), .double(Double($0 % 7) / 3)] }
                return stream.batch(rows, times: (0..<30).map { start + $0 * 2 })
            }
        }
        let settings: Written = .map([("value", "load"), ("every", .micros(50)), ("by", ["brand"])])
        var results: [Set<[Cell]>] = []
        for count in [1, subtasks] {
            let job = try OperatorJob(plan("anomaly", settings, stream).planned, stream, delay: 100)
            _ = try job.run(BatchSource([batches(0), batches(1)], sharesLanes: false, seed: 9), subtasks: count)
            #expect(job.results.rows.count > 100)
            results.append(Set(job.results.rows))
        }
        #expect(results[0] == results[1])
    }
}
