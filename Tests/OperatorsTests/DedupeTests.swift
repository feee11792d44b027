import Columnar
import Dataflow
import Primitives
import Testing

@testable import Operators

@Suite("dedupe")
struct DedupeTests {
    private let stream = TestStream(Field("id", .string, isNullable: true), Field("n", .int64, isNullable: true))

    private func bench(within: Int64 = 100, by: Written = ["id"]) throws -> OperatorBench {
        try OperatorBench(plan("dedupe", ["by": by, "within": .micros(within)], stream).planned)
    }

    @Test("the first row of a key passes, repeats within the horizon do not", arguments: [false, true])
    func firsts(hidden: Bool) throws {
        let bench = try bench()
        try bench.process(
            stream.batch(
                [["a", 1], ["b", 2], ["a", 3], ["a", 4], [nil, 5], ["", 6], [nil, 7], ["", 8]],
                times: [1_000, 1_000, 1_100, 1_101, 1_000, 1_000, 1_000, 1_000], hidden: hidden))
        // 1,101 is within 100 of no row that passed: the repeat at 1,100 did not.
        #expect(bench.rows.map(\.last) == [1, 2, 4, 5, 6])
        #expect(bench.ledger.passed == 5 && bench.ledger.duplicate == 3)
    }

    @Test("the horizon reaches both ways and to the microsecond")
    func bothWays() throws {
        let bench = try bench()
        try bench.process(stream.batch([["a", 1], ["a", 2], ["a", 3], ["a", 4]], times: [0, -100, -101, 100]))
        #expect(bench.rows.map(\.last) == [1, 3])
    }

    @Test("a key of several columns is told apart from its neighbours")
    func keys() throws {
        let bench = try bench(by: ["id", "n"])
        try bench.process(
            stream.batch(
                [["a", 1], ["a", nil], ["a", 0], [nil, 1], ["a", 1], [nil, 1]], times: [0, 0, 0, 0, 0, 0]))
        #expect(bench.rows.count == 4)
    }

    @Test(
        "against a plain model, whatever the horizon and the disorder",
        arguments: [1, 3, 7, 100, 1_000_003] as [Int64], 0..<6)
    func model(within: Int64, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let bench = try bench(within: within)
        var kept: [String: [Int64]] = [:]
        var expected: [Cell] = []
        var number: Int64 = 0
        var clock: Int64 = seed % 2 == 0 ? -5 * within : 1 << 50
        for _ in 0..<40 {
            var rows: [[Cell]] = []
            var times: [Int64] = []
            for _ in 0..<random.below(20) {
                let key = "k\(random.below(6))"
                let time = clock + Int64(random.below(Int(within) * 2 + 2)) - within
                number += 1
                rows.append([.string(key), .int(number)])
                times.append(time)
                if kept[key, default: []].contains(where: { abs($0 - time) <= within }) { continue }
                kept[key, default: []].append(time)
                expected.append(.int(number))
            }
            // The floor is behind every row, so nothing that matters is forgotten.
            try bench.process(stream.batch(rows, times: times), floor: clock - within)
            try bench.advance(to: clock - within)
            clock += Int64(random.below(Int(within) + 1))
        }
        #expect(bench.rows.map { $0[1] } == expected)
    }

    @Test("a key passes again once its horizon is over, and what is later than that passes too")
    func again() throws {
        let bench = try bench()
        try bench.process(stream.batch([["a", 1]], times: [1_000]))
        try bench.advance(to: 1_300)
        #expect(bench.memoryFootprint == 0)
        try bench.process(stream.batch([["a", 2]], times: [1_300]), floor: 1_300)
        // So late that its horizon is forgotten.
        try bench.process(stream.batch([["a", 3], ["a", 4]], times: [1_000, 1_010]), floor: 1_300)
        #expect(bench.rows.map(\.last) == [1, 2, 3, 4])
    }

