import Columnar
import Dataflow
import Primitives

/// The groups that an aggregate owns: results come from here, and checkpoints hold them, a pane a bucket.
final class AggregateState: OperatorState {
    private let rows: CapturedPanes
    var store: PaneStore
    private var emitter: WindowEmitter
    /// Rows that checkpoints hold of each pane, those out of date among them, by its start.
    private var captured: [Int64: Int] = [:]
    /// Groups that have come back and that closed windows may have shown since they were captured.
    private var doubtful: [(pane: Pane, group: UInt32, settled: EventTime)] = []

    init(_ plan: AggregatePlan) {
        rows = CapturedPanes(plan)
        store = PaneStore(plan)
        emitter = WindowEmitter(plan)
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        emitter.advance(to: watermark, &store, output)
    }

    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) {
        emitter.tick(monotonicNanoseconds, store, output)
    }

    func stop(_ output: OperatorOutput) {
        emitter.stop(store, output)
    }

    // MARK: Checkpoints

    var tables: [StateTable] { [rows.table] }

    func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        let starts = Set(store.slots.map(\.start))
        for start in captured.keys.sorted() where whole || !starts.contains(start) {
            captured[start] = nil
            if !whole { changes.append(.drop(table: rows.table.name, bucket: start)) }
        }
        var index = 0
        while index < store.slots.count {
            let start = store.slots[index].start
            var panes: [Pane] = []
            while index < store.slots.count && store.slots[index].start == start {
                if let pane = store[store.slots[index]] { panes.append(pane) }
                index += 1
            }
            guard whole || panes.contains(where: { $0.anyMarks.contains(.uncaptured) }) else { continue }
            changes += capture(panes, start, whole: whole)
        }
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

    func restore(_ bucket: StateRows) throws(Fault) {
        guard bucket.table == rows.table.name else { return }
        captured[bucket.bucket, default: 0] += bucket.rows.selectedCount
        try rows.read(bucket.rows.compacted(), into: &store) { pane, group, settled in
            doubtful.append((pane, group, settled))
        }
    }

    func resume(at watermark: EventTime) {
        for entry in doubtful where emitter.hasSettled(since: entry.settled, by: watermark) {
            entry.pane.settle(Int(entry.group))
        }
        doubtful = []
        emitter.resume(at: watermark)
    }
}
