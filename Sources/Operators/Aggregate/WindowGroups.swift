import Columnar
import Dataflow
import Primitives

/// The results of one window, some at a time.
struct WindowGroups {
    private let plan: AggregatePlan
    /// What the groups come from, slice by slice; `nil`: from one pane as it is.
    private var slices: PaneSlices?
    private var pane: Pane?
    /// The next group of `pane`.
    private var group = 0

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
            group = 0
        }
    }

    private mutating func rows(_ pane: Pane, _ window: Window, _ news: GroupMarks, _ rowsMax: Int) -> RecordBatch? {
        let schema = plan.outputSchema
        let builders = schema.fields.map { ColumnBuilder($0.type, capacity: 1_024) }
        let times = ColumnBuilder(.timestamp, capacity: 1_024)
        let keyBuilders = Array(builders.prefix(plan.keyFields.count))
        let resultBuilders = builders.suffix(plan.functions.count)
        while group < pane.groupCount && times.count < rowsMax {
            defer { group += 1 }
            guard pane.marks(group).contains(news) else { continue }
            RowKeyDecoder.decode(pane.key(group), into: keyBuilders)
            builders[keyBuilders.count].append(window.start)
            builders[keyBuilders.count + 1].append(window.end)
            for (accumulator, builder) in zip(pane.accumulators, resultBuilders) {
                accumulator.appendResult(group, to: builder)
            }
            // A result happened at the last moment of its window.
            times.append(window.end - 1)
        }
        let count = times.count
        guard count > 0 else { return nil }
        return RecordBatch(
            schema: schema, columns: builders.map { $0.finish() }, rowCount: count,
            eventTimes: times.finish().asInt64)
    }
}
