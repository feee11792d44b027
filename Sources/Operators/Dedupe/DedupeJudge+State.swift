import Columnar
import Dataflow
import Primitives

extension DedupeJudge: OperatorState {
    /// Keys that have passed, sorted by hash within a capture, so that they pack well.
    static let keyTable = StateTable(
        "keys", Schema([Field("hash", .int64), Field("check", .int64), Field("offset", .int64)]))
    private static let rowsMax = 65_536

    var tables: [StateTable] { [Self.keyTable] }

    func capture(whole: Bool) -> [StateChange] {
        let isWhole = whole || !notesAdded
        notesAdded = true
        var changes: [StateChange] = whole ? [] : dropped.sorted().map { .drop(table: Self.keyTable.name, bucket: $0) }
        dropped = []
        for position in buckets.indices {
            changes += buckets[position].captureKeys(whole: isWhole, rowsMax: Self.rowsMax)
        }
        return changes
    }

    func restore(_ stored: StateRows) throws(Fault) {
        guard stored.table == Self.keyTable.name else { return }
        let rows = stored.rows.compacted()
        guard rows.schema == Self.keyTable.schema, let hashes = rows.columns[0].asInt64,
            let checks = rows.columns[1].asInt64, let offsets = rows.columns[2].asInt64
        else {
            throw Fault("state.columns", "the stored state of a dedupe has other columns", domain: .internal)
        }
        let position = position(of: stored.bucket)
        buckets[position].isCaptured = true
        for row in 0..<rows.rowCount {
            buckets[position].table.insert(
                SeenKey(
                    hash: UInt64(bitPattern: hashes.values[row]), check: UInt32(truncatingIfNeeded: checks.values[row]),
                    offset: UInt32(truncatingIfNeeded: offsets.values[row])))
        }
    }

    func resume(at watermark: EventTime) {
        notesAdded = true
        advance(to: watermark)
    }
}

extension SeenBucket {
    /// The keys that no checkpoint holds; all of them if `whole`.
    fileprivate mutating func captureKeys(whole: Bool, rowsMax: Int) -> [StateChange] {
        var keys = added
        if whole {
            keys = []
            keys.reserveCapacity(table.count)
            table.forEach { keys.append($0) }
        }
        added = []
        guard !keys.isEmpty else { return [] }
        keys.withUnsafeMutableBufferPointer { $0.sortByHash() }
        isCaptured = true
        return stride(from: 0, to: keys.count, by: rowsMax).map { start in
            let rows = stateRows(keys[start..<min(keys.count, start + rowsMax)])
            return whole && start == 0 ? .replace(rows) : .add(rows)
        }
    }

    private func stateRows(_ keys: ArraySlice<SeenKey>) -> StateRows {
        let table = DedupeJudge.keyTable
        let builders = table.schema.fields.map { ColumnBuilder($0.type, capacity: keys.count) }
        for key in keys {
            builders[0].append(Int64(bitPattern: key.hash))
            builders[1].append(Int64(key.check))
            builders[2].append(Int64(key.offset))
        }
        return StateRows(
            table: table.name, bucket: number,
            rows: RecordBatch(schema: table.schema, columns: builders.map { $0.finish() }, rowCount: keys.count))
    }
}
