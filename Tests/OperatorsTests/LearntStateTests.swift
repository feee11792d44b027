import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("operators that learn, after a restart")
struct LearntStateTests {
    /// Runs the steps at a stroke, and with checkpoints and crashes in between on any number of subtasks: each step
    /// gives the same rows.
    private static func check(
        _ planned: PlannedOperator?, _ steps: [StreamStep], crashes: Int, _ random: inout RandomSource,
        _ context: String
    ) throws {
        func rows(_ harness: RestartHarness) -> [Int: Set<[Cell]>] {
            Dictionary(grouping: harness.rows, by: \.step).mapValues { Set($0.map(\.cells)) }
        }
        let whole = try RestartHarness(planned, steps, subtasks: 1)
        try whole.run()
        #expect(!whole.rows.isEmpty)
        let harness = try RestartHarness(planned, steps, subtasks: random.below(3) + 1)
        try harness.runThroughCrashes(&random, pace: max(2, steps.count / crashes))
        let (found, expected) = (rows(harness), rows(whole))
        for step in Set(found.keys).union(expected.keys).sorted() {
            #expect(found[step] == expected[step], "\(context), step \(step)")
        }
        #expect(harness.late.sorted() == whole.late.sorted(), "\(context)")
        #expect(harness.ledger.isBalanced && harness.ledger.folded == whole.ledger.folded)
    }

    @Test(
        "anomaly goes on with what it has learnt",
        arguments: [
            .map([("every", .micros(10)), ("by", ["brand"])]),
            .map([("every", .micros(7)), ("value", "x"), ("by", ["brand"])]),
            .map([("value", "n"), ("by", ["brand", "s"])]),
        ] as [Written])
    func anomaly(settings: Written) throws {
        for seed in UInt64(0)..<5 {
            var random = RandomSource(seed: seed &+ 51)
            let steps = AggregateRestartTests.steps(&random)
            let planned = plan("anomaly", settings, AggregateModelTests.stream).planned
            try Self.check(planned, steps, crashes: 8, &random, "seed \(seed)")
        }
    }

    @Test("crisis goes on with its baselines, and with an incident that is open", arguments: [UInt64](0..<3))
    func crisis(seed: UInt64) throws {
        var random = RandomSource(seed: seed &+ 3)
        var steps: [StreamStep] = []
        for (hour, batch) in CrisisTests.batches(burst: 20, negative: true).enumerated() {
            let start = Int64(hour) * 60 * CrisisTests.minute
            // The last hours in ten minutes each, for crashes while something is open.
            let parts = hour < 119 ? 1 : 6
            let rows = zip(batch.cells, batch.rowTimes)
            for part in 0..<Int64(parts) {
                let span = 60 * CrisisTests.minute / Int64(parts)
                let own = rows.filter { ($0.1 - start) / span == part }
                let times = own.map(\.1)
                steps.append(.frame(CrisisTests.stream.batch(own.map(\.0), times: times), floor: start + part * span))
                steps.append(.advance(start + (part + 1) * span))
            }
        }
        let planned = plan("crisis", CrisisTests.settings, CrisisTests.stream).planned
        try Self.check(planned, steps, crashes: 40, &random, "seed \(seed)")
    }

    @Test("crisis goes on with incidents that keys share, pending ones too", arguments: [UInt64](0..<3))
    func crisisOfGroups(seed: UInt64) throws {
        var random = RandomSource(seed: seed &+ 30)
        let brands = (0..<6).map { "brand\($0)" }
        var steps: [StreamStep] = []
        func add(_ posts: [(time: Int64, brand: String)], from start: Int64, to end: Int64) {
            let rows: [[Cell]] = posts.map { [.string($0.brand), .double(0.1), 100, .string("t\($0.time % 977)")] }
            steps.append(.frame(CrisisTests.stream.batch(rows, times: posts.map(\.time)), floor: start))
            steps.append(.advance(end))
        }
        let minute = CrisisTests.minute
        for hour in 0..<Int64(30) {
            let start = hour * 60 * minute
            let usual = brands.dropLast().flatMap { brand in
                (0..<60).map { _ in (time: start + Int64(random.below(Int(60 * minute))), brand: brand) }
            }
            guard hour >= 26 else {
                add(usual, from: start, to: start + 60 * minute)
                continue
            }
            // Brands burst one after the other, for a few minutes each; the last one has not been heard of before.
            for part in 0..<Int64(30) {
                let (from, to) = (start + part * 2 * minute, start + (part + 1) * 2 * minute)
                let loud = brands[random.below(brands.count)]
                let burst = (0..<(random.below(3) == 0 ? 90 : 0)).map { index in
                    (time: from + Int64(index) * 2 * minute / 90, brand: loud)
                }
                add(usual.filter { (from..<to).contains($0.time) } + burst, from: from, to: to)
            }
        }
        guard case .map(let settings) = CrisisTests.settings else { return }
        let lives: [[(String, Written)]] = [
            [("group", []), ("quiet", .micros(10 * minute))],
            [("group", []), ("for", .micros(3 * minute)), ("update", .micros(4 * minute))],
            [("for", .micros(2 * minute))],
        ]
        let planned = plan("crisis", .map(settings + lives[Int(seed)]), CrisisTests.stream).planned
        try Self.check(planned, steps, crashes: 60, &random, "seed \(seed)")
    }

    @Test("similar goes on with its groups and their counts", arguments: [UInt64](0..<6))
    func similar(seed: UInt64) throws {
        let posts = TestStream(Field("id", .string, isNullable: true), Field("text", .string, isNullable: true))
        var random = RandomSource(seed: seed &+ 9)
        var watermark: Int64 = -500
        var number = 0
        var steps: [StreamStep] = []
        for _ in 0..<200 {
            guard random.below(3) > 0 else {
                watermark += Int64(random.below(60))
                steps.append(.advance(watermark))
                continue
            }
            let rows = (0..<random.below(6) + 1).map { _ -> [Cell] in
                number += 1
                let words = ["aurora", "phone", "out", "today", "is", "new", "the", "\(random.below(9))"]
                let text = (0..<random.below(8)).map { _ in words[random.below(words.count)] }.joined(separator: " ")
                return [random.below(9) == 0 ? .null : .string("\(number)"), .string(text)]
            }
            let times = rows.map { _ in watermark + Int64(random.below(150)) - 40 }
            steps.append(.frame(posts.batch(rows, times: times), floor: watermark - Int64(random.below(300))))
        }
        let planned = plan("similar", ["text": "text", "id": "id", "within": .micros(200)], posts).planned
        try Self.check(planned, steps, crashes: 12, &random, "seed \(seed)")
    }
}
