import Columnar
import Dataflow
import Primitives

/// Writes the groups of panes as rows of state, and reads such rows back.
struct CapturedPanes {
    private static let head = [Field("hash", .int64), Field("start", .timestamp), Field("from", .timestamp)]
    private static let marks = [Field("settled", .timestamp), Field("unsettled", .bool), Field("unshown", .bool)]

    private let columns: StateColumns
    let table: StateTable

    init(_ plan: AggregatePlan) {
        columns = plan.stateColumns
        let identity = Self.head + columns.keys
        table = StateTable(
            "panes", Schema(identity + Self.marks + columns.states), keyColumns: identity.count)
    }

    /// The groups of panes that carry a mark (all, without one), some thousand rows a batch.
    /// - Parameter settled: when closed windows were last looked at.
    func write(_ panes: [Pane], carrying mark: GroupMarks, settled: EventTime) -> [RecordBatch] {
        var rows = StateBatchBuilder(table.schema)
        let builders = rows.builders
        let keys = Array(builders[Self.head.count..<table.keyColumns])
        let flags = Array(builders[table.keyColumns..<table.keyColumns + Self.marks.count])
        let states = builders[(table.keyColumns + Self.marks.count)...]
        for pane in panes {
            for group in 0..<pane.groupCount where pane.marks(group).isSuperset(of: mark) {
                let marks = pane.marks(group)
                builders[0].append(Int64(bitPattern: pane.hash(group)))
                builders[1].append(pane.slot.start)
                builders[2].append(pane.slot.from)
                RowKeyDecoder.decode(pane.key(group), into: keys)
                flags[0].append(settled.microseconds)
                flags[1].append(marks.contains(.unsettled))
                flags[2].append(marks.contains(.unshown))
                columns.append(pane.accumulators, group, to: states)
                rows.endRow()
            }
        }
        return rows.finish()
    }

    /// Puts rows back into their panes, but those whose group is there already.
    /// - Parameter take: is told of each group that closed windows had not shown, and when those were last looked at.
    func read(
        _ rows: RecordBatch, into store: inout PaneStore,
        _ take: (_ pane: Pane, _ group: UInt32, _ settled: EventTime) -> Void
    ) throws(Fault) {
        guard let hashes = rows.column("hash", .int64)?.asInt64, let starts = rows.column("start", .timestamp)?.asInt64,
            let froms = rows.column("from", .timestamp)?.asInt64,
            let settled = rows.column("settled", .timestamp)?.asInt64,
            let unsettled = rows.column("unsettled", .bool)?.asBool,
            let unshown = rows.column("unshown", .bool)?.asBool
        else { throw StateColumns.foreign }
        let states = columns.states(rows)
        var encoder = RowKeyEncoder(try columns.keys(rows))
        defer { encoder.deallocate() }
        var row = 0
        while row < rows.rowCount {
            // The rows of a batch come pane by pane.
            let slot = PaneSlot(start: starts.values[row], from: froms.values[row])
            let pane = store.pane(slot)
            var taken: [UInt32] = []
            var groups: [UInt32] = []
            while row < rows.rowCount && starts.values[row] == slot.start && froms.values[row] == slot.from {
                var marks: GroupMarks = []
                if unsettled[row] { marks.insert(.unsettled) }
                if unshown[row] { marks.insert(.unshown) }
                let hash = UInt64(bitPattern: hashes.values[row])
                if let group = pane.newGroup(encoder.encode(row), hash: hash, marks) {
                    taken.append(UInt32(truncatingIfNeeded: row))
                    groups.append(group)
                    if unsettled[row] { take(pane, group, EventTime(microseconds: settled.values[row])) }
                }
                row += 1
            }
            pane.resize()
            let isAll = taken.count == rows.rowCount
            let selection = SelectionVector(taken)
            for (accumulator, columns) in zip(pane.accumulators, states) {
                guard let columns else { continue }
                let part = isAll ? columns : columns.map { $0.take(selection) }
                accumulator.mergeStates(part[...], groups)
            }
        }
    }
}
