import Columnar
import Dataflow
import Primitives

/// Folds rows into the panes they belong to, and puts those aside that came too late.
struct PaneFolder {
    private let plan: AggregatePlan
    private let functions: FunctionInputs
    /// The rows of the present batch by pane; kept to reuse their memory.
    private var parts: [(slot: PaneSlot, rows: [UInt32])] = []
    private var groups: [UInt32] = []
    private var hashes: [UInt64] = []

    /// Look-ups that wait for memory together; more do not fit the nearest cache.
    static let keysTogether = 32

    init(_ plan: AggregatePlan, _ refusal: RowRefusal) {
        self.plan = plan
        functions = FunctionInputs(functions: plan.functions, refusal: refusal)
    }

    mutating func fold(_ frame: Frame, into store: inout PaneStore, _ output: OperatorOutput) {
        guard frame.batch.selectedCount > 0 else { return }
        let (evaluated, inputs) = functions.evaluate(frame.batch, output)
        let batch = functions.refuse(evaluated, outside: plan.window.range, output)
        split(batch, floor: frame.floor, output)
        let keyColumns = plan.keys.map { batch.column(at: $0) }
        var encoder = RowKeyEncoder(keyColumns)
        defer { encoder.deallocate() }
        for part in parts where !part.rows.isEmpty {
            let pane = store.pane(part.slot)
            groups.removeAll(keepingCapacity: true)
            if pane.isFar {
                for first in stride(from: 0, to: part.rows.count, by: Self.keysTogether) {
                    let rows = part.rows[first..<min(first + Self.keysTogether, part.rows.count)]
                    findGroups(rows, pane, &encoder)
                }
            } else {
                for row in part.rows {
                    let key = encoder.encode(Int(row))
                    groups.append(pane.group(key, hash: Hashing.hash64(key)))
                }
            }
            pane.prepare(rows: part.rows.count)
            for (accumulator, input) in zip(pane.accumulators, inputs) { accumulator.fold(part.rows, groups, input) }
            output.ledger.folded += Int64(part.rows.count)
        }
    }

    /// Appends the groups of rows whose look-ups wait for memory together.
    private mutating func findGroups(_ rows: ArraySlice<UInt32>, _ pane: Pane, _ encoder: inout RowKeyEncoder) {
        encoder.encode(rows)
        hashes.removeAll(keepingCapacity: true)
        for index in 0..<encoder.count { hashes.append(Hashing.hash64(encoder.key(index))) }
        pane.prefetch(hashes)
        for index in hashes.indices { groups.append(pane.group(encoder.key(index), hash: hashes[index])) }
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
        guard !late.isEmpty else { return }
        functions.refusal.putAside(batch, late, output) { row in
            let end = plan.window.lastWindowEnd(ofPane: plan.window.paneStart(times.values[row]))
            return "its last window ended at \(Timestamp.format(end)); the watermark had reached "
                + Timestamp.format(floor.microseconds)
        }
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
