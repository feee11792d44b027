import Columnar
import Dataflow
import Formats
import Primitives

/// What one row, or a digest of several, becomes on the wire.
struct Payload: Sendable {
    /// The same for the same row in every run, so that a receiver can drop what it has seen: `webhook-id`.
    var id: String
    var body: [UInt8]
}

/// Which row of a sink it is: `Outbox` gives it its name.
struct RowName: Sendable, Hashable {
    var origin: Int64
    var epoch: Int64
    var number: Int64

    /// Within its outbox.
    var text: String { "\(epoch):\(number)" }
}

/// Turns rows into messages of a sink's format.
struct PayloadWriter {
    private let settings: DeliverySettings
    private let pipeline: String
    private let sink: String
    private let schema: Schema
    private let rows: JSONRowWriter

    /// Columns of an alert, each shown in a place of its own.
    private static let placed: Set = [
        "alert_id", "alert", "severity", "title", "message", "at", "incident", "status", "started_at", "history",
        "samples",
    ]
    private static let digestShown = 3

    init(_ settings: DeliverySettings, pipeline: String, sink: String, schema: Schema) {
        self.settings = settings
        self.pipeline = pipeline
        self.sink = sink
        self.schema = schema
        rows = JSONRowWriter(schema: schema)
    }

    /// What each row of a batch must stay in order with: its incident, or all others where there are none.
    func incidents(of batch: RecordBatch) -> (Int) -> String {
        guard let path = batch.schema.resolve("incident"), path.field.type == .string,
            let names = batch.column(at: path).asBytes
        else { return { _ in "" } }
        return { String(decoding: names[$0], as: UTF8.self) }
    }

    /// Whether nothing more is to come of a row's incident.
    func isLast(_ row: DeliveryQueue.Waiting) -> Bool { RowView(row).text("status") == "resolve" }

    /// A row as JSON, for the letter of a delivery that is given up.
    func json(_ row: DeliveryQueue.Waiting) -> [UInt8] {
        var json: [UInt8] = []
        rows.append(row: row.row, of: row.batch, to: &json)
        return json
    }

    func payload(_ row: DeliveryQueue.Waiting, _ threads: MessageThreads) -> Payload {
        let view = RowView(row)
        let id = id(row)
        let time = view.eventTime ?? row.committedAt
        switch settings.format {
        case .slack:
            var message = slack(view, time)
            message.thread = settings.channel == nil ? nil : threads[row.incident]
            message.isForAll = ["escalate", "resolve"].contains(view.text("status"))
            return Payload(id: id, body: message.body())
        case .pagerduty: return Payload(id: id, body: event(view, row, id, time).body())
        case .email: return Payload(id: id, body: mail(view, row, id, time).body())
        case .json:
            var body = Array("{\"type\":".utf8)
            JSONText.append(settings.eventType, to: &body)
            body.append(contentsOf: ",\"timestamp\":".utf8)
            JSONText.append(Timestamp.format(time.microseconds), to: &body)
            body.append(contentsOf: ",\"data\":".utf8)
            body.append(contentsOf: json(row))
            body.append(UInt8(ascii: "}"))
            return Payload(id: id, body: body)
        }
    }

    /// One message for many rows: how many, and the worst.
    func digest(_ rows: [DeliveryQueue.Waiting]) -> Payload {
        let views = rows.map(RowView.init)
        let id = "digest_" + Hashing.hexadecimal(Hashing.hash64(rows.map(id).joined(separator: " ")))
        let digest = Digest(views, shown: Self.digestShown, message: settings.textColumn ?? "message")
        let time = views.compactMap(\.eventTime).max() ?? rows[0].committedAt
        let footer = "\(pipeline) · \(Timestamp.format(time.microseconds))"
        if settings.format == .email {
            var mail = MailMessage(settings.mail, id: id, date: rows[0].committedAt)
            mail.subject = "\(digest.title): \(pipeline)"
            mail.text = digest.lines.joined(separator: "\n\n") + "\n\n\(footer)\n"
            return Payload(id: id, body: mail.body())
        }
        var message = SlackMessage(
            title: digest.title, text: digest.lines.joined(separator: "\n"), fields: [], footer: footer)
        message.channel = settings.channel
        return Payload(id: id, body: message.body())
    }

    private func id(_ row: DeliveryQueue.Waiting) -> String {
        if let given = RowView(row).text("alert_id"), !given.isEmpty {
            // A full stop would part the id from the time in what is signed.
            return WireName.word(String(given.map { $0 == "." ? "_" : $0 }))
        }
        let text = "\(pipeline)/\(sink)/\(row.name.origin)/\(row.name.epoch)/\(row.name.number)"
        let (high, low) = (Hashing.hash64(text), Hashing.hash64(text, seed: ~0))
        return "row_" + Hashing.hexadecimal(high) + Hashing.hexadecimal(low)
    }

    /// The text of a row, or its columns where there is none.
    private func text(_ view: RowView) -> (message: String?, fields: [(name: String, value: String)]) {
        let message = settings.textColumn.flatMap { view.text($0) } ?? view.text("message")
        let others = schema.fields.filter { field in
            !Self.placed.contains(field.name) && field.name != settings.textColumn
        }
        return (message, others.compactMap { field in view.shown(field.name).map { (name: field.name, value: $0) } })
    }

    private func links(_ view: RowView) -> [(name: String, url: String)] {
        settings.links.map { ($0.name, $0.url { view.shown($0) }) }
    }

    private func slack(_ view: RowView, _ time: EventTime) -> SlackMessage {
        let (message, fields) = text(view)
        let footer = [view.text("severity"), pipeline, Timestamp.format(time.microseconds)]
        let lines = fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        var slack = SlackMessage(
            title: view.text("title") ?? "", text: message ?? lines, fields: message == nil ? [] : fields,
            footer: footer.compactMap { $0 }.joined(separator: " · "))
        slack.sparkline = Sparkline.text(view.numbers("history"))
        slack.links = links(view)
        slack.channel = settings.channel
        return slack
    }

    private func event(_ view: RowView, _ row: DeliveryQueue.Waiting, _ id: String, _ time: EventTime)
        -> PagerDutyEvent
    {
        let message = text(view).message ?? ""
        let title = view.text("title") ?? ""
        return PagerDutyEvent(
            routingKey: settings.routingKey, action: PagerDutyEvent.action(view.text("status")),
            key: row.incident.isEmpty ? id : row.incident,
            summary: [title, message].filter { !$0.isEmpty }.joined(separator: ": "), source: pipeline,
            severity: PagerDutyEvent.severity(view.text("severity")), timestamp: Timestamp.format(time.microseconds),
            component: view.text("alert") ?? sink, details: json(row), links: links(view))
    }

    private func mail(_ view: RowView, _ row: DeliveryQueue.Waiting, _ id: String, _ time: EventTime) -> MailMessage {
        let (message, fields) = text(view)
        var mail = MailMessage(settings.mail, id: id, date: time)
        mail.subject = view.text("title") ?? "\(pipeline): \(sink)"
        mail.thread = row.incident.isEmpty ? nil : row.incident
        mail.isFirst = view.text("status") == "open"
        var lines = [message ?? "", Sparkline.text(view.numbers("history"))]
        lines.append(fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n"))
        lines += links(view).map { "\($0.name): \($0.url)" }
        lines.append("\(pipeline) · \(Timestamp.format(time.microseconds))")
        mail.text = lines.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
        return mail
    }
}
