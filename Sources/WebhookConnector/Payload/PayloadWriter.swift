import Columnar
import Formats
import Primitives

/// What one row becomes on the wire.
struct Payload: Sendable {
    /// The same for the same row in every run, so that a receiver can drop what it has seen: `webhook-id`.
    var id: String
    var body: [UInt8]
    /// The row as JSON, for the letter of a delivery that is given up.
    var row: [UInt8]
}

/// Which row of a sink it is: `Outbox` gives it its name.
struct RowName: Sendable, Hashable {
    var origin: Int64
    var epoch: Int64
    var number: Int64
}

/// Turns rows into requests.
struct PayloadWriter {
    private let settings: WebhookSettings
    private let pipeline: String
    private let sink: String
    private let schema: Schema
    private let rows: JSONRowWriter

    /// Columns of an alert, each shown in a place of its own.
    private static let placed: Set = ["alert_id", "alert", "severity", "title", "message", "at"]

    init(_ settings: WebhookSettings, pipeline: String, sink: String, schema: Schema) {
        self.settings = settings
        self.pipeline = pipeline
        self.sink = sink
        self.schema = schema
        rows = JSONRowWriter(schema: schema)
    }

    /// - Parameters:
    ///   - name: tells the row from every other of the sink, and is the same in every run.
    ///   - now: stands for the event time of a row that has none.
    func payload(row: Int, of batch: RecordBatch, name: RowName, now: EventTime) -> Payload {
        var json: [UInt8] = []
        rows.append(row: row, of: batch, to: &json)
        let time = batch.eventTimes.map { EventTime(microseconds: $0.values[row]) } ?? now
        return Payload(id: id(row, batch, name), body: body(row, batch, json, time), row: json)
    }

    private func id(_ row: Int, _ batch: RecordBatch, _ name: RowName) -> String {
        if let given = text("alert_id", row, batch), !given.isEmpty {
            // A full stop would part the id from the time in what is signed.
            return String(given.map { $0 == "." ? "_" : $0 })
        }
        var text = "\(pipeline)/\(sink)/\(name.origin)/\(name.epoch)/\(name.number)"
        let high = text.withUTF8 { Hashing.hash64(UnsafeRawBufferPointer($0), seed: 0) }
        let low = text.withUTF8 { Hashing.hash64(UnsafeRawBufferPointer($0), seed: ~0) }
        return "row_" + Self.hexadecimal(high) + Self.hexadecimal(low)
    }

    private func body(_ row: Int, _ batch: RecordBatch, _ json: [UInt8], _ time: EventTime) -> [UInt8] {
        switch settings.format {
        case .slack: return slack(row, batch, time).body()
        case .json:
            var body: [UInt8] = []
            body.append(contentsOf: "{\"type\":".utf8)
            JSONText.append(settings.eventType, to: &body)
            body.append(contentsOf: ",\"timestamp\":".utf8)
            JSONText.append(Timestamp.format(time.microseconds), to: &body)
            body.append(contentsOf: ",\"data\":".utf8)
            body.append(contentsOf: json)
            body.append(UInt8(ascii: "}"))
            return body
        }
    }

    private func slack(_ row: Int, _ batch: RecordBatch, _ time: EventTime) -> SlackMessage {
        let message = settings.textColumn.flatMap { text($0, row, batch) } ?? text("message", row, batch)
        let others = schema.fields.filter { field in
            !Self.placed.contains(field.name) && field.name != settings.textColumn
        }
        let fields = others.compactMap { field in shown(field.name, row, batch).map { (name: field.name, value: $0) } }
        let footer = [text("severity", row, batch), pipeline, Timestamp.format(time.microseconds)]
        let lines = fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        return SlackMessage(
            title: text("title", row, batch) ?? "", text: message ?? lines, fields: message == nil ? [] : fields,
            footer: footer.compactMap { $0 }.joined(separator: " · "))
    }

    /// A string column's value; `nil` if there is no such column or no value.
    private func text(_ name: String, _ row: Int, _ batch: RecordBatch) -> String? {
        guard let path = batch.schema.resolve(name), path.field.type == .string else { return nil }
        let column = batch.column(at: path)
        guard let bytes = column.asBytes, column.isValid(row) else { return nil }
        return String(decoding: bytes[row], as: UTF8.self)
    }

    /// Any column's value as people read it; `nil` if there is none.
    private func shown(_ name: String, _ row: Int, _ batch: RecordBatch) -> String? {
        if let text = text(name, row, batch) { return text }
        guard let path = batch.schema.resolve(name), batch.column(at: path).isValid(row) else { return nil }
        var json: [UInt8] = []
        let one = RecordBatch(
            schema: Schema([Field("v", path.field.type, isNullable: true)]), columns: [batch.column(at: path)],
            rowCount: batch.rowCount)
        JSONRowWriter(schema: one.schema).append(row: row, of: one, to: &json)
        return String(decoding: json.dropFirst(#"{"v":"#.utf8.count).dropLast(), as: UTF8.self)
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
