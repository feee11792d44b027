import Columnar
import Dataflow
import Detection
import Primitives

/// What a `trend` knows of windows that are over for good, as rows of state. All have one owner, since one subtask
/// ranks.
struct CapturedLevels {
    private static let head = [Field("owner", .int64)]

    /// What is usual of terms that have a place of their own.
    static let levels = StateTable(
        "levels",
        Schema(
            head + [
                Field("hash", .int64), Field("mean", .float64), Field("variance", .float64),
                Field("window", .int64), Field("first", .timestamp),
            ]), keyColumns: 2)
    /// What is usual of the others, in pieces.
    static let hashed = StateTable(
        "hashed", Schema(head + [Field("piece", .int64), Field("width", .int64), Field("cells", .bytes)]),
        keyColumns: 2)
    /// The window that windows are numbered from.
    static let clock = StateTable("clock", Schema(head + [Field("first_window", .timestamp)]), keyColumns: 1)

    static let tables = [levels, hashed, clock]

    private static let foreign = Fault(
        "state.columns", "the stored state of a trend has other columns", domain: .internal)

    // MARK: writing

    func write(_ baselines: inout TermBaselines, all: Bool) -> [RecordBatch] {
        var rows = StateBatchBuilder(Self.levels.schema)
        let builders = rows.builders
        baselines.takeChanges(all: all) { term in
            builders[0].append(TrendPlan.owner)
            builders[1].append(Int64(bitPattern: term.hash))
            builders[2].append(Double(term.level.mean))
            builders[3].append(Double(term.level.variance))
            builders[4].append(Int64(term.level.window))
            builders[5].append(term.first)
            rows.endRow()
        }
        return rows.finish()
    }

    func write(_ hashed: HashedLevels) -> [RecordBatch] {
        var rows = StateBatchBuilder(Self.hashed.schema)
        for piece in 0..<hashed.pieces {
            rows.builders[0].append(TrendPlan.owner)
            rows.builders[1].append(Int64(piece))
            rows.builders[2].append(Int64(hashed.width))
            rows.builders[3].append(hashed.serialized(piece))
            rows.endRow()
        }
        return rows.finish()
    }

    func write(firstWindow: Int64) -> RecordBatch {
        let builders = Self.clock.schema.fields.map { ColumnBuilder($0.type) }
        builders[0].append(TrendPlan.owner)
        builders[1].append(firstWindow)
        return RecordBatch(schema: Self.clock.schema, columns: builders.map { $0.finish() }, rowCount: 1)
    }

    // MARK: reading

    func read(levels rows: RecordBatch, into baselines: inout TermBaselines) throws(Fault) {
        guard let hashes = rows.column("hash", .int64)?.asInt64, let means = rows.column("mean", .float64)?.asFloat64,
            let variances = rows.column("variance", .float64)?.asFloat64,
            let windows = rows.column("window", .int64)?.asInt64,
            let firsts = rows.column("first", .timestamp)?.asInt64
        else { throw Self.foreign }
        for row in 0..<rows.rowCount {
            baselines.restore(
                UInt64(bitPattern: hashes.values[row]), first: firsts.values[row],
                BurstLevel(
                    mean: Float(means.values[row]), variance: Float(variances.values[row]),
                    window: UInt32(clamping: windows.values[row])))
        }
    }

    func read(hashed rows: RecordBatch, into baselines: inout TermBaselines) throws(Fault) {
        guard let pieces = rows.column("piece", .int64)?.asInt64, let widths = rows.column("width", .int64)?.asInt64,
            let cells = rows.column("cells", .bytes)?.asBytes
        else { throw Self.foreign }
        // With another number of terms cells stand for other terms.
        for row in 0..<rows.rowCount where widths.values[row] == baselines.hashed.width {
            try baselines.restoreHashed(Array(cells[row]), piece: Int(pieces.values[row]))
        }
    }

    func readClock(_ rows: RecordBatch) throws(Fault) -> Int64? {
        guard let firsts = rows.column("first_window", .timestamp)?.asInt64 else { throw Self.foreign }
        return rows.rowCount > 0 ? firsts.values[0] : nil
    }
}
