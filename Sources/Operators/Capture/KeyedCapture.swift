import Columnar
import Dataflow
import Primitives

/// What checkpoints hold of an operator that learns about its keys for good: of each key some bytes, written when they
/// have changed; and what waits for the watermark, which is little, and written anew when it has changed.
struct KeyedCapture {
    /// Something that waits: of a key, since or for a time.
    struct Waiting {
        var key: Int
        var start: Int64
        var value: [UInt8]
    }

    static let learnt = StateTable(
        "keys", Schema([Field("hash", .int64), Field("key", .bytes), Field("value", .bytes)]), keyColumns: 2)
    static let waiting = StateTable(
        "waiting",
        Schema([Field("hash", .int64), Field("key", .bytes), Field("start", .timestamp), Field("value", .bytes)]))

    private var changed: Set<Int> = []
    /// Whether what waits is other than at the last capture, and whether a checkpoint holds any of it.
    private var isWaitingChanged = false
    private var holdsWaiting = false
    /// Keys that have come back, until the operator goes on.
    private var returned: Set<Int> = []

    var tables: [StateTable] { [Self.learnt, Self.waiting] }

    /// Something was learnt of a key.
    mutating func learn(_ key: Int) { changed.insert(key) }

    /// Something new waits, or no longer does.
    mutating func wait() { isWaitingChanged = true }

    /// - Parameters:
    ///   - owner: the hash by which a key's rows are sent to a subtask; that of the key itself if absent.
    ///   - value: what is known of a key.
    ///   - waiting: everything that waits.
    mutating func capture(
        whole: Bool, _ keys: borrowing KeyTable, owner: ((Int) -> UInt64)? = nil, value: (Int) -> [UInt8],
        waiting: () -> [Waiting]
    ) -> [StateChange] {
        var changes: [StateChange] = []
        var rows = StateBatchBuilder(Self.learnt.schema)
        for key in whole ? Array(0..<keys.count) : changed.sorted() {
            Self.append(keys, key, owner, to: rows.builders)
            rows.builders[2].append(value(key))
            rows.endRow()
        }
        changed = []
        changes += Self.changes(Self.learnt, rows.finish(), replacing: whole)
        guard isWaitingChanged || whole else { return changes }
        isWaitingChanged = false
        rows = StateBatchBuilder(Self.waiting.schema)
        for entry in waiting() {
            Self.append(keys, entry.key, owner, to: rows.builders)
            rows.builders[2].append(entry.start)
            rows.builders[3].append(entry.value)
            rows.endRow()
        }
        let batches = rows.finish()
        if batches.isEmpty && holdsWaiting && !whole {
            changes.append(.drop(table: Self.waiting.name, bucket: StateRows.notInTime))
        }
        holdsWaiting = !batches.isEmpty
        return changes + Self.changes(Self.waiting, batches, replacing: true)
    }

    /// Takes rows back.
    /// - Parameters:
    ///   - number: the number of a key, new or known.
    ///   - learn: takes what was known of a key.
    ///   - wait: takes what waited.
    mutating func restore(
        _ stored: StateRows, number: (UnsafeRawBufferPointer, _ hash: UInt64) -> Int,
        learn: (Int, [UInt8]) throws(Fault) -> Void, wait: (Waiting) throws(Fault) -> Void
    ) throws(Fault) {
        guard let table = tables.first(where: { $0.name == stored.table }) else { return }
        let rows = stored.rows.compacted()
        guard rows.schema == table.schema, let hashes = rows.columns[0].asInt64, let keys = rows.columns[1].asBytes,
            let values = rows.columns[table.schema.fields.count - 1].asBytes
        else {
            throw Fault("state.columns", "the stored state has other columns", domain: .internal)
        }
        let isLearnt = table == Self.learnt
        if !isLearnt { holdsWaiting = true }
        for row in 0..<rows.rowCount {
            let key = number(UnsafeRawBufferPointer(keys[row]), UInt64(bitPattern: hashes.values[row]))
            if !isLearnt, let starts = rows.columns[2].asInt64 {
                try wait(Waiting(key: key, start: starts.values[row], value: Array(values[row])))
            } else if returned.insert(key).inserted {
                try learn(key, Array(values[row]))
            }
        }
    }

    /// Every row has come back.
    mutating func resume() { returned = [] }

    private static func append(
        _ keys: borrowing KeyTable, _ key: Int, _ owner: ((Int) -> UInt64)?, to builders: [ColumnBuilder]
    ) {
        builders[0].append(Int64(bitPattern: owner?(key) ?? keys.hash(key)))
        builders[1].append(Array(keys.key(key)))
    }

    private static func changes(_ table: StateTable, _ batches: [RecordBatch], replacing: Bool) -> [StateChange] {
        batches.enumerated().map { position, batch in
            let rows = StateRows(table: table.name, bucket: StateRows.notInTime, rows: batch)
            return replacing && position == 0 ? .replace(rows) : .add(rows)
        }
    }
}
