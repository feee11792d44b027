import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("trend of each key")
struct TrendGroupTests {
    private static let stream = TestStream(
        Field("tag", .string), Field("brand", .string, isNullable: true), Field("likes", .int64))
    private static let brands: [Cell] = ["acme", "bolt", nil]

    private static func batches() -> [[RecordBatch]] {
        var random = RandomSource(seed: 12)
        return (0..<2).map { lane in
            (0..<60).map { frame -> RecordBatch in
                let rows: [[Cell]] = (0..<60).map { _ in
                    let brand = brands[min(random.below(3), random.below(3))]
                    return [
                        .string("#\(min(random.below(40), random.below(40)))"), brand, .int(Int64(random.below(2))),
                    ]
                }
                return stream.batch(rows, times: (0..<60).map { Int64(frame * 10 + lane + random.below(30) + $0 / 8) })
            }
        }
    }

    @Test(
        "each key has the ranking that it would have by itself, at any number of threads, early results or not",
        arguments: 1...3, [false, true])
    func rankings(subtasks: Int, isEarly: Bool) throws {
        var settings: [(String, Written)] = [
            ("window", .micros(50)), ("term", "tag"), ("top", 5), ("least", 2), ("half_life", .micros(200)),
            ("by", ["brand", "likes"]),
        ]
        if isEarly { settings.append(("emit", ["early": .time(.microseconds(50))])) }
        let (planned, faults) = plan("trend", .map(settings), Self.stream)
        #expect(faults.isEmpty, "\(faults)")
        #expect(planned?.output.key == ["window_start", "brand", "likes", "rank"])
        let batches = Self.batches()
        let job = try OperatorJob(planned, Self.stream, delay: 40)
        _ = try job.run(BatchSource(batches, sharesLanes: false, seed: 4), subtasks: subtasks)
        var last: [[Cell]: [Cell]] = [:]
        for row in job.results.rows { last[Array(row[...2]) + [row[4]]] = row }
        last = last.filter { $0.value[5] != nil }
        let model = TrendModel(window: 50, halfLife: 200, least: 2, top: 5)
        var expected: [[Cell]: [Cell]] = [:]
        for brand in Self.brands {
            for likes in [Cell.int(0), .int(1)] {
                let mentions = batches.joined().flatMap { batch in
                    zip(batch.cells, batch.rowTimes).filter { $0.0[1] == brand && $0.0[2] == likes }.map {
                        (term: $0[0].string ?? "", time: $1)
                    }
                }
                for ranks in Dictionary(grouping: model.ranks(mentions), by: \.start).values {
                    for (index, rank) in ranks.enumerated() {
                        let key: [Cell] = [brand, likes, .int(rank.start), .int(Int64(index + 1))]
                        expected[key] = [.string(rank.term), .int(rank.count)]
                    }
                }
            }
        }
        let found = last.mapValues { row -> [Cell] in [row[5], row[7]] }
        #expect(found == expected && expected.count > 200)
    }

    @Test("a rank that a key has lost is left vacant, whatever other keys hold")
    func vacant() throws {
        let (planned, _) = plan(
            "trend",
            [
                "window": .micros(10), "term": "tag", "by": ["brand"], "least": 1,
                "emit": ["early": .time(.milliseconds(1))],
            ], Self.stream)
        let bench = try OperatorBench(planned)
        func process(_ tags: [(String, Cell, Int)], at time: Int64) throws {
            let rows = tags.flatMap { tag, brand, count -> [[Cell]] in
                Array(repeating: [.string(tag), brand, 0], count: count)
            }
            try bench.process(Self.stream.batch(rows, times: rows.map { _ in time }))
        }
        try process([("a", "acme", 1)], at: 1)
        try bench.advance(to: 10)
        try process([("york times", "acme", 10), ("new york times", "acme", 5), ("york times", "bolt", 4)], at: 11)
        try bench.tick(1_000_000)
        try process([("new york times", "acme", 4)], at: 12)
        try bench.advance(to: 20)
        #expect(
            bench.rows.map { [$0[0], $0[3], $0[4]] } == [
                ["acme", 1, "york times"], ["acme", 2, "new york times"], ["bolt", 1, "york times"],
                ["acme", 1, "york times"], ["acme", 2, nil], ["bolt", 1, "york times"],
            ])
        #expect(bench.rows[3][10] == ["new york times"])
    }
}
