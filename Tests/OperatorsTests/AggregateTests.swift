import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Operators

@Suite("aggregate")
struct AggregateTests {
    private let stream = TestStream(
        Field("brand", .string, isNullable: true), Field("n", .int64, isNullable: true),
        Field("x", .float64, isNullable: true), Field("at", .timestamp, isNullable: true))

    private func bench(
        _ columns: Written, window: Written = ["tumbling": .micros(10)], by: Written = [],
        more: [(String, Written)] = []
    ) throws -> OperatorBench {
        let (planned, faults) = plan(
            "aggregate", .map([("window", window), ("by", by), ("columns", columns)] + more), stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    private func rows(_ count: Int) -> [[Cell]] { (0..<count).map { ["a", .int(Int64($0)), 0.5, nil] } }

    @Test("a row at the end of a window belongs to the next, before 1970 too", arguments: [false, true])
    func boundaries(hidden: Bool) throws {
        let bench = try bench(["rows": "count()"])
        try bench.process(stream.batch(rows(7), times: [0, 9, 10, -1, -10, -11, 19], hidden: hidden))
        try bench.advance(to: .max)
        #expect(bench.rows == [[-20, -10, 1], [-10, 0, 2], [0, 10, 2], [10, 20, 2]])
        #expect(bench.frames.flatMap(\.batch.rowTimes) == [-11, -1, 9, 19])
        #expect(bench.memoryFootprint == 0)
    }

    @Test("a window shows its result once the watermark has reached its end, not before")
    func closes() throws {
        let bench = try bench(["rows": "count()"])
        try bench.process(stream.batch(rows(3), times: [1, 2, 15]))
        try bench.advance(to: 9)
        #expect(bench.rows.isEmpty)
        try bench.advance(to: 10)
        #expect(bench.rows == [[0, 10, 2]])
        try bench.advance(to: 19)
        #expect(bench.rows.count == 1)
    }

    @Test("rows within the lateness correct the result, later ones go to `late` with the reason")
    func lateRows() throws {
        let bench = try bench(["rows": "count()"], window: ["tumbling": .micros(10), "lateness": .micros(5)])
        try bench.process(stream.batch(rows(1), times: [1]))
        try bench.advance(to: 12)
        try bench.process(stream.batch(rows(2), times: [3, 12]), floor: 12)
        try bench.advance(to: 14)
        try bench.process(stream.batch(rows(1), times: [9]), floor: 14)
        try bench.advance(to: 15)
        try bench.process(stream.batch(rows(2), times: [9, 10]), floor: 15)
        try bench.advance(to: .max)
        #expect(bench.rows == [[0, 10, 1], [0, 10, 2], [0, 10, 3], [10, 20, 2]])
        #expect(bench.late.map(\.eventTime) == [9])
        #expect(bench.late[0].code == "late")
        #expect(
            bench.late[0].reason
                == "its last window ended at 1970-01-01T00:00:00.000010Z; the watermark had reached "
                + "1970-01-01T00:00:00.000015Z")
        #expect(bench.late[0].bytes != nil)
    }

    @Test("early results are replaced until the last one, and a stop shows what is open")
    func early() throws {
        let bench = try bench(
            ["rows": "count()", "n": "sum(n)"], by: ["brand"], more: [("emit", ["early": .time(.milliseconds(1))])])
        try bench.process(stream.batch([["a", 1, 0.0, nil], ["b", 2, 0.0, nil]], times: [1, 1]))
        try bench.tick(2_000_000)
        try bench.tick(2_500_000)  // too early
        try bench.process(stream.batch([["a", 5, 0.0, nil]], times: [2]))
        try bench.tick(3_000_000)
        try bench.tick(4_000_000)  // nothing has changed
        try bench.process(stream.batch([["b", 7, 0.0, nil]], times: [3]))
        try bench.stop()
        #expect(bench.rows == [["a", 0, 10, 1, 1], ["b", 0, 10, 1, 2], ["a", 0, 10, 2, 6], ["b", 0, 10, 2, 9]])
        let quiet = try self.bench(["rows": "count()"])
        try quiet.process(stream.batch(rows(1), times: [1]))
        try quiet.tick(10_000_000_000)
        try quiet.stop()
        #expect(quiet.rows.isEmpty)
    }

    @Test(
        "a sum beyond 64 bits is the nearest number that they hold, and what comes back from there is exact",
        arguments: 1...3)
    func overflow(subtasks: Int) throws {
        let columns: Written = ["total": "sum(n)", "mean": "avg(n)"]
        let (planned, _) = plan(
            "aggregate", ["window": ["tumbling": .micros(10)], "by": ["brand"], "columns": columns], stream)
        let job = try OperatorJob(planned, stream)
        let values: [(String, [Int64])] = [
            ("up", [.max, .max, 1]), ("down", [.min, .min]), ("back", [.max, .max, .min, .min, 5]), ("edge", [.max]),
        ]
        let batches = values.flatMap { brand, numbers in
            numbers.map { stream.batch([[.string(brand), .int($0), nil, nil]], times: [1]) }
        }
        _ = try job.run(BatchSource(batches.map { [$0] }, sharesLanes: false, seed: 1), subtasks: subtasks)
        let found = Dictionary(uniqueKeysWithValues: job.results.rows.map { ($0[0], Array($0[3...])) })
        #expect(found["up"]?[0] == .int(.max))
        #expect(found["down"] == [.int(.min), .double(-0x1p63)])
        #expect(found["back"] == [3, 0.6])
        #expect(found["edge"]?[0] == .int(.max))
    }

    @Test("NaN and infinities have one clear effect each")
    func notNumbers() throws {
        let columns: Written = [
            "total": "sum(x)", "mean": "avg(x)", "least": "min(x)", "most": "max(x)", "median": "quantile(x, 0.5)",
            "kinds": "count_distinct(x)", "rows": "count(x)",
        ]
        func result(_ values: [Double?]) throws -> [Cell] {
            let bench = try bench(columns)
            try bench.process(
                stream.batch(
                    values.map { ["a", 1, $0.map { .double($0) } ?? .null, nil] }, times: values.map { _ in 1 }))
            try bench.advance(to: 10)
            return Array(try #require(bench.rows.first)[2...])
        }
        let infinite = try result([1, .infinity, 2])
        #expect(infinite[0] == .double(.infinity) && infinite[3] == .double(.infinity) && infinite[2] == 1.0)
        #expect(infinite[4].double.map { abs($0 - 1) < 0.011 } == true)
        let nan = try result([1, .nan, 3])
        #expect(nan[0].double?.isNaN == true && nan[1].double?.isNaN == true)
        #expect(nan[2] == 1.0 && nan[3] == 3.0 && nan[5] == 3 && nan[6] == 3)
        #expect(try result([.nan])[2...4].allSatisfy { $0 == .null })
        #expect(try result([.infinity, -.infinity])[0].double?.isNaN == true)
        #expect(try result([nil, nil]) == [nil, nil, nil, nil, nil, 0, 0])
        #expect(try result([0, -0.0, 1e308, 1e-308])[5] == 3)
        // Small numbers are not lost beside large ones.
        #expect(try result([1e16, 1, -1e16])[0] == 1.0)
    }

    @Test("a key without a value is a key of its own, apart from the empty one")
    func keys() throws {
        let bench = try bench(["rows": "count()"], by: ["brand", "n"])
        try bench.process(
            stream.batch(
                [
                    ["", 0, nil, nil], [nil, 0, nil, nil], ["", nil, nil, nil], [nil, nil, nil, nil],
                    ["", 0, nil, nil],
                ],
                times: [1, 1, 1, 1, 1]))
        try bench.advance(to: 10)
        #expect(
            Set(bench.rows) == [
                ["", 0, 0, 10, 2], [nil, 0, 0, 10, 1], ["", nil, 0, 10, 1], [nil, nil, 0, 10, 1],
            ])
    }

    @Test(
        "times no window can hold are dead letters, and the watermark may be anywhere", arguments: ModelWindows.allCases
    )
    func extremes(windows: ModelWindows) throws {
        let window: Written = .map(windows.written + [("lateness", .micros(3))])
        let bench = try bench(["rows": "count()"], window: window)
        let times: [Int64] = [.min, .max, .min + 1, .max - 1, 0, .min + 1_000_000, .max - 1_000_000]
        try bench.advance(to: .min + 5)
        try bench.process(stream.batch(rows(7), times: times), floor: .min + 5)
        #expect(bench.deadLetters.map(\.code) == Array(repeating: "aggregate.time_range", count: 4))
        #expect(bench.ledger.folded == 3)
        try bench.advance(to: .min + 100)
        try bench.advance(to: 1_000)
        try bench.process(stream.batch(rows(2), times: [0, .max - 1_000_001]), floor: .max - 7)
        #expect(bench.ledger.late == 2)
        try bench.advance(to: .max - 7)
        try bench.advance(to: .max)
        let expected = [0, .min + 1_000_000, .max - 1_000_000].reduce(0) { $0 + windows.windows($1).count }
        #expect(bench.rows.compactMap { $0.last?.int }.reduce(0, +) == Int64(expected))
        #expect(bench.memoryFootprint == 0)
    }

    @Test("extreme windows and lateness trap nothing")
    func longWindows() throws {
        let century = Written.time(.seconds(100 * 366 * 86_400))
        let bench = try bench(
            ["rows": "count()"], window: ["hopping": ["size": century, "every": century], "lateness": century])
        try bench.process(stream.batch(rows(3), times: [.min, 0, .max]))
        try bench.advance(to: .max)
        #expect(bench.rows.count == 1 && bench.deadLetters.count == 2)
    }

    @Test("a row for which a column has no value through an error is refused whole")
    func errors() throws {
        let bench = try bench(["bad": "sum(10 / n)", "rows": "count()"])
        try bench.process(
            stream.batch([["a", 0, nil, nil], ["a", 5, nil, nil], ["a", nil, nil, nil]], times: [1, 1, 1]))
        try bench.advance(to: 10)
        #expect(bench.rows == [[0, 10, 2, 1]])
        #expect(bench.deadLetters.map(\.code) == ["expression.division_by_zero", "expression.no_value"])
    }

    @Test("times and empty columns have their minima")
    func times() throws {
        let bench = try bench(["first": "min(at)", "last": "max(at)"], by: ["brand"])
        try bench.process(
            stream.batch([["a", nil, nil, 5], ["a", nil, nil, -5], ["b", nil, nil, nil]], times: [1, 1, 1]))
        try bench.advance(to: 10)
        #expect(bench.rows == [["a", 0, 10, -5, 5], ["b", 0, 10, nil, nil]])
    }

    @Test(
        "large counts of distinct values, quantiles and tops keep their errors, at any number of threads",
        arguments: 1...3)
    func sketches(subtasks: Int) throws {
        let (planned, _) = plan(
            "aggregate",
            [
                "window": ["tumbling": .micros(1_000_000)],
                "columns": ["ids": "count_distinct(n)", "p99": "quantile(x, 0.99)", "top": "top_k(brand, 10)"],
            ], stream)
        let job = try OperatorJob(planned, stream)
        var random = RandomSource(seed: 2)
        var brands: [String: Int64] = [:]
        var values: [Double] = []
        let lanes = (0..<4).map { lane in
            (0..<20).map { frame in
                stream.batch(
                    (0..<500).map { row in
                        let brand = "b\(Int(pow(2_000, random.unit())))"
                        brands[brand, default: 0] += 1
                        let value = exp(random.unit() * 10)
                        values.append(value)
                        return [.string(brand), .int(Int64((lane * 20 + frame) * 500 + row)), .double(value), nil]
                    }, times: (0..<500).map { Int64($0) })
            }
        }
        _ = try job.run(BatchSource(lanes, sharesLanes: true, seed: 3), subtasks: subtasks)
        let row = try #require(job.results.rows.first)
        #expect(job.results.rows.count == 1)
        #expect(row[2].int.map { abs(Double($0) - 40_000) < 4 * 0.0081 * 40_000 } == true)
        let p99 = values.sorted()[Int(0.99 * 39_999)]
        #expect(row[3].double.map { abs($0 - p99) <= 0.010_001 * p99 } == true)
        guard case .list(let top) = row[4] else {
            Issue.record("a top is a list")
            return
        }
        #expect(top.count == 10)
        for case .members(let entry) in top {
            let count = brands[try #require(entry[0].string)] ?? 0
            let (most, error) = (try #require(entry[1].int), try #require(entry[2].int))
            #expect(most >= count && most - error <= count && error <= 40_000 / 80)
        }
    }

    @Test("aggregate says what is wrong with its settings")
    func faults() {
        func faults(_ window: Written, _ columns: Written, _ more: [(String, Written)] = [], _ input: TestStream? = nil)
            -> [String]
        {
            codes(plan("aggregate", .map([("window", window), ("columns", columns)] + more), input ?? stream).faults)
        }
        let good: Written = ["tumbling": .seconds(1)]
        #expect(faults([:], ["a": "count()"]) == ["window.kind"])
        #expect(
            faults(
                ["tumbling": .seconds(1), "cumulative": ["size": .seconds(1), "step": .seconds(1)]], ["a": "count()"])
                == ["window.kind"])
        #expect(faults(["tumbling": .seconds(0)], ["a": "count()"]) == ["window.length"])
        #expect(faults(good, ["a": "count()"], [("emit", ["early": .time(.zero)])]) == ["emit.early"])
        #expect(
            faults(["tumbling": .seconds(1), "lateness": .time(.seconds(1 << 60))], ["a": "count()"]) == [
                "window.length"
            ])
        #expect(faults(["hopping": ["size": .seconds(1), "every": .seconds(2)]], ["a": "count()"]) == ["window.gap"])
        #expect(
            faults(["hopping": ["size": .seconds(3_600), "every": .micros(7)]], ["a": "count()"]) == ["window.panes"])
        #expect(
            faults(["cumulative": ["size": .seconds(5), "step": .seconds(2)]], ["a": "count()"]) == ["window.step"])
        #expect(faults(good, ["a": "n"]) == ["aggregate.function"])
        #expect(faults(good, ["a": "cuont()"]) == ["aggregate.function"])
        #expect(faults(good, ["a": "sum()"]) == ["aggregate.arguments"])
        #expect(faults(good, ["a": "count(n, n)"]) == ["aggregate.arguments"])
        #expect(faults(good, ["a": "sum(brand)"]) == ["expression.type"])
        #expect(faults(good, ["a": "count_if(n)"]) == ["expression.type"])
        #expect(faults(good, ["a": "quantile(n, 2)"]) == ["aggregate.quantile"])
        #expect(faults(good, ["a": "top_k(brand, 0)"]) == ["aggregate.top_k"])
        #expect(faults(good, ["window_start": "count()"]) == ["schema.duplicate"])
        #expect(faults(good, ["a": "count()"], [("by", ["barnd"])]) == ["schema.column_missing"])
        let updating = TestStream(Field("a", .int64), key: ["a"], isUpdating: true)
        #expect(faults(good, ["a": "count()"], [], updating) == ["aggregate.updating"])
        let timeless = TestStream(Field("a", .int64), hasEventTime: false)
        #expect(faults(good, ["a": "count()"], [], timeless) == ["schema.event_time"])
        // What replaces its rows is no food for sums behind a union or an unnest either.
        #expect(
            plan("unnest", ["column": "l", "as": "e"], TestStream(Field("l", .list(.int64)), isUpdating: true)).planned?
                .output.isUpdating == true)
    }

    @Test("a million keys in one window take no more than is announced")
    func memory() throws {
        let keys = 1_000_000
        let (planned, _) = plan(
            "aggregate",
            [
                "window": ["tumbling": .seconds(1)], "by": ["brand"], "keys": .number(Int64(keys)),
                "columns": ["rows": "count()", "total": "sum(n)", "most": "max(x)"],
            ], stream)
        let announced = try #require(planned).state.bytes
        let before = residentBytes()
        let bench = try OperatorBench(planned)
        for first in stride(from: 0, to: keys, by: 10_000) {
            try bench.process(
                stream.batch((first..<first + 10_000).map { [.string("brand-number-\($0)"), 1, 2.0, nil] }))
        }
        let footprint = bench.memoryFootprint
        print(
            "aggregate, \(keys) keys: announced \(announced), footprint \(footprint),",
            "resident +\(residentBytes() - before)"
        )
        #expect(footprint <= announced)
    }

    @Test("rows whose keys hardly repeat travel without being looked up, and are counted all the same")
    func unfolded() throws {
        let (planned, _) = plan(
            "aggregate",
            [
                "window": ["tumbling": .seconds(1)], "by": ["n"],
                "columns": ["rows": "count()", "total": "sum(n)", "xs": "sum(x)", "least": "min(n)"],
            ], stream)
        guard case .folded(let factory) = try #require(planned).placement else {
            Issue.record("an aggregate folds")
            return
        }
        let context = SubtaskContext(subtask: 0, subtasks: 2, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] })
        let (fold, merge) = (try factory.makeFold(context), try factory.makeMerge(context))
        let lane = Lane(node: 1, index: 0)
        let (partial, output) = (OperatorOutput(lane: lane), OperatorOutput(lane: lane))
        var (sent, leastFootprint) = (0, Int.max)
        // Two rounds over the same keys, of more than a pane is let grow to; then one key alone.
        for frame in 0..<Int64(60) {
            let rows: [[Cell]] = (0..<Int64(5_000)).map { row in
                let key = frame < 56 ? (frame % 28) * 5_000 + row : -1
                return [nil, .int(key), 0.5, nil]
            }
            let batch = stream.batch(rows)
            try fold.process(Frame(batch: batch, lane: lane, sequence: frame, floor: .distantPast), partial)
            if frame > 30 { leastFootprint = min(leastFootprint, fold.memoryFootprint) }
            for frame in partial.takeFrames() {
                sent += frame.batch.rowCount
                try merge.process(frame, output)
            }
        }
        try fold.advance(to: .distantFuture, partial)
        for frame in partial.takeFrames() {
            sent += frame.batch.rowCount
            try merge.process(frame, output)
        }
        // Once the first pane has shown that no two of its rows share a key, not even those of one key are folded.
        #expect(sent == 300_000 && leastFootprint == 0)
        try merge.advance(to: .distantFuture, output)
        while merge.hasMore { try merge.proceed(output) }
        var results: [Int64: [Cell]] = [:]
        for frame in output.takeFrames() {
            for row in frame.batch.cells { results[try #require(row[0].int)] = row }
        }
        #expect(results.count == 140_001)
        for key in 0..<Int64(140_000) {
            let expected: [Cell] = [2, .int(2 * key), 1.0, .int(key)]
            if results[key].map({ Array($0[3...]) }) != expected { Issue.record("key \(key): \(results[key] ?? [])") }
        }
        #expect(results[-1].map { Array($0[3...]) } == [20_000, -20_000, 10_000.0, -1])
    }

    @Test("what is folded before it travels stays within its share of memory, whatever the sketches hold")
    func foldedMemory() throws {
        let (planned, _) = plan(
            "aggregate",
            ["window": ["tumbling": .seconds(1)], "by": ["brand"], "columns": ["ids": "count_distinct(n)"]], stream)
        guard case .folded(let factory) = try #require(planned).placement else {
            Issue.record("an aggregate folds")
            return
        }
        let context = SubtaskContext(
            subtask: 0, subtasks: 64, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] })
        let fold = try factory.makeFold(context)
        let merge = try factory.makeMerge(context)
        let lane = Lane(node: 1, index: 0)
        let (partial, output) = (OperatorOutput(lane: lane), OperatorOutput(lane: lane))
        var most = 0
        for frame in 0..<Int64(400) {
            let rows: [[Cell]] = (0..<2_000).map { [.string("b\($0 % 250)"), .int(frame * 8 + $0 / 250), nil, nil] }
            let batch = stream.batch(rows)
            try fold.process(Frame(batch: batch, lane: lane, sequence: frame, floor: .distantPast), partial)
            most = max(most, fold.memoryFootprint)
            for frame in partial.takeFrames() { try merge.process(frame, output) }
        }
        try fold.advance(to: .distantFuture, partial)
        for frame in partial.takeFrames() { try merge.process(frame, output) }
        try merge.advance(to: .distantFuture, output)
        // 250 sketches of 16 KiB would be 4 MiB; a share is 1 MiB, and some frames more until it is measured.
        #expect(most < 2 << 20, "\(most) bytes")
        let rows = output.takeFrames().flatMap(\.batch.cells)
        #expect(rows.count == 250)
        #expect(rows.allSatisfy { row in row[3].int.map { abs(Double($0) - 3_200) < 5 * 0.0081 * 3_200 } == true })
    }

    @Test(
        "sketches at their largest take no more than is announced",
        arguments: ["count_distinct(n)", "quantile(x, 0.5)", "top_k(n, 10)", "sum(n)", "min(x)"])
    func sketchMemory(function: String) throws {
        let (planned, _) = plan(
            "aggregate",
            [
                "window": ["tumbling": .seconds(1)], "by": ["brand"], "keys": 20,
                "columns": ["value": .text(function)],
            ], stream)
        let announced = try #require(planned).state.bytes
        let bench = try OperatorBench(planned)
        for brand in 0..<20 {
            let numbers: [[Cell]] = (0..<5_000).map { number in
                let magnitude = exp(Double(number % 2_500) / 2_500 * 80 - 40)
                return [
                    .string("a brand of a usual length \(brand)"), .int(Int64(number)),
                    .double(number < 2_500 ? magnitude : -magnitude), nil,
                ]
            }
            try bench.process(stream.batch(numbers))
        }
        #expect(bench.memoryFootprint <= announced, "\(bench.memoryFootprint) for \(announced)")
    }
}

/// Bytes of this process in memory.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 128)
    guard fgets(&text, 128, file) != nil else { return 0 }
    let fields = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
        separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4_096 : 0
}
