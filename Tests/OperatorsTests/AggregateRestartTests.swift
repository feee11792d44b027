import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Operators

@Suite("aggregate after a restart")
struct AggregateRestartTests {
    private static let stream = AggregateModelTests.stream

    /// Frames of random rows about a watermark that moves on, some far behind it, and moments to show open windows.
    /// - Parameter unit: microseconds of event time that everything is a multiple of.
    static func steps(_ random: inout RandomSource, unit: Int64 = 1) -> [StreamStep] {
        var watermark = (Int64(random.below(2)) * 1_700_000_000_000_003 / unit - 150) * unit
        var steps: [StreamStep] = []
        var now: Int64 = 0
        for _ in 0..<120 {
            switch random.below(6) {
            case 0, 1, 2:
                let count = random.below(8) + 1
                let rows = (0..<count).map { _ -> [Cell] in
                    [
                        random.below(8) == 0 ? .null : .string(["", "a", "b", "c", "d"][random.below(5)]),
                        random.below(6) == 0 ? .null : .int(Int64(random.below(200)) - 60),
                        random.below(6) == 0
                            ? .null : .double(exp(random.unit() * 8) * (random.below(4) == 0 ? -1 : 1)),
                        random.below(6) == 0 ? .null : .string("s\(random.below(3) * random.below(6))"),
                    ]
                }
                let times = (0..<count).map { _ in
                    watermark + (Int64(random.below(40)) - Int64(random.below(2) * random.below(70))) * unit
                }
                let floor = watermark + Int64(random.below(3) * random.below(6)) * unit
                steps.append(.frame(stream.batch(rows, times: times), floor: floor))
            case 3, 4:
                watermark += Int64(random.below(9) + 1) * unit
                steps.append(.advance(watermark))
            default:
                // Each is due: how long ago the last one was is not kept.
                now += Int64(random.below(3) + 1) * 1_000_000
                steps.append(.tick(now))
            }
        }
        return steps + [.advance(.max)]
    }

    private static func planned(_ windows: ModelWindows, _ lateness: Int64, isEarly: Bool) throws -> PlannedOperator {
        var settings: [(String, Written)] = [
            ("window", .map(windows.written + [("lateness", .micros(lateness))])), ("by", ["brand"]),
            ("columns", AggregateModelTests.columns),
        ]
        if isEarly { settings.append(("emit", ["early": .time(.milliseconds(1))])) }
        let (planned, faults) = plan("aggregate", .map(settings), stream)
        #expect(faults.isEmpty, "\(faults)")
        return try #require(planned)
    }

    @Test(
        "every row comes out when it would have without checkpoints and crashes, on another number of subtasks too",
        arguments: ModelWindows.allCases, AggregateModelTests.latenesses)
    func restarts(windows: ModelWindows, lateness: Int64) throws {
        for seed in UInt64(0)..<6 {
            var random = RandomSource(seed: seed &* 977 &+ UInt64(lateness))
            let steps = Self.steps(&random)
            let planned = try Self.planned(windows, lateness, isEarly: seed % 2 == 1)
            try Self.check(planned, steps, &random, "\(windows), lateness \(lateness), seed \(seed)")
        }
    }

    @Test(
        "every row comes out when it would have with all memory, though state is on disk most of the time",
        arguments: ModelWindows.allCases, AggregateModelTests.latenesses)
    func spilled(windows: ModelWindows, lateness: Int64) throws {
        for seed in UInt64(0)..<6 {
            var random = RandomSource(seed: seed &* 631 &+ UInt64(lateness) &+ 5)
            let steps = Self.steps(&random)
            let planned = try Self.planned(windows, lateness, isEarly: seed % 2 == 1)
            let fixture = try SpillFixture()
            let context = "\(windows), lateness \(lateness), seed \(seed)"
            try Self.check(planned, steps, &random, context, spilling: fixture)
            #expect(fixture.names.isEmpty, "\(context): files go with their windows")
        }
    }

    /// Runs the steps at a stroke, and with checkpoints and crashes in between.
    /// - Parameters:
    ///   - fixture: where state goes now and then; `nil`: it stays in memory.
    ///   - keyColumns: how many columns, from the left, name a row.
    static func check(
        _ planned: PlannedOperator, _ steps: [StreamStep], _ random: inout RandomSource, _ context: String,
        spilling fixture: SpillFixture? = nil, keyColumns: Int = 3
    ) throws {
        let whole = try RestartHarness(planned, steps, subtasks: 1)
        try whole.run()
        let harness = try RestartHarness(planned, steps, subtasks: random.below(4) + 1, spilling: fixture)
        let fileCount = try harness.runThroughCrashes(&random)
        expectEqual(harness, whole, keyColumns, context)
        #expect(fixture == nil || fileCount > 0, "\(context): state went to disk")
        // Files outlive the checkpoints that may be gone back to.
        for _ in 0..<4 { try harness.capture() }
        #expect(harness.stored.rowCount == 0, "state is forgotten with its windows")
        #expect(harness.ledger.isBalanced && harness.ledger.folded == whole.ledger.folded)
    }

