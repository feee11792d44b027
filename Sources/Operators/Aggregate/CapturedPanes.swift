import Columnar
import Dataflow
import Primitives

/// Writes the groups of panes as rows of state and reads such rows back, by the names of their columns: an aggregate
/// that was added since starts empty, and one that was removed is left out.
struct CapturedPanes {
    private static let rowsMax = 65_536
    /// A batch ends when one of its columns has grown to this: sketches are large.
    private static let columnBytesMax = 64 << 20

    // A word alone is no prefix of the others, so that no column of the stream can be taken for one of these.
    private static let head = [
        Field("hash", .int64), Field("start", .timestamp), Field("from", .timestamp), Field("settled", .timestamp),
        Field("unsettled", .bool), Field("unshown", .bool),
    ]

    private let plan: AggregatePlan
    let table: StateTable

    init(_ plan: AggregatePlan) {
        self.plan = plan
        var fields = Self.head
        for field in plan.keyFields {
            fields.append(Field(Self.name(ofKey: field), field.type, isNullable: true))
        }
        for function in plan.functions {
            for (index, type) in function.stateTypes.enumerated() {
                fields.append(Field(Self.name(ofState: index, function), type, isNullable: true))
            }
        }
        table = StateTable("panes", Schema(fields))
    }

    private static func name(ofKey field: Field) -> String { "key \(field.name)" }
    private static func name(ofState index: Int, _ function: AggregateFunction) -> String {
        "state \(index) \(function.result.name)"
    }

    /// The groups of panes that carry a mark (all, without one), some thousand rows a batch.
    /// - Parameter settled: when closed windows were last looked at.
    func write(_ panes: [Pane], carrying mark: GroupMarks, settled: EventTime) -> [RecordBatch] {
        var batches: [RecordBatch] = []
        let builders = table.schema.fields.map { ColumnBuilder($0.type) }
        let keys = Array(builders[Self.head.count..<Self.head.count + plan.keyFields.count])
        func finish() {
            guard let count = builders.first?.count, count > 0 else { return }
            batches.append(
                RecordBatch(schema: table.schema, columns: builders.map { $0.finish() }, rowCount: count))
        }
        for pane in panes {
            for group in 0..<pane.groupCount where pane.marks(group).isSuperset(of: mark) {
                let marks = pane.marks(group)
                builders[0].append(Int64(bitPattern: pane.hash(group)))
                builders[1].append(pane.slot.start)
                builders[2].append(pane.slot.from)
                builders[3].append(settled.microseconds)
                builders[4].append(marks.contains(.unsettled))
                builders[5].append(marks.contains(.unshown))
                RowKeyDecoder.decode(pane.key(group), into: keys)
                var first = Self.head.count + keys.count
                for (accumulator, function) in zip(pane.accumulators, plan.functions) {
                    accumulator.appendState(group, to: builders[first..<first + function.stateTypes.count])
                    first += function.stateTypes.count
                }
                if builders[0].count >= Self.rowsMax || builders.contains(where: { $0.byteCount > Self.columnBytesMax })
                {
                    finish()
                }
            }
        }
        finish()
        return batches
    }

    /// Puts rows back into their panes, but those whose group is there already.
    func read(
        _ rows: RecordBatch, into store: inout PaneStore,
        _ take: (_ pane: Pane, _ group: UInt32, _ settled: EventTime) -> Void
    ) throws(Fault) {
        guard let hashes = lookUp("hash", .int64, rows)?.asInt64,
            let starts = lookUp("start", .timestamp, rows)?.asInt64,
            let froms = lookUp("from", .timestamp, rows)?.asInt64,
            let settled = lookUp("settled", .timestamp, rows)?.asInt64,
            let unsettled = lookUp("unsettled", .bool, rows)?.asBool,
            let unshown = lookUp("unshown", .bool, rows)?.asBool
        else { throw Self.foreign }
        var keys: [Column] = []
        for field in plan.keyFields {
            guard let key = lookUp(Self.name(ofKey: field), field.type, rows) else { throw Self.foreign }
            keys.append(key)
        }
        let states = plan.functions.map { stored($0, rows) }
        var encoder = RowKeyEncoder(keys)
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

    /// The states of an aggregate; `nil` if the rows were written without it.
    private func stored(_ function: AggregateFunction, _ rows: RecordBatch) -> [Column]? {
        var columns: [Column] = []
        for (index, type) in function.stateTypes.enumerated() {
            guard let state = lookUp(Self.name(ofState: index, function), type, rows) else { return nil }
            columns.append(state)
        }
        return columns
    }

    private func lookUp(_ name: String, _ type: DataType, _ rows: RecordBatch) -> Column? {
        guard let index = rows.schema.index(of: name), rows.schema.fields[index].type == type else { return nil }
        return rows.columns[index]
    }

    private static let foreign = Fault(
        "state.columns", "the stored state of an aggregate lacks columns that this file needs",
        hint: "its shape has changed: let it be rebuilt", domain: .internal)
}
