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

private final class AlertOperator: Operator {
    private let plan: AlertPlan
    private let refusal: RowRefusal
    /// When each key has raised alerts that a row to come may be in the cool-down of, by the hash of the key.
    private var raised: [UInt64: [Int64]] = [:]
    private var watermark = EventTime.distantPast

    init(_ plan: AlertPlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        let batch = frame.batch
        guard let times = batch.eventTimes else { return }
        let (matches, errors) = plan.condition.select(batch)
        if let errors { _ = refusal.refuse(batch, errors, "when", output) }
        output.ledger.filtered += Int64(batch.selectedCount - matches.count - (errors?.rows.count ?? 0))
        guard matches.count > 0 else { return output.emitMade(.empty(plan.schema), floor: frame.floor) }

        let matching = batch.selecting(matches)
        let keyColumns = plan.keys.map { batch.schema.resolve($0.field.name).map(batch.column(at:)) }.compactMap { $0 }
        let messages = plan.message.render(matching)
        let titles = plan.title?.render(matching)
        var encoder = RowKeyEncoder(keyColumns)
        defer { encoder.deallocate() }
        let builders = plan.schema.fields.map { ColumnBuilder($0.type) }
        let eventTimes = ColumnBuilder(.timestamp)
        var index = 0
        matching.forEachRow { row in
            defer { index += 1 }
            let time = times.values[row]
            let key = Hashing.hash64(encoder.encode(row), seed: 1)
            if isCoolingDown(key, time) {
                output.ledger.duplicate += 1
                return
            }
            output.ledger.folded += 1
            builders[0].append(identifier(key, time))
            builders[1].append(plan.name)
            builders[2].append(plan.severity)
            builders[3].append(titles?[index] ?? plan.name)
            builders[4].append(messages[index])
            builders[5].append(time)
            for (builder, column) in zip(builders.dropFirst(AlertFactory.fields.count), keyColumns) {
                builder.append(from: column, row: row)
            }
            eventTimes.append(time)
        }
        let count = eventTimes.count
        output.emitMade(
            RecordBatch(
                schema: plan.schema, columns: builders.map { $0.finish() }, rowCount: count,
                eventTimes: eventTimes.finish().asInt64),
            floor: frame.floor)
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        self.watermark = watermark
        guard raised.count > 1_024 else { return }
        raised = raised.filter { $0.value.contains { !isOver($0) } }
    }

    /// About: an entry of the table, and a short array.
    var memoryFootprint: Int { raised.capacity * 24 + raised.count * 64 }

    /// Whether a key has raised an alert within the cool-down of a time, before or after; if not, it does now.
    private func isCoolingDown(_ key: UInt64, _ time: Int64) -> Bool {
        guard plan.cooldown > 0 else { return false }
        var times = raised[key] ?? []
        let isNear = times.contains { other in
            let (gap, overflow) = time.subtractingReportingOverflow(other)
            return !overflow && gap.magnitude < UInt64(plan.cooldown)
        }
        if isNear { return true }
        times.removeAll(where: isOver)
        times.append(time)
        raised[key] = times
        return false
    }

    private func isOver(_ time: Int64) -> Bool {
        EventTime(microseconds: time).advanced(byMicroseconds: plan.cooldown) <= watermark
    }

    /// The same for the same alert in every run: the operator's name, the key and the time, hashed.
    private func identifier(_ key: UInt64, _ time: Int64) -> String {
        var name = plan.name
        let named = name.withUTF8 { Hashing.hash64(UnsafeRawBufferPointer($0), seed: key) }
        let hash = Hashing.mix(named ^ UInt64(bitPattern: time))
        let digits = String(hash, radix: 16)
        return "alert_" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
