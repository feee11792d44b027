import Columnar
import Dataflow
import Detection
import Primitives

extension TrendState: OperatorState {
    var tables: [StateTable] { CapturedTerms.tables + CapturedLevels.tables }

    func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        for (table, starts) in capturedWindows.sorted(by: { $0.key < $1.key }) {
            for start in starts.sorted() where whole || windows[start] == nil {
                capturedWindows[table]?.remove(start)
                capturedRows[start] = nil
                if !whole { changes.append(.drop(table: table, bucket: start)) }
            }
        }
        for start in windows.keys.sorted() {
            guard let window = windows[start] else { continue }
            changes += capture(window, whole: whole)
        }
        return changes + captureUsual(whole: whole)
    }

    private func capture(_ window: TrendWindow, whole: Bool) -> [StateChange] {
        let captured = CapturedTerms()
        let start = window.start
        let isNew =
            window.takeRemoval() || whole
            || capturedRows[start, default: 0] > StateBatchBuilder.outdatedMax(window.counter.count)
        let terms = captured.write(window, all: isNew)
        if isNew { capturedRows[start] = nil }
        for batch in terms { capturedRows[start, default: 0] += batch.rowCount }
        var changes: [StateChange] = []
        for (table, batches, isNew) in [
            (CapturedTerms.terms, terms, isNew),
            (CapturedTerms.losers, captured.write(losers: window, all: isNew), isNew),
            (CapturedTerms.windows, captured.write(standing: window, all: whole), true),
        ] where !batches.isEmpty {
            capturedWindows[table.name, default: []].insert(start)
            changes += Self.changes(table, start, batches, isNew: isNew)
        }
        return changes
    }

    private func captureUsual(whole: Bool) -> [StateChange] {
        let captured = CapturedLevels()
        let hasRemoved = ranking.baselines.takeRemoval()
        let isNew =
            hasRemoved || whole || capturedLevels > StateBatchBuilder.outdatedMax(ranking.baselines.count)
        let levels = captured.write(&ranking.baselines, all: isNew)
        if isNew { capturedLevels = 0 }
        for batch in levels { capturedLevels += batch.rowCount }
        var changes = Self.changes(CapturedLevels.levels, StateRows.notInTime, levels, isNew: isNew)
        if (hasRemoved || whole) && !ranking.baselines.hashed.isEmpty {
            let cells = captured.write(ranking.baselines.hashed)
            changes += Self.changes(CapturedLevels.hashed, StateRows.notInTime, cells, isNew: true)
        }
        if let firstWindow, whole || !isClockCaptured {
            let clock = captured.write(firstWindow: firstWindow)
            changes += Self.changes(CapturedLevels.clock, StateRows.notInTime, [clock], isNew: true)
            isClockCaptured = true
        }
        return changes
    }

    /// Batches of a bucket as changes of it.
    private static func changes(
        _ table: StateTable, _ bucket: Int64, _ batches: [RecordBatch], isNew: Bool
    ) -> [StateChange] {
        batches.enumerated().map { position, batch in
            let rows = StateRows(table: table.name, bucket: bucket, rows: batch)
            return isNew && position == 0 ? .replace(rows) : .add(rows)
        }
    }

    func restore(_ stored: StateRows) throws(Fault) {
        let rows = stored.rows.compacted()
        let (terms, usual) = (CapturedTerms(), CapturedLevels())
        if CapturedTerms.tables.contains(where: { $0.name == stored.table }) {
            capturedWindows[stored.table, default: []].insert(stored.bucket)
        }
        switch stored.table {
        case CapturedTerms.terms.name:
            capturedRows[stored.bucket, default: 0] += rows.rowCount
            try terms.read(terms: rows, into: window(stored.bucket))
        case CapturedTerms.losers.name: try terms.read(losers: rows, into: window(stored.bucket))
        case CapturedTerms.windows.name: try terms.read(standing: rows, into: window(stored.bucket))
        case CapturedLevels.levels.name:
            capturedLevels += rows.rowCount
            try usual.read(levels: rows, into: &ranking.baselines)
        case CapturedLevels.hashed.name: try usual.read(hashed: rows, into: &ranking.baselines)
        case CapturedLevels.clock.name: firstWindow = try usual.readClock(rows) ?? firstWindow
        default: break
        }
    }
}
