import Columnar
import Dataflow
import Primitives

/// `unnest`: one row for each element of a list.
struct UnnestFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "unnest",
        summary: "Makes one row of each element of a list column.",
        doc: "The other columns are repeated. A row whose list is empty or missing gives none and counts as filtered.",
        kind: .object([
            FieldSpec("column", .column, required: true, doc: "The list column."),
            FieldSpec("as", .string, required: true, doc: "The name of the new column that holds one element."),
            FieldSpec(
                "position", .string,
                doc:
                    "The name of a further column that holds the element's position, from 1: the rank within a `top_k`.",
                example: "rank"),
        ]),
        example: "hashtags: { from: tagged, unnest: { column: hashtags, as: hashtag } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let column = settings["column"], let name = settings["as"]?.string,
            let path = faults.column(column, input.schema)
        else { return nil }
        guard case .list(let element) = path.field.type else {
            faults.report(
                Fault(
                    "schema.type", "column `\(path.field.name)` is \(path.field.type), not a list",
                    hint: "unnest takes a list column"),
                at: column.path)
            return nil
        }
        let position = settings["position"]?.string
        // The list itself goes: repeated in every row it would grow with its own square.
        let kept = input.schema.fields.filter { path.indices.count > 1 || $0.name != path.field.name }
        let positionField = position.map { Field($0, .int64) }
        let schema = Schema(kept + (positionField.map { [$0] } ?? []) + [Field(name, element)])
        for (added, setting) in [(name, "as")] + (position.map { [($0, "position")] } ?? [])
        where schema.fields.count(where: { $0.name == added }) > 1 {
            faults.report(
                Fault(
                    "schema.duplicate", "there is a column `\(added)` already",
                    hint: "choose another name for `\(setting)`"),
                at: settings[setting]?.path ?? settings.path)
        }
        let added = Set([name] + (position.map { [$0] } ?? []))
        return PlannedOperator(
            output: StreamShape(schema: schema, hasEventTime: input.hasEventTime, isUpdating: input.isUpdating),
            inputPaths: { wanted in [wanted.map { $0.subtracting(added).union([path.field.name]) }] },
            placement: .local { _ in UnnestOperator(path.field.name, schema, hasPosition: position != nil) },
            facts: ["one row for each element of \(path.field.name), as \(name)"])
    }
}

private final class UnnestOperator: Operator {
    private let listPath: String
    private let schema: Schema
    private let hasPosition: Bool

    init(_ listPath: String, _ schema: Schema, hasPosition: Bool) {
        self.listPath = listPath
        self.schema = schema
        self.hasPosition = hasPosition
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        let batch = frame.batch
        guard let path = batch.schema.resolve(listPath), let list = batch.column(at: path).asList else {
            throw Fault("unnest.column", "column `\(listPath)` is not in the stream", domain: .internal)
        }
        var rows: [UInt32] = []
        var elements: [UInt32] = []
        let positions = ColumnBuilder(.int64, capacity: hasPosition ? batch.selectedCount : 0)
        var empty: Int64 = 0
        batch.forEachRow { row in
            let range = list[row]
            if range.isEmpty { empty += 1 }
            for position in range {
                rows.append(UInt32(truncatingIfNeeded: row))
                elements.append(UInt32(truncatingIfNeeded: position))
                if hasPosition { positions.append(Int64(position - range.lowerBound + 1)) }
            }
        }
        var columns: [Column] = []
        let times: Int64Column? = rows.withUnsafeBufferPointer { rows in
            for field in schema.fields.dropLast(hasPosition ? 2 : 1) {
                guard let index = batch.schema.index(of: field.name) else { continue }
                columns.append(batch.columns[index].take(rows))
            }
            return batch.eventTimes.flatMap { Column.timestamp($0).take(rows).asInt64 }
        }
        if hasPosition { columns.append(positions.finish()) }
        columns.append(elements.withUnsafeBufferPointer { list.elements.take($0) })
        output.ledger.filtered += empty
        // Each row goes on as its elements, which the operator makes.
        output.ledger.folded += Int64(batch.selectedCount) - empty
        output.ledger.made += Int64(rows.count)
        output.emit(
            frame.with(RecordBatch(schema: schema, columns: columns, rowCount: rows.count, eventTimes: times)))
    }
}
