import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("dedupe after a restart")
struct DedupeRestartTests {
    private static let stream = TestStream(Field("id", .string), Field("n", .int64, isNullable: true))

    private static func planned(_ within: Int64) throws -> PlannedOperator {
        try #require(plan("dedupe", ["by": ["id"], "within": .micros(within)], stream).planned)
    }

    @Test(
        "with checkpoints and crashes at random, on other numbers of subtasks too, the same rows pass as without",
        arguments: [1, 3, 100, 1_000_003, 20_000_000_000] as [Int64], 0..<8)
    func restarts(within: Int64, seed: UInt64) throws {
        var random = RandomSource(seed: seed &* 31 &+ UInt64(within))
        let harness = try JudgeHarness(Self.planned(within), subtasks: random.below(4) + 1)
        var model = FirstsModel(within: within)
        var checkpoint: (model: FirstsModel, clock: Int64)?
        let tick = max(1, within / 4) > Int64(UInt32.max) ? Int64(1_000) : 1
        var clock: Int64 = seed % 2 == 0 ? -5 * within / tick * tick : 1 << 50 / tick * tick
        for _ in 0..<120 {
            let keys = (0..<random.below(20)).map { _ in "k\(random.below(12))" }
            let times = keys.map { _ in
                clock + (Int64(random.below(Int(within / tick) * 2 + 2)) - within / tick) * tick
            }
            let batch = Self.stream.batch(keys.map { [.string($0), nil] }, times: times)
            let passes = try harness.process(batch, floor: clock - within)
            #expect(passes == zip(keys, times).map { model.isFirst($0, $1) })
            harness.advance(to: clock - within)
            clock += Int64(random.below(Int(within) + 1)) / tick * tick
            if random.below(4) == 0 {
                try harness.capture(whole: random.below(6) == 0)
                checkpoint = (model, clock)
            }
            if random.below(10) == 0, let checkpoint {
                try harness.crash(subtasks: random.below(4) + 1)
                (model, clock) = checkpoint
            }
        }
        harness.advance(to: .max)
        try harness.capture()
        #expect(harness.storedRowCount == 0 && harness.memoryFootprint == 0)
    }

    @Test("a checkpoint writes the keys that are new, once")
    func changes() throws {
        let harness = try JudgeHarness(Self.planned(100), subtasks: 2)
        func pass(_ keys: Range<Int>, at time: Int64) throws -> Int {
            let rows = keys.map { [Cell.string("k\($0)"), nil] }
            let passes = try harness.process(
                Self.stream.batch(rows, times: keys.map { _ in time }), floor: .min)
            return passes.count { $0 }
        }
        #expect(try pass(0..<1_000, at: 1) == 1_000)
        #expect(try harness.capture() == 1_000)
        #expect(try pass(500..<1_200, at: 2) == 200 && harness.capture() == 200)
        #expect(try pass(0..<1_200, at: 3) == 0 && harness.capture() == 0)
        try harness.crash(subtasks: 2)
        #expect(try pass(0..<1_201, at: 90) == 1 && harness.capture() == 1)
        try harness.crash(subtasks: 3)
        #expect(try harness.capture() == 1_201, "another number of subtasks writes everything anew")
        harness.advance(to: 131)
        #expect(try harness.capture() == 0 && harness.storedRowCount == 1)
    }

    @Test("what shapes the state is the key and the horizon")
    func shape() throws {
        let shape = try #require(Self.planned(3_600_000_000).stateShape)
        #expect(shape.facts.map { "\($0.name) = \($0.value)" } == ["by = id: string", "within = 1h"])
    }

    @Test("keys are sorted by their hash, equal ones too", arguments: [0, 1, 48, 49, 1_000, 70_000])
    func sorting(count: Int) {
        var random = RandomSource(seed: UInt64(count))
        // Spread over everything, over little, and equal.
        var keys = (0..<count).map { index in
            SeenKey(
                hash: [random.next(), random.next() & 255, random.next() << 50][index % 3], check: 0,
                offset: UInt32(index))
        }
        let expected = keys.map(\.hash).sorted()
        keys.withUnsafeMutableBufferPointer { $0.sortByHash() }
        #expect(keys.map(\.hash) == expected)
        #expect(Set(keys.map(\.offset)).count == count)
    }
}
