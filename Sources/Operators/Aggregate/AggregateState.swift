import Columnar
import Dataflow
import Primitives

/// The groups that an aggregate owns: results come from here, and checkpoints hold them, a pane a bucket.
final class AggregateState: OperatorState {
    private let rows: CapturedPanes
    var store: PaneStore
    private var emitter: WindowEmitter
    /// The starts of the panes that some checkpoint may hold.
    private var captured: Set<Int64> = []
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
        if !whole {
            for start in captured.subtracting(starts).sorted() {
                changes.append(.drop(table: rows.table.name, bucket: start))
            }
        }
        captured = starts
        var index = 0
        while index < store.slots.count {
            let start = store.slots[index].start
            var panes: [Pane] = []
            while index < store.slots.count && store.slots[index].start == start {
                if let pane = store[store.slots[index]], whole || pane.anyMarks.contains(.uncaptured) {
                    panes.append(pane)
                }
                index += 1
            }
            let batches = rows.write(panes, carrying: whole ? [] : .uncaptured, settled: emitter.settled)
            for pane in panes { pane.clear(.uncaptured) }
            for (position, batch) in batches.enumerated() {
                let bucket = StateRows(table: rows.table.name, bucket: start, rows: batch)
                changes.append(whole && position == 0 ? .replace(bucket) : .add(bucket))
            }
        }
        return changes
    }

    func restore(_ bucket: StateRows) throws(Fault) {
        guard bucket.table == rows.table.name else { return }
        captured.insert(bucket.bucket)
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
