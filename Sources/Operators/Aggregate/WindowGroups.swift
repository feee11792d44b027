import Columnar
import Dataflow
import Primitives

/// The results of one window, some at a time.
struct WindowGroups {
    private let plan: AggregatePlan
    /// What the groups come from, slice by slice; `nil`: from one pane as it is.
    private var slices: PaneSlices?
    private var pane: Pane?
    /// The next group of `pane`, and the next of its rows.
    private var group = 0
    private var row = 0

    /// A window that is one pane.
    init(_ plan: AggregatePlan, _ pane: Pane) {
        self.plan = plan
        self.pane = pane
    }

    init(_ plan: AggregatePlan, _ slices: PaneSlices) {
        self.plan = plan
        self.slices = slices
    }

    /// The next results that are news; `nil` after the last.
    mutating func next(_ window: Window, _ news: GroupMarks, rowsMax: Int) throws(Fault) -> RecordBatch? {
        while true {
            if let pane, pane.anyMarks.contains(news), let rows = rows(pane, window, news, rowsMax) { return rows }
            guard let next = try slices?.next() else { return nil }
            pane = next
            (group, row) = (0, 0)
        }
    }

    private mutating func rows(_ pane: Pane, _ window: Window, _ news: GroupMarks, _ rowsMax: Int) -> RecordBatch? {
        var shown: [(group: Int, row: Int)] = []
        let shape = pane.accumulators.first
        while group < pane.groupCount && shown.count < rowsMax {
            guard pane.marks(group).contains(news), row < shape?.rowCount(group) ?? 1 else {
                group += 1
                row = 0
                continue
            }
            shown.append((group, row))
            row += 1
        }
        guard !shown.isEmpty else { return nil }
        let schema = plan.outputSchema
        let builders = schema.fields.map { ColumnBuilder($0.type, capacity: shown.count) }
        let times = ColumnBuilder(.timestamp, capacity: shown.count)
        let keyBuilders = Array(builders.prefix(plan.keyFields.count))
        let (starts, ends) = (builders[keyBuilders.count], builders[keyBuilders.count + 1])
        for (group, _) in shown {
            RowKeyDecoder.decode(pane.key(group), into: keyBuilders)
        }
        starts.append(window.start, count: shown.count)
        ends.append(window.end, count: shown.count)
        // A result happened at the last moment of its window.
        times.append(window.end - 1, count: shown.count)
        var first = keyBuilders.count + 2
        for (accumulator, function) in zip(pane.accumulators, plan.functions) {
            let builders = builders[first..<first + function.results.count]
            accumulator.appendRows(shown, to: builders)
            first += builders.count
        }
        return RecordBatch(
            schema: schema, columns: builders.map { $0.finish() }, rowCount: shown.count,
            eventTimes: times.finish().asInt64)
    }
}
