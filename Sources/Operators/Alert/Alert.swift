import Columnar
import Dataflow
import Primitives

/// `alert`: makes a message of each row for which a condition holds, at most one a key within a cool-down; or, with
/// `resolve`, tells of incidents from their beginning to their end.
struct AlertFactory: OperatorFactory {
    static let fields = [
        Field("alert_id", .string),
        Field("alert", .string),
        Field("severity", .string),
        Field("title", .string),
        Field("message", .string),
        Field("at", .timestamp),
    ]

    let spec = ComponentSpec(
        name: "alert",
        summary:
            "Raises an alert for each row that fulfils a condition, or tells of an incident from beginning to end.",
        doc:
            "Without `resolve` each row that fulfils `when` is an alert by itself, but for the cool-down. It is told at "
            + "once: of rows of a key that come by several ways, as results of windows do, the first to arrive is the "
            + "one that the others are silenced by, and that may be another in another run; with `resolve` it may "
            + "not. The rows that come out have `alert_id`, `alert` (the operator's name), `severity`, `title`, `message`, `at` "
            + "and the columns of `by`.\n\nWith `resolve` a key has incidents. One opens when `when` has held `for` a "
            + "while; stays open between the two thresholds; escalates by `escalate`; and is over once `when` has not "
            + "held, nor `resolve` been false, for `quiet`, rows or none. Each change is a row, which has also "
            + "`incident` (the same for all of one incident), `status` (`open`, `escalate`, `update`, `acknowledge`, "
            + "`resolve`), `started_at` and `history` (the newest of `value`). Changes go by event time, behind the "
            + "watermark; the end of an input ends its incidents.\n\nIds are made of the operator, the key and the "
            + "time, so a replay of the same input raises the same alerts under the same ids.",
        kind: .object(
            [
                FieldSpec("when", .expression, required: true, doc: "The condition, in CEL over the input's columns."),
                FieldSpec(
                    "message", .string, required: true,
                    doc: "The text, with CEL expressions in braces; `{{` and `}}` stand for braces.",
                    example: "'{brand}: {mentions} mentions in a minute'"),
                FieldSpec(
                    "title", .string, doc: "A headline, written like the message; the operator's name if absent."),
                FieldSpec(
                    "by", .list(.column), default: "[]",
                    doc: "What an alert is about: one cool-down, or one incident at a time, for each key."),
                FieldSpec("severity", .choice(AlertLife.severities), default: "warning", doc: "How bad it is."),
                FieldSpec(
                    "resolve", .expression,
                    doc:
                        "When it is good again: turns alerts into incidents. The settings below but `cooldown` need it.",
                    example: "mentions < 500"),
                FieldSpec(
                    "escalate", .map(.expression), doc: "Worse severities, each with its condition.",
                    example: "{ critical: mentions > 5000 }"),
                FieldSpec("value", .expression, doc: "A number to keep a history of, for messages that show it."),
            ] + IncidentSettings.fields(quiet: "5m", cooldown: "10m") + [
                FieldSpec(
                    "keys", .integer(1...4_000_000_000), default: "100000",
                    doc: "Keys expected in a cool-down or with an incident, for the memory that `explain` announces.")
            ]),
        example: """
            crisis:
              from: by_brand
              alert:
                when: mentions > 1000 && sentiment < -0.2
                resolve: mentions < 500
                by: [brand]
                severity: warning
                escalate: { critical: mentions > 5000 }
                value: mentions
                message: '{brand}: {mentions} mentions, sentiment {sentiment}'
            """)

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        faults.requireEventTime(input, "alert", at: settings.path)
        let condition = settings["when"].flatMap { faults.condition($0, input.schema) }
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        let message = settings["message"].flatMap { MessageTemplate.parse($0, input.schema, faults) }
        let title = settings["title"].flatMap { MessageTemplate.parse($0, input.schema, faults) }
        let life = AlertLife.read(settings, input, keys: keys, faults)
        guard let condition, let message else { return nil }

        let schema = Schema((life == nil ? Self.fields : IncidentRows.fields) + keys.map(\.outputField))
        faults.refuseDuplicates(schema, "an alert", at: settings["by"]?.path ?? settings.path)
        let cooldown = settings["cooldown"]?.duration ?? .seconds(600)
        let plan = AlertPlan(
            name: context.name, condition: condition, message: message, title: title, keys: keys,
            severity: settings["severity"]?.string ?? "warning", cooldown: cooldown.microseconds, life: life,
            schema: schema)
        let needed = plan.paths
        let count = Int(settings["keys"]?.integer ?? 100_000)
        let names = keys.map(\.field.name).joined(separator: ", ")
        let by = StateShape.Fact("by", keys)
        let when = "when \(settings["when"]?.string ?? "")"
        let output = StreamShape(schema: schema, hasEventTime: true, key: ["alert_id"])
        guard let life else {
            return PlannedOperator(
                output: output, inputPaths: { _ in [needed] },
                placement: .keyed(keys: keys) { context in AlertOperator(plan, RowRefusal(context)) },
                state: StateEstimate(bytesPerKey: 128, keys: count, description: "one of (\(names)) in its cool-down"),
                stateShape: StateShape(
                    kind: "alert",
                    facts: [
                        by, StateShape.Fact("cooldown", DurationText.format(cooldown.microseconds), onChange: .migrate),
                    ]),
                facts: [when, "cool-down \(DurationText.format(cooldown.microseconds))"])
        }
        return PlannedOperator(
            output: output, inputPaths: { _ in [needed] },
            placement: .keyed(keys: life.incidents.group) { context in
                AlertLifeOperator(plan, life, RowRefusal(context), board: context.incidents)
            },
            state: StateEstimate(bytesPerKey: 512, keys: count, description: "one of (\(names)) with an incident"),
            stateShape: StateShape(kind: "alert incidents", facts: [by, life.incidents.shapeFact]),
            facts: [when, "resolve \(settings["resolve"]?.string ?? "")"] + life.incidents.facts)
    }
}

/// A checked `alert`.
struct AlertPlan: Sendable {
    var name: String
    var condition: CompiledExpression
    var message: MessageTemplate
    var title: MessageTemplate?
    var keys: [FieldPath]
    var severity: String
    /// Microseconds of event time.
    var cooldown: Int64
    /// How incidents live; `nil`: each alert stands for itself.
    var life: AlertLife?
    var schema: Schema

    var paths: Set<String> {
        condition.paths.union(message.paths).union(title?.paths ?? []).union(keys.map(\.field.name))
            .union(life?.paths ?? [])
    }
}

extension FaultCollector {
    /// Compiles an expression that must be true or false.
    func condition(_ setting: Settings, _ schema: Schema) -> CompiledExpression? {
        guard let source = setting.string, let compiled = compile(source, schema, at: setting.path) else { return nil }
        guard compiled.type != .bool else { return compiled }
        let name = setting.path.last ?? "it"
        report(
            Fault("expression.type", "`\(name)` needs a condition, and this is \(compiled.type)"), at: setting.path)
        return nil
    }
}
