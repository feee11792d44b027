import Columnar
import Dataflow
import Glibc
import Primitives
import Testing

@testable import Operators

/// A window as the model thinks of it.
struct ModelWindow: Hashable {
    var start: Int64
    var end: Int64
}

/// How windows are cut, said in the plainest way.
enum ModelWindows: Sendable, CaseIterable, CustomTestStringConvertible {
    case tumbling, hopping, unevenHopping, cumulative

    var written: [(String, Written)] {
        switch self {
        case .tumbling: [("tumbling", .micros(10))]
        case .hopping: [("hopping", ["size": .micros(10), "every": .micros(5)])]
        case .unevenHopping: [("hopping", ["size": .micros(10), "every": .micros(4)])]
        case .cumulative: [("cumulative", ["size": .micros(20), "step": .micros(5)])]
        }
    }

    var testDescription: String { "\(self)" }

    /// Every window that holds a time.
    func windows(_ time: Int64) -> [ModelWindow] {
        func all(size: Int64, every: Int64) -> [ModelWindow] {
            let far = (time / every - (time % every < 0 ? 1 : 0)) * every
            return (-12...12).map { far + Int64($0) * every }.filter { $0 <= time && time < $0 + size }
                .map { ModelWindow(start: $0, end: $0 + size) }
        }
        switch self {
        case .tumbling: return all(size: 10, every: 10)
        case .hopping: return all(size: 10, every: 5)
        case .unevenHopping: return all(size: 10, every: 4)
        case .cumulative:
            let day = all(size: 20, every: 20)[0].start
            return (1...4).map { ModelWindow(start: day, end: day + Int64($0) * 5) }.filter { time < $0.end }
        }
    }
}

@Suite("aggregate against a plain model")
struct AggregateModelTests {
    struct Event {
        var time: Int64
        var brand: String?
        var n: Int64?
        var x: Double?
        var s: String?
        /// The floor of its frame.
        var floor = Int64.min

        var cells: [Cell] {
            [
                brand.map { .string($0) } ?? .null, n.map { .int($0) } ?? .null, x.map { .double($0) } ?? .null,
                s.map { .string($0) } ?? .null,
            ]
        }
    }

    static let stream = TestStream(
        Field("brand", .string, isNullable: true), Field("n", .int64, isNullable: true),
        Field("x", .float64, isNullable: true), Field("s", .string, isNullable: true))

    static let columns: Written = [
        "rows": "count()", "with_n": "count(n)", "big": "count_if(has(n) && n > 50)", "total": "sum(n)",
        "mean": "avg(n)", "least": "min(n)", "most": "max(n)", "xsum": "sum(x)", "xmean": "avg(x)", "xleast": "min(x)",
        "xmost": "max(x)", "authors": "count_distinct(s)", "p90": "quantile(x, 0.9)", "top": "top_k(s, 3)",
    ]

    /// Lanes of frames of random events, out of order, each with the floor of its frame.
    static func lanes(_ random: inout RandomSource, delay: Int64) -> [[[Event]]] {
        let base: Int64 = random.below(2) == 0 ? -150 : 1_700_000_000_000_003
        return (0..<3).map { _ in
            var latest = Int64.min
            return (0..<30).map { frame in
                let floor = latest == .min ? Int64.min : latest - delay
                let events = (0..<random.below(12)).map { _ in
                    Event(
                        time: base + Int64(frame * 8) + Int64(random.below(40))
                            - Int64(random.below(2) * random.below(60)),
                        brand: random.below(8) == 0 ? nil : ["", "a", "b", "c"][random.below(4)],
                        n: random.below(6) == 0 ? nil : Int64(random.below(200)) - 60,
                        x: random.below(6) == 0 ? nil : exp(random.unit() * 8) * (random.below(4) == 0 ? -1 : 1),
                        s: random.below(6) == 0 ? nil : "s\(random.below(3) * random.below(6))", floor: floor)
                }
                latest = events.reduce(latest) { max($0, $1.time) }
                return events
            }
        }
    }

    struct Key: Hashable {
        var brand: Cell
        var start: Int64
        var end: Int64
    }

    static let latenesses: [Int64] = [0, 7, 30]

    @Test(
        "every result of every function in every kind of window, at any number of threads",
        arguments: ModelWindows.allCases, latenesses)
    func model(windows: ModelWindows, lateness: Int64) throws {
        for seed in UInt64(0)..<4 {
            for subtasks in 1...3 {
                try check(windows, lateness, seed: seed, subtasks: subtasks)
            }
        }
    }

