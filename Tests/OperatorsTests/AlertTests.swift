import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("alert")
struct AlertTests {
    private let stream = TestStream(
        Field("brand", .string, isNullable: true), Field("mentions", .int64, isNullable: true), Field("mood", .float64))

    private func settings(_ more: [(String, Written)] = []) -> Written {
        .map(
            [
                ("when", "mentions > 10"), ("message", "{brand}: {mentions}"), ("by", ["brand"]),
                ("cooldown", .micros(100)),
            ] + more)
    }

    private func bench(_ settings: Written) throws -> OperatorBench {
        let (planned, faults) = plan("alert", settings, stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    @Test("a row that fulfils the condition raises an alert with its key and time", arguments: [false, true])
    func raises(hidden: Bool) throws {
        let bench = try bench(settings([("severity", "critical"), ("title", "On {brand}")]))
        try bench.process(
            stream.batch(
                [["a", 11, 0.0], ["b", 10, 0.0], ["c", 99, 0.0], [nil, 50, 0.0]], times: [5, 6, 7, 8], hidden: hidden))
        #expect(
            bench.rows.map { Array($0.dropFirst()) } == [
                ["tested", "critical", "On a", "a: 11", 5, "a"], ["tested", "critical", "On c", "c: 99", 7, "c"],
                ["tested", "critical", "On ?", "?: 50", 8, nil],
            ])
        #expect(bench.frames[0].batch.rowTimes == [5, 7, 8])
        #expect(bench.ledger.folded == 3 && bench.ledger.filtered == 1 && bench.ledger.made == 3)
        #expect(Set(bench.rows.map(\.[0])).count == 3)
    }

    @Test("a row for which the condition has no value is a dead letter")
    func errors() throws {
        let bench = try bench(settings())
        try bench.process(stream.batch([["a", nil, 0.0], ["a", 11, 0.0], ["a", 1, 0.0]]))
        #expect(bench.deadLetters.map(\.code) == ["expression.no_value"])
        #expect(bench.ledger.filtered == 1 && bench.ledger.folded == 1)
    }

    @Test("a key raises at most one alert within the cool-down of event time, in any order of rows")
    func coolDown() throws {
        let bench = try bench(settings())
        let times: [Int64] = [1_000, 1_099, 1_100, 900, 999, 950, 1_001, 1_199, 1_200]
        try bench.process(stream.batch(times.map { _ in ["a", 11, 0.0] }, times: times))
        try bench.process(stream.batch([["b", 11, 0.0]], times: [1_000]))
        #expect(bench.rows.map(\.[5]) == [1_000, 1_100, 900, 1_200, 1_000])
        #expect(bench.ledger.duplicate == 5)
    }

    @Test("without a cool-down every row raises its alert, and without a key all rows are about one thing")
    func noCoolDown() throws {
        let each = try bench(.map([("when", "true"), ("message", "m"), ("cooldown", .seconds(0))]))
        try each.process(stream.batch([["a", 1, 0.0], ["a", 1, 0.0], ["b", 1, 0.0]], times: [1, 2, 2]))
        #expect(each.rows.count == 3)
        let one = try bench(.map([("when", "true"), ("message", "m")]))
        try one.process(stream.batch([["a", 1, 0.0], ["b", 1, 0.0]], times: [1, 2]))
        #expect(one.rows.count == 1)
    }

    @Test("a replay raises the same alerts under the same ids")
    func sameIdentifiers() throws {
        let one = try bench(settings())
        let two = try bench(settings())
        for bench in [one, two] { try bench.process(stream.batch([["a", 11, 0.0], ["b", 12, 0.0]], times: [1, 1])) }
        #expect(one.rows == two.rows)
        #expect(one.rows.allSatisfy { $0[0].string?.utf8.count == 22 })
    }

    @Test("memory is what the cool-down needs, and times at the ends of the timeline trap nothing")
    func memory() throws {
        let bench = try bench(settings())
        for round in 0..<10 {
            let base = Int64(round) * 10_000
            let keys = 0..<Int64(2_000)
            try bench.process(
                stream.batch(keys.map { [.string("\(base + $0)"), 11, 0.0] }, times: keys.map { base + $0 / 100 }))
            try bench.advance(to: base + 5_000)
        }
        #expect(bench.ledger.folded == 20_000)
        #expect(bench.memoryFootprint < 128 * 6_000)
        let times: [Int64] = [.min, .max, 0, .min + 1, .max - 1]
        try bench.process(stream.batch(times.map { _ in ["x", 11, 0.0] }, times: times))
        for watermark in [Int64.min, 0, .max] { try bench.advance(to: watermark) }
    }

    @Test("a cool-down goes on after a restart, on another number of subtasks too", arguments: [["brand"], []])
    func restarts(by: [String]) throws {
        for seed in UInt64(0)..<40 {
            var random = RandomSource(seed: seed)
            var watermark: Int64 = -700
            var steps: [StreamStep] = []
            for _ in 0..<80 {
                if random.below(3) == 0 {
                    watermark += Int64(random.below(60))
                    steps.append(.advance(watermark))
                    continue
                }
                let rows = (0..<random.below(4)).map { _ -> [Cell] in
                    [.string(["a", "b", "c", "d"][random.below(4)]), .int(Int64(random.below(30))), 0.0]
                }
                let times = rows.map { _ in watermark + Int64(random.below(150)) - Int64(random.below(2) * 400) }
                steps.append(.frame(stream.batch(rows, times: times), floor: watermark))
            }
            steps.append(.advance(.max))
            let keys = Written.list(by.map { .text($0) })
            let (planned, _) = plan(
                "alert", ["when": "mentions > 10", "message": "m", "by": keys, "cooldown": .micros(100)], stream)
            let whole = try RestartHarness(planned, steps, subtasks: 1)
            try whole.run()
            let harness = try RestartHarness(planned, steps, subtasks: random.below(3) + 1)
            try harness.runThroughCrashes(&random)
            #expect(harness.rowsByStep == whole.rowsByStep, "seed \(seed)")
            #expect(harness.ledger == whole.ledger && harness.ledger.isBalanced)
            try harness.capture()
            #expect(harness.stored.rowCount == 0)
        }
    }

    @Test("a longer cool-down holds for alerts that were raised before it was longer")
    func longerCoolDown() throws {
        func planned(_ cooldown: Int64) throws -> PlannedOperator {
            try #require(
                plan("alert", ["when": "true", "message": "m", "by": ["brand"], "cooldown": .micros(cooldown)], stream)
                    .planned)
        }
        let steps: [StreamStep] = [
            .frame(stream.batch([["a", 1, 0.0]], times: [1_070]), floor: 0), .advance(1_100),
            .frame(stream.batch([["a", 1, 0.0], ["b", 1, 0.0]], times: [1_360, 1_360]), floor: 0), .advance(1_700),
            .frame(stream.batch([["a", 1, 0.0]], times: [1_710]), floor: 0), .advance(3_000),
        ]
        let harness = try RestartHarness(planned(100), steps, subtasks: 1)
        for _ in 0..<2 { try harness.step() }
        try harness.capture()
        try harness.crash(subtasks: 2, as: planned(300))
        while !harness.isAtEnd {
            try harness.step()
            try harness.capture()
            try harness.crash(subtasks: 2, as: planned(300))
        }
        #expect(harness.rows.map { $0.cells[5...] } == [[1_070, "a"], [1_360, "b"], [1_710, "a"]])
        #expect(harness.stored.rowCount == 0)
    }

