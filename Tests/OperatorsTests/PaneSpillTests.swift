import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("aggregate on disk")
struct PaneSpillTests {
    private static let stream = TestStream(Field("id", .string), Field("n", .int64))

    private static func planned(_ window: Written) throws -> PlannedOperator {
        let settings: Written = [
            "window": window, "by": ["id"],
            "columns": ["rows": "count()", "sum": "sum(n)", "ids": "count_distinct(n)"],
        ]
        return try #require(plan("aggregate", settings, stream).planned)
    }

    /// Frames of keys at random, so that most come again in later frames.
    private static func steps(_ frames: Int, keys: Int, size: Int) -> [StreamStep] {
        var random = RandomSource(seed: 5)
        return (0..<frames).map { frame in
            let ids = (0..<size).map { _ in random.below(keys) }
            let batch = stream.batch(
                ids.map { [.string("key-\($0)"), .int(Int64($0 % 7))] }, times: ids.map { Int64($0 % 20) })
            return .frame(batch, floor: 0)
        } + [
            .advance(10), .frame(stream.batch([["key-1", 5], ["late", 6]], times: [3, 4]), floor: 3), .advance(.max),
        ]
    }

    private static func rows(_ harness: RestartHarness) -> Set<[Cell]> {
        Set(harness.rows.map { [.int(Int64($0.step))] + $0.cells })
    }

    @Test(
        "groups in many pages, files and layers come out once, each whole",
        arguments: [
            ["tumbling": .micros(10), "lateness": .micros(30)],
            ["hopping": ["size": .micros(10), "every": .micros(5)]],
        ]
            as [Written])
    func layers(window: Written) throws {
        let planned = try Self.planned(window)
        let steps = Self.steps(24, keys: 30_000, size: 2_000)
        let whole = try RestartHarness(planned, steps, subtasks: 1)
        try whole.run()
        let fixture = try SpillFixture()
        let harness = try RestartHarness(planned, steps, subtasks: 1, spilling: fixture)
        var fileCount = 0
        while !harness.isAtEnd {
            try harness.step()
            try harness.spill()
            fileCount = max(fileCount, fixture.names.count)
        }
        // Two panes of 16 layers, and those before that no checkpoint has let go of.
        #expect(fileCount > 32)
        #expect(harness.rows.count == whole.rows.count && Self.rows(harness) == Self.rows(whole))
        #expect(harness.rows.count > 20_000)
    }

    @Test("state on disk takes next to no memory")
    func memory() throws {
        let fixture = try SpillFixture()
        let harness = try RestartHarness(
            try Self.planned(["tumbling": .micros(100)]), Self.steps(10, keys: 1_000_000, size: 2_000), subtasks: 1,
            spilling: fixture)
        for _ in 0..<10 { try harness.step() }
        let before = harness.memoryFootprint
        try harness.spill()
        #expect(harness.memoryFootprint < before / 50, "\(harness.memoryFootprint) of \(before) bytes")
    }

    @Test("a damaged file is named when its groups are needed, and gives no results")
    func damage() throws {
        let planned = try Self.planned(["tumbling": .micros(10)])
        var random = RandomSource(seed: 9)
        for _ in 0..<30 {
            let fixture = try SpillFixture()
            let harness = try RestartHarness(
                planned, Self.steps(2, keys: 3_000, size: 1_500), subtasks: 1, spilling: fixture)
            for _ in 0..<2 { try harness.step() }
            try harness.spill()
            let name = try #require(fixture.names.first)
            try fixture.flip(name, at: random.below(2_000))
            let fault = #expect(throws: Fault.self) { try harness.run() }
            #expect(fault?.code == "state.unreadable" && fault?.message.contains(name) == true, "\(fault as Any)")
        }
    }

    @Test("what a window shows is made bit by bit")
    func steps() throws {
        let planned = try Self.planned(["tumbling": .micros(100)])
        guard case .folded(let factory) = planned.placement else { return }
        let context = SubtaskContext(
            subtask: 0, subtasks: 1, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] })
        let work = try factory.makeWhole(context)
        let output = OperatorOutput(lane: Lane(node: 0, index: 0))
        let ids = 0..<150_000
        let batch = Self.stream.batch(ids.map { [.string("\($0)"), 1] }, times: ids.map { _ in 5 })
        try work.process(
            Frame(batch: batch, lane: Lane(node: 0, index: 0), sequence: 0, floor: .distantPast), output)
        try work.advance(to: EventTime(microseconds: 100), output)
        var counts: [Int] = []
        while work.hasMore {
            counts.append(output.takeFrames().reduce(0) { $0 + $1.batch.rowCount })
            try work.proceed(output)
        }
        counts.append(output.takeFrames().reduce(0) { $0 + $1.batch.rowCount })
        #expect(counts == [65_536, 65_536, 18_928])
    }
}