    private func check(_ windows: ModelWindows, _ lateness: Int64, seed: UInt64, subtasks: Int) throws {
        var random = RandomSource(seed: seed &* 101 &+ UInt64(lateness))
        let delay = Int64(random.below(12))
        let lanes = Self.lanes(&random, delay: delay)
        var settings: [(String, Written)] = [
            ("window", .map(windows.written + [("lateness", .micros(lateness))])), ("by", ["brand"]),
            ("columns", Self.columns),
        ]
        if seed % 2 == 1 { settings.append(("emit", ["early": .time(.milliseconds(1))])) }
        let (planned, faults) = plan("aggregate", .map(settings), Self.stream)
        #expect(faults.isEmpty, "\(faults)")
        let job = try OperatorJob(planned, Self.stream, delay: delay)
        let batches = lanes.map { lane in lane.map { Self.stream.batch($0.map(\.cells), times: $0.map(\.time)) } }
        let ledger = try job.run(
            BatchSource(batches, sharesLanes: seed >= 2, seed: seed), subtasks: subtasks)

        var expected: [Key: [Event]] = [:]
        var late: [Int64] = []
        for event in lanes.joined().joined() {
            let open = windows.windows(event.time).filter { event.floor == .min || $0.end + lateness > event.floor }
            if open.isEmpty { late.append(event.time) }
            for window in open {
                let brand: Cell = event.brand.map { .string($0) } ?? .null
                expected[Key(brand: brand, start: window.start, end: window.end), default: []].append(event)
            }
        }
        var found: [Key: [Cell]] = [:]
        for row in job.results.rows {
            let key = Key(brand: row[0], start: try #require(row[1].int), end: try #require(row[2].int))
            // An earlier result of a key is replaced by the later one, which has at least its rows.
            if let before = found[key]?[3].int, let now = row[3].int { #expect(before <= now) }
            found[key] = row
        }
        let context = "\(windows), lateness \(lateness), seed \(seed), \(subtasks) subtasks"
        #expect(Set(found.keys) == Set(expected.keys), "\(context)")
        for (key, events) in expected {
            guard let row = found[key] else { continue }
            Self.compare(row, events, "\(context): \(key)")
        }
        #expect(job.late.rows.compactMap(\.[6].int).sorted() == late.sorted(), "\(context)")
        #expect(job.late.rows.allSatisfy { $0[1] == "late" && $0[2].string?.contains("watermark") == true })
        let counts = ledger.operators[0].counts
        #expect(counts.late == Int64(late.count))
        #expect(counts.folded == Int64(lanes.joined().joined().count - late.count))
        #expect(counts.made == Int64(job.results.rows.count))
        #expect(job.deadLetters.rows.isEmpty)
    }

    /// Compares a result's columns with what its rows give.
    static func compare(_ row: [Cell], _ events: [Event], _ context: String) {
        let n = events.compactMap(\.n)
        let x = events.compactMap(\.x).sorted()
        let s = events.compactMap(\.s)
        func optional(_ value: Int64?) -> Cell { value.map { .int($0) } ?? .null }
        func isNear(_ cell: Cell, _ value: Double?) -> Bool {
            guard let value else { return cell == .null }
            return cell.double.map { abs($0 - value) <= 1e-9 * max(1, abs(value)) } ?? false
        }
        let exact: [Cell] = [
            .int(Int64(events.count)), .int(Int64(n.count)), .int(Int64(n.count { $0 > 50 })),
            optional(n.isEmpty ? nil : n.reduce(0, +)),
        ]
        #expect(Array(row[3...6]) == exact, "\(context)")
        #expect(isNear(row[7], n.isEmpty ? nil : Double(n.reduce(0, +)) / Double(n.count)), "\(context)")
        #expect(row[8] == optional(n.min()) && row[9] == optional(n.max()), "\(context)")
        #expect(isNear(row[10], x.isEmpty ? nil : x.reduce(0, +)), "\(context)")
        #expect(isNear(row[11], x.isEmpty ? nil : x.reduce(0, +) / Double(x.count)), "\(context)")
        #expect(isNear(row[12], x.first) && isNear(row[13], x.last), "\(context)")
        // So few distinct values are counted to the unit.
        #expect(row[14] == .int(Int64(Set(s).count)), "\(context)")
        if x.isEmpty {
            #expect(row[15] == .null)
        } else {
            let value = x[Int(0.9 * Double(x.count - 1))]
            #expect(row[15].double.map { abs($0 - value) <= 0.010_001 * abs(value) } == true, "\(context)")
        }
        var counts: [String: Int64] = [:]
        for value in s { counts[value, default: 0] += 1 }
        let top = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
        #expect(row[16] == .list(top.map { .members([.string($0.key), .int($0.value), 0]) }), "\(context)")
    }
}
