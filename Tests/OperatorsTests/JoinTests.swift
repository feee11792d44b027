import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("join")
struct JoinTests {
    private static let clicks = TestStream(
        Field("ad", .string, isNullable: true), Field("n", .int64), Field("tags", .list(.string)))
    private static let views = TestStream(
        Field("n", .int64), Field("ad", .string, isNullable: true), Field("score", .float64, isNullable: true))

    private struct Event {
        var time: Int64
        var cells: [Cell]
        var floor: Int64

        func isOnTime(_ lateness: Int64) -> Bool { floor == .min || time >= floor - lateness }
    }

    private struct Span: Sendable, CustomTestStringConvertible {
        var before: Int64
        var after: Int64
        var isLeft: Bool
        var lateness: Int64
        var testDescription: String { "\(before) before, \(after) after, \(isLeft ? "left" : "inner"), \(lateness)" }
    }

    private static let spans = [
        Span(before: 10, after: 10, isLeft: false, lateness: 0), Span(before: 10, after: 10, isLeft: true, lateness: 5),
        Span(before: 0, after: 25, isLeft: true, lateness: 0), Span(before: 25, after: 0, isLeft: true, lateness: 30),
        Span(before: 0, after: 0, isLeft: false, lateness: 7), Span(before: 0, after: 0, isLeft: true, lateness: 0),
    ]

    private static func planned(_ span: Span) throws -> PlannedOperator {
        let settings: Written = [
            "on": ["ad"], "within": .micros(10), "before": .micros(span.before), "after": .micros(span.after),
            "kind": .text(span.isLeft ? "left" : "inner"), "lateness": .micros(span.lateness),
        ]
        let (planned, faults) = plan("join", settings, clicks, views)
        #expect(faults.isEmpty, "\(faults)")
        return try #require(planned)
    }

    private static func event(_ random: inout RandomSource, _ side: Int, time: Int64, floor: Int64) -> Event {
        let ad: Cell = random.below(8) == 0 ? .null : .string(["", "x", "y", "z"][random.below(4)])
        let n = Cell.int(Int64(random.below(1_000_000)))
        return Event(
            time: time,
            cells: side == 0
                ? [ad, n, .list((0..<random.below(3)).map { .string("t\($0)") })]
                : [n, ad, random.below(4) == 0 ? .null : .double(random.unit())],
            floor: floor)
    }

    private static func lanes(_ random: inout RandomSource, _ side: Int, delay: Int64) -> [[[Event]]] {
        (0..<2).map { _ in
            var latest = Int64.min
            return (0..<25).map { frame in
                let floor = latest == .min ? Int64.min : latest - delay
                let events = (0..<random.below(8)).map { _ in
                    event(
                        &random, side,
                        time: Int64(frame * 8) - 60 + Int64(random.below(40))
                            - Int64(random.below(2) * random.below(50)),
                        floor: floor)
                }
                latest = events.reduce(latest) { max($0, $1.time) }
                return events
            }
        }
    }

    /// The rows that a plain model makes, each with its event time.
    private static func model(_ left: [Event], _ right: [Event], _ span: Span) -> [[Cell]] {
        let right = right.filter { $0.isOnTime(span.lateness) }
        var rows: [[Cell]] = []
        for event in left where event.isOnTime(span.lateness) {
            let partners = right.filter { other in
                event.cells[0] != .null && event.cells[0] == other.cells[1] && other.time >= event.time - span.before
                    && other.time <= event.time + span.after
            }
            rows += partners.map { event.cells + [$0.cells[0], $0.cells[2], .int(max(event.time, $0.time))] }
            if partners.isEmpty && span.isLeft { rows.append(event.cells + [.null, .null, .int(event.time)]) }
        }
        return rows
    }

    private static func sorted(_ rows: [[Cell]]) -> [String] { rows.map { "\($0)" }.sorted() }

    @Test("every pair of a plain model comes out once, at any number of threads", arguments: spans)
    private func model(span: Span) throws {
        for seed in UInt64(0)..<4 {
            for subtasks in [1, 2, 4] {
                try check(span, seed: seed, subtasks: subtasks)
            }
        }
    }

