import Columnar
import Dataflow
import Primitives

/// Raises the alerts of the keys of one subtask.
final class AlertOperator: Operator {
    private let plan: AlertPlan
    private let refusal: RowRefusal
    private let cooldown: AlertCooldown

    init(_ plan: AlertPlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
        cooldown = AlertCooldown(plan.cooldown)
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
            let bytes = encoder.encode(row)
            let key = Hashing.hash64(bytes, seed: 1)
            // Where the exchange sends a row that has this key.
            let owner = keyColumns.isEmpty ? 0 : Hashing.hash64(bytes)
            guard cooldown.raise(key, owner: owner, at: time) else {
                output.ledger.duplicate += 1
                return
            }
            output.ledger.folded += 1
            builders[0].append(IncidentNames.identifier("alert_", plan.name, key, time))
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

    func advance(to watermark: EventTime, _ output: OperatorOutput) { cooldown.advance(to: watermark) }
    var state: (any OperatorState)? { cooldown }
    var memoryFootprint: Int { cooldown.memoryFootprint }
}
