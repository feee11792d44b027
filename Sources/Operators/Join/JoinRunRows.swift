import Columnar
import Dataflow
import Primitives

/// What checkpoints hold of files of rows: of each key group in one a row.
struct JoinRunRows {
    /// A file that comes back.
    struct Restored {
        var groups: [Int: JoinRun.Group] = [:]
        /// What the next new row of its bucket is numbered at least.
        var next: Int64 = 0
    }

    let table: StateTable

    init(_ side: JoinSide) {
        table = StateTable(
            "\(side.name) runs",
            Schema([
                Field("hash", .int64), Field(StateTable.fileColumn, .string), Field("first", .int64),
                Field("rows", .int64), Field("next", .int64), Field("matched", .bytes),
            ]))
    }

    func write(_ bucket: JoinBucket) -> RecordBatch {
        let builders = table.schema.fields.map { ColumnBuilder($0.type) }
        for run in bucket.runs {
            for (number, group) in run.capture() {
                builders[0].append(Int64(bitPattern: UInt64(number) << 56))
                builders[1].append(run.rows.rows.file.name)
                builders[2].append(Int64(group.first))
                builders[3].append(Int64(group.count))
                builders[4].append(bucket.nextNumber)
                builders[5].append(group.matched)
            }
        }
        let count = builders[0].count
        return RecordBatch(schema: table.schema, columns: builders.map { $0.finish() }, rowCount: count)
    }

    func read(_ rows: RecordBatch, into files: inout [String: Restored]) throws(Fault) {
        guard let hashes = rows.column("hash", .int64)?.asInt64,
            let names = rows.column(StateTable.fileColumn, .string)?.asBytes,
            let firsts = rows.column("first", .int64)?.asInt64, let counts = rows.column("rows", .int64)?.asInt64,
            let nexts = rows.column("next", .int64)?.asInt64, let matched = rows.column("matched", .bytes)?.asBytes
        else { throw JoinRows.foreign }
        for row in 0..<rows.rowCount {
            let group = JoinRun.Group(
                first: Int(firsts.values[row]), count: Int(counts.values[row]), matched: Array(matched[row]))
            let name = names.string(row)
            files[name, default: Restored()].groups[KeyGroup.of(hash: UInt64(bitPattern: hashes.values[row]))] = group
            files[name, default: Restored()].next = max(files[name]?.next ?? 0, nexts.values[row])
        }
    }
}
