import Columnar
import Dataflow
import Primitives

/// `alert`: makes a message of each row for which a condition holds, at most one a key within a cool-down.
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
        summary: "Raises an alert for each row that fulfils a condition.",
        doc:
            "The rows that come out have `alert_id`, `alert` (the operator's name), `severity`, `title`, `message`, `at` "
            + "and the columns of `by`. The id is made of the operator, the key and the time, so a replay of the same "
            + "input raises the same alerts under the same ids.",
        kind: .object([
            FieldSpec("when", .expression, required: true, doc: "The condition, in CEL over the input's columns."),
            FieldSpec(
                "message", .string, required: true,
                doc: "The text, with CEL expressions in braces; `{{` and `}}` stand for braces.",
                example: "'{brand}: {mentions} mentions in a minute'"),
            FieldSpec("title", .string, doc: "A headline, written like the message; the operator's name if absent."),
            FieldSpec(
                "by", .list(.column), default: "[]", doc: "What an alert is about: one cool-down for each key."),
            FieldSpec("severity", .choice(["info", "warning", "critical"]), default: "warning", doc: "How bad it is."),
            FieldSpec(
                "cooldown", .duration, default: "10m",
                doc: "For how long of event time a key raises no further alert after one."),
            FieldSpec(
                "keys", .integer(1...4_000_000_000), default: "100000",
                doc: "Keys expected in a cool-down, for the memory that `explain` announces."),
        ]),
        example: """
            crisis:
              from: by_brand
              alert:
                when: mentions > 1000 && sentiment < -0.2
                by: [brand]
                severity: critical
                message: '{brand}: {mentions} mentions, sentiment {sentiment}'
            """)

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let when = settings["when"], let condition = when.string, let message = settings["message"] else {
            return nil
        }
        if !input.hasEventTime {
            faults.report(
                Fault("schema.event_time", "alert needs event time, and this stream has none"), at: settings.path)
        }
        let compiled = faults.compile(condition, input.schema, at: when.path)
        if let compiled, compiled.type != .bool {
            faults.report(
                Fault("expression.type", "`when` needs a condition, and this is \(compiled.type)"), at: when.path)
        }
        let keys = (settings["by"]?.list ?? []).compactMap { faults.keyColumn($0, input.schema) }
        let messageTemplate = MessageTemplate.parse(message, input.schema, faults)
        let titleTemplate = settings["title"].flatMap { MessageTemplate.parse($0, input.schema, faults) }
        guard let compiled, compiled.type == .bool, let messageTemplate else { return nil }

        let keyFields = keys.map { key in
            Field(String(key.field.name.map { $0 == "." ? "_" : $0 }), key.field.type, isNullable: key.field.isNullable)
        }
        for field in keyFields where Self.fields.contains(where: { $0.name == field.name }) {
            faults.report(
                Fault(
                    "schema.duplicate", "an alert has a column `\(field.name)` of its own", hint: "rename the key first"
                ),
                at: settings["by"]?.path ?? settings.path)
        }
        let cooldown = settings["cooldown"]?.duration ?? .seconds(600)
        let plan = AlertPlan(
            name: context.name, condition: compiled, message: messageTemplate, title: titleTemplate, keys: keys,
            severity: settings["severity"]?.string ?? "warning", cooldown: cooldown.microseconds,
            schema: Schema(Self.fields + keyFields))
        let needed = plan.paths
        return PlannedOperator(
            output: StreamShape(schema: plan.schema, hasEventTime: true, key: ["alert_id"]),
            inputPaths: { _ in [needed] },
            placement: .keyed(keys: keys) { context in AlertOperator(plan, RowRefusal(context)) },
            state: StateEstimate(
                bytesPerKey: 128, keys: Int(settings["keys"]?.integer ?? 100_000),
                description: "one of (\(keys.map(\.field.name).joined(separator: ", "))) in its cool-down"),
            stateShape: StateShape(
                kind: "alert",
                facts: [
                    StateShape.Fact("by", keys),
                    StateShape.Fact("cooldown", DurationText.format(cooldown.microseconds), onChange: .migrate),
                ]),
            facts: ["when \(condition)", "cool-down \(DurationText.format(cooldown.microseconds))"])
    }
}

struct AlertPlan: Sendable {
    var name: String
    var condition: CompiledExpression
    var message: MessageTemplate
    var title: MessageTemplate?
    var keys: [FieldPath]
    var severity: String
    /// Microseconds of event time.
    var cooldown: Int64
    var schema: Schema

    var paths: Set<String> {
        condition.paths.union(message.paths).union(title?.paths ?? []).union(keys.map(\.field.name))
    }
}
