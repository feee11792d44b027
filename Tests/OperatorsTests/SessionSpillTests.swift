import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("session windows on disk")
struct SessionSpillTests {
    private static let stream = TestStream(Field("id", .string), Field("n", .int64))

    private static func planned(gap: Int64, lateness: Int64 = 0) throws -> PlannedOperator {
        let settings: Written = [
            "window": ["session": .micros(gap), "lateness": .micros(lateness)], "by": ["id"],
            "columns": ["rows": "count()", "sum": "sum(n)", "least": "min(n)", "ids": "count_distinct(n)"],
        ]
        return try #require(plan("aggregate", settings, stream).planned)
    }

    /// Frames of keys at random: some come again within the gap, some later, and some rows lie far behind.
    private static func steps(_ frames: Int, keys: Int, size: Int) -> [StreamStep] {
        var random = RandomSource(seed: 11)
        return (0..<frames).flatMap { frame -> [StreamStep] in
            let time = Int64(frame * 10)
            let ids = (0..<size).map { _ in random.below(keys) }
            let times = ids.map { _ in time + Int64(random.below(20)) - Int64(random.below(3)) * 10 }
            let batch = stream.batch(ids.map { [.string("key-\($0)"), .int(Int64($0 % 7))] }, times: times)
            return [.frame(batch, floor: time - 20), .advance(time - 20)]
        } + [.advance(.max)]
    }

    @Test(
        "sessions with parts in many runs come out once, each whole, when they would have",
        arguments: [(30, 0), (30, 25), (100, 0)])
    func layers(gap: Int64, lateness: Int64) throws {
        let planned = try Self.planned(gap: gap, lateness: lateness)
        let steps = Self.steps(16, keys: 3_000, size: 900)
        let whole = try RestartHarness(planned, steps, subtasks: 1)
        try whole.run()
        let fixture = try SpillFixture()
        let harness = try RestartHarness(planned, steps, subtasks: 2, spilling: fixture)
        let fileCount = try harness.runOnDisk(fixture)
        #expect(fileCount > 100)
        #expect(whole.rows.count > 2_500 && harness.rowsByStep == whole.rowsByStep)
        #expect(harness.late.sorted() == whole.late.sorted())
    }

    @Test("sessions on disk take next to no memory, and come back a few at a time")
    func memory() throws {
        let fixture = try SpillFixture()
        let planned = try Self.planned(gap: 1_000)
        let steps = Self.steps(10, keys: 1_000_000, size: 4_000) + (0..<50).map { StreamStep.advance(1_000 + $0 * 4) }
        let harness = try RestartHarness(planned, steps, subtasks: 1, spilling: fixture)
        for _ in 0..<20 { try harness.step() }
        let before = harness.memoryFootprint
        try harness.spill()
        let least = try #require(planned.state.spilledBytesPerKey)
        #expect(harness.memoryFootprint < before / 20, "\(harness.memoryFootprint) of \(before) bytes")
        #expect(harness.memoryFootprint < 40_000 * least + 16_384, "\(harness.memoryFootprint) bytes")
        var most = 0
        for _ in 21..<steps.count {
            try harness.step()
            most = max(most, harness.memoryFootprint)
        }
        #expect(harness.rows.count > 30_000 && most < before / 4, "\(most) of \(before) bytes")
    }

    @Test("a session that waits for its part on disk is not lost in a checkpoint")
    func postponed() throws {
        let fixture = try SpillFixture()
        func frame(_ times: [Int64]) -> StreamStep {
            .frame(Self.stream.batch(times.map { ["a", .int($0)] }, times: times), floor: 0)
        }
        // The first part is on disk when the second comes, which is on disk when the first comes back.
        let steps = [
            frame([100]), frame([105]), .advance(111), .advance(112), .advance(113), .advance(116),
        ]
        for crashes in 2...5 {
            let harness = try RestartHarness(try Self.planned(gap: 10), steps, subtasks: 1, spilling: fixture)
            for step in 0..<steps.count {
                if step == crashes {
                    try harness.capture()
                    try harness.crash(subtasks: 1 + step % 2)
                }
                try harness.step()
                if step != 2 { try harness.spill() }
            }
            #expect(harness.rows.map(\.cells) == [["a", 100, 115, 2, 205, 100, 2]], "\(crashes)")
            #expect(harness.rows.map(\.step) == [5])
        }
    }

    @Test("a damaged file is named when its sessions are needed, and gives no results")
    func damage() throws {
        var random = RandomSource(seed: 9)
        for _ in 0..<20 {
            let fixture = try SpillFixture()
            let harness = try RestartHarness(
                try Self.planned(gap: 50), Self.steps(2, keys: 3_000, size: 2_000), subtasks: 1, spilling: fixture)
            for _ in 0..<2 { try harness.step() }
            try harness.spill()
            let name = try #require(fixture.names.first)
            try fixture.flip(name, at: random.below(300))
            let fault = #expect(throws: Fault.self) { try harness.run() }
            #expect(fault?.code == "state.unreadable" && fault?.message.contains(name) == true, "\(fault as Any)")
        }
    }
}
