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
    /// - Parameter once: how many such terms a post has.
    private static func steps(_ random: inout RandomSource, lateness: Int64, once: Int = 3) -> [StreamStep] {
        var steps: [StreamStep] = []
        var (now, number): (Int64, Int) = (1_000, 0)
        for step in 0..<160 {
            let rows: [[Cell]] = (0..<60).map { _ in
                let tags = (0...once).map { index -> Cell in
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

    @Test("what versions before groups, and before corrections, have written is read", arguments: [false, true])
    func earlierVersions(isFirst: Bool) throws {
        var random = RandomSource(seed: 77)
        let lateness: Int64 = isFirst ? 0 : 25
        // Without a term more than have a place: the first version forgot how often those had come.
        let steps = Self.steps(&random, lateness: lateness, once: isFirst ? 0 : 3)
        let planned = try Self.planned(lateness: lateness, isEarly: false)
        let reference = try RestartHarness(planned, steps, subtasks: 1)
        try reference.run()
        let harness = try RestartHarness(planned, steps, subtasks: 1)
        var rewritten = 0
        while !harness.isAtEnd {
            try harness.step()
            guard random.below(12) == 0 else { continue }
            try harness.capture(whole: true)
            harness.rewrite { stored in
                let later: Set<String> = isFirst ? ["group", "places"] : ["group"]
                stored.rewrite("terms") { $0.without(later) }
                guard !isFirst else { return ["losers", "windows"].forEach { stored.remove($0) } }
                stored.rewrite("windows") { rows in
                    rewritten += 1
                    let lists = rows.columns[3].asList
                    let counts = ColumnBuilder(.int64)
                    for row in 0..<rows.rowCount {
                        counts.append(
                            lists?[row].first.flatMap { lists?.elements.asStruct?.children[1].asInt64?.values[$0] } ?? 0
                        )
                    }
                    var (fields, columns) = (rows.schema.fields, rows.columns)
                    (fields[3], columns[3]) = (Field("ranks", .int64), counts.finish())
                    return RecordBatch(schema: Schema(fields), columns: columns, rowCount: rows.rowCount)
                }
            }
            try harness.crash(subtasks: 1)
        }
        #expect(isFirst || rewritten > 3)
        // The first version forgot from where on terms are shown, and so which posts.
        func kept(_ harness: RestartHarness) -> [[Cell]] {
            harness.rows.map { Array($0.cells.dropLast(isFirst ? 2 : 0)) }
        }
        #expect(reference.rows.count > 100 && kept(harness) == kept(reference))
    }

    @Test("state with columns that no version has written is refused, and the fault says what to do")
    func foreignState() throws {
        var random = RandomSource(seed: 5)
        let harness = try RestartHarness(
            Self.planned(lateness: 25, isEarly: false), Self.steps(&random, lateness: 25), subtasks: 1)
        for _ in 0..<20 { try harness.step() }
        try harness.capture()
        harness.rewrite { stored in stored.rewrite("windows") { $0.without(["ranks"]) } }
        let fault = #expect(throws: Fault.self) { try harness.crash(subtasks: 1) }
        #expect(fault?.code == "state.columns" && fault?.hint?.contains("--state") == true)
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

extension RecordBatch {
    /// Without some columns.
    fileprivate func without(_ names: Set<String>) -> RecordBatch {
        let kept = schema.fields.indices.filter { !names.contains(schema.fields[$0].name) }
        return RecordBatch(
            schema: Schema(kept.map { schema.fields[$0] }), columns: kept.map { columns[$0] }, rowCount: rowCount)
    }
}
