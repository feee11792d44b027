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

    /// Writes groups of panes as rows of state.
    struct Writer {
        private let columns: StateColumns
        private var rows: StateBatchBuilder
        private let head: [ColumnBuilder]
        private let keys: [ColumnBuilder]
        private let flags: [ColumnBuilder]
        private let states: ArraySlice<ColumnBuilder>

        fileprivate init(_ format: CapturedPanes, _ rows: StateBatchBuilder) {
            columns = format.columns
            self.rows = rows
            let firstFlag = format.table.keyColumns
            let firstState = firstFlag + CapturedPanes.marks.count
            head = Array(rows.builders[..<CapturedPanes.head.count])
            keys = Array(rows.builders[CapturedPanes.head.count..<firstFlag])
            flags = Array(rows.builders[firstFlag..<firstState])
            states = rows.builders[firstState...]
        }

        /// - Parameter settled: when closed windows were last looked at.
        mutating func append(_ pane: Pane, _ group: Int, settled: EventTime) {
            let marks = pane.marks(group)
            head[0].append(Int64(bitPattern: pane.hash(group)))
            head[1].append(pane.slot.start)
            head[2].append(pane.slot.from)
            RowKeyDecoder.decode(pane.key(group), into: keys)
            flags[0].append(settled.microseconds)
            flags[1].append(marks.contains(.unsettled))
            flags[2].append(marks.contains(.unshown))
            columns.append(pane.accumulators, group, to: states)
            rows.endRow()
        }

        mutating func takeFull() -> [RecordBatch] { rows.takeFull() }
        mutating func finish() -> [RecordBatch] { rows.finish() }
    }

    /// - Parameter isPaged: whether rows are for the pages of a run.
    func makeWriter(isPaged: Bool = false) -> Writer {
        Writer(
            self,
            isPaged
                ? StateBatchBuilder(
                    table.schema, rowsMax: RowRunBuilder.pageRowsMax, columnBytesMax: RowRunBuilder.pageBytesMax)
                : StateBatchBuilder(table.schema))
    }

    /// The groups of panes that carry a mark (all, without one), some thousand rows a batch.
    /// - Parameter settled: when closed windows were last looked at.
    func write(_ panes: [Pane], carrying mark: GroupMarks, settled: EventTime) -> [RecordBatch] {
        var rows = makeWriter()
        for pane in panes {
            for group in 0..<pane.groupCount where pane.marks(group).isSuperset(of: mark) {
                rows.append(pane, group, settled: settled)
            }
        }
        return rows.finish()
    }

    /// Merges rows into a pane, whichever pane they were written from.
    /// - Parameter valid: marks that still say something; others are passed over.
    func merge(_ rows: RecordBatch, _ part: Range<Int>, valid: GroupMarks, into pane: Pane) throws(Fault) {
        guard let hashes = rows.column("hash", .int64)?.asInt64,
            let unsettled = rows.column("unsettled", .bool)?.asBool, let unshown = rows.column("unshown", .bool)?.asBool
        else { throw StateColumns.foreign }
        var encoder = RowKeyEncoder(try columns.keys(rows))
        defer { encoder.deallocate() }
        var groups: [UInt32] = []
        groups.reserveCapacity(part.count)
        for row in part {
            var marks: GroupMarks = []
            if unsettled[row] { marks.insert(.unsettled) }
            if unshown[row] { marks.insert(.unshown) }
            let hash = UInt64(bitPattern: hashes.values[row])
            groups.append(pane.mergedGroup(encoder.encode(row), hash: hash, marks.intersection(valid)))
        }
        pane.resize()
        let isAll = part.count == rows.rowCount
        let selection = SelectionVector(isAll ? [] : part.map { UInt32(truncatingIfNeeded: $0) })
        for (accumulator, columns) in zip(pane.accumulators, columns.states(rows)) {
            guard let columns else { continue }
            let states = isAll ? columns : columns.map { $0.take(selection) }
            accumulator.mergeStates(states[...], groups)
        }
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
