import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("join on disk")
struct JoinSpillTests {
    private static let clicks = TestStream(Field("ad", .string), Field("n", .int64))
    private static let views = TestStream(Field("ad", .string), Field("score", .float64))

    private static func planned(_ kind: String) throws -> PlannedOperator {
        let settings: Written = ["on": ["ad"], "within": .micros(50), "kind": .text(kind)]
        return try #require(plan("join", settings, clicks, views).planned)
    }

    /// Frames of both sides by turns. Some keys have many rows, so that these lie in several pages.
    private static func steps(_ frames: Int, keys: Int, size: Int) -> [StreamStep] {
        var random = RandomSource(seed: 3)
        return (0..<frames).flatMap { frame -> [StreamStep] in
            let time = Int64(frame * 8)
            let ids = (0..<size).map { _ in random.below(4) == 0 ? random.below(3) : random.below(keys) }
            let times = ids.map { _ in time + Int64(random.below(30)) }
            let batch =
                frame % 2 == 0
                ? clicks.batch(ids.map { [.string("ad-\($0)"), .int(Int64($0))] }, times: times)
                : views.batch(
                    ids.indices.map { [.string("ad-\(ids[$0])"), .double(Double($0))] }.filter { $0[0] != "ad-0" },
                    times: zip(ids, times).filter { $0.0 != 0 }.map(\.1))
            return [.frame(batch, floor: time - 40, slot: frame % 2), .advance(time - 40)]
        } + [.advance(.max)]
    }

    @Test("pairs over many pages and layers come out once, when they would have", arguments: ["inner", "left"])
    func layers(kind: String) throws {
        let planned = try Self.planned(kind)
        let steps = Self.steps(14, keys: 6_000, size: 300)
        let whole = try RestartHarness(planned, steps, subtasks: 1)
        try whole.run()
        let fixture = try SpillFixture()
        let harness = try RestartHarness(planned, steps, subtasks: 2, spilling: fixture)
        let fileCount = try harness.runOnDisk(fixture)
        #expect(fileCount > 14)
        #expect(whole.rows.count > 10_000 && harness.rowsByStep == whole.rowsByStep)
        #expect(harness.ledger == whole.ledger && harness.ledger.held == 0)
    }

    @Test("rows on disk take next to no memory")
    func memory() throws {
        let fixture = try SpillFixture()
        let planned = try Self.planned("inner")
        let harness = try RestartHarness(
            planned, Self.steps(8, keys: 100_000, size: 4_000), subtasks: 1, spilling: fixture)
        for _ in 0..<8 { try harness.step() }
        let before = harness.memoryFootprint
        let rows = Int(harness.ledger.held)
        try harness.spill()
        let least = try #require(planned.state.spilledBytesPerKey)
        #expect(harness.memoryFootprint < before / 20, "\(harness.memoryFootprint) of \(before) bytes")
        #expect(harness.memoryFootprint < rows * least + 16_384, "\(harness.memoryFootprint) bytes for \(rows) rows")
    }

    @Test("a damaged file is named when its rows are needed, and gives no results")
    func damage() throws {
        var random = RandomSource(seed: 9)
        for _ in 0..<20 {
            let fixture = try SpillFixture()
            let harness = try RestartHarness(
                try Self.planned("left"), Self.steps(4, keys: 300, size: 1_000), subtasks: 1, spilling: fixture)
            for _ in 0..<2 { try harness.step() }
            try harness.spill()
            let name = try #require(fixture.names.first)
            try fixture.flip(name, at: random.below(1_000))
            let fault = #expect(throws: Fault.self) { try harness.run() }
            #expect(fault?.code == "state.unreadable" && fault?.message.contains(name) == true, "\(fault as Any)")
        }
    }
}
