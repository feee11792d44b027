import Columnar
import Dataflow
import Primitives
import Synchronization

@testable import WebhookConnector

/// A clock that goes on only when somebody waits on it.
final class ManualClock: WallClock {
    private let nanoseconds = Mutex<Int64>(1_700_000_000_000_000_000)

    func now() -> EventTime { EventTime(microseconds: nanoseconds.withLock { $0 } / 1_000) }
    func monotonicNanoseconds() -> Int64 { nanoseconds.withLock { $0 } }
    func advance(milliseconds: Int64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }
}

/// Answers by a script, and notes what was asked and when.
final class ScriptedTransport: DeliveryTransport {
    struct Post {
        var time: Int64
        var headers: [String: String]
        var body: String
    }

    private let clock: ManualClock
    private var answers: [DeliveryResponse]
    private let last: DeliveryResponse
    private(set) var posts: [Post] = []

    /// - Parameter last: answers everything after the script.
    init(_ clock: ManualClock, _ answers: [DeliveryResponse], then last: DeliveryResponse = .ok) {
        self.clock = clock
        self.answers = answers
        self.last = last
    }

    func send(_ request: DeliveryRequest) -> DeliveryResponse {
        posts.append(
            Post(
                time: clock.monotonicNanoseconds(),
                headers: Dictionary(request.headers.map { ($0.name, $0.value) }) { $1 },
                body: String(decoding: request.body, as: UTF8.self)))
        return answers.isEmpty ? last : answers.removeFirst()
    }
}

extension DeliveryResponse {
    static let ok = DeliveryResponse.answered(status: 200, retryAfterSeconds: nil, body: Array("ok".utf8))

    static func status(_ status: Int, retryAfter: Int64? = nil, _ body: String = "") -> DeliveryResponse {
        .answered(status: status, retryAfterSeconds: retryAfter, body: Array(body.utf8))
    }
}

/// A sink on a virtual clock.
final class Delivery {
    /// Rows of incidents, as `crisis` gives them.
    static let incidentSchema = Schema([
        Field("alert_id", .string), Field("severity", .string), Field("title", .string), Field("message", .string),
        Field("incident", .string), Field("status", .string), Field("history", .list(.float64)),
        Field("brand", .string),
    ])
    static let schema = Schema([
        Field("alert_id", .string), Field("title", .string), Field("message", .string), Field("mentions", .int64),
    ])

    let clock = ManualClock()
    let transport: ScriptedTransport
    let sink: DeliverySink
    let seen = Seen()
    private var epoch: Int64 = 0

    /// What the sink tells and keeps, from whatever thread.
    final class Seen: Sendable {
        let reports = Mutex<[String]>([])
        let parked = Mutex<[DeadLetter]>([])
        let stopping = Mutex(false)
    }

    init(
        _ answers: [DeliveryResponse], then last: DeliveryResponse = .ok, _ settings: [(String, Settings.Value)] = [],
        hasCheckpoints: Bool = false, schema: Schema = Delivery.schema, journal: String? = nil
    ) throws(Fault) {
        let clock = clock
        transport = ScriptedTransport(clock, answers, then: last)
        sink = DeliverySink(
            try Delivery.settings(settings, schema),
            Delivery.context(clock, seen, schema: schema, hasCheckpoints: hasCheckpoints || journal != nil), transport,
            journal: journal.map { DeliveryJournal(directory: $0, name: "alerts") },
            pause: { clock.advance(milliseconds: Int64($0)) })
    }

    /// Writes rows and commits their epoch.
    @discardableResult
    func send(_ batch: RecordBatch) -> SinkSnapshot {
        sink.write(batch)
        return commit()
    }

    /// Ends an epoch and commits it.
    @discardableResult
    func commit() -> SinkSnapshot {
        epoch += 1
        defer { sink.commit(epoch: epoch) }
        return sink.prepare(epoch: epoch)
    }

    /// Ends the run.
    @discardableResult
    func end() -> SinkSnapshot? {
        defer { sink.close() }
        return sink.finish()
    }

    static func context(
        _ clock: any WallClock, _ seen: Seen, schema: Schema = schema, hasCheckpoints: Bool = false
    ) -> SinkContext {
        SinkContext(
            pipeline: "brand-listening", name: "alerts", clock: clock, seed: 1, baseDirectory: ".", schema: schema,
            key: [], hasCheckpoints: hasCheckpoints, isStopping: { seen.stopping.withLock { $0 } },
            report: { fault in seen.reports.withLock { $0.append(fault.code) } },
            park: { letters in seen.parked.withLock { $0 += letters } })
    }

    static func settings(
        _ members: [(String, Settings.Value)], _ schema: Schema = schema
    ) throws(Fault) -> DeliverySettings {
        let faults = FaultCollector()
        // The first of a name counts.
        let all = members + [("url", Settings.Value.string("https://hooks.example/T000/secret"))]
        let settings = Settings(.object(all.map { ($0.0, Settings($0.1, path: [$0.0])) }))
        guard let read = DeliverySettings.read(settings, context: "a.b", schema: schema, faults) else {
            throw faults.faults.first?.fault ?? Fault("test", "no settings and no fault")
        }
        return read
    }

    /// Rows of incidents: the name of each, its status, and how bad it is.
    static func incidents(_ rows: [(incident: String, status: String, severity: String)], from first: Int = 0)
        -> RecordBatch
    {
        let builders = incidentSchema.fields.map { ColumnBuilder($0.type) }
        for (index, row) in rows.enumerated() {
            for (builder, text) in zip(
                builders,
                [
                    "alert_\(first + index)", row.severity, "Crisis: \(row.incident)", "message \(first + index)",
                    row.incident, row.status,
                ])
            {
                builder.append(text)
            }
            for value in [1.0, 2, 1, 9] { builders[6].elements?.append(value) }
            builders[6].appendList()
            builders[7].append("A & B")
        }
        return RecordBatch(schema: incidentSchema, columns: builders.map { $0.finish() }, rowCount: rows.count)
    }

    static func batch(_ numbers: Range<Int>, hasIDs: Bool = true) -> RecordBatch {
        let builders = schema.fields.map { ColumnBuilder($0.type) }
        for number in numbers {
            builders[0].append(hasIDs ? "alert_\(number)" : "")
            builders[1].append("Crisis")
            builders[2].append("number \(number)")
            builders[3].append(Int64(number))
        }
        let times = ColumnBuilder(.timestamp)
        for _ in numbers { times.append(Int64(1_700_000_000_000_000)) }
        return RecordBatch(
            schema: schema, columns: builders.map { $0.finish() }, rowCount: numbers.count,
            eventTimes: times.finish().asInt64)
    }

    /// Lets time pass, tick by tick.
    func pass(seconds: Int) {
        for _ in 0..<seconds * 10 {
            clock.advance(milliseconds: 100)
            sink.tick()
        }
    }

    var isBalanced: Bool {
        sink.counts.held >= 0 && sink.counts.parked == seen.parked.withLock { Int64($0.count) }
    }
}
