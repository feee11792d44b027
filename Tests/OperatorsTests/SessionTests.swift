import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("session windows")
struct SessionTests {
    private typealias Event = AggregateModelTests.Event

    private static func planned(gap: Int64, lateness: Int64, by: Written = ["brand"]) throws -> PlannedOperator {
        let settings: Written = [
            "window": ["session": .micros(gap), "lateness": .micros(lateness)], "by": by,
            "columns": AggregateModelTests.columns,
        ]
        let (planned, faults) = plan("aggregate", settings, AggregateModelTests.stream)
        #expect(faults.isEmpty, "\(faults)")
        return try #require(planned)
    }

    @Test(
        "each session of a plain model comes out once, at any number of threads", arguments: [1, 5, 12],
        AggregateModelTests.latenesses)
    func model(gap: Int64, lateness: Int64) throws {
        for seed in UInt64(0)..<6 {
            for subtasks in 1...3 {
                try check(gap, lateness, seed: seed, subtasks: subtasks)
            }
        }
    }

    private func check(_ gap: Int64, _ lateness: Int64, seed: UInt64, subtasks: Int) throws {
        var random = RandomSource(seed: seed &* 31 &+ UInt64(gap * 100 + lateness))
        let delay = Int64(random.below(12))
        let lanes = AggregateModelTests.lanes(&random, delay: delay)
        let isKeyed = seed % 3 > 0
        let planned = try Self.planned(gap: gap, lateness: lateness, by: isKeyed ? ["brand"] : [])
        #expect(!planned.output.isUpdating && planned.output.key == ["window_start"] + (isKeyed ? ["brand"] : []))
        let stream = AggregateModelTests.stream
        let job = try OperatorJob(planned, stream, delay: delay)
        let batches = lanes.map { lane in lane.map { stream.batch($0.map(\.cells), times: $0.map(\.time)) } }
        let ledger = try job.run(BatchSource(batches, sharesLanes: seed % 2 == 1, seed: seed), subtasks: subtasks)

        let all = lanes.joined().joined()
        let onTime = all.filter { $0.floor == .min || $0.time >= $0.floor - lateness }
        var expected: [[Event]] = []
        for (_, events) in Dictionary(grouping: onTime, by: { isKeyed ? $0.brand : "" }) {
            var session: [Event] = []
            for event in events.sorted(by: { $0.time < $1.time }) {
                if let last = session.last, event.time - last.time >= gap {
                    expected.append(session)
                    session = []
                }
                session.append(event)
            }
            if !session.isEmpty { expected.append(session) }
        }
        let context = "gap \(gap), lateness \(lateness), seed \(seed), \(subtasks) subtasks"
        func place(_ session: [Event]) -> [Cell] {
            let key: [Cell] = isKeyed ? [session[0].brand.map { .string($0) } ?? .null] : []
            return key + [.int(session[0].time), .int((session.last?.time ?? 0) + gap)]
        }
        let keyWidth = isKeyed ? 3 : 2
        let found = Dictionary(grouping: job.results.rows) { Array($0.prefix(keyWidth)) }
        #expect(found.values.allSatisfy { $0.count == 1 }, "\(context)")
        #expect(Set(found.keys) == Set(expected.map(place)), "\(context)")
        for session in expected {
            guard let row = found[place(session)]?.first else { continue }
            AggregateModelTests.compare((isKeyed ? [] : [.null]) + row, session, "\(context): \(place(session))")
        }
        let late = all.filter { !($0.floor == .min || $0.time >= $0.floor - lateness) }
        #expect(job.late.rows.compactMap(\.[6].int).sorted() == late.map(\.time).sorted(), "\(context)")
        let counts = ledger.operators[0].counts
        #expect(counts.folded == Int64(onTime.count) && counts.late == Int64(late.count))
        #expect(counts.made == Int64(expected.count))
    }

    @Test(
        "every session comes out when it would have without checkpoints and crashes, in memory and on disk",
        arguments: AggregateModelTests.latenesses, [false, true])
    func restarts(lateness: Int64, spills: Bool) throws {
        // Buckets of state are minutes long, so time is stretched: gaps within one bucket, and over several.
        let unit: Int64 = 7_000_000
        for seed in UInt64(0)..<(spills ? 8 : 16) {
            var random = RandomSource(seed: seed &* 577 &+ UInt64(lateness))
            let steps = AggregateRestartTests.steps(&random, unit: unit)
            let planned = try Self.planned(gap: Int64(random.below(20) + 1) * unit, lateness: lateness * unit)
            let fixture = spills ? try SpillFixture() : nil
            let context = "lateness \(lateness), seed \(seed)"
            try AggregateRestartTests.check(planned, steps, &random, context, spilling: fixture)
            #expect(fixture?.names.isEmpty != false, "\(context): files go with their sessions")
        }
    }

