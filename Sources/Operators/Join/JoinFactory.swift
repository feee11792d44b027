import Columnar
import Dataflow
import Primitives

/// `join`: pairs of rows of two streams with the same key and event times near each other.
struct JoinFactory: OperatorFactory {
    let inputCount = 2...2

    let spec = ComponentSpec(
        name: "join",
        summary: "Joins the rows of two streams that have the same key and happened near each other.",
        doc:
            "Each pair of a row of the first stream in `from` (the left) and one of the second (the right), with equal "
            + "columns `on` and the right's event time from `before` earlier to `after` later than the left's, makes a "
            + "row. It has the left's columns, then the right's without those of `on`; a column of the right whose name "
            + "the left has too is called `right_` and its name. It happened when the later of the two did. With "
            + "`kind: left` a left row without a partner comes out too, its right columns empty, once no partner can "
            + "come any more; the watermark behind the join waits for such rows. A key without a value has no partner. "
            + "Rows wait until the watermark says that no partner can come: in memory, and on disk where "
            + "`resources.memory` has no room for them. A row that is further behind the watermark than `lateness` goes "
            + "to the stream `late`.",
        kind: .object([
            FieldSpec(
                "on", .list(.column), required: true,
                doc: "The key: columns that both streams have, of the same types. `select` renames them where needed."),
            FieldSpec(
                "within", .duration, required: true,
                doc: "How far apart in event time the rows of a pair may be. Longer keeps rows longer."),
            FieldSpec(
                "before", .duration, doc: "How much earlier than the left row the right one may be; `within` if absent."
            ),
            FieldSpec(
                "after", .duration, doc: "How much later than the left row the right one may be; `within` if absent."),
            FieldSpec(
                "kind", .choice(["inner", "left"]), default: "inner",
                doc: "Whether left rows without a partner are left out or come out."),
            FieldSpec("lateness", .duration, default: "0s", doc: "How far behind the watermark a row may be."),
            FieldSpec(
                "rows", .integer(1...4_000_000_000), default: "1000000",
                doc: "Rows of both streams expected to wait at once, for the memory that `explain` announces."),
        ]),
        example: "attributed: { from: [clicks, views], join: { on: [ad_id], within: 10m, after: 0s } }")

    /// A thousand years: far from where times could overflow.
    private static let lengthMax: Int64 = 31_556_952_000_000_000

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let (left, right) = (inputs[0], inputs[1])
        check(inputs, settings, faults)
        let keys = keys(settings, left.schema, right.schema, faults)
        guard let within = length("within", settings, faults) else { return nil }
        let before = settings["before"] == nil ? within : length("before", settings, faults)
        let after = settings["after"] == nil ? within : length("after", settings, faults)
        let lateness = settings["lateness"] == nil ? 0 : length("lateness", settings, faults)
        guard let before, let after, let lateness, !keys.isEmpty else { return nil }
        let plan = JoinPlan(
            before: before, after: after, lateness: lateness, isLeft: settings["kind"]?.string == "left",
            left: left.schema, right: right.schema, leftKeys: keys.map(\.left), rightKeys: keys.map(\.right))
        let schema = plan.outputSchema
        var seen: Set<String> = []
        for field in schema.fields where !seen.insert(field.name).inserted {
            faults.report(
                Fault(
                    "schema.duplicate", "the result would have two columns `\(field.name)`",
                    hint: "rename one with `select` first"),
                at: settings.path)
        }
        let names = keys.map(\.left.field.name).joined(separator: ", ")
        let span = "from \(DurationText.format(before)) before to \(DurationText.format(after)) after"
        return PlannedOperator(
            output: StreamShape(schema: schema, hasEventTime: true),
            inputPaths: { plan.inputPaths($0) },
            placement: .joined(keys: [plan.leftKeys, plan.rightKeys]) { context in
                JoinOperator(plan, RowRefusal(context), spills: context.spills)
            },
            state: StateEstimate(
                bytesPerKey: plan.bytesPerRow, keys: Int(settings["rows"]?.integer ?? 1_000_000),
                description: "one row that waits for its partners on (\(names))",
                spilledBytesPerKey: FilteredRun.bytesPerRow),
            stateShape: plan.stateShape,
            facts: ["\(plan.isLeft ? "left" : "inner") join on (\(names)), the right row \(span) the left"])
    }

    private func check(_ inputs: [StreamShape], _ settings: Settings, _ faults: FaultCollector) {
        for (number, input) in inputs.enumerated() {
            if !input.hasEventTime {
                faults.report(
                    Fault("schema.event_time", "join needs event time, and input \(number + 1) has none"),
                    at: settings.path)
            }
            if input.isUpdating {
                faults.report(
                    Fault(
                        "join.updating", "input \(number + 1) replaces its rows, so each would be joined several times",
                        hint: "take `emit` and `lateness` away from the aggregate that it comes from"),
                    at: settings.path)
            }
        }
    }

    private func keys(
        _ settings: Settings, _ left: Schema, _ right: Schema, _ faults: FaultCollector
    ) -> [(left: FieldPath, right: FieldPath)] {
        guard let on = settings["on"], let columns = on.list else { return [] }
        if columns.isEmpty { faults.report(Fault("join.key", "a key needs at least one column"), at: on.path) }
        return columns.compactMap { column in
            guard let first = faults.keyColumn(column, left), let second = faults.keyColumn(column, right) else {
                return nil
            }
            if first.field.type != second.field.type {
                faults.report(
                    Fault(
                        "schema.mismatch",
                        "column `\(first.field.name)` is \(first.field.type) in the first input and "
                            + "\(second.field.type) in the second",
                        hint: "make them alike with `select`"),
                    at: column.path)
            }
            return (first, second)
        }
    }

    private func length(_ name: String, _ settings: Settings, _ faults: FaultCollector) -> Int64? {
        guard let setting = settings[name], let length = setting.duration?.microseconds else { return nil }
        guard length < Self.lengthMax else {
            faults.report(Fault("join.length", "`\(name)` must be below 1000 years"), at: setting.path)
            return nil
        }
        return length
    }
}
