import Columnar
import Dataflow
import Primitives

/// The groups that an aggregate owns: results come from here, and checkpoints hold them, a pane a bucket.
final class AggregateState: OperatorState {
    /// Files of groups: a row for each key group in one, its least hash, from which window on the groups count, the
    /// file's name, the groups, the marks that still say something, and when closed windows had last been looked at.
    private static let runTable = StateTable(
        "runs",
        Schema([
            Field("hash", .int64), Field("from", .timestamp), Field(StateTable.fileColumn, .string),
            Field("groups", .int64),
            Field("marks", .int64), Field("settled", .timestamp),
        ]))

    private let rows: CapturedPanes
    var store: PaneStore
    private var emitter: WindowEmitter
    /// Rows that checkpoints hold of each pane, those out of date among them, by its start.
    private var captured: [Int64: Int] = [:]
    /// Starts of panes whose runs checkpoints name.
    private var capturedRuns: Set<Int64> = []
    /// Groups that have come back and that closed windows may have shown since they were captured.
    private var doubtful: [(pane: Pane, group: UInt32, settled: EventTime)] = []
    /// Runs that come back.
    private var restored: [RestoredRun: [Int: Int]] = [:]

    private struct RestoredRun: Hashable {
        var slot: PaneSlot
        var file: String
        var marks: UInt8
        var settled: Int64
    }

    /// - Parameter spills: where groups go that memory has no room for; `nil`: nowhere.
    init(_ plan: AggregatePlan, spills: SpillFolder? = nil, stepRowsMax: Int = WindowEmitter.stepRowsMax) {
        rows = CapturedPanes(plan)
        store = PaneStore(plan, spills: spills)
        emitter = WindowEmitter(plan, stepRowsMax: stepRowsMax)
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault) {
        try emitter.advance(to: watermark, &store, output)
    }

    /// Shows open windows as they are.
    func showAll(_ output: OperatorOutput) throws(Fault) {
        try emitter.showAll(&store, output)
    }

    func stop(_ output: OperatorOutput) throws(Fault) {
        try emitter.stop(&store, output)
    }

    var hasMore: Bool { emitter.hasMore }
    func proceed(_ output: OperatorOutput) throws(Fault) { try emitter.proceed(&store, output) }

    // MARK: Memory

    var spillableBytes: Int { store.spillableBytes }
    func spill(_ bytes: Int) throws(Fault) { try store.spill(bytes, settled: emitter.settled) }

    // MARK: Checkpoints

    var tables: [StateTable] { [rows.table, Self.runTable] }

