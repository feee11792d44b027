import Columnar
import Dataflow
import Primitives

/// Writes panes as partial rows, and reads such rows back into panes: how aggregates travel between subtasks.
struct PartialRows {
    /// Rows of a batch: what may be under way is counted in batches.
    private static let rowsMax = 8_192

    /// Columns before the states.
    private static let firstState = 4

    private let plan: AggregatePlan
    private let schema: Schema

    init(_ plan: AggregatePlan) {
        self.plan = plan
        schema = plan.partialSchema
    }

    /// A pane's groups as rows.
    func write(_ pane: Pane) -> [RecordBatch] {
        stride(from: 0, to: pane.groupCount, by: Self.rowsMax).map { first in
            write(pane, first..<min(pane.groupCount, first + Self.rowsMax))
        }
    }

    private func write(_ pane: Pane, _ groups: Range<Int>) -> RecordBatch {
        let builders = schema.fields.map { ColumnBuilder($0.type, capacity: groups.count) }
        let (hashes, starts, froms, keys) = (builders[0], builders[1], builders[2], builders[3])
        for group in groups { hashes.append(Int64(bitPattern: pane.hash(group))) }
        starts.append(pane.slot.start, count: groups.count)
        froms.append(pane.slot.from, count: groups.count)
        pane.appendKeys(groups, to: keys)
        var first = Self.firstState
        for (accumulator, function) in zip(pane.accumulators, plan.functions) {
            let states = builders[first..<first + function.stateTypes.count]
            accumulator.appendStates(groups, to: states)
            first += function.stateTypes.count
        }
        return RecordBatch(schema: schema, columns: builders.map { $0.finish() }, rowCount: groups.count)
    }

    /// Merges partial rows, all selected, into the panes they name.
    func merge(_ batch: RecordBatch, into store: inout PaneStore) {
        guard let hashes = batch.columns[0].asInt64, let starts = batch.columns[1].asInt64,
            let froms = batch.columns[2].asInt64, let keys = batch.columns[3].asBytes
        else { return }
        var row = 0
        while row < batch.rowCount {
            // The rows of a frame come pane by pane.
            let slot = PaneSlot(start: starts.values[row], from: froms.values[row])
            let pane = store.pane(slot)
            var end = row
            while end < batch.rowCount && starts.values[end] == slot.start && froms.values[end] == slot.from {
                end += 1
            }
            var groups: [UInt32] = []
            for first in stride(from: row, to: end, by: PaneFolder.keysTogether) {
                let rows = first..<min(first + PaneFolder.keysTogether, end)
                if pane.isFar { pane.prefetch(rows.lazy.map { UInt64(bitPattern: hashes.values[$0]) }) }
                for row in rows {
                    let key = UnsafeRawBufferPointer(keys[row])
                    groups.append(pane.group(key, hash: UInt64(bitPattern: hashes.values[row])))
                }
            }
            pane.prepare(rows: end - row)
            let part = row == 0 && end == batch.rowCount ? batch.columns : slice(batch, row..<end)
            var first = Self.firstState
            for (accumulator, function) in zip(pane.accumulators, plan.functions) {
                accumulator.mergeStates(part[first..<first + function.stateTypes.count], groups)
                first += function.stateTypes.count
            }
            row = end
        }
    }

    private func slice(_ batch: RecordBatch, _ rows: Range<Int>) -> [Column] {
        let selection = SelectionVector(rows.map { UInt32(truncatingIfNeeded: $0) })
        return batch.columns.map { $0.take(selection) }
    }
}