    @Test("an added column starts empty, a removed one is left out, and the others go on", arguments: 1...3)
    func columns(subtasks: Int) throws {
        func planned(_ columns: Written) throws -> PlannedOperator {
            let settings: Written = [
                "window": ["tumbling": .micros(10)], "by": ["brand"], "columns": columns,
            ]
            return try #require(plan("aggregate", settings, Self.stream).planned)
        }
        let rows: [[Cell]] = [["a", 5, 0.5, "x"], ["b", 7, 0.5, "y"]]
        let steps: [StreamStep] = [
            .frame(Self.stream.batch(rows, times: [1, 2]), floor: 0),
            .frame(Self.stream.batch(rows, times: [1, 2]), floor: 0), .advance(.max),
        ]
        let harness = try RestartHarness(
            planned(["rows": "count()", "gone": "avg(x)", "total": "sum(n)"]), steps, subtasks: subtasks)
        try harness.step()
        try harness.capture()
        let new = try planned(["new": "count_distinct(s)", "total": "sum(n)", "most": "max(n)", "rows": "count()"])
        try harness.crash(subtasks: subtasks, as: new)
        try harness.run()
        let found = harness.rows.map(\.cells).sorted { ($0[0].string ?? "") < ($1[0].string ?? "") }
        #expect(found == [["a", 0, 10, 1, 10, 5, 2], ["b", 0, 10, 1, 14, 7, 2]])
    }

    @Test("what shapes the state is known by name, and blanks do not matter")
    func shape() throws {
        func facts(_ window: Written, _ columns: Written) throws -> [String: String] {
            let settings: Written = ["window": window, "by": ["brand"], "columns": columns]
            let shape = try #require(plan("aggregate", settings, Self.stream).planned?.stateShape)
            return Dictionary(uniqueKeysWithValues: shape.facts.map { ($0.name, $0.value) })
        }
        let one = try facts(["tumbling": .micros(10)], ["a": "sum(n + 1)", "b": "count()"])
        let two = try facts(["tumbling": .micros(10), "lateness": .micros(3)], ["a": "sum( n+1 )", "b": "count(n)"])
        #expect(one["column a"] == two["column a"] && one["column b"] != two["column b"])
        #expect(one["window"] == two["window"] && one["lateness"] != two["lateness"])
        #expect(one["by"] == "brand: string")
        #expect(try facts(["tumbling": .micros(11)], ["a": "sum(n)"])["window"] != one["window"])
    }

    @Test("a checkpoint writes the groups that have changed, not those that were written")
    func changes() throws {
        let planned = try Self.planned(.tumbling, 5, isEarly: false)
        func frame(_ brands: [String], _ time: Int64) -> StreamStep {
            .frame(
                Self.stream.batch(brands.map { [.string($0), 1, 1.0, "s"] }, times: brands.map { _ in time }), floor: 0)
        }
        let steps = [
            frame((0..<1_000).map { "b\($0)" }, 1), frame(["b7", "b9"], 2), frame(["b7"], 11), .advance(10),
            .advance(15),
        ]
        let harness = try RestartHarness(planned, steps, subtasks: 1)
        var written: [Int] = []
        while !harness.isAtEnd {
            try harness.step()
            let before = harness.stored.written
            try harness.capture()
            written.append(harness.stored.written - before)
        }
        #expect(written == [1_000, 2, 1, 0, 0])
        #expect(harness.stored.rowCount == 1 && harness.rows.count == 1_000)
    }

    private static func expectEqual(
        _ found: RestartHarness, _ expected: RestartHarness, _ keyColumns: Int, _ context: String
    ) {
        struct Place: Hashable {
            var step: Int
            var key: [Cell]
        }
        func places(_ harness: RestartHarness) -> [Place: [Cell]] {
            Dictionary(
                harness.rows.map { (Place(step: $0.step, key: Array($0.cells[..<keyColumns])), $0.cells) },
                uniquingKeysWith: { first, _ in
                    Issue.record("twice in one step: \(first)")
                    return first
                })
        }
        let (found, expected, late) = (places(found), places(expected), (found.late.sorted(), expected.late.sorted()))
        let differing = Set(found.keys).symmetricDifference(expected.keys).map { "\($0), found: \(found[$0] != nil)" }
        #expect(differing.isEmpty, "\(context)")
        for (place, row) in expected {
            guard let other = found[place] else { continue }
            #expect(zip(row, other).allSatisfy(isNear), "\(context): \(other) for \(row)")
        }
        #expect(late.0 == late.1, "\(context)")
    }

    /// Sums of fractions may differ in their last places: a checkpoint cuts them into other parts.
    private static func isNear(_ left: Cell, _ right: Cell) -> Bool {
        guard let left = left.double, let right = right.double else { return left == right }
        return abs(left - right) <= 1e-9 * max(1, abs(left))
    }
}