    @Test("a message shows values as people write them")
    func messages() throws {
        let bench = try bench(
            .map([
                ("when", "true"), ("cooldown", .seconds(0)),
                ("message", "{{{mentions}}} {mood} {mentions > 5 ? '}' : \"{\"} {brand + '!'} {1 / (mentions - 3)}"),
            ]))
        try bench.process(
            stream.batch([["a", 7, 0.126], ["", 3, -0.001], [nil, 5, 3.0], ["b", 4, 1e20], ["ü", 4, -2.5]]))
        #expect(
            bench.rows.map(\.[4]) == [
                "{7} 0.13 } a! 0", "{3} 0 { ! ?", "{5} 3 { ? 0", "{4} 1e+20 { b! 1", "{4} -2.5 { ü! 1",
            ])
    }

    @Test("alert says what is wrong with its settings")
    func faults() {
        func faults(_ settings: Written) -> [String] { codes(plan("alert", settings, stream).faults) }
        #expect(faults(["when": "mentions", "message": "m"]) == ["expression.type"])
        #expect(faults(["when": "true", "message": "{mentions"]) == ["template.brace"])
        #expect(faults(["when": "true", "message": "{'}"]) == ["template.brace"])
        #expect(!faults(["when": "true", "message": "{nope}"]).isEmpty)
        #expect(faults(["when": "true", "message": "m", "by": ["brnad"]]) == ["schema.column_missing"])
        let clash = TestStream(Field("severity", .string))
        #expect(
            codes(plan("alert", ["when": "true", "message": "m", "by": ["severity"]], clash).faults) == [
                "schema.duplicate"
            ])
        let timeless = TestStream(Field("a", .int64), hasEventTime: false)
        #expect(codes(plan("alert", ["when": "true", "message": "m"], timeless).faults) == ["schema.event_time"])
    }
}
