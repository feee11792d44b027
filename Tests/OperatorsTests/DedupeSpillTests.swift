import Columnar
import Primitives
import Testing

@testable import Dataflow
@testable import Operators

@Suite("dedupe on disk")
struct DedupeSpillTests {
    private static let stream = TestStream(Field("id", .string), Field("n", .int64, isNullable: true))

    private static func harness(_ within: Int64, _ fixture: SpillFixture, subtasks: Int) throws -> JudgeHarness {
        let planned = plan("dedupe", ["by": ["id"], "within": .micros(within)], stream).planned
        return try JudgeHarness(planned, subtasks: subtasks, spilling: (within, fixture, 8))
    }

    @Test(
        "with most keys on disk, checkpoints and crashes at random, the same rows pass as in a plain model",
        arguments: [100, 1_000_003, 14_400_000_000] as [Int64], 0..<4)
    func model(within: Int64, seed: UInt64) throws {
        var random = RandomSource(seed: seed &* 131 &+ UInt64(within))
        let fixture = try SpillFixture()
        let harness = try Self.harness(within, fixture, subtasks: random.below(3) + 1)
        var model = FirstsModel(within: within)
        var checkpoint: (model: FirstsModel, clock: Int64)?
        var clock: Int64 = seed % 2 == 0 ? -5 * within : 1 << 50
        var most = 0
        for _ in 0..<150 {
            let keys = (0..<random.below(80)).map { _ in "k\(random.below(2_000))" }
            let times = keys.map { _ in clock + Int64(random.below(Int(within) * 2 + 2)) - within }
            let batch = Self.stream.batch(keys.map { [.string($0), nil] }, times: times)
            let passes = try harness.process(batch, floor: clock - within)
            #expect(passes == zip(keys, times).map { model.isFirst($0, $1) })
            most = max(most, harness.runs.count)
            harness.advance(to: clock - within)
            clock += Int64(random.below(Int(within) / 8 + 1))
            if random.below(5) == 0 {
                try harness.capture(whole: random.below(8) == 0)
                checkpoint = (model, clock)
            }
            if random.below(15) == 0, let checkpoint {
                try harness.crash(subtasks: random.below(3) + 1)
                (model, clock) = checkpoint
            }
        }
        #expect(most > 10, "keys went to disk")
        harness.advance(to: .max)
        for _ in 0..<4 { try harness.capture() }
        #expect(harness.storedRowCount == 0 && harness.memoryFootprint == 0 && fixture.names.isEmpty)
    }

    @Test("a run takes at most 76 bits a key with a million of them, and new keys read next to no pages")
    func size() throws {
        let fixture = try SpillFixture()
        var random = RandomSource(seed: 7)
        let horizon = DedupeHorizon(within: 86_400_000_000)
        let judge = DedupeJudge(horizon, spills: try fixture.folder(), tableKeysMax: 1 << 20)
        func questions(_ count: Int) -> [KeyQuestion] {
            (0..<count).map { _ in
                KeyQuestion(low: random.next(), high: random.next(), time: Int64(random.next() >> 1) % 21_600_000_000)
            }
        }
        let seen = questions(1 << 20)
        #expect(try judge.judge(seen, floor: .distantPast).allSatisfy { $0 })
        try judge.spill(.max)
        let run = try #require(judge.buckets.first?.runs.first)
        #expect(run.keyCount == 1 << 20 && judge.buckets[0].runs.count == 1)
        // 3 bits more than with 8 million keys.
        #expect(run.file.byteCount * 8 <= run.keyCount * 76, "\(run.file.byteCount) bytes")
        #expect(judge.memoryFootprint < (1 << 20) * 5 / 2, "\(judge.memoryFootprint) bytes")
        let passed = try judge.judge(questions(100_000), floor: .distantPast)
        #expect(passed.allSatisfy { $0 })
        #expect(run.readCount < 300, "\(run.readCount) pages read for 100,000 new keys")
        #expect(try judge.judge(Array(seen[..<2_000]), floor: .distantPast).allSatisfy { !$0 })
    }

    @Test("a damaged file is found, wherever a bit has flipped, and named")
    func damage() throws {
        var random = RandomSource(seed: 3)
        let fixture = try SpillFixture()
        let horizon = DedupeHorizon(within: 1_000_000)
        var keys = (0..<2_000).map { _ in SeenKey(hash: random.next(), check: 1, offset: 2) }
        let run = try keys.withUnsafeMutableBufferPointer { keys in
            keys.sortByHash()
            return try SeenRun.seal(keys, horizon, in: fixture.folder())
        }
        let folder = try fixture.folder()
        _ = try SeenRun.open(run.file.name, groups: run.groups, horizon, in: folder)
        for _ in 0..<200 {
            let offset = random.below(run.file.byteCount)
            try fixture.flip(run.file.name, at: offset)
            let fault = #expect(throws: Fault.self) {
                _ = try SeenRun.open(run.file.name, groups: run.groups, horizon, in: folder)
            }
            #expect(fault?.code == "state.unreadable" && fault?.message.contains(run.file.name) == true)
            try fixture.flip(run.file.name, at: offset)
        }
        var groups = run.groups
        groups[0, default: 0] += 1
        #expect(throws: Fault.self) { _ = try SeenRun.open(run.file.name, groups: groups, horizon, in: folder) }
        try fixture.disk.remove("\(fixture.path)/\(run.file.name)")
        #expect(throws: Fault.self) { _ = try SeenRun.open(run.file.name, groups: groups, horizon, in: folder) }
    }

    @Test("numbers of any width come back from their bits")
    func packing() {
        var random = RandomSource(seed: 11)
        for _ in 0..<200 {
            let values = (0..<random.below(300)).map { _ in
                let width = random.below(65)
                return (value: width == 0 ? 0 : random.next() >> UInt64(64 - width), width: width)
            }
            var bytes = [UInt8](repeating: 0xff, count: values.count * 8 + 8 + BitReader.padding)
            bytes.withUnsafeMutableBytes { bytes in
                var packer = BitPacker(bytes)
                for (value, width) in values { packer.append(value, width: width) }
                let bits = values.reduce(0) { $0 + $1.width }
                #expect(packer.finish() == (bits + 7) / 8)
                var reader = BitReader(UnsafeRawBufferPointer(bytes))
                for (value, width) in values { #expect(reader.next(width: width) == value) }
            }
        }
    }
}
