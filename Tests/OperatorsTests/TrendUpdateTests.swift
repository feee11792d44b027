import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("trend, early and corrected")
struct TrendUpdateTests {
    private static let stream = TestStream(Field("tag", .string, isNullable: true))

    private func bench(_ more: [(String, Written)]) throws -> OperatorBench {
        let settings: [(String, Written)] = [("window", .micros(10)), ("term", "tag"), ("least", 1)]
        let (planned, faults) = plan("trend", .map(settings + more), Self.stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    private func rows(_ terms: [(String, Int)], at time: Int64) -> RecordBatch {
        let rows = terms.flatMap { term, count in Array(repeating: [Cell.string(term)], count: count) }
        return Self.stream.batch(rows, times: rows.map { _ in time })
    }

    /// Start, rank, term, mentions, expected and the terms folded into it.
    private func shown(_ rows: ArraySlice<[Cell]>) -> [[Cell]] {
        rows.map { [$0[0], $0[2], $0[3], $0[5], $0[6], $0[9]] }
    }

    @Test("an open window shows what it holds; a rank that the next result lacks is left vacant")
    func early() throws {
        let bench = try bench([("emit", ["early": .time(.milliseconds(1))])])
        try bench.process(rows([("york times", 2)], at: 1))
        try bench.tick(1_000_000)
        try bench.advance(to: 10)
        #expect(bench.rows.isEmpty, "of the first window nothing is known but that it is usual")
        try bench.process(rows([("york times", 10), ("new york times", 5)], at: 11))
        try bench.tick(2_000_000)
        #expect(
            shown(bench.rows[...]) == [
                [10, 1, "new york times", 5, 0.0, []], [10, 2, "york times", 10, 2.0, []],
            ]
                || shown(bench.rows[...]) == [
                    [10, 1, "york times", 10, 2.0, []], [10, 2, "new york times", 5, 0.0, []],
                ])
        try bench.tick(2_500_000)
        try bench.tick(3_000_000)
        #expect(bench.rows.count == 2, "not yet, then no news")
        try bench.process(rows([("new york times", 4)], at: 12))
        try bench.stop()
        try bench.advance(to: 20)
        #expect(
            shown(bench.rows[2...]) == [
                [10, 1, "new york times", 9, 0.0, ["york times"]], [10, 2, nil, nil, nil, []],
                [10, 1, "new york times", 9, 0.0, ["york times"]],
            ])
        #expect(bench.rows[3] == [10, 20, 2, nil, nil, nil, nil, nil, nil, [], [], []])
    }

    @Test("an open window is compared with the windows before it that are open too")
    func severalOpen() throws {
        let bench = try bench([("emit", ["early": .time(.milliseconds(1))])])
        try bench.process(rows([("a", 2)], at: 1))
        try bench.process(rows([("a", 4)], at: 11))
        try bench.process(rows([("a", 9)], at: 21))
        try bench.tick(1_000_000)
        #expect(shown(bench.rows[...]) == [[10, 1, "a", 4, 2.0, []], [20, 1, "a", 9, 3.0, []]])
    }

    @Test("a late row corrects its window and those behind it that are over, when the next one ends")
    func late() throws {
        let bench = try bench([("lateness", .micros(20))])
        try bench.process(rows([("a", 1)], at: 1))
        try bench.process(rows([("a", 5)], at: 11))
        try bench.advance(to: 20)
        #expect(shown(bench.rows[...]) == [[10, 1, "a", 5, 1.0, []]])
        try bench.process(rows([("a", 2)], at: 5), floor: 20)
        try bench.advance(to: 29)
        #expect(bench.rows.count == 1)
        try bench.advance(to: 30)
        #expect(shown(bench.rows[1...]) == [[10, 1, "a", 5, 3.0, []]])
        try bench.process(rows([("a", 9)], at: 6), floor: 30)
        #expect(bench.late.count == 9)
        try bench.advance(to: 200)
        #expect(bench.rows.count == 2 && bench.memoryFootprint < 200_000)
    }

    @Test(
        "the last rows are those of a model that knows everything, at any number of threads", arguments: [1, 2, 3],
        [0, 36] as [Int64])
    func threads(subtasks: Int, lateness: Int64) throws {
        for isEarly in [true, false] where isEarly || lateness > 0 {
            var random = RandomSource(seed: 5)
            let batches = (0..<2).map { lane in
                (0..<80).map { frame -> RecordBatch in
                    let rows: [[Cell]] = (0..<40).map { _ in
                        [.string("#\(min(random.below(60), random.below(60)))")]
                    }
                    return Self.stream.batch(
                        rows, times: (0..<40).map { Int64(frame * 10 + lane + random.below(30) + $0 / 8) })
                }
            }
            var settings: [(String, Written)] = [
                ("window", .micros(50)), ("term", "tag"), ("top", 7), ("least", 3), ("half_life", .micros(200)),
                ("lateness", .micros(lateness)),
            ]
            if isEarly { settings.append(("emit", ["early": .time(.microseconds(50))])) }
            let planned = plan("trend", .map(settings), Self.stream).planned
            let job = try OperatorJob(planned, Self.stream, delay: 40 - lateness)
            _ = try job.run(BatchSource(batches, sharesLanes: false, seed: 4), subtasks: subtasks)
            #expect(job.late.rows.isEmpty)
            var last: [[Cell]: [Cell]] = [:]
            for row in job.results.rows { last[[row[0], row[2]]] = row }
            let found = last.values.filter { $0[3] != nil }
            let model = TrendModel(window: 50, halfLife: 200, least: 3, top: 7)
            let expected = model.ranks(
                batches.joined().flatMap { batch in
                    zip(batch.cells, batch.rowTimes).map { (term: $0[0].string ?? "", time: $1) }
                })
            #expect(found.count == expected.count && expected.count > 80)
            for (index, rank) in expected.enumerated() {
                let number = index - (expected.firstIndex { $0.start == rank.start } ?? 0) + 1
                let row = try #require(last[[.int(rank.start), .int(Int64(number))]])
                #expect(row[3] == .string(rank.term) && row[5] == .int(rank.count))
                #expect(abs((row[4].double ?? 0) - rank.score) < 1e-4)
            }
        }
    }
}