    @Test("whether a late row passes depends on its lane's floor, not on what is still remembered")
    func lateIsDecidedByFloor() throws {
        for isForgotten in [false, true] {
            let bench = try bench()
            try bench.process(stream.batch([["a", 1]], times: [1_000]))
            if isForgotten { try bench.advance(to: 1_400) }
            try bench.process(stream.batch([["a", 2]], times: [1_050]), floor: 1_400)
            #expect(bench.rows.map(\.last) == [1, 2])
        }
    }

    @Test("times at the ends of the timeline trap nothing")
    func extremes() throws {
        for within in [1, 3_600_000_000, 24 * 3_600_000_000, 31_000_000_000_000_000] as [Int64] {
            let bench = try bench(within: within)
            let times: [Int64] = [.min, .min + 1, .max, .max - 1, 0, -1, .min, .max]
            try bench.process(stream.batch(times.indices.map { ["a", .int(Int64($0))] }, times: times))
            #expect(bench.ledger.received == 8)
            for watermark in [Int64.min, .min + 1, -1, 0, .max - 1, .max] { try bench.advance(to: watermark) }
            try bench.process(stream.batch([["a", 1]], times: [.max]), floor: .max)
        }
    }

    @Test(
        "memory is bounded by the horizon: after ten of them it is below what was announced",
        arguments: [100_000, 1_000_000])
    func bounded(keys: Int) throws {
        let horizon: Int64 = 1_000_000_000
        let (planned, _) = plan(
            "dedupe", ["by": ["n"], "within": .micros(horizon), "keys": .number(Int64(keys))], stream)
        let announced = try #require(planned).state.bytes
        let bench = try OperatorBench(planned)
        let frames = 40
        let step = horizon / Int64(frames)
        var id: Int64 = 0
        var most = 0
        for frame in 0..<Int64(frames * (keys > 500_000 ? 2 : 10)) {
            var rows: [[Cell]] = []
            var times: [Int64] = []
            for index in 0..<Int64(keys / frames) {
                id += 1
                rows.append([nil, .int(id)])
                times.append(frame * step + index * step / Int64(keys / frames))
            }
            try bench.process(stream.batch(rows, times: times), floor: frame * step)
            try bench.advance(to: (frame + 1) * step)
            most = max(most, bench.memoryFootprint)
        }
        #expect(bench.ledger.duplicate == 0)
        #expect(most <= announced, "\(most) bytes for \(announced) announced")
        try bench.advance(to: .max)
        #expect(bench.memoryFootprint == 0)
    }

    @Test("a stream scattered over many buckets does not pay for each as for a full one")
    func scattered() throws {
        let bench = try bench(within: 4)
        try bench.process(
            stream.batch((0..<5_000).map { ["a", .int($0)] }, times: (0..<5_000).map { $0 * 1_000 }))
        #expect(bench.memoryFootprint <= 5_000 * 1_100)
        #expect(bench.ledger.passed == 5_000)
    }

    @Test("dedupe says what is wrong with its settings")
    func faults() {
        #expect(codes(plan("dedupe", ["by": [], "within": .seconds(1)], stream).faults) == ["dedupe.key"])
        #expect(codes(plan("dedupe", ["by": ["id"], "within": .seconds(0)], stream).faults) == ["dedupe.within"])
        #expect(
            codes(plan("dedupe", ["by": ["id"], "within": .time(.seconds(1 << 60))], stream).faults) == [
                "dedupe.within"
            ])
        #expect(
            codes(plan("dedupe", ["by": ["ix"], "within": .seconds(1)], stream).faults) == ["schema.column_missing"])
        let timeless = TestStream(Field("id", .string), Field("l", .list(.string)), hasEventTime: false)
        #expect(codes(plan("dedupe", ["by": ["id"], "within": .seconds(1)], timeless).faults) == ["schema.event_time"])
        #expect(
            codes(plan("dedupe", ["by": ["l"], "within": .seconds(1)], timeless).faults).contains("schema.key_type"))
    }
}