    private func check(_ span: Span, seed: UInt64, subtasks: Int) throws {
        var random = RandomSource(seed: seed &* 71 &+ UInt64(span.before * 100 + span.after))
        let delay = Int64(random.below(12))
        let lanes = (0..<2).map { Self.lanes(&random, $0, delay: delay) }
        let planned = try Self.planned(span)
        // What comes out is on time for windows behind it, left rows that have waited too.
        var joined = TestStream(Field("ad", .string))
        joined.shape = planned.output
        let (windows, faults) = plan(
            "aggregate", ["window": ["tumbling": .micros(3)], "columns": ["rows": "count()", "sum": "sum(n)"]], joined)
        #expect(faults.isEmpty, "\(faults)")
        let job = TwoStreamJob(planned: planned, windows: try #require(windows))
        let ledger = try job.run(
            zip([Self.clicks, Self.views], lanes).map { stream, lanes in
                let batches = lanes.map { $0.map { stream.batch($0.map(\.cells), times: $0.map(\.time)) } }
                return (stream, BatchSource(batches, sharesLanes: seed % 2 == 1, seed: seed))
            }, delay: delay, subtasks: subtasks)

        let (left, right) = (Array(lanes[0].joined().joined()), Array(lanes[1].joined().joined()))
        let expected = Self.model(left, right, span)
        let context = "\(span.testDescription), seed \(seed), \(subtasks) subtasks"
        #expect(Self.sorted(job.results.rows) == Self.sorted(expected.map { Array($0.dropLast()) }), "\(context)")
        let late = (left + right).filter { !$0.isOnTime(span.lateness) }
        #expect(job.late.rows.compactMap(\.[6].int).sorted() == late.map(\.time).sorted(), "\(context)")
        var windowsExpected: [Int64: Int64] = [:]
        for row in expected {
            let time = row[5].int ?? 0
            windowsExpected[(time - (time % 3 + 3) % 3), default: 0] += 1
        }
        let windowsFound = Dictionary(
            uniqueKeysWithValues: job.windowRows.rows.map { ($0[0].int ?? 0, $0[2].int ?? 0) })
        #expect(windowsFound == windowsExpected, "\(context)")
        let counts = try #require(ledger.operators.first { $0.name == "join" }).counts
        #expect(counts.received == Int64(left.count + right.count) && counts.held == 0)
        #expect(counts.made == Int64(expected.count) && counts.late == Int64(late.count), "\(context)")
    }

    @Test(
        "every pair comes out when it would have without checkpoints and crashes, in memory and on disk",
        arguments: spans, [false, true])
    private func restarts(span: Span, spills: Bool) throws {
        let planned = try Self.planned(span)
        for seed in UInt64(0)..<(spills ? 5 : 12) {
            var random = RandomSource(seed: seed &* 13 &+ UInt64(span.before))
            var watermark: Int64 = -150
            var steps: [StreamStep] = []
            for _ in 0..<110 {
                if random.below(4) == 0 {
                    watermark += Int64(random.below(12) + 1)
                    steps.append(.advance(watermark))
                    continue
                }
                let side = random.below(2)
                let floor = watermark + Int64(random.below(4))
                let events = (0..<random.below(5) + 1).map { _ in
                    let time = watermark + Int64(random.below(40)) - Int64(random.below(2) * random.below(50))
                    return Self.event(&random, side, time: time, floor: floor)
                }
                let stream = side == 0 ? Self.clicks : Self.views
                steps.append(
                    .frame(stream.batch(events.map(\.cells), times: events.map(\.time)), floor: floor, slot: side))
            }
            steps.append(.advance(.max))
            let whole = try RestartHarness(planned, steps, subtasks: 1)
            try whole.run()
            let fixture = spills ? try SpillFixture() : nil
            let harness = try RestartHarness(planned, steps, subtasks: random.below(4) + 1, spilling: fixture)
            try harness.runThroughCrashes(&random)
            func found(_ harness: RestartHarness) -> [String] {
                Self.sorted(harness.rows.map { [.int(Int64($0.step))] + $0.cells })
            }
            #expect(found(harness) == found(whole), "\(span.testDescription), seed \(seed)")
            #expect(!whole.rows.isEmpty && harness.late.sorted() == whole.late.sorted())
            #expect(harness.ledger == whole.ledger && harness.ledger.isBalanced && harness.ledger.held == 0)
            // Files outlive the checkpoints that may be gone back to.
            for _ in 0..<4 { try harness.capture() }
            #expect(harness.stored.rowCount == 0 && fixture?.names.isEmpty != false)
        }
    }

    private func bench(_ more: [(String, Written)] = []) throws -> OperatorBench {
        let (planned, faults) = plan(
            "join", .map([("on", ["ad"]), ("within", .micros(10))] + more), Self.clicks, Self.views)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    @Test("rows wait as held ones, and are folded or filtered once nothing can join them", arguments: [false, true])
    func ledger(hidden: Bool) throws {
        let bench = try bench()
        try bench.process(
            Self.clicks.batch([["x", 1, []], ["y", 2, []], [nil, 3, []]], times: [100, 100, 100], hidden: hidden))
        #expect(bench.ledger.held == 2 && bench.ledger.filtered == 1)
        try bench.process(
            Self.views.batch([[7, "x", 0.5], [8, "x", nil]], times: [110, 111], hidden: hidden), input: 1)
        #expect(bench.rows == [["x", 1, [], 7, 0.5]])
        #expect(bench.frames.last?.batch.rowTimes == [110])
        #expect(bench.ledger.held == 4)
        try bench.advance(to: 200)
        #expect(bench.ledger.held == 0 && bench.ledger.folded == 2 && bench.ledger.filtered == 3)
        #expect(bench.memoryFootprint == 0)
        try bench.process(Self.views.batch([[7, "x", 0.5]], times: [199]), floor: 200, input: 1)
        #expect(bench.late.map(\.eventTime) == [199])
    }

    @Test("times at the ends of the timeline are dead letters and trap nothing")
    func extremes() throws {
        let bench = try bench([("kind", "left"), ("lateness", .micros(3))])
        let times: [Int64] = [.min, .max, 0, .min + 1, .max - 1]
        for input in 0..<2 {
            let stream = input == 0 ? Self.clicks : Self.views
            let row: [Cell] = input == 0 ? ["x", 1, []] : [1, "x", 0.0]
            try bench.process(stream.batch(times.map { _ in row }, times: times), input: input)
        }
        for watermark in [Int64.min, 0, .max] { try bench.advance(to: watermark) }
        #expect(bench.rows.count == 1 && bench.deadLetters.count == 8)
    }

    @Test("what is read of the inputs is what is wanted, and a name with a prefix keeps it")
    func projection() throws {
        let planned = try #require(
            plan("join", ["on": ["ad"], "within": .seconds(1), "kind": "left"], Self.clicks, Self.views).planned)
        let names = planned.output.schema.fields.map(\.description)
        #expect(
            names == ["ad: string?", "n: int64", "tags: list<string>", "right_n: int64?", "score: float64?"])
        #expect(planned.inputPaths(nil) == [nil, nil])
        #expect(planned.inputPaths(["right_n"]) == [["ad", "n"], ["ad", "n"]])
        #expect(planned.inputPaths(["tags", "score"]) == [["ad", "tags"], ["ad", "score"]])
    }

