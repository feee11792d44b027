import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Operators

@Suite("top")
struct TopTests {
    private typealias Event = AggregateModelTests.Event
    private static let stream = AggregateModelTests.stream

    private static func planned(
        _ windows: ModelWindows, _ lateness: Int64 = 0, rows: Int64, order: String = "n", isEarly: Bool = false,
        ties: Bool = false
    ) throws -> PlannedOperator {
        var settings: [(String, Written)] = [
            ("window", .map(windows.written + [("lateness", .micros(lateness))])), ("by", ["brand"]),
            ("order", .text(order)), ("rows", .number(rows)), ("ties", .flag(ties)),
        ]
        if isEarly { settings.append(("emit", ["early": .time(.milliseconds(1))])) }
        let (planned, faults) = plan("top", .map(settings), stream)
        #expect(faults.isEmpty, "\(faults)")
        return try #require(planned)
    }

    /// The cells that `top` keeps of an event, after the key.
    private static func cells(_ event: Event) -> [Cell] { Array(event.cells[1...]) }

    private static func isLess(_ left: [Cell], _ right: [Cell]) -> Bool {
        for (mine, others) in zip(left, right) where mine != others {
            switch (mine, others) {
            case (.null, _): return true
            case (_, .null): return false
            case (.int(let mine), .int(let others)): return mine < others
            case (.double(let mine), .double(let others)): return mine < others
            case (.string(let mine), .string(let others)): return mine < others
            default: return false
            }
        }
        return false
    }

    /// The rows that a window shows of some events, in the plainest way.
    private static func best(_ events: [Event], _ count: Int, ties: Bool) -> [[Cell]] {
        let ranked = events.compactMap { event in event.n.map { (n: $0, event: event) } }.sorted { left, right in
            if left.n != right.n { return left.n > right.n }
            if left.event.time != right.event.time { return left.event.time < right.event.time }
            return isLess(cells(left.event), cells(right.event))
        }
        let last = ranked.prefix(count).last?.n
        return ranked.enumerated().filter { $0.offset < count || ties && $0.element.n == last }.map {
            [.int(Int64($0.offset + 1))] + cells($0.element.event)
        }
    }

    @Test(
        "every kind of window shows the best rows of each key, at any number of threads",
        arguments: ModelWindows.allCases, AggregateModelTests.latenesses)
    func model(windows: ModelWindows, lateness: Int64) throws {
        for seed in UInt64(0)..<4 {
            for subtasks in 1...3 {
                try check(windows, lateness, seed: seed, subtasks: subtasks)
            }
        }
    }

    private func check(_ windows: ModelWindows, _ lateness: Int64, seed: UInt64, subtasks: Int) throws {
        var random = RandomSource(seed: seed &* 77 &+ UInt64(lateness))
        let delay = Int64(random.below(12))
        let lanes = AggregateModelTests.lanes(&random, delay: delay)
        let (count, ties) = (random.below(3) + 1, seed == 2 && lateness == 0)
        let planned = try Self.planned(
            windows, lateness, rows: Int64(count), isEarly: seed % 2 == 1, ties: ties)
        let job = try OperatorJob(planned, Self.stream, delay: delay)
        let batches = lanes.map { lane in lane.map { Self.stream.batch($0.map(\.cells), times: $0.map(\.time)) } }
        let ledger = try job.run(BatchSource(batches, sharesLanes: seed >= 2, seed: seed), subtasks: subtasks)

        var groups: [[Cell]: [Event]] = [:]
        for event in lanes.joined().joined() {
            for window in windows.windows(event.time) where event.floor == .min || window.end + lateness > event.floor {
                groups[[event.cells[0], .int(window.start), .int(window.end)], default: []].append(event)
            }
        }
        var expected: [[Cell]: [Cell]] = [:]
        for (key, events) in groups {
            for row in Self.best(events, count, ties: ties) { expected[key + [row[0]]] = Array(row[1...]) }
        }
        var found: [[Cell]: [Cell]] = [:]
        for row in job.results.rows { found[Array(row[...3])] = Array(row[4...]) }
        #expect(found == expected, "\(windows), lateness \(lateness), seed \(seed), \(subtasks) subtasks")
        #expect(expected.count > 50)
        #expect(ledger.operators[0].counts.made == Int64(job.results.rows.count))
    }

    @Test(
        "every row comes out when it would have without checkpoints and crashes, from disk too",
        arguments: ModelWindows.allCases, [0, 7] as [Int64])
    func restarts(windows: ModelWindows, lateness: Int64) throws {
        for seed in UInt64(0)..<6 {
            var random = RandomSource(seed: seed &* 313 &+ UInt64(lateness))
            let steps = AggregateRestartTests.steps(&random)
            let planned = try Self.planned(windows, lateness, rows: Int64(seed) + 1, isEarly: seed % 2 == 1)
            try AggregateRestartTests.check(
                planned, steps, &random, "\(windows), lateness \(lateness), seed \(seed)",
                spilling: seed >= 3 ? try SpillFixture() : nil, keyColumns: 4)
        }
    }

