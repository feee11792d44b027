package import Columnar
package import Dataflow
package import Primitives

/// Decodes JSON records straight into columns: only those that are wanted, every record checked whole.
///
/// A record that is no JSON object (RFC 8259), lacks a required value or has one of another type becomes a dead letter
/// whose reason names the place. An absent value and `null` are the same. Integers are exact; `1.0` and `1e3` are whole
/// numbers too. Of a key that comes twice, the last counts.
package final class JSONColumnDecoder: Decoder {
    /// Records larger than this are refused unread, unless the settings say otherwise; in bytes.
    package static let recordBytesMax = 32 << 20

    package let schema: Schema
    private let parser: JSONParser
    private let assembler: RowAssembler
    private let usesTransportTime: Bool
    private let recordBytesMax: Int

    /// - Parameters:
    ///   - schema: the columns wanted, the event time's among them.
    ///   - origins: where in a record a column, by its path, is found, if not under its own name.
    ///   - recordBytesMax: larger records are refused unread.
    package init(
        schema: Schema, origins: [String: JSONColumnOrigin] = [:], eventTime: EventTimeOrigin,
        recordBytesMax: Int = JSONColumnDecoder.recordBytesMax
    ) throws(Fault) {
        self.schema = schema
        self.recordBytesMax = recordBytesMax
        parser = try JSONParser()
        switch eventTime {
        case .transport:
            usesTransportTime = true
            assembler = RowAssembler(schema.fields, origins: origins, eventTime: nil)
        case .column(let path):
            guard schema.resolve(path)?.field.type == .timestamp else {
                throw Fault(
                    "json.event_time", "the event-time column `\(path)` is no timestamp among the columns wanted",
                    domain: .internal)
            }
            usesTransportTime = false
            assembler = RowAssembler(schema.fields, origins: origins, eventTime: path)
        }
    }

    package func decode(_ records: RawRecords) -> DecodedRecords {
        var rejected: [DeadLetter] = []
        var row = 0
        var byteCount = 0
        for record in records.records {
            do throws(JSONMismatch) {
                try append(record, row: row, isPadded: records.isPadded, byteCount: &byteCount)
                row += 1
            } catch {
                rejected.append(
                    DeadLetter(
                        code: error.code, reason: error.reason, origin: records.origin, partition: records.partition,
                        offset: record.offset, bytes: record.bytes.map { Array($0) }, eventTime: record.timestamp))
            }
        }
        return DecodedRecords(batch: finish(rowCount: row), rejected: rejected)
    }

    @inline(__always)
    private func append(
        _ record: RawRecord, row: Int, isPadded: Bool, byteCount: inout Int
    ) throws(JSONMismatch) {
        guard let bytes = record.bytes else {
            throw JSONMismatch("json.null_payload", "", "the record has no payload (a tombstone)")
        }
        // What a batch decodes is never longer than its records, so no column can outgrow its 32-bit offsets.
        byteCount += bytes.count
        guard bytes.count <= recordBytesMax, byteCount <= Int(Int32.max) else {
            throw JSONMismatch("json.too_large", "", "the record has \(bytes.count) bytes; at most \(recordBytesMax)")
        }
        let tape = try parser.parseRecord(bytes, isPadded: isPadded)
        guard tape.kind(JSONTape.root) == JSONKind.object else {
            throw JSONMismatch("json.type", "", "the record is \(tape.typeName(JSONTape.root)), not an object")
        }
        if usesTransportTime {
            guard let time = record.timestamp, RowAssembler.years.contains(time) else {
                throw JSONMismatch("json.event_time", "", "the transport gives the record no time")
            }
            try assembler.append(tape, row: row)
            assembler.eventTimes.append(time)
        } else {
            try assembler.append(tape, row: row)
        }
    }

    private func finish(rowCount: Int) -> RecordBatch {
        let columns = assembler.builders.map { $0.finish() }
        return RecordBatch(
            schema: schema, columns: columns, rowCount: rowCount, eventTimes: assembler.eventTimes.finish().asInt64)
    }
}
