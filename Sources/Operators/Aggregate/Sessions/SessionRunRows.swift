import Columnar
import Dataflow
import Primitives

/// What checkpoints hold of files of sessions: of each key group in one a row, in a bucket by the earliest end.
enum SessionRunRows {
    static let table = StateTable(
        "runs",
        Schema([
            Field("hash", .int64), Field(StateTable.fileColumn, .string), Field("sessions", .int64),
            Field("first", .timestamp),
        ]))

    /// A file that comes back.
    struct Restored {
        var groups: [Int: Int] = [:]
        var first: Int64
        var end: Int64
    }

    static func write(_ runs: [SessionRun]) -> RecordBatch {
        let builders = table.schema.fields.map { ColumnBuilder($0.type) }
        for run in runs {
            for (group, count) in run.rows.rows.groups.sorted(by: { $0.key < $1.key }) {
                builders[0].append(Int64(bitPattern: UInt64(group) << 56))
                builders[1].append(run.rows.rows.file.name)
                builders[2].append(Int64(count))
                builders[3].append(run.first)
            }
        }
        let count = builders[0].count
        return RecordBatch(schema: table.schema, columns: builders.map { $0.finish() }, rowCount: count)
    }

    static func read(_ stored: StateRows, into files: inout [String: Restored]) throws(Fault) {
        let rows = stored.rows.compacted()
        guard let hashes = rows.column("hash", .int64)?.asInt64,
            let names = rows.column(StateTable.fileColumn, .string)?.asBytes,
            let counts = rows.column("sessions", .int64)?.asInt64,
            let firsts = rows.column("first", .timestamp)?.asInt64
        else { throw StateColumns.foreign }
        for row in 0..<rows.rowCount {
            let group = KeyGroup.of(hash: UInt64(bitPattern: hashes.values[row]))
            let run = Restored(first: firsts.values[row], end: stored.bucket)
            files[names.string(row), default: run].groups[group] = Int(counts.values[row])
        }
    }
}
