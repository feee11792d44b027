import Columnar
import Dataflow
import Detection
import Primitives
import Testing

@testable import Operators

@Suite("alert with incidents")
struct AlertLifeTests {
    private let stream = TestStream(
        Field("brand", .string), Field("platform", .string), Field("mentions", .int64, isNullable: true))

    private func settings(_ more: [(String, Written)] = []) -> Written {
        .map(
            [
                ("when", "mentions > 10"), ("resolve", "mentions < 5"), ("message", "{brand}: {mentions}"),
                ("by", ["brand"]), ("quiet", .micros(100)), ("cooldown", .micros(0)), ("value", "mentions"),
                ("escalate", .map([("critical", "mentions > 50")])),
            ] + more)
    }

    private func bench(_ settings: Written) throws -> OperatorBench {
        let (planned, faults) = plan("alert", settings, stream)
        #expect(faults.isEmpty, "\(faults)")
        return try OperatorBench(planned)
    }

    private func rows(_ counts: [(at: Int64, mentions: Int64)], _ brand: Cell = "a") -> RecordBatch {
        stream.batch(counts.map { [brand, "x", .int($0.mentions)] }, times: counts.map(\.at))
    }

    private func value(_ name: String, _ row: [Cell]) -> Cell {
        IncidentRows.fields.firstIndex { $0.name == name }.map { row[$0] } ?? row[IncidentRows.fields.count]
    }

