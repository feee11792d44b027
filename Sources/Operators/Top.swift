import Columnar
import Dataflow
import Primitives

/// `top`: the rows with the greatest value, of each key in each window of event time.
struct TopFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "top",
        summary: "Keeps the rows with the greatest value, of each key in each window.",
        doc:
            "The best posts of an hour; with `rows: 1` and a time as the `order`, the last state of each thing. Out come "
            + "the key's columns, `window_start`, `window_end`, `rank` from 1 and the `columns`, one row for each row "
            + "kept. Of rows with the same value the one that happened first comes first, then the one that is less by "
            + "its columns from the left; a row without a value has no rank. A result replaces the one of the same key "
            + "and rank, early ones and corrections by rows within `lateness` as those of `aggregate` do. Rows that come "
            + "later go to the stream `late`.",
        kind: .object([
            FieldSpec(
                "window", .object(WindowSettings.fields.filter { $0.name != "session" }), required: true,
                doc: "How event time is cut."),
            FieldSpec(
                "by", .list(.column), default: "[]",
                doc: "The key. The result names a column inside an object with `_` for the dots: `author_id`."),
            FieldSpec(
                "order", .expression, required: true,
                doc:
                    "What rows are ranked by, the greatest first: a number or a time, in CEL over the input's columns. "
                    + "`-x` ranks the least first.", example: "metrics.likes + metrics.shares"),
            FieldSpec("rows", .integer(1...1_000), default: "10", doc: "Rows of a key in a window, at most."),
            FieldSpec(
                "ties", .bool, default: "false",
                doc:
                    "Whether rows with the same value as the last of them are kept too, up to \(TopRows.tiesMax). Such a "
                    + "result may have fewer rows than the one before, so that `emit` and `lateness` do not go with it."
            ),
            FieldSpec(
                "columns", .list(.column),
                doc: "The columns to keep; all but the key's if absent.", example: "[id, text, author.handle]"),
            WindowSettings.emission,
            FieldSpec(
                "keys", .integer(1...4_000_000_000), default: "100000",
                doc: "Keys expected in all open windows together, for the memory that `explain` announces."),
        ]),
        example: """
            best:
              from: tagged
              top: { window: { tumbling: 1h }, by: [brand], order: metrics.likes, rows: 3, columns: [id, text] }
            """)

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        faults.requireEventTime(input, spec.name, at: settings.path)
        faults.refuseUpdating(input, spec.name, at: settings.path)
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        guard let written = settings["window"], let order = settings["order"],
            case .panes(let window)? = WindowSettings.parse(written, faults),
            let value = order.string.flatMap({ faults.compile($0, input.schema, at: order.path) })
        else { return nil }
        if ![.int64, .float64, .timestamp].contains(value.type) {
            faults.report(
                Fault("expression.type", "rows are ranked by a number or a time, and this is \(value.type)"),
                at: order.path)
        }
        let columns = kept(settings, input.schema, keys, faults)
        let early = WindowSettings.earlyEmission(settings, faults)
        check(early, window, settings, faults)
        let rows = TopRows(
            count: Int(settings["rows"]?.integer ?? 10), keepsTies: settings["ties"]?.bool ?? false, columns: columns)
        var function = AggregateFunction(kind: .topRows(rows), argument: value, result: Field("rows", .int64))
        function.text = "top(\(order.string ?? "")) \(rows)"
        let plan = AggregatePlan(
            kind: spec.name, window: window, earlyEmission: early, keys: keys,
            keyFields: keys.map(\.outputField), functions: [function])
        faults.refuseTwoOfAName(
            plan.outputSchema, hint: "rename it with `select` first, or leave it out of `columns`"
        ) { _ in settings["columns"]?.path ?? settings.path }
        guard faults.isEmpty else { return nil }
        let needed = Set((keys + columns).map(\.field.name)).union(value.paths)
        return plan.planned(needed, Int(settings["keys"]?.integer ?? 100_000))
    }

    /// The columns that come out beside the key's.
    private func kept(
        _ settings: Settings, _ schema: Schema, _ keys: [FieldPath], _ faults: FaultCollector
    ) -> [FieldPath] {
        if let chosen = settings["columns"]?.list { return chosen.compactMap { faults.keyColumn($0, schema) } }
        let names = Set(keys.map(\.field.name))
        return schema.fields.filter { !names.contains($0.name) }.compactMap { field in
            switch field.type {
            case .list, .struct:
                faults.report(
                    Fault(
                        "top.columns", "column `\(field.name)` is \(field.type), which `top` cannot keep",
                        hint: "name the plain columns to keep in `columns`"),
                    at: settings.path)
                return nil
            default: return schema.resolve(field.name)
            }
        }
    }

    private func check(_ early: Int64?, _ window: WindowSpec, _ settings: Settings, _ faults: FaultCollector) {
        if let ties = settings["ties"], ties.bool == true, early != nil || window.lateness > 0 {
            faults.report(
                Fault(
                    "top.ties", "a result with ties cannot be corrected: a later one may have fewer rows",
                    hint: "remove `ties`, or `emit` and `lateness`"),
                at: ties.path)
        }
    }
}
