import Columnar
import Dataflow
import Primitives

extension SessionTable: OperatorState {
    var tables: [StateTable] { [changes.table, SessionRunRows.table] }

    func capture(whole: Bool) -> [StateChange] {
        changes.take(self, whole: whole) + (spilled?.capture(whole: whole) ?? [])
    }

    func restore(_ bucket: StateRows) throws(Fault) {
        if bucket.table == SessionRunRows.table.name {
            guard spilled != nil else {
                throw Fault("state.no_spills", "runs of sessions need a folder", domain: .internal)
            }
            try spilled?.restore(bucket)
            return
        }
        guard bucket.table == changes.table.name else { return }
        let rows = bucket.rows.compacted()
        guard let hashes = rows.column("hash", .int64)?.asInt64, let firsts = rows.column("first", .timestamp)?.asInt64,
            let lasts = rows.column("last", .timestamp)?.asInt64, let dues = rows.column("due", .timestamp)?.asInt64
        else { throw StateColumns.foreign }
        var encoder = RowKeyEncoder(try changes.columns.keys(rows))
        defer { encoder.deallocate() }
        var taken: [UInt32] = []
        var numbers: [UInt32] = []
        for row in 0..<rows.rowCount {
            let (hash, first, last) = (UInt64(bitPattern: hashes.values[row]), firsts.values[row], lasts.values[row])
            guard plan.range.contains(first), plan.range.contains(last), first <= last else {
                throw Fault("state.range", "a stored session lies outside of time", domain: .internal)
            }
            guard let number = takeBack(encoder.encode(row), hash: hash, from: first, through: last) else { continue }
            taken.append(UInt32(truncatingIfNeeded: row))
            numbers.append(number)
            // The file may have had another lateness: what was shown then is not shown again.
            earlierDues[number] = dues.values[row] == due(number) ? nil : dues.values[row]
        }
        for accumulator in accumulators { accumulator.resize(sessions.count) }
        let selection = SelectionVector(taken)
        for (accumulator, columns) in zip(accumulators, changes.columns.states(rows)) {
            guard let columns else { continue }
            accumulator.mergeStates(columns.map { $0.take(selection) }[...], numbers)
        }
        changes.noteRestored(rows.rowCount, in: bucket.bucket)
    }

    func resume(at watermark: EventTime) throws(Fault) {
        // Sessions that were shown stay in their bucket until that is forgotten.
        for number in sessions.indices.map({ UInt32(truncatingIfNeeded: $0) }) where sessions[Int(number)].isOpen {
            let due = due(number)
            let shown = earlierDues[number] ?? due
            if shown <= watermark.microseconds {
                discard(number)
            } else if due <= watermark.microseconds {
                rememberPostponed(number, to: shown)
            }
        }
        earlierDues = [:]
        try spilled?.resume()
    }

    // MARK: Memory

    var spillableBytes: Int {
        guard let spilled, openCount >= spilled.folder.bucketRowsMin else { return 0 }
        return memoryFootprint
    }

    /// Moves all sessions to disk: memory is theirs together, and those that rows still come for begin anew.
    func spill(_ bytes: Int) throws(Fault) {
        guard spillableBytes > 0 else { return }
        try spilled?.add(self)
        removeAll()
        changes.noteSpilled()
    }

    /// Takes back the sessions on disk that may be due first.
    func takeBack() throws(Fault) {
        guard let run = spilled?.takeFirst() else { return }
        var cursor = RowRunCursor(run.rows.rows)
        while let (rows, part) = try cursor.next() {
            guard let hashes = rows.column("hash", .int64)?.asInt64,
                let firsts = rows.column("first", .timestamp)?.asInt64,
                let lasts = rows.column("last", .timestamp)?.asInt64
            else { throw StateColumns.foreign }
            var encoder = RowKeyEncoder(try changes.columns.keys(rows))
            defer { encoder.deallocate() }
            var numbers: [UInt32] = []
            numbers.reserveCapacity(part.count)
            for row in part {
                let hash = UInt64(bitPattern: hashes.values[row])
                numbers.append(
                    place(encoder.encode(row), hash: hash, from: firsts.values[row], through: lasts.values[row]))
            }
            settle(&numbers)
            let isAll = part.count == rows.rowCount
            let selection = SelectionVector(isAll ? [] : part.map { UInt32(truncatingIfNeeded: $0) })
            for (accumulator, columns) in zip(accumulators, changes.columns.states(rows)) {
                guard let columns else { continue }
                let states = isAll ? columns : columns.map { $0.take(selection) }
                accumulator.mergeStates(states[...], numbers)
            }
        }
        spilled?.retire(run)
    }
}
