import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Operators

@Suite("trend")
struct TrendTests {
    private let stream = TestStream(
        Field("tag", .string, isNullable: true), Field("text", .string, isNullable: true),
        Field("author", .string, isNullable: true), Field("likes", .int64, isNullable: true))

    private func bench(_ settings: [(String, Written)], _ stream: TestStream? = nil) throws -> OperatorBench {
        let (planned, faults) = plan("trend", .map(settings), stream ?? self.stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    @Test("what is wrong with the settings is a fault")
    func plans() {
        func faults(_ settings: [(String, Written)], _ stream: TestStream? = nil) -> [String] {
            codes(plan("trend", .map(settings), stream ?? self.stream).faults)
        }
        let window = ("window", Written.micros(10))
        #expect(faults([window]) == ["trend.term"])
        #expect(faults([window, ("term", "tag"), ("phrases_of", "text")]) == ["trend.term"])
        #expect(faults([window, ("term", "likes")]) == ["schema.type"])
        #expect(faults([window, ("phrases_of", "text"), ("words", [3, 2])]) == ["trend.words"])
        #expect(faults([("window", .micros(0)), ("term", "tag")]) == ["trend.window"])
        #expect(faults([window, ("term", "tag"), ("author", "author")]) == ["trend.author"])
        #expect(faults([window, ("term", "tag"), ("by", ["nothing"])]) == ["schema.column_missing"])
        let named = TestStream(Field("tag", .string), Field("score", .string))
        #expect(faults([window, ("term", "tag"), ("by", ["score"])], named) == ["schema.duplicate"])
        #expect(faults([window, ("term", "nothing")]) == ["schema.column_missing"])
        #expect(faults([window, ("term", "tag"), ("lateness", .micros(-1))]) == ["trend.lateness"])
        #expect(faults([window, ("term", "tag"), ("emit", ["early": .micros(0)])]) == ["emit.early"])
        let untimed = TestStream(Field("tag", .string), hasEventTime: false)
        #expect(faults([window, ("term", "tag")], untimed) == ["schema.event_time"])
        let updating = TestStream(Field("tag", .string), isUpdating: true)
        #expect(faults([window, ("term", "tag")], updating) == ["trend.updating"])
    }

    @Test(
        "memory is announced by the number of terms and of windows, whatever comes in", arguments: [0, 25] as [Int64])
    func memory(lateness: Int64) throws {
        let settings: [(String, Written)] = [
            ("window", .micros(10)), ("term", "tag"), ("terms", 10_000), ("lateness", .micros(lateness)),
        ]
        let planned = try #require(plan("trend", .map(settings), stream).planned)
        #expect(planned.state.keys == 10_000)
        #expect(planned.state.description.contains("of \(lateness == 0 ? 2 : 5) windows"))
        let bench = try OperatorBench(planned)
        for step in 0..<40 as Range<Int64> {
            let rows = (0..<2_000).map { [Cell.string("tag\(Int(step) * 2_000 + $0)"), nil, nil, nil] }
            try bench.process(stream.batch(rows, times: rows.map { _ in step }))
            try bench.advance(to: step - 2)
            #expect(bench.memoryFootprint <= planned.state.bytes)
        }
    }

    @Test("a term that comes more often than before leads, with its best posts", arguments: [false, true])
    func bursts(hidden: Bool) throws {
        let bench = try bench([
            ("window", .micros(10)), ("term", "tag"), ("least", 1), ("post", "text"), ("author", "author"),
            ("reach", ["likes"]),
        ])
        for window in 0..<4 as Range<Int64> {
            var rows: [[Cell]] = (0..<10).map { [.string("usual"), .string("u\($0)"), "ann", 1] }
            if window == 3 {
                rows += [
                    ["new", "first", "bob", 5], ["new", "RT @bob: second", "cid", 7], ["new", "Second", "dee", 9],
                    ["new", nil, nil, nil], ["new", "third", "ann", 5], ["new", "fourth", "eve", 1],
                    ["usual", "u", nil, nil], [nil, "nothing", nil, nil], ["", "nothing", nil, nil],
                ]
            }
            try bench.process(
                stream.batch(rows, times: rows.indices.map { window * 10 + Int64($0 % 10) }, hidden: hidden))
            try bench.advance(to: window * 10 + 9)
        }
        #expect(bench.rows.isEmpty)
        try bench.advance(to: 40)
        let found = bench.rows
        #expect(found.map { $0[2] } == [1, 2] && found.map { $0[3] } == ["new", "usual"])
        #expect(found[0].prefix(2) == [30, 40] && found[0][4...8] == [5.0, 6, 0.0, 6.0, 30])
        #expect(found[0][10] == ["Second", "first", "third"] && found[0][11] == ["dee", "bob", "ann"])
        #expect(found[1][5] == 11 && found[1][6] == 10.0 && found[1][8] == 0)
        #expect(bench.ledger.folded == 49 && bench.ledger.made == 2)
    }

    @Test("a row counts a term once, whether from a list or a text")
    func sources() throws {
        let lists = TestStream(Field("tags", .list(.string)))
        let tags = try bench([("window", .micros(10)), ("term", "tags"), ("least", 1)], lists)
        try tags.process(lists.batch([[["a", "b"]], [["a"]]], times: [1, 2]))
        try tags.process(lists.batch([[["a", "a"]], [[]], [["a"]], [["a", "c"]]], times: [11, 12, 13, 14]))
        try tags.advance(to: .max)
        #expect(tags.rows.map { [$0[3], $0[5]] } == [["a", 3]])

        let phrases = try bench([("window", .micros(10)), ("phrases_of", "text"), ("least", 1), ("words", [2, 3])])
        let texts = ["It is down again", "is it down? It is DOWN again", "nothing here"]
        try phrases.process(stream.batch([[nil, "nothing to see", nil, nil]], times: [1]))
        try phrases.process(stream.batch(texts.map { [nil, .string($0), nil, nil] }, times: [11, 12, 13]))
        try phrases.advance(to: .max)
        #expect(phrases.rows.map { [$0[3], $0[5]] } == [["down again", 2], ["is down", 2], ["it is", 2]])
        #expect(phrases.rows.map { $0[9] } == [["is down again"], ["it is down"], []])
    }

    @Test("a row whose window is over is late; one from beyond all times is refused")
    func late() throws {
        let bench = try bench([("window", .micros(10)), ("term", "tag")])
        try bench.process(
            stream.batch(
                [["a", nil, nil, nil], ["a", nil, nil, nil], ["a", nil, nil, nil]], times: [9, 10, .max]), floor: 10)
        #expect(bench.late.map(\.eventTime) == [9] && bench.deadLetters.map(\.code) == ["trend.time_range"])
    }

    private static func words(_ random: inout RandomSource) -> Cell {
        .string("#\(min(random.below(60), random.below(60)))")
    }

    @Test("the ranking is that of a model that knows everything, at any number of threads", arguments: [1, 2, 3])
    func threads(subtasks: Int) throws {
        var random = RandomSource(seed: 77)
        let batches = (0..<2).map { lane in
            (0..<60).map { frame -> RecordBatch in
                let rows: [[Cell]] = (0..<40).map { _ in
                    [
                        Self.words(&random), .string("t\(random.below(9))"), .string("a\(random.below(5))"),
                        .int(Int64(random.below(4))),
                    ]
                }
                return stream.batch(rows, times: (0..<40).map { Int64(frame * 10 + lane + random.below(30) + $0 / 8) })
            }
        }
        let settings: Written = .map([
            ("window", .micros(50)), ("term", "tag"), ("top", 7), ("least", 3), ("half_life", .micros(200)),
            ("post", "text"), ("author", "author"), ("reach", ["likes"]),
        ])
        var results: [[[Cell]]] = []
        for count in [1, subtasks] {
            let job = try OperatorJob(plan("trend", settings, stream).planned, stream, delay: 40)
            _ = try job.run(BatchSource(batches, sharesLanes: false, seed: 4), subtasks: count)
            results.append(job.results.rows)
            #expect(job.late.rows.isEmpty)
        }
        #expect(results[0] == results[1])
        let model = TrendModel(window: 50, halfLife: 200, least: 3, top: 7)
        let expected = model.ranks(
            batches.joined().flatMap { batch in
                zip(batch.cells, batch.rowTimes).map { (term: $0[0].string ?? "", time: $1) }
            })
        #expect(results[0].count == expected.count && expected.count > 60)
        for (row, rank) in zip(results[0], expected) {
            #expect(row[0] == .int(rank.start) && row[3] == .string(rank.term) && row[5] == .int(rank.count))
            #expect(abs((row[4].double ?? 0) - rank.score) < 1e-4)
        }
    }

    @Test("with checkpoints and crashes, on other numbers of subtasks too, the same rows come out", arguments: 0..<6)
    func restarts(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        var steps: [StreamStep] = []
        var now: Int64 = 1_000
        for step in 0..<120 {
            let rows: [[Cell]] = (0..<random.below(12)).map { _ in
                [Self.words(&random), .string("t\(random.below(9))"), "ann", .int(Int64(random.below(4)))]
            }
            let times = rows.map { _ in now + Int64(random.below(30)) }
            steps.append(.frame(stream.batch(rows, times: times), floor: now))
            if step % 3 == 2 {
                now += Int64(random.below(20))
                steps.append(.advance(now))
            }
        }
        steps.append(.advance(.max))
        let settings: Written = .map([
            ("window", .micros(40)), ("term", "tag"), ("least", 1), ("post", "text"), ("author", "author"),
            ("reach", ["likes"]), ("terms", 1_000),
        ])
        let planned = plan("trend", settings, stream).planned
        let reference = try RestartHarness(planned, steps, subtasks: 1)
        try reference.run()
        let harness = try RestartHarness(planned, steps, subtasks: random.below(3) + 1)
        try harness.runThroughCrashes(&random)
        #expect(reference.rows.count > 10)
        #expect(harness.rows.map(\.cells) == reference.rows.map(\.cells))
        #expect(harness.ledger.folded == reference.ledger.folded)
    }
}
