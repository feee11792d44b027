package import Columnar
package import Dataflow
package import Primitives

/// Decodes JSON records straight into columns: only those that are wanted, every record checked whole.
package final class JSONColumnDecoder: Decoder {
    /// Records larger than this are refused unread, in bytes.
    package static let recordBytesMax = 32 << 20

    package let schema: Schema
    private let parser: JSONParser
    private let assembler: RecordAssembler
    /// The column of the event time; `nil`: the transport's time counts.
    private let eventTime: FieldPath?

    /// - Parameters:
    ///   - schema: the columns wanted, the event time's among them.
    ///   - paths: where in a record a column, by its path, is found, if not under its own name.
    package init(
        schema: Schema, paths: [String: [String]] = [:], eventTime: EventTimeOrigin
    ) throws(Fault) {
        self.schema = schema
        parser = try JSONParser()
        switch eventTime {
        case .transport:
            self.eventTime = nil
            assembler = RecordAssembler(schema.fields, paths: paths)
        case .column(let path):
            guard let found = schema.resolve(path), found.field.type == .timestamp else {
                throw Fault(
                    "json.event_time", "the event-time column `\(path)` is no timestamp among the columns wanted",
                    domain: .internal)
            }
            self.eventTime = found
            assembler = RecordAssembler(schema.fields, paths: paths, required: path)
        }
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
        let batch = RecordBatch(schema: schema, columns: assembler.finishColumns(), rowCount: rowCount)
        guard let eventTime else {
            let builder = ColumnBuilder(.timestamp, capacity: rowCount)
            for time in transportTimes { builder.append(time) }
            return batch.timed(by: builder.finish().asInt64)
        }
        return batch.timed(by: batch.column(at: eventTime).asInt64)
    }
}
