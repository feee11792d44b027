import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("trend with more terms than it counts, after a restart")
struct TrendRestartTests {
    private static let stream = TestStream(
        Field("tags", .list(.string)), Field("text", .string), Field("author", .string), Field("likes", .int64))

    /// Some 3,000 different terms a window, most of which come once, a few in each post.
    private static func steps(_ random: inout RandomSource, lateness: Int64) -> [StreamStep] {
        var steps: [StreamStep] = []
        var (now, number): (Int64, Int) = (1_000, 0)
        for step in 0..<160 {
            let rows: [[Cell]] = (0..<60).map { _ in
                let tags = (0..<4).map { index -> Cell in
                    number += 1
                    // The last of the usual ones come once or twice a window.
                    return .string(index == 0 ? "u\(min(random.below(400), random.below(400)))" : "once\(number)")
                }
                let more: [Cell] = random.below(40) == 0 ? [.string("burst\(step / 30)")] : []
                return [
                    .list(tags + more), .string("t\(random.below(999))"), .string(["ann", "bob"][random.below(2)]),
                    .int(Int64(random.below(9))),
                ]
            }
            let times = rows.map { _ in now + Int64(random.below(30)) - Int64(random.below(2)) * lateness / 2 }
            steps.append(.frame(stream.batch(rows, times: times), floor: now))
            if step % 4 == 3 {
                now += Int64(random.below(20))
                steps.append(.advance(now))
                steps.append(.tick(Int64(step) * 1_000_000))
            }
        }
        return steps + [.advance(.max)]
    }

    private static func planned(lateness: Int64, isEarly: Bool, by: [String] = []) throws -> PlannedOperator {
        var settings: [(String, Written)] = [
            ("window", .micros(40)), ("term", "tags"), ("least", 1), ("post", "text"), ("author", "author"),
            ("reach", ["likes"]), ("terms", 1_000), ("lateness", .micros(lateness)),
            ("by", .list(by.map { .text($0) })),
        ]
        if isEarly { settings.append(("emit", ["early": .time(.milliseconds(1))])) }
        let (found, faults) = plan("trend", .map(settings), stream)
        #expect(faults.isEmpty, "\(faults)")
        var planned = try #require(found)
        guard case .folded(let factory as TrendFoldingFactory) = planned.placement else { return planned }
        // As little room for texts and posts, in comparison, as with millions of terms.
        var trend = factory.plan
        trend.room = TrendWindow.Room(records: 300, postBytes: 20_000)
        planned.placement = .folded(TrendFoldingFactory(plan: trend))
        return planned
    }

    @Test("the same rows come out, to the last post, at the same steps", arguments: 0..<4, [0, 25] as [Int64])
    func restarts(seed: UInt64, lateness: Int64) throws {
        var random = RandomSource(seed: seed &+ 40)
        let steps = Self.steps(&random, lateness: lateness)
        let planned = try Self.planned(lateness: lateness, isEarly: false, by: seed == 1 ? ["author"] : [])
        let reference = try RestartHarness(planned, steps, subtasks: 1)
        try reference.run()
        let harness = try RestartHarness(planned, steps, subtasks: random.below(3) + 1)
        try harness.runThroughCrashes(&random)
        #expect(reference.rows.count > 100)
        #expect(harness.rows.map(\.cells) == reference.rows.map(\.cells), "seed \(seed)")
        #expect(harness.rowsByStep == reference.rowsByStep)
        #expect(harness.late.sorted() == reference.late.sorted() && harness.ledger.isBalanced)
    }

    @Test("early results or not, restarts or not: the last rows of a window are the same", arguments: 0..<3)
    func early(seed: UInt64) throws {
        func last(_ harness: RestartHarness) -> [[Cell]: [Cell]] {
            var last: [[Cell]: [Cell]] = [:]
            for row in harness.rows { last[[row.cells[0], row.cells[1], row.cells[3]]] = row.cells }
            return last.filter { $0.value[4] != nil }
        }
        var random = RandomSource(seed: seed &+ 90)
        let steps = Self.steps(&random, lateness: 25)
        let reference = try RestartHarness(
            Self.planned(lateness: 25, isEarly: false, by: ["author"]), steps, subtasks: 1)
        try reference.run()
        let early = try Self.planned(lateness: 25, isEarly: true, by: ["author"])
        let whole = try RestartHarness(early, steps, subtasks: 2)
        try whole.run()
        let harness = try RestartHarness(early, steps, subtasks: 1)
        try harness.runThroughCrashes(&random)
        #expect(whole.rows.count > reference.rows.count * 2)
        #expect(last(whole) == last(reference) && last(harness) == last(reference), "seed \(seed)")
    }
}
