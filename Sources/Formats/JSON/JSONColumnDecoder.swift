package import Columnar
package import Dataflow
package import Primitives

/// Decodes JSON records straight into columns: only those that are wanted, every record checked whole.
package final class JSONColumnDecoder: Decoder {
    /// Records larger than this are refused unread, in bytes.
    package static let recordBytesMax = 32 << 20

    package let schema: Schema
    /// The wanted columns, and behind them the event time where no wanted column holds it as a timestamp.
    private let decoded: Schema
    private let parser: JSONParser
    private let assembler: RecordAssembler
    /// `nil`: the event time is the transport's.
    private let eventTime: FieldPath?

    /// - Parameters:
    ///   - schema: the columns wanted.
    ///   - paths: where in a record a column, by its path, is found, if not under its own name.
    ///   - timeUnit: what a number counts in the event-time column, where that is not a timestamp.
    package init(
        schema: Schema, paths: [String: [String]] = [:], eventTime: EventTimeOrigin,
        timeUnit: FieldDecoding.TimeUnit = .milliseconds
    ) throws(Fault) {
        self.schema = schema
        parser = try JSONParser()
        guard case .column(let path) = eventTime else {
            decoded = schema
            self.eventTime = nil
            assembler = RecordAssembler(schema.fields, paths: paths)
            return
        }
        if let found = schema.resolve(path), found.field.type == .timestamp {
            decoded = schema
            self.eventTime = found
            assembler = RecordAssembler(schema.fields, paths: paths, required: path)
            return
        }
        let aside = Field("event time", .timestamp, decoding: FieldDecoding(timeUnit: timeUnit))
        let place = paths[path] ?? path.split(separator: ".").map(String.init)
        decoded = Schema(schema.fields + [aside])
        self.eventTime = FieldPath(indices: [schema.fields.count], field: aside)
        assembler = RecordAssembler(
            decoded.fields, paths: paths.merging([aside.name: place]) { _, new in new }, required: aside.name)
    }

    package func decode(_ records: RawRecords) -> DecodedRecords {
        var rejected: [DeadLetter] = []
        var transportTimes: [Int64] = []
        for record in records.records {
            do throws(JSONMismatch) {
                try append(record, isPadded: records.isPadded)
                if eventTime == nil, let time = record.timestamp { transportTimes.append(time) }
            } catch {
                rejected.append(
                    DeadLetter(
                        code: error.code, reason: error.reason, origin: records.origin, partition: records.partition,
                        offset: record.offset, bytes: record.bytes.map { Array($0) }, eventTime: record.timestamp))
            }
        }
        return DecodedRecords(batch: finish(transportTimes), rejected: rejected)
    }

    private func append(_ record: RawRecord, isPadded: Bool) throws(JSONMismatch) {
        guard let bytes = record.bytes else {
            throw JSONMismatch(code: "json.null_payload", reason: "the record has no payload (a tombstone)")
        }
        guard bytes.count <= Self.recordBytesMax else {
            throw JSONMismatch(
                code: "json.too_large", reason: "the record has \(bytes.count) bytes; at most \(Self.recordBytesMax)")
        }
        let tape: JSONTape
        do throws(JSONSyntaxError) {
            tape = try parser.parse(bytes, isPadded: isPadded)
        } catch {
            throw JSONMismatch(code: "json.syntax", reason: error.message)
        }
        guard tape.kind(JSONTape.root) == JSONKind.object else {
            throw JSONMismatch(
                code: "json.type", reason: "the record is \(tape.typeName(JSONTape.root)), not an object")
        }
        if eventTime == nil, record.timestamp == nil {
            throw JSONMismatch(code: "json.event_time", reason: "the transport gives the record no time")
        }
        try assembler.append(tape, JSONTape.root)
    }

    private func finish(_ transportTimes: [Int64]) -> RecordBatch {
        let rowCount = assembler.count
        let all = RecordBatch(schema: decoded, columns: assembler.finishColumns(), rowCount: rowCount)
        let times: Column
        if let eventTime {
            times = all.column(at: eventTime)
        } else {
            let builder = ColumnBuilder(.timestamp, capacity: rowCount)
            for time in transportTimes { builder.append(time) }
            times = builder.finish()
        }
        return RecordBatch(
            schema: schema, columns: Array(all.columns.prefix(schema.fields.count)), rowCount: rowCount,
            eventTimes: times.asInt64)
    }
}
