import Columnar
import Dataflow
import Detection
import Primitives

/// `crisis`: watches what is said about each key and tells when it becomes one.
struct CrisisFactory: OperatorFactory {
    static let fields = [
        Field("alert_id", .string), Field("alert", .string), Field("severity", .string), Field("title", .string),
        Field("message", .string), Field("at", .timestamp), Field("incident", .string), Field("status", .string),
        Field("started_at", .timestamp), Field("score", .float64), Field("minutes", .int64), Field("posts", .int64),
        Field("expected", .float64), Field("ratio", .float64), Field("negative_share", .float64),
        Field("usual_negative_share", .float64), Field("followers", .int64), Field("engagement", .int64),
        Field("reach_ratio", .float64), Field("similar_share", .float64), Field("samples", .list(.string)),
    ]

    let spec = ComponentSpec(
        name: "crisis",
        summary: "Tells when the posts about a key become a crisis: in volume, mood, reach or by copies.",
        doc:
            "Each minute of event time the last 5, 15 and 60 minutes of every key are compared with what is usual at "
            + "that hour of the week; what is usual is learnt, and not from the excess of a crisis. A burst (at least 2 "
            + "times the usual volume, where chance gives so many posts less than once in ten thousand minutes) and a shift "
            + "of the negative share (of 15 points, and rarer than that) add up, reach and the share of posts with "
            + "the same words add to them, to a score: `watch` from 1, `warning` from 3 and 10 posts, `critical` from 5 "
            + "and 25 posts. A row comes "
            + "out when an incident opens, escalates and resolves (`status`), with its evidence; all rows of one "
            + "incident share `incident`. A replay gives the same incidents under the same ids. Hours are UTC.",
        kind: .object([
            FieldSpec("by", .list(.column), required: true, doc: "The key: what a crisis is about."),
            FieldSpec("sentiment", .column, doc: "A number from −1 to 1 for each post; without it mood is left out."),
            FieldSpec(
                "negative_below", .number(-1...1), default: "-0.05",
                doc: "A post with a sentiment from here down is negative."),
            FieldSpec("followers", .column, doc: "How many people an author reaches."),
            FieldSpec("engagement", .list(.column), default: "[]", doc: "Numbers to add up: likes, shares, comments."),
            FieldSpec("text", .column, doc: "The post's text, for samples and to see posts with the same words."),
            FieldSpec(
                "quiet", .duration, default: "30m",
                doc: "For how long nothing must be unusual before an incident is over; at least a minute."),
            FieldSpec(
                "keys", .integer(1...4_000_000_000), default: "1000",
                doc: "Keys expected, for the memory that `explain` announces."),
        ]),
        example: """
            crises:
              from: tagged
              crisis: { by: [brand], sentiment: sentiment_score, followers: author.followers, text: text }
            """)

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        faults.requireEventTime(input, "crisis", at: settings.path)
        faults.refuseUpdating(input, "crisis", at: settings.path)
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        let engagement = (settings["engagement"]?.list ?? []).compactMap { faults.numberColumn($0, input.schema) }
        let quiet = settings["quiet"]?.duration?.microseconds ?? 1_800_000_000
        if quiet < CrisisDetector.minute || quiet > 365 * 1_440 * CrisisDetector.minute {
            faults.report(
                Fault("crisis.quiet", "`quiet` must be between a minute and a year"),
                at: settings["quiet"]?.path ?? settings.path)
            return nil
        }
        let keyFields = keys.map(\.outputField)
        let schema = Schema(Self.fields + keyFields)
        faults.refuseDuplicates(schema, "a crisis", at: settings["by"]?.path ?? settings.path)
        let plan = CrisisPlan(
            name: context.name, keys: keys,
            sentiment: settings["sentiment"].flatMap { faults.numberColumn($0, input.schema) },
            negativeBelow: settings["negative_below"]?.number ?? -0.05,
            followers: settings["followers"].flatMap { faults.numberColumn($0, input.schema) },
            engagement: engagement, text: settings["text"].flatMap { faults.column($0, input.schema) },
            quiet: quiet, schema: schema)
        if let text = plan.text, text.field.type != .string {
            faults.report(
                Fault("schema.type", "column `\(text.field.name)` is \(text.field.type), not text"),
                at: settings["text"]?.path ?? settings.path)
        }
        let needed = plan.paths
        let names = keys.map(\.field.name).joined(separator: ", ")
        return PlannedOperator(
            output: StreamShape(schema: schema, hasEventTime: true, key: ["alert_id"]),
            inputPaths: { _ in [needed] },
            placement: .keyed(keys: keys) { context in CrisisOperator(plan, RowRefusal(context)) },
            state: StateEstimate(
                bytesPerKey: 16_384, keys: Int(settings["keys"]?.integer ?? 1_000), description: "one of (\(names))"),
            stateShape: plan.stateShape,
            facts: [
                "5, 15 and 60 minutes against the hour of the week",
                "over after \(DurationText.format(quiet)) of quiet",
            ])
    }
}

/// A checked `crisis`.
struct CrisisPlan: Sendable {
    var name: String
    var keys: [FieldPath]
    var sentiment: FieldPath?
    var negativeBelow: Double
    var followers: FieldPath?
    var engagement: [FieldPath]
    var text: FieldPath?
    /// Microseconds without anything unusual after which an incident is over.
    var quiet: Int64
    var schema: Schema

    var paths: Set<String> {
        let optional = [sentiment, followers, text].compactMap { $0?.field.name }
        return Set(keys.map(\.field.name) + engagement.map(\.field.name) + optional)
    }

    var stateShape: StateShape {
        StateShape(
            kind: "crisis",
            facts: [
                StateShape.Fact("by", keys),
                StateShape.Fact("sentiment", sentiment.map { [$0] } ?? []),
                StateShape.Fact("negative_below", "\(negativeBelow)", onChange: .rebuild),
                StateShape.Fact("followers", followers.map { [$0] } ?? []),
                StateShape.Fact("engagement", engagement),
                StateShape.Fact("text", text?.field.name ?? "", onChange: .migrate),
                StateShape.Fact("quiet", DurationText.format(quiet), onChange: .migrate),
            ])
    }
}
