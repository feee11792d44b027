import Columnar
import Dataflow
import Primitives

/// `aggregate`: functions of the rows of each key in each window of event time.
struct AggregateFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "aggregate",
        summary: "Aggregates the rows of each key in windows of event time.",
        doc: "The result has the key's columns, `window_start`, `window_end` and one column a function: "
            + AggregateParser.catalogue + ". A result is the whole value of its key and replaces the one before: early "
            + "ones while the window is open, the one at its end, and corrections by rows within `lateness`. Rows "
            + "that come later go to the stream `late`. Windows are aligned to the epoch in UTC. Sessions have no such "
            + "edges: two of a key become one where a row lies between them, so a session is shown only once, when the "
            + "watermark has passed its end by `lateness` and no row can reach it; a row that is further behind the "
            + "watermark than `lateness` is late. A sum of integers that 64 bits cannot hold is given as the largest or "
            + "least number that they can.",
        kind: .object([
            FieldSpec("window", .object(WindowSettings.fields), required: true, doc: "How event time is cut."),
            FieldSpec(
                "by", .list(.column), default: "[]",
                doc: "The key. The result names a column inside an object with `_` for the dots: `author_id`."),
            FieldSpec(
                "columns", .map(.expression), required: true,
                doc: "The aggregates: a function of CEL expressions over the input.",
                example: "{ mentions: count(), likes_p95: 'quantile(metrics.likes, 0.95)' }"),
            WindowSettings.emission,
            FieldSpec(
                "keys", .integer(1...4_000_000_000), default: "1000000",
                doc:
                    "Keys expected in all open windows together, for the memory that `explain` announces. Without `by` "
                    + "it is not needed."),
        ]),
        example: """
            by_brand:
              from: tagged
              aggregate:
                window: { tumbling: 1m, lateness: 2m }
                by: [brand, platform]
                columns: { mentions: count(), authors: count_distinct(author.id) }
                emit: { early: 5s }
            """)

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        faults.requireEventTime(input, spec.name, at: settings.path)
        if input.isUpdating {
            faults.report(
                Fault(
                    "aggregate.updating", "this stream replaces its rows, so adding them up would count them twice",
                    hint: "take `emit` and `lateness` away from the aggregate that it comes from"),
                at: settings.path)
        }
        let window = settings["window"].flatMap { WindowSettings.parse($0, faults) }
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        let functions = (settings["columns"]?.members ?? []).compactMap { name, value in
            AggregateParser.parse(value, name: name, input.schema, faults)
        }
        let early = WindowSettings.earlyEmission(settings, faults)
        guard let window else { return nil }
        let keyFields = keys.map(\.outputField)
        faults.refuseTwoOfAName(AggregatePlan.outputSchema(keyFields, functions), hint: "choose another name") { name in
            settings["columns"]?[name]?.path ?? settings.path
        }
        let needed = functions.reduce(into: Set(keys.map(\.field.name))) { $0.formUnion($1.argument?.paths ?? []) }
        let expected = Int(settings["keys"]?.integer ?? 1_000_000)
        switch window {
        case .panes(let window):
            return AggregatePlan(
                window: window, earlyEmission: early, keys: keys, keyFields: keyFields, functions: functions
            ).planned(needed, expected)
        case .sessions(let gap, let lateness):
            if let emit = settings["emit"] {
                faults.report(
                    Fault(
                        "emit.session", "a session is shown once, when nothing can join it with another any more",
                        hint: "remove `emit`"),
                    at: emit.path)
            }
            return SessionPlan(gap: gap, lateness: lateness, keys: keys, keyFields: keyFields, functions: functions)
                .planned(needed, expected)
        }
    }
}

extension AggregatePlan {
    /// - Parameters:
    ///   - needed: the columns that are read.
    ///   - expected: keys in open windows together.
    func planned(_ needed: Set<String>, _ expected: Int) -> PlannedOperator {
        let plan = self
        let names = keyFields.map(\.name).joined(separator: ", ")
        return PlannedOperator(
            output: StreamShape(
                schema: outputSchema, hasEventTime: true, key: outputKey,
                isUpdating: earlyEmission != nil || window.lateness > 0),
            inputPaths: { _ in [needed] },
            placement: .folded(AggregateFoldingFactory(plan: plan)),
            state: StateEstimate(
                bytesPerKey: bytesPerKey,
                keys: keyFields.isEmpty ? openPanesMax : expected,
                description: keyFields.isEmpty ? "one in each open pane" : "one of (\(names)) in each open pane",
                spilledBytesPerKey: AggregatePlan.spilledBytesPerKey),
            stateShape: stateShape,
            facts: explanation)
    }

    /// What `explain` says of it.
    private var explanation: [String] {
        var facts = ["window: \(window.kind.summary), lateness \(DurationText.format(window.lateness))"]
        if !window.isSinglePane {
            facts.append(
                "panes of \(DurationText.format(window.paneSize)); each row updates one pane of "
                    + "\(window.windowsPerRow) windows")
        }
        facts.append("where rows are folded before they travel: up to \(FoldAggregate.bytesMax >> 20) MiB more")
        if let early = earlyEmission { facts.append("early results every \(DurationText.format(early))") }
        return facts
    }
}

extension AggregatePlan {
    /// Panes that are open at once: those that windows may still need, and some ahead of the watermark.
    var openPanesMax: Int { Int(clamping: window.retention / window.paneSize) + 64 }

    /// What is known of a page, shared by its rows.
    static let spilledBytesPerKey = 1

    /// Bytes of one key in one pane at its largest.
    var bytesPerKey: Int { stateColumns.bytesPerGroup }
}

extension AggregatePlan {
    var stateColumns: StateColumns { StateColumns(keyFields: keyFields, functions: functions) }

    var stateShape: StateShape {
        StateShape(
            kind: kind,
            facts: [
                StateShape.Fact("window", window.kind.summary, onChange: .rebuild),
                StateShape.Fact("lateness", DurationText.format(window.lateness), onChange: .migrate),
            ] + stateColumns.facts)
    }
}

extension WindowKind {
    /// As written in a pipeline file.
    var summary: String {
        switch self {
        case .tumbling(let size): "tumbling \(DurationText.format(size))"
        case .hopping(let size, let every): "hopping \(DurationText.format(size)) every \(DurationText.format(every))"
        case .cumulative(let size, let step): "cumulative \(DurationText.format(size)) by \(DurationText.format(step))"
        }
    }
}
