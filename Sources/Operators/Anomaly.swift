import Columnar
import Dataflow
import Detection
import Primitives

/// `anomaly`: how unusual each observation of a series is, for each key, as it comes.
struct AnomalyFactory: OperatorFactory {
    static let fields = [
        Field("at", .timestamp),
        Field("value", .float64),
        Field("expected", .float64),
        Field("surprise", .float64),
        Field("score", .float64),
    ]

    let spec = ComponentSpec(
        name: "anomaly",
        summary: "Scores how unusual each observation of a series is, by what came before it.",
        doc:
            "An observation is a row's `value`, or with `every` the sum of a stretch of event time, or without `value` "
            + "the number of rows of each stretch. The detector learns each key's level, its hours of day and week "
            + "and how heavy the tail of its surprises is; nothing is set by hand, and it never looks ahead. Out come the key's "
            + "columns, `at` (the observation's time, or the start of its stretch), `value`, `expected`, `surprise` (−log₁₀ of how rare a "
            + "deviation like this is) and `score` from 0 to 1: 0.5 is as rare as once in all that was seen. An observation that follows "
            + "one at least as surprising is no news and scores 0. Counts of stretches without rows are 0; "
            + "stretches without a `value` are left out.",
        kind: .object([
            FieldSpec(
                "value", .column,
                doc: "The column to observe: a number. Without it rows are counted, which needs `every`."),
            FieldSpec("by", .list(.column), default: "[]", doc: "The key: one series for each."),
            FieldSpec(
                "every", .duration,
                doc: "Stretches of event time that make one observation each, aligned to the epoch in UTC.",
                example: "5m"),
            FieldSpec(
                "above", .number(0...1), default: "0",
                doc: "Rows come out for scores from here on; 0 gives all of them."),
            FieldSpec(
                "keys", .integer(1...4_000_000_000), default: "1000",
                doc: "Keys expected, for the memory that `explain` announces."),
        ]),
        example: "volume: { from: unique, anomaly: { by: [brand], every: 5m, above: 0.4 } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        faults.requireEventTime(input, "anomaly", at: settings.path)
        faults.refuseUpdating(input, "anomaly", at: settings.path)
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        let value = settings["value"].flatMap { faults.numberColumn($0, input.schema) }
        let every = settings["every"]?.duration?.microseconds
        if let every, every <= 0 || every >= ObservationBuckets.lengthMax {
            faults.report(
                Fault("anomaly.every", "a stretch must be longer than zero and below 1000 years"),
                at: settings["every"]?.path ?? settings.path)
            return nil
        }
        if settings["value"] == nil && every == nil {
            faults.report(
                Fault(
                    "anomaly.value", "there is nothing to observe",
                    hint: "name a column as `value`, or count rows `every` so often"),
                at: settings.path)
            return nil
        }
        let keyFields = keys.map(\.outputField)
        faults.refuseDuplicates(
            Schema(keyFields + Self.fields), "an anomaly", at: settings["by"]?.path ?? settings.path)
        let plan = AnomalyPlan(
            value: value, keys: keys, every: every, above: settings["above"]?.number ?? 0,
            schema: Schema(keyFields + Self.fields))
        let needed = Set(keys.map(\.field.name) + (value.map { [$0.field.name] } ?? []))
        return PlannedOperator(
            output: StreamShape(
                schema: plan.schema, hasEventTime: true, key: every == nil ? [] : ["at"] + keyFields.map(\.name)),
            inputPaths: { _ in [needed] },
            placement: .keyed(keys: keys) { context in AnomalyOperator(plan, RowRefusal(context)) },
            state: StateEstimate(
                bytesPerKey: VolumeDetector.bytes + 128, keys: Int(settings["keys"]?.integer ?? 1_000),
                description: "one of (\(keys.map(\.field.name).joined(separator: ", ")))"),
            stateShape: plan.stateShape,
            facts: [
                every.map { "one observation every \(DurationText.format($0))" } ?? "each row is an observation"
            ])
    }
}

/// A checked `anomaly`.
struct AnomalyPlan: Sendable {
    /// The column observed; `nil`: rows are counted.
    var value: FieldPath?
    var keys: [FieldPath]
    /// Microseconds of event time that make an observation; `nil`: each row is one.
    var every: Int64?
    /// The least score that comes out.
    var above: Double
    var schema: Schema

    var stateShape: StateShape {
        StateShape(
            kind: "anomaly",
            facts: [
                StateShape.Fact("by", keys),
                StateShape.Fact("value", value.map { [$0] } ?? []),
                StateShape.Fact("every", every.map { DurationText.format($0) } ?? "row", onChange: .rebuild),
            ])
    }
}