    private func bench(_ settings: Written) throws -> OperatorBench {
        let (planned, faults) = plan("top", settings, Self.stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    @Test("fractions of every kind are ranked, what is missing or no number is not")
    func fractions() throws {
        let bench = try bench(["window": ["tumbling": .micros(10)], "order": "x", "rows": 9, "columns": ["x"]])
        let values: [Double?] = [-0.5, .infinity, nil, 3e300, .nan, -.infinity, .leastNonzeroMagnitude, -7]
        try bench.process(
            Self.stream.batch(
                values.map { [nil, nil, $0.map { .double($0) } ?? .null, nil] }, times: values.map { _ in 1 }))
        try bench.advance(to: .max)
        let sorted: [Cell] = [
            .double(.infinity), 3e300, .double(.leastNonzeroMagnitude), -0.5, -7.0, .double(-.infinity),
        ]
        #expect(bench.rows == sorted.enumerated().map { [0, 10, .int(Int64($0.offset + 1)), $0.element] })
        #expect(bench.ledger.folded == 8 && bench.memoryFootprint == 0)
    }

    @Test("a row whose order fails is a dead letter")
    func refused() throws {
        let bench = try bench(["window": ["tumbling": .micros(10)], "order": "10 / n", "columns": ["s"]])
        try bench.process(Self.stream.batch([["a", 0, nil, "x"], ["a", 5, nil, "y"]], times: [1, 2]))
        try bench.advance(to: .max)
        #expect(bench.rows == [[0, 10, 1, "y"]])
        #expect(bench.deadLetters.count == 1 && bench.deadLetters[0].reason.contains("`order`"))
    }

    @Test("rows that better ones have pushed out take no memory for long")
    func memory() throws {
        let bench = try bench(["window": ["tumbling": .micros(10)], "order": "n", "rows": 2, "columns": ["s"]])
        let text = Cell.string(String(repeating: "x", count: 1_000))
        for round in 0..<100 {
            let rows = (0..<1_000).map { [.null, .int(Int64(round * 1_000 + $0)), .null, text] as [Cell] }
            try bench.process(Self.stream.batch(rows, times: rows.map { _ in 1 }))
        }
        #expect(bench.memoryFootprint < 8 << 20, "\(bench.memoryFootprint) bytes")
        try bench.advance(to: .max)
        #expect(bench.rows.map { $0[2] } == [1, 2])
    }

    @Test("ties are kept up to a bound, the same ones whatever their order")
    func ties() throws {
        var found: [[[Cell]]] = []
        for isReversed in [false, true] {
            let bench = try bench(
                ["window": ["tumbling": .micros(10)], "order": "n", "rows": 1, "ties": .flag(true), "columns": ["s"]])
            let rows = (0..<3_000).map { [.null, .int($0 < 1_500 ? 4 : 5), .null, .string("s\($0)")] as [Cell] }
            let ordered = isReversed ? rows.reversed() : rows
            try bench.process(Self.stream.batch(ordered, times: rows.map { _ in 1 }))
            try bench.advance(to: .max)
            found.append(bench.rows)
        }
        #expect(found[0].count == 1 + TopRows.tiesMax && found[0] == found[1])
        #expect(found[0].allSatisfy { ($0[3].string ?? "") >= "s15" })
    }

    @Test("what cannot be is said at its place")
    func faults() {
        func codes(_ settings: Written, _ stream: TestStream = Self.stream) -> [String] {
            plan("top", settings, stream).faults.map(\.fault.code)
        }
        let window: Written = ["tumbling": .micros(10)]
        #expect(codes(["window": window, "order": "s"]) == ["expression.type"])
        #expect(codes(["window": window, "order": "nn"]) == ["expression.column_missing"])
        #expect(codes(["window": window, "order": "n", "columns": ["z"]]) == ["schema.column_missing"])
        #expect(codes(["window": window, "order": "n", "by": ["s"], "columns": ["s"]]) == ["schema.duplicate"])
        let late: Written = ["tumbling": .micros(10), "lateness": .micros(1)]
        #expect(codes(["window": late, "order": "n", "ties": .flag(true)]) == ["top.ties"])
        var lists = TestStream(Field("tags", .list(.string)), Field("n", .int64))
        #expect(codes(["window": window, "order": "n"], lists) == ["top.columns"])
        #expect(codes(["window": window, "order": "n", "columns": ["n"]], lists) == [])
        lists.shape.isUpdating = true
        #expect(codes(["window": window, "order": "n", "columns": ["n"]], lists) == ["top.updating"])
    }
}