    func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        let starts = Set(store.slots.map(\.start))
        for start in captured.keys.sorted() where whole || !starts.contains(start) {
            captured[start] = nil
            if !whole { changes.append(.drop(table: rows.table.name, bucket: start)) }
        }
        changes += captureRuns(whole: whole)
        var index = 0
        while index < store.slots.count {
            let start = store.slots[index].start
            var panes: [Pane] = []
            while index < store.slots.count && store.slots[index].start == start {
                if let pane = store[store.slots[index]] { panes.append(pane) }
                index += 1
            }
            let isOutdated = store.startsOfSpilledPanes.contains(start) && captured[start] != nil
            guard whole || isOutdated || panes.contains(where: { $0.anyMarks.contains(.uncaptured) }) else { continue }
            if isOutdated && panes.isEmpty {
                changes.append(.drop(table: rows.table.name, bucket: start))
                captured[start] = nil
                continue
            }
            changes += capture(panes, start, whole: whole || isOutdated)
        }
        store.startsOfSpilledPanes = []
        return changes
    }

    private func capture(_ panes: [Pane], _ start: Int64, whole: Bool) -> [StateChange] {
        let groups = panes.reduce(0) { $0 + $1.groupCount }
        // Written anew once most rows are out of date: a group that changes all day is not kept as often as it changed.
        let isNew = whole || captured[start, default: 0] > StateBatchBuilder.outdatedMax(groups)
        let batches = rows.write(panes, carrying: isNew ? [] : .uncaptured, settled: emitter.settled)
        for pane in panes { pane.clear(.uncaptured) }
        if isNew { captured[start] = nil }
        return batches.enumerated().map { position, batch in
            captured[start, default: 0] += batch.rowCount
            let bucket = StateRows(table: rows.table.name, bucket: start, rows: batch)
            return isNew && position == 0 ? .replace(bucket) : .add(bucket)
        }
    }

    private func captureRuns(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        let bySlot = store.slots.map { (slot: $0, runs: store.runs($0)) }.filter { !$0.runs.isEmpty }
        let byStart = Dictionary(grouping: bySlot) { $0.slot.start }
        for start in capturedRuns.sorted() where byStart[start] == nil && !whole {
            changes.append(.drop(table: Self.runTable.name, bucket: start))
        }
        capturedRuns = Set(byStart.keys)
        for (start, slots) in byStart.sorted(by: { $0.key < $1.key })
        where whole || store.startsOfChangedRuns.contains(start) {
            let runs = slots.flatMap { slot, runs in runs.map { (slot.from, $0) } }
            changes.append(.replace(StateRows(table: Self.runTable.name, bucket: start, rows: write(runs))))
        }
        store.startsOfChangedRuns = []
        return changes
    }

    private func write(_ runs: [(from: Int64, run: PaneRun)]) -> RecordBatch {
        let builders = Self.runTable.schema.fields.map { ColumnBuilder($0.type) }
        for (from, run) in runs {
            for (group, count) in run.rows.groups.sorted(by: { $0.key < $1.key }) {
                builders[0].append(Int64(bitPattern: UInt64(group) << 56))
                builders[1].append(from)
                builders[2].append(run.rows.file.name)
                builders[3].append(Int64(count))
                builders[4].append(Int64(run.marks.rawValue))
                builders[5].append(emitter.settled.microseconds)
            }
        }
        let count = builders[0].count
        return RecordBatch(
            schema: Self.runTable.schema, columns: builders.map { $0.finish() }, rowCount: count)
    }

    private func restoreRuns(_ bucket: StateRows) throws(Fault) {
        let rows = bucket.rows.compacted()
        guard let hashes = rows.column("hash", .int64)?.asInt64, let froms = rows.column("from", .timestamp)?.asInt64,
            let files = rows.column(StateTable.fileColumn, .string)?.asBytes,
            let counts = rows.column("groups", .int64)?.asInt64,
            let marks = rows.column("marks", .int64)?.asInt64,
            let settled = rows.column("settled", .timestamp)?.asInt64
        else { throw StateColumns.foreign }
        for row in 0..<rows.rowCount {
            let run = RestoredRun(
                slot: PaneSlot(start: bucket.bucket, from: froms.values[row]), file: files.string(row),
                marks: UInt8(truncatingIfNeeded: marks.values[row]), settled: settled.values[row])
            let group = KeyGroup.of(hash: UInt64(bitPattern: hashes.values[row]))
            restored[run, default: [:]][group] = Int(counts.values[row])
        }
        capturedRuns.insert(bucket.bucket)
    }

    func restore(_ bucket: StateRows) throws(Fault) {
        if bucket.table == Self.runTable.name { return try restoreRuns(bucket) }
        guard bucket.table == rows.table.name else { return }
        captured[bucket.bucket, default: 0] += bucket.rows.selectedCount
        try rows.read(bucket.rows.compacted(), into: &store) { pane, group, settled in
            doubtful.append((pane, group, settled))
        }
    }

    func resume(at watermark: EventTime) throws(Fault) {
        for (run, groups) in restored {
            var marks = GroupMarks(rawValue: run.marks)
            let since = EventTime(microseconds: run.settled)
            if marks.contains(.unsettled) && emitter.hasSettled(since: since, by: watermark) {
                marks.remove(.unsettled)
            }
            try store.restore(run.file, groups: groups, marks, of: run.slot)
        }
        restored = [:]
        for entry in doubtful where emitter.hasSettled(since: entry.settled, by: watermark) {
            entry.pane.settle(Int(entry.group))
        }
        doubtful = []
        emitter.resume(at: watermark)
    }
}