    @Test("join says what is wrong with its settings")
    func faults() {
        func faults(_ settings: Written, _ right: TestStream = Self.views) -> [String] {
            codes(plan("join", settings, Self.clicks, right).faults)
        }
        #expect(faults(["on": ["ad"], "within": .seconds(1)]) == [])
        #expect(faults(["on": [], "within": .seconds(1)]) == ["join.key"])
        #expect(faults(["on": ["da"], "within": .seconds(1)]) == ["schema.column_missing"])
        #expect(faults(["on": ["ad"], "within": .time(.seconds(1 << 60))]) == ["join.length"])
        let number = TestStream(Field("ad", .int64))
        #expect(faults(["on": ["ad"], "within": .seconds(1)], number) == ["schema.mismatch"])
        let clash = TestStream(Field("ad", .string), Field("n", .int64), Field("right_n", .int64))
        #expect(faults(["on": ["ad"], "within": .seconds(1)], clash) == ["schema.duplicate"])
        let updating = TestStream(Field("ad", .string), key: ["ad"], isUpdating: true)
        #expect(faults(["on": ["ad"], "within": .seconds(1)], updating) == ["join.updating"])
        let timeless = TestStream(Field("ad", .string), hasEventTime: false)
        #expect(faults(["on": ["ad"], "within": .seconds(1)], timeless) == ["schema.event_time"])
    }

    @Test("rows that wait take no more memory than is announced")
    func memory() throws {
        let (planned, _) = plan(
            "join", ["on": ["ad"], "within": .seconds(1), "rows": 100_000], Self.clicks, Self.views)
        let announced = try #require(planned).state.bytes
        let bench = try OperatorBench(planned)
        for first in stride(from: 0, to: 100_000, by: 5_000) {
            let cells: [[Cell]] = (first..<first + 5_000).map { [.string("advertisement-\($0)"), 1, ["tag"]] }
            try bench.process(Self.clicks.batch(cells, times: cells.indices.map { Int64($0 * 200) }))
        }
        #expect(bench.ledger.held == 100_000)
        #expect(bench.memoryFootprint <= announced, "\(bench.memoryFootprint) for \(announced)")
    }
}

/// Two sources, a join, and windows behind it, run by the runtime.
private struct TwoStreamJob {
    let planned: PlannedOperator
    let windows: PlannedOperator
    let results = SinkRows()
    let late = SinkRows()

    init(planned: PlannedOperator, windows: PlannedOperator) {
        self.planned = planned
        self.windows = windows
    }

    let windowRows = SinkRows()

    func run(_ sources: [(TestStream, BatchSource)], delay: Int64, subtasks: Int) throws -> JobLedger {
        var nodes = sources.enumerated().map { index, entry in
            let (stream, source) = entry
            let schema = stream.shape.schema
            return JobNode(
                name: "source\(index)", inputs: [],
                work: .source(
                    JobSource(
                        source: source, makeDecoder: { BatchDecoder(source, schema) }, delay: .microseconds(delay),
                        idle: nil, onError: .deadLetter)))
        }
        nodes += [
            JobNode(
                name: "join", inputs: [.node(0), .node(1)], work: .operator(JobOperator(placement: planned.placement))),
            JobNode(
                name: "windows", inputs: [.node(2)], work: .operator(JobOperator(placement: windows.placement))),
            JobNode(name: "results", inputs: [.node(2)], work: .sink(results.asJob)),
            JobNode(name: "counts", inputs: [.node(3)], work: .sink(windowRows.asJob)),
            JobNode(name: "late", inputs: [.late], work: .sink(late.asJob)),
        ]
        let settings = JobSettings(subtasks: subtasks, clock: SystemClock(), renderRow: { _, _ in [] })
        let ledger = try JobRun(Job(pipeline: "test", nodes: nodes), settings, park: { _, _ in }).run()
        #expect(ledger.isBalanced, "\(ledger)")
        return ledger
    }
}
