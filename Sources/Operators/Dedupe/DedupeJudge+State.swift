import Columnar
import Dataflow
import Primitives

extension DedupeJudge: OperatorState {
    /// Keys that have passed, sorted by hash within a capture, so that they pack well.
    static let keyTable = StateTable(
        "keys", Schema([Field("hash", .int64), Field("check", .int64), Field("offset", .int64)]))
    /// Files of keys: a row for each key group in one, its least hash, the file's name, and the keys of the group.
    static let runTable = StateTable(
        "runs", Schema([Field("hash", .int64), Field(StateTable.fileColumn, .string), Field("keys", .int64)]))
    private static let rowsMax = 65_536

    var tables: [StateTable] { [Self.keyTable, Self.runTable] }

    func capture(whole: Bool) -> [StateChange] {
        #if CANARIES
            if Canary.isOn(.forgetSeenKeys) { return [] }
        #endif
        let isWhole = whole || !notesAdded
        notesAdded = true
        var changes: [StateChange] = []
        if !whole { changes = dropped.map { .drop(table: $0.table.name, bucket: $0.bucket) } }
        dropped = []
        for position in buckets.indices {
            changes += Self.changes(buckets[position], whole: isWhole)
            buckets[position].capture()
        }
        return changes
    }

    private static func changes(_ bucket: SeenBucket, whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        let replacesKeys = whole || bucket.isOutdated
        let batches = replacesKeys ? rows(bucket.table.keys, bucket.number) : rows(bucket.added, bucket.number)
        if batches.isEmpty && bucket.isOutdated && !whole {
            changes.append(.drop(table: keyTable.name, bucket: bucket.number))
        }
        for (index, rows) in batches.enumerated() {
            changes.append(replacesKeys && index == 0 ? .replace(rows) : .add(rows))
        }
        if bucket.hasNewRuns || whole && !bucket.runs.isEmpty {
            changes.append(.replace(rows(bucket.runs, bucket.number)))
        }
        return changes
    }

    private static func rows(_ keys: [SeenKey], _ bucket: Int64) -> [StateRows] {
        var keys = keys
        keys.withUnsafeMutableBufferPointer { $0.sortByHash() }
        return stride(from: 0, to: keys.count, by: rowsMax).map { start in
            let keys = keys[start..<min(keys.count, start + rowsMax)]
            let builders = keyTable.schema.fields.map { ColumnBuilder($0.type, capacity: keys.count) }
            for key in keys {
                builders[0].append(Int64(bitPattern: key.hash))
                builders[1].append(Int64(key.check))
                builders[2].append(Int64(key.offset))
            }
            return rows(keyTable, builders, keys.count, bucket)
        }
    }

    private static func rows(_ runs: [SeenRun], _ bucket: Int64) -> StateRows {
        let builders = runTable.schema.fields.map { ColumnBuilder($0.type) }
        let all = runs.flatMap { run in run.groups.map { (group: $0, keys: $1, file: run.file.name) } }
        for entry in all.sorted(by: { ($0.group, $0.file) < ($1.group, $1.file) }) {
            builders[0].append(Int64(bitPattern: UInt64(entry.group) << 56))
            builders[1].append(entry.file)
            builders[2].append(Int64(entry.keys))
        }
        return rows(runTable, builders, all.count, bucket)
    }

    private static func rows(
        _ table: StateTable, _ builders: [ColumnBuilder], _ count: Int, _ bucket: Int64
    ) -> StateRows {
        StateRows(
            table: table.name, bucket: bucket,
            rows: RecordBatch(schema: table.schema, columns: builders.map { $0.finish() }, rowCount: count))
    }

    // MARK: Recovery

    func restore(_ stored: StateRows) throws(Fault) {
        let rows = stored.rows.compacted()
        guard let table = tables.first(where: { $0.name == stored.table }) else { return }
        guard rows.schema == table.schema, let hashes = rows.columns[0].asInt64 else { throw Self.foreignColumns }
        if table == Self.runTable { return try restoreRuns(rows, hashes, stored.bucket) }
        guard let checks = rows.columns[1].asInt64, let offsets = rows.columns[2].asInt64 else {
            throw Self.foreignColumns
        }
        let position = position(of: stored.bucket)
        buckets[position].isCaptured = true
        for row in 0..<rows.rowCount {
            let key = SeenKey(
                hash: UInt64(bitPattern: hashes.values[row]),
                check: UInt32(truncatingIfNeeded: checks.values[row]) & checkMask,
                offset: UInt32(truncatingIfNeeded: offsets.values[row]))
            try insert(key, into: position)
        }
    }

    private func restoreRuns(_ rows: RecordBatch, _ hashes: Int64Column, _ bucket: Int64) throws(Fault) {
        guard case .string(let files) = rows.columns[1], let counts = rows.columns[2].asInt64 else {
            throw Self.foreignColumns
        }
        for row in 0..<rows.rowCount {
            let group = KeyGroup.of(hash: UInt64(bitPattern: hashes.values[row]))
            restored[bucket, default: [:]][files.string(row), default: [:]][group] = Int(counts.values[row])
        }
    }

    private static let foreignColumns = Fault(
        "state.columns", "the stored state of a dedupe has other columns", domain: .internal)

    func resume(at watermark: EventTime) throws(Fault) {
        notesAdded = true
        advance(to: watermark)
        for (bucket, files) in restored.sorted(by: { $0.key > $1.key }) {
            if horizon.isForgotten(bucket, behind: watermark) {
                dropped.append((Self.runTable, bucket))
                continue
            }
            guard let spills else { throw Fault("state.no_spills", "runs of keys need a folder", domain: .internal) }
            let position = position(of: bucket)
            for (file, groups) in files.sorted(by: { $0.key < $1.key }) {
                let run = try SeenRun.open(file, groups: groups, horizon, in: spills)
                append(run, to: position)
            }
        }
        restored = [:]
    }
}
