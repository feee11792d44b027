import Columnar
import Dataflow
import Primitives

/// Folds rows into the panes they belong to, and puts those aside that came too late.
struct PaneFolder {
    private let plan: AggregatePlan
    private let refusal: RowRefusal
    /// The rows of the present batch by pane; kept to reuse their memory.
    private var parts: [(slot: PaneSlot, rows: [UInt32])] = []
    private var groups: [UInt32] = []

    init(_ plan: AggregatePlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
    }

    mutating func fold(_ frame: Frame, into store: inout PaneStore, _ output: OperatorOutput) {
        guard frame.batch.selectedCount > 0 else { return }
        var batch = frame.batch
        var inputs: [Column?] = []
        for function in plan.functions {
            guard let argument = function.argument else {
                inputs.append(nil)
                continue
            }
            let evaluated = argument.evaluate(batch)
            inputs.append(evaluated.column)
            if let errors = evaluated.errors {
                // The whole row is refused, so that all of a result's columns speak of the same rows.
                batch = refusal.refuse(batch, errors, "aggregate column `\(function.result.name)`", output)
            }
        }
        batch = refuseOutOfRange(batch, output)
        split(batch, floor: frame.floor, output)
        let keyColumns = plan.keys.map { batch.column(at: $0) }
        var encoder = RowKeyEncoder(keyColumns)
        defer { encoder.deallocate() }
        for part in parts where !part.rows.isEmpty {
            let pane = store.pane(part.slot)
            groups.removeAll(keepingCapacity: true)
            for row in part.rows {
                let key = encoder.encode(Int(row))
                groups.append(pane.group(key, hash: Hashing.hash64(key)))
            }
            pane.prepare()
            for (accumulator, input) in zip(pane.accumulators, inputs) { accumulator.fold(part.rows, groups, input) }
            output.ledger.folded += Int64(part.rows.count)
        }
    }

    /// Refuses rows of times that no window can hold.
    private func refuseOutOfRange(_ batch: RecordBatch, _ output: OperatorOutput) -> RecordBatch {
        guard let times = batch.eventTimes else { return batch }
        var isGood = true
        let range = plan.window.range
        batch.forEachRow { row in isGood = isGood && range.contains(times.values[row]) }
        if isGood { return batch }
        return refusal.refuse(
            batch, code: "aggregate.time_range", reason: "its event time is too far out for windows", output
        ) { !range.contains(times.values[$0]) }
    }

    /// Sorts the rows of a batch by pane into `parts`.
    private mutating func split(_ batch: RecordBatch, floor: EventTime, _ output: OperatorOutput) {
        for index in parts.indices { parts[index].rows.removeAll(keepingCapacity: true) }
        if parts.count > 16 { parts.removeAll() }
        guard let times = batch.eventTimes else { return }
        let size = plan.window.paneSize
        var late: [UInt32] = []
        var current = -1
        var start = Int64.max
        batch.forEachRow { row in
            let time = times.values[row]
            if current < 0 || time < start || time >= start + size {
                start = plan.window.paneStart(time)
                current = plan.window.slot(ofPane: start, floor: floor).map { index(of: $0) } ?? -1
            }
            if current >= 0 {
                parts[current].rows.append(UInt32(truncatingIfNeeded: row))
            } else {
                late.append(UInt32(truncatingIfNeeded: row))
            }
        }
        if !late.isEmpty { refusal.putAside(batch, late, times, floor, plan.window, output) }
    }

    /// The part that collects the rows of a slot.
    private mutating func index(of slot: PaneSlot) -> Int {
        if let known = parts.firstIndex(where: { $0.slot == slot }) { return known }
        if let free = parts.firstIndex(where: { $0.rows.isEmpty }) {
            parts[free].slot = slot
            return free
        }
        parts.append((slot, []))
        return parts.count - 1
    }
}
