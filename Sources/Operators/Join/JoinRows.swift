import Columnar
import Dataflow
import Primitives

/// Writes the rows of one side of a join as rows of state, and reads them back.
///
/// Rows are only ever added to a bucket. That one has found a partner after it was written is a row of a table of its
/// own, so that it need not be written again.
struct JoinRows {
    /// A row of a bucket: its key's hash, and its number among the rows of that key.
    struct Match: Hashable {
        var hash: UInt64
        var number: Int64
    }

    private static let head = [
        Field("hash", .int64), Field("at", .timestamp), Field("number", .int64), Field("matched", .bool),
    ]

    private let schema: Schema
    let rows: StateTable
    let matches: StateTable

    init(_ plan: JoinPlan, _ side: JoinSide) {
        schema = plan.schema(side)
        let columns = schema.fields.map { field in
            var field = field
            field.name = Self.name(of: field)
            return field
        }
        rows = StateTable(side.name, Schema(Self.head + columns))
        matches = StateTable("\(side.name) matches", Schema([Field("hash", .int64), Field("number", .int64)]))
    }

    // Not a single word, as the names of the other columns are.
    private static func name(of field: Field) -> String { "column \(field.name)" }

    func write(_ bucket: JoinBucket, _ entries: Range<Int>) -> [RecordBatch] {
        var written: [RecordBatch] = []
        write(bucket, entries, isPaged: false) { written.append($0) }
        return written
    }

    /// Writes entries of a bucket.
    /// - Parameters:
    ///   - isPaged: whether rows are for the pages of a run.
    ///   - take: is given some rows at a time.
    func write<Failure: Error>(
        _ bucket: JoinBucket, _ entries: some Sequence<some BinaryInteger>, isPaged: Bool,
        _ take: (RecordBatch) throws(Failure) -> Void
    ) throws(Failure) {
        var batches =
            isPaged
            ? StateBatchBuilder(
                rows.schema, rowsMax: RowRunBuilder.pageRowsMax, columnBytesMax: RowRunBuilder.pageBytesMax)
            : StateBatchBuilder(rows.schema)
        let builders = batches.builders
        for number in entries {
            let number = Int(number)
            let entry = bucket.entries[number]
            builders[0].append(Int64(bitPattern: bucket.hash(number)))
            builders[1].append(entry.time)
            builders[2].append(entry.number)
            builders[3].append(entry.isMatched)
            let chunk = bucket.chunks[Int(entry.chunk)]
            for (builder, column) in zip(builders.dropFirst(Self.head.count), chunk.columns) {
                builder.append(from: column, row: Int(entry.row))
            }
            batches.endRow()
            for batch in batches.takeFull() { try take(batch) }
        }
        for batch in batches.finish() { try take(batch) }
    }

    func writeMatches(_ bucket: JoinBucket, _ entries: [UInt32]) -> [RecordBatch] {
        var batches = StateBatchBuilder(matches.schema)
        for number in entries {
            batches.builders[0].append(Int64(bitPattern: bucket.hash(Int(number))))
            batches.builders[1].append(bucket.entries[Int(number)].number)
            batches.endRow()
        }
        return batches.finish()
    }

    /// The rows of the stream among stored ones.
    func chunk(_ stored: RecordBatch) throws(Fault) -> RecordBatch {
        guard let times = stored.column("at", .timestamp)?.asInt64 else { throw Self.foreign }
        var columns: [Column] = []
        for field in schema.fields {
            guard let column = stored.column(Self.name(of: field), field.type) else { throw Self.foreign }
            columns.append(column)
        }
        return RecordBatch(schema: schema, columns: columns, rowCount: stored.rowCount, eventTimes: times)
    }

    /// Puts rows back into their bucket.
    func read(_ stored: RecordBatch, keys: [FieldPath], into bucket: JoinBucket) throws(Fault) {
        let chunk = try chunk(stored)
        guard let hashes = stored.column("hash", .int64)?.asInt64, let times = chunk.eventTimes,
            let numbers = stored.column("number", .int64)?.asInt64,
            let matched = stored.column("matched", .bool)?.asBool
        else { throw Self.foreign }
        let position = bucket.add(chunk)
        var encoder = RowKeyEncoder(keys.map { chunk.column(at: $0) })
        defer { encoder.deallocate() }
        for row in 0..<chunk.rowCount {
            bucket.insert(
                encoder.encode(row), hash: UInt64(bitPattern: hashes.values[row]), time: times.values[row],
                chunk: position, row: row, isMatched: matched[row], number: numbers.values[row])
        }
    }

    func readMatches(_ stored: RecordBatch) throws(Fault) -> [Match] {
        guard let hashes = stored.column("hash", .int64)?.asInt64,
            let numbers = stored.column("number", .int64)?.asInt64
        else { throw Self.foreign }
        return (0..<stored.rowCount).map {
            Match(hash: UInt64(bitPattern: hashes.values[$0]), number: numbers.values[$0])
        }
    }

    static let foreign = Fault(
        "state.columns", "the stored state of a join lacks columns that this file needs",
        hint: "its shape has changed: let it be rebuilt", domain: .internal)
}