    @Test("an incident opens, goes on between the thresholds, escalates and is over, each change a row")
    func life() throws {
        let bench = try bench(settings())
        try bench.process(rows([(10, 11), (60, 60), (150, 7), (300, 1), (20, 4)]))
        #expect(bench.rows.isEmpty, "nothing is told before the watermark")
        try bench.advance(to: 1_000)
        #expect(
            bench.rows.map { value("status", $0) } == ["open", "escalate", "resolve"])
        #expect(bench.rows.map { value("at", $0) } == [10, 60, 250])
        #expect(bench.rows.map { value("severity", $0) } == ["warning", "critical", "critical"])
        #expect(
            bench.rows.map { value("message", $0) } == ["a: 11", "a: 60", "over after 0 s; it was: a: 60"])
        #expect(Set(bench.rows.map { value("incident", $0) }).count == 1)
        #expect(Set(bench.rows.map { value("alert_id", $0) }).count == 3)
        #expect(bench.rows.map { value("history", $0) } == [[11.0], [11.0, 4.0, 60.0], [11.0, 4.0, 60.0, 7.0]])
        #expect(bench.rows.allSatisfy { value("brand", $0) == "a" && value("started_at", $0) == 10 })
        #expect(bench.ledger.folded == 5 && bench.ledger.made == 3)
    }

    @Test("input that comes late in another order, in other steps, tells the same under the same ids")
    func replay() throws {
        let counts: [(at: Int64, mentions: Int64)] = [(10, 11), (60, 60), (150, 7), (300, 1), (20, 4), (500, 70)]
        let one = try bench(settings())
        try one.process(rows(counts))
        try one.advance(to: 1_000)
        let two = try bench(settings())
        for count in counts.sorted(by: { $0.at < $1.at }) {
            try two.process(rows([count]))
            try two.advance(to: count.at)
        }
        try two.advance(to: 1_000)
        #expect(one.rows == two.rows && one.rows.count == 5)
    }

    @Test("keys of a group share an incident, which speaks for the one that is bad")
    func groups() throws {
        let (planned, faults) = plan(
            "alert",
            .map([
                ("when", "mentions > 10"), ("resolve", "mentions <= 10"), ("message", "{brand} on {platform}"),
                ("by", ["brand", "platform"]), ("group", ["brand"]), ("quiet", .micros(100)),
            ]), stream)
        #expect(faults.isEmpty, "\(faults)")
        let bench = try OperatorBench(planned)
        try bench.process(
            stream.batch(
                [["a", "x", 20], ["a", "y", 20], ["a", "y", 20], ["b", "x", 20]], times: [1, 50, 140, 200]))
        try bench.advance(to: 1_000)
        #expect(
            bench.rows.map { [value("status", $0), $0[10], $0[11], value("at", $0)] } == [
                ["open", "a", "x", 1], ["open", "b", "x", 200], ["resolve", "a", "y", 240], ["resolve", "b", "x", 300],
            ])
    }

    @Test("of keys that share an incident one that is good does not say that the others are")
    func groupsThatMustGoOn() throws {
        func told(_ rows: [(platform: String, mentions: Int64, at: Int64)]) throws -> [[Cell]] {
            let (planned, faults) = plan(
                "alert",
                .map([
                    ("when", "mentions > 10"), ("resolve", "mentions <= 10"), ("message", "{platform}: {mentions}"),
                    ("by", ["brand", "platform"]), ("group", ["brand"]), ("quiet", .micros(100)), ("for", .micros(50)),
                ]), stream)
            #expect(faults.isEmpty, "\(faults)")
            let bench = try OperatorBench(planned)
            try bench.process(
                stream.batch(rows.map { ["a", .string($0.platform), .int($0.mentions)] }, times: rows.map(\.at)))
            try bench.advance(to: 1_000)
            return bench.rows.map { [value("status", $0), value("at", $0), value("message", $0)] }
        }
        // x is bad throughout; y is good in between, and at the same moment.
        #expect(
            try told([("x", 20, 1), ("y", 1, 20), ("x", 30, 40), ("y", 2, 60), ("y", 3, 61), ("x", 40, 61)])
                == [["open", 61, "x: 40"], ["resolve", 161, "over after 0 s; it was: x: 40"]])
        // y goes on when x is over it, and then nobody does.
        #expect(try told([("x", 20, 1), ("y", 30, 20), ("x", 1, 30), ("y", 40, 55)]).map { $0[1] } == [55, 155])
        #expect(try told([("x", 20, 1), ("y", 30, 20), ("x", 1, 30), ("y", 1, 40), ("y", 40, 55)]).isEmpty)
        // Of one moment the worst speaks.
        #expect(try told([("x", 20, 1), ("y", 11, 60), ("x", 70, 60), ("z", 12, 60)]).first?[2] == "x: 70")
    }

    @Test("somebody acknowledges: that is a row, and the incident is told of no more until it is worse")
    func acknowledged() throws {
        let (planned, _) = plan("alert", settings([("update", .micros(20))]), stream)
        let board = IncidentBoard()
        let context = SubtaskContext(
            subtask: 0, subtasks: 1, clock: SystemClock(), seed: 1, renderRow: { _, _ in [] }, incidents: board)
        guard case .keyed(_, let make)? = planned?.placement else { throw Fault("test.placement", "it has a key") }
        let work = try make(context)
        let output = OperatorOutput(lane: Lane(node: 1, index: 0))
        var statuses: [String] = []
        func take() {
            statuses += output.takeFrames().flatMap(\.batch.cells).compactMap { value("status", $0).string }
        }
        let lane = Lane(node: 0, index: 0)
        try work.process(Frame(batch: rows([(10, 11)]), lane: lane, sequence: 0, floor: .distantPast), output)
        try work.advance(to: EventTime(microseconds: 31), output)
        take()
        #expect(statuses == ["open", "update"])
        let open = try #require(board.open.first)
        #expect(open.operatorName == "tested" && open.severity == "warning" && !open.isAcknowledged)
        for _ in 0..<2 {
            board.acknowledge(open.name, severity: open.severity, .init(at: 1_000_000, by: "ann"))
            try work.tick(0, output)
        }
        #expect(board.open.first?.isAcknowledged == true)
        let title = output.takeFrames().flatMap(\.batch.cells).map { value("title", $0) }
        #expect(title == ["tested, acknowledged by ann"])
        statuses.append("acknowledge")
        try work.process(
            Frame(batch: rows([(60, 11), (70, 90)]), lane: lane, sequence: 1, floor: .distantPast), output)
        try work.advance(to: EventTime(microseconds: 71), output)
        // It is worse than what was seen: that word does not count any more, and another does.
        try work.tick(0, output)
        #expect(board.open.first?.isAcknowledged == false)
        try work.advance(to: EventTime(microseconds: 1_000), output)
        take()
        #expect(
            statuses == [
                "open", "update", "acknowledge", "escalate", "update", "update", "update", "update", "resolve",
            ]
        )
        #expect(board.open.isEmpty)
    }

    @Test(
        "incidents go on after a restart, on another number of subtasks too, those that several keys share as well",
        arguments: [
            ["brand"], [], ["brand", "platform", "group: brand"], ["brand", "platform", "group: platform"],
            ["brand", "platform", "group: "],
        ])
    func restarts(columns: [String]) throws {
        let by = columns.filter { !$0.hasPrefix("group") }
        let group = columns.last.flatMap { $0.hasPrefix("group") ? $0.dropFirst(7) : nil }
        for seed in UInt64(0)..<60 {
            var random = RandomSource(seed: seed)
            var watermark: Int64 = -700
            var steps: [StreamStep] = []
            for _ in 0..<80 {
                if random.below(3) == 0 {
                    watermark += Int64(random.below(60))
                    steps.append(.advance(watermark))
                    continue
                }
                let rows = (0..<random.below(4)).map { _ -> [Cell] in
                    [
                        .string(["a", "b", "c", "d"][random.below(4)]), .string(["x", "y"][random.below(2)]),
                        .int(Int64(random.below(60))),
                    ]
                }
                let times = rows.map { _ in watermark + Int64(random.below(150)) - Int64(random.below(5) * 10) }
                steps.append(.frame(stream.batch(rows, times: times), floor: watermark))
            }
            steps += [.advance(watermark + 10_000_000_000), .advance(.max)]
            let more: [(String, Written)] = [
                ("by", .list(by.map { .text($0) })), ("update", .micros(Int64(random.below(2) * 70))),
                ("for", .micros(Int64(random.below(2) * 30))), ("cooldown", .micros(Int64(random.below(2) * 90))),
                ("group", .list((group.map { [String($0)] } ?? by).filter { !$0.isEmpty }.map { .text($0) })),
            ]
            let named = Set(more.map(\.0))
            guard case .map(let all) = settings() else { return }
            let (planned, faults) = plan("alert", .map(all.filter { !named.contains($0.0) } + more), stream)
            #expect(faults.isEmpty, "\(faults)")
            let whole = try RestartHarness(planned, steps, subtasks: 1)
            try whole.run()
            let harness = try RestartHarness(planned, steps, subtasks: random.below(3) + 1)
            try harness.runThroughCrashes(&random)
            #expect(!whole.rows.isEmpty && harness.rowsByStep == whole.rowsByStep, "seed \(seed)")
            #expect(harness.late.sorted() == whole.late.sorted())
            #expect(harness.ledger == whole.ledger && harness.ledger.isBalanced)
            try harness.capture()
            #expect(harness.stored.rowCount == 0, "seed \(seed)")
        }
    }

    @Test("it says what is wrong with its settings")
    func faults() {
        func faults(_ more: [(String, Written)], _ stream: TestStream? = nil) -> [String] {
            let base: [(String, Written)] = [("when", "mentions > 1"), ("message", "m"), ("by", ["brand"])]
            return codes(plan("alert", .map(base + more), stream ?? self.stream).faults)
        }
        let resolve: (String, Written) = ("resolve", "mentions < 1")
        #expect(faults([("quiet", .seconds(1)), ("mute", [])]) == ["alert.resolve_missing", "alert.resolve_missing"])
        #expect(faults([("resolve", "mentions")]) == ["expression.type"])
        #expect(faults([resolve, ("escalate", .map([("info", "true")]))]) == ["alert.escalate"])
        #expect(faults([resolve, ("escalate", .map([("critical", "1")]))]) == ["expression.type"])
        #expect(faults([resolve, ("value", "brand")]) == ["expression.type"])
        #expect(faults([resolve, ("group", ["platform"])]) == ["incident.group"])
        #expect(faults([resolve, ("quiet", .seconds(-1))]) == ["incident.duration"])
        for window: [(String, Written)] in [
            [], [("from", "2026-12-24T00:00:00Z")], [("from", "2026-12-24T00:00:00Z"), ("to", "2026-12-23T00:00:00Z")],
            [("between", "22-6")], [("between", "25:00-26:00")], [("days", [])],
        ] {
            #expect(faults([resolve, ("mute", .list([.map(window)]))]) == ["incident.mute"])
        }
        #expect(faults([resolve, ("mute", .list([.map([("between", "22:00-06:00")])]))]).isEmpty)
        let updating = TestStream(Field("brand", .string), Field("mentions", .int64), isUpdating: true)
        #expect(faults([resolve], updating) == ["alert.updating"])
    }
}
