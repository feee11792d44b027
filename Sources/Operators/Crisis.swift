import Columnar
import Dataflow
import Detection
import Primitives

/// `crisis`: watches what is said about each key and tells when it becomes one.
struct CrisisFactory: OperatorFactory {
    static let fields = IncidentRows.fields + CrisisRows.fields

    let spec = ComponentSpec(
        name: "crisis",
        summary: "Tells when the posts about a key become a crisis: in volume, mood, reach or by copies.",
        doc:
            "Each minute of event time the last 5, 15 and 60 minutes of every key are compared with what is usual at "
            + "that hour of the week; what is usual is learnt, and not from the excess of a crisis. A burst (at least 2 "
            + "times the usual volume, where chance gives so many posts less than once in ten thousand minutes; where posts "
            + "are shared by many in minutes as a matter of course, more is needed) and a shift "
            + "of the negative share (of 15 points, and rarer than that) add up, reach and the share of posts with "
            + "the same words add to them, to a score: `watch` from 1, `warning` from 3 and 10 posts, `critical` "
            + "from 5 and 25 posts. A row comes out when an incident opens, escalates, is told again, is acknowledged "
            + "and resolves (`status`), with its evidence, samples and the posts of the last hour "
            + "(`history`, two minutes each); all rows of one incident share `incident`. A replay gives the same "
            + "incidents under the same ids. Hours are UTC.",
        kind: .object(
            [
                FieldSpec("by", .list(.column), required: true, doc: "The key: what a crisis is about."),
                FieldSpec(
                    "sentiment", .column, doc: "A number from −1 to 1 for each post; without it mood is left out."),
                FieldSpec(
                    "negative_below", .number(-1...1), default: "-0.05",
                    doc: "A post with a sentiment from here down is negative."),
                FieldSpec("followers", .column, doc: "How many people an author reaches."),
                FieldSpec(
                    "engagement", .list(.column), default: "[]", doc: "Numbers to add up: likes, shares, comments."),
                FieldSpec("text", .column, doc: "The post's text, for samples and to see posts with the same words."),
            ] + IncidentSettings.fields(quiet: "30m", cooldown: "0s") + [
                FieldSpec(
                    "keys", .integer(1...4_000_000_000), default: "1000",
                    doc: "Keys expected, for the memory that `explain` announces.")
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
        let incidents = IncidentSettings.read(settings, keys: keys, quiet: 1_800_000_000, cooldown: 0, faults)
        if incidents.policy.quiet < CrisisDetector.minute {
            faults.report(
                Fault("crisis.quiet", "`quiet` must be at least a minute: posts are looked at by the minute"),
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
            incidents: incidents, schema: schema)
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
            placement: .keyed(keys: incidents.group) { context in
                CrisisOperator(plan, RowRefusal(context), board: context.incidents)
            },
            state: StateEstimate(
                bytesPerKey: 16_384, keys: Int(settings["keys"]?.integer ?? 1_000), description: "one of (\(names))"),
            stateShape: plan.stateShape,
            facts: ["5, 15 and 60 minutes against the hour of the week"] + incidents.facts)
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
    var incidents: IncidentSettings
    var schema: Schema

    var names: IncidentNames { IncidentNames(operatorName: name, severities: Self.severities) }
    /// From level 1 on.
    private static let severities = CrisisSeverity.allCases.filter { $0 > .none }.map { "\($0)" }

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
                incidents.shapeFact,
                StateShape.Fact("quiet", DurationText.format(incidents.policy.quiet), onChange: .migrate),
            ])
    }
}
