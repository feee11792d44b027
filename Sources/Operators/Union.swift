import Columnar
import Dataflow
import Primitives

/// `union`: the rows of several streams of one schema as one stream.
struct UnionFactory: OperatorFactory {
    let inputCount = 2...64

    let spec = ComponentSpec(
        name: "union",
        summary: "Joins several streams with the same columns into one.",
        doc: "The watermark is the earliest of the inputs'. Columns are matched by name and must have the same types; "
            + "use `select` first where they differ.",
        kind: .object([]),
        example: "posts: { from: [bluesky, mastodon], union: {} }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let first = inputs[0]
        var fields = first.schema.fields
        for (number, input) in inputs.enumerated().dropFirst() {
            for index in fields.indices {
                guard let other = input.schema.fields.first(where: { $0.name == fields[index].name }) else {
                    faults.report(
                        mismatch("input \(number + 1) has no column `\(fields[index].name)`"), at: settings.path)
                    continue
                }
                if other.type != fields[index].type {
                    faults.report(
                        mismatch(
                            "column `\(other.name)` is \(fields[index].type) in the first input and \(other.type) in "
                                + "input \(number + 1)"),
                        at: settings.path)
                }
                fields[index].isNullable = fields[index].isNullable || other.isNullable
            }
            for other in input.schema.fields where first.schema.index(of: other.name) == nil {
                faults.report(
                    mismatch("column `\(other.name)` of input \(number + 1) is not in the first"), at: settings.path)
            }
        }
        let schema = Schema(fields)
        return PlannedOperator(
            output: StreamShape(
                schema: schema, hasEventTime: inputs.allSatisfy(\.hasEventTime),
                isUpdating: inputs.contains(where: \.isUpdating)),
            inputPaths: { wanted in inputs.map { _ in wanted } },
            placement: .local { _ in UnionOperator(schema) })
    }

    private func mismatch(_ message: String) -> Fault {
        Fault("schema.mismatch", message, hint: "make the inputs alike with `select`")
    }
}

private final class UnionOperator: Operator {
    private let schema: Schema

    init(_ schema: Schema) {
        self.schema = schema
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        output.ledger.passed += Int64(frame.batch.selectedCount)
        let batch = frame.batch
        // Inputs may hold their columns in another order.
        let columns = schema.fields.compactMap { field in
            batch.schema.index(of: field.name).map { batch.columns[$0] }
        }
        output.emit(frame.with(batch.replacing(schema: schema, columns: columns)))
    }
}