    private static func bench(gap: Int64, lateness: Int64 = 0) throws -> OperatorBench {
        let settings: Written = [
            "window": ["session": .micros(gap), "lateness": .micros(lateness)], "by": ["brand"],
            "columns": ["rows": "count()", "total": "sum(n)"],
        ]
        return try OperatorBench(plan("aggregate", settings, AggregateModelTests.stream).planned)
    }

    private func rows(_ times: [Int64]) -> RecordBatch {
        AggregateModelTests.stream.batch(times.map { ["a", .int($0), nil, nil] }, times: times)
    }

    @Test("rows a gap apart are two sessions, a row between them makes one, a late one is put aside")
    func bridges() throws {
        let bench = try Self.bench(gap: 10, lateness: 5)
        try bench.process(rows([100, 110]))
        try bench.process(rows([105]))
        try bench.advance(to: 124)
        #expect(bench.rows.isEmpty)
        try bench.process(rows([119, 118]), floor: 124)
        #expect(bench.late.map(\.eventTime) == [118])
        try bench.process(rows([200]), floor: 124)
        try bench.advance(to: 133)
        #expect(bench.rows.isEmpty)
        try bench.advance(to: 134)
        #expect(bench.rows == [["a", 100, 129, 4, 434]])
        #expect(bench.frames.last?.batch.rowTimes == [128])
        try bench.advance(to: .max)
        #expect(bench.rows.count == 2 && bench.rows[1] == ["a", 200, 210, 1, 200])
    }

    @Test("memory is what open sessions need, however many keys there were")
    func memory() throws {
        let bench = try Self.bench(gap: 10)
        for round in 0..<Int64(40) {
            let times = (0..<Int64(2_000)).map { round * 100 + $0 % 10 }
            let cells: [[Cell]] = times.indices.map { [.string("key-\(round)-\($0)"), 1, nil, nil] }
            try bench.process(AggregateModelTests.stream.batch(cells, times: times))
            try bench.advance(to: round * 100 + 50)
        }
        #expect(bench.rows.count == 80_000)
        #expect(bench.memoryFootprint < 3 << 20, "\(bench.memoryFootprint)")
        try bench.process(rows([.min, .max, 5_000, .max - 100]), floor: 4_000)
        try bench.advance(to: .max)
        #expect(bench.deadLetters.count == 2 && bench.ledger.folded == 80_002)
    }

    @Test("what a session keeps of checkpoints does not grow with every one of them")
    func renewal() throws {
        let times = (0..<Int64(4_000)).map { $0 * 1_000 }
        let steps = times.map { StreamStep.frame(rows([$0]), floor: .min) }
        let harness = try RestartHarness(try Self.planned(gap: 10_000, lateness: 0), steps, subtasks: 1)
        var most = 0
        while !harness.isAtEnd {
            try harness.step()
            try harness.capture()
            most = max(most, harness.stored.rowCount)
        }
        #expect(most > 500 && most < 1_100, "\(most)")
    }

    @Test("a session cannot be shown early, and its results may be aggregated")
    func plans() throws {
        let stream = AggregateModelTests.stream
        let early: Written = [
            "window": ["session": .seconds(1)], "columns": ["a": "count()"], "emit": ["early": .seconds(1)],
        ]
        #expect(codes(plan("aggregate", early, stream).faults) == ["emit.session"])
        let none: Written = ["window": ["session": .seconds(0)], "columns": ["a": "count()"]]
        #expect(codes(plan("aggregate", none, stream).faults) == ["window.length"])
        let planned = try Self.planned(gap: 1, lateness: 5)
        var sessions = stream
        sessions.shape = planned.output
        let again: Written = ["window": ["tumbling": .seconds(1)], "columns": ["longest": "max(window_end)"]]
        #expect(plan("aggregate", again, sessions).faults.isEmpty)
        #expect(planned.stateShape?.facts.first?.value == "session 1us")
    }
}
