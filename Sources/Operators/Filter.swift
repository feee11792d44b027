import Columnar
import Dataflow
import Primitives

/// `filter`: keeps the rows for which a condition holds.
struct FilterFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "filter",
        summary: "Keeps the rows for which a CEL condition is true.",
        doc: "A row for which the condition fails (a missing value is compared, a number overflows) goes to "
            + "`dead_letters`; test with `has(column)` where a value may be missing.",
        kind: .expression,
        example: "english: { from: mentions, filter: 'lang == \"en\"' }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        guard let source = settings.string else { return nil }
        let condition = faults.compile(source, input.schema, at: settings.path)
        if let condition, condition.type != .bool {
            faults.report(
                Fault(
                    "expression.type", "a filter needs a condition, and this is \(condition.type)",
                    hint: "compare it with something"),
                at: settings.path)
        }
        guard let condition, condition.type == .bool else {
            // A best guess, so that what reads this stream is checked too; the faults keep it from running.
            return PlannedOperator(output: input, inputPaths: { [$0] }, placement: .local { _ in PassThrough() })
        }
        return PlannedOperator(
            output: input,
            inputPaths: { wanted in [wanted.map { $0.union(condition.paths) }] },
            placement: .local { context in FilterOperator(condition, RowRefusal(context)) },
            facts: ["keeps rows where \(source)"])
    }
}

private final class FilterOperator: Operator {
    private let condition: CompiledExpression
    private let refusal: RowRefusal

    init(_ condition: CompiledExpression, _ refusal: RowRefusal) {
        self.condition = condition
        self.refusal = refusal
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        let (kept, errors) = condition.select(frame.batch)
        if let errors { _ = refusal.refuse(frame.batch, errors, "filter", output) }
        let refused = errors?.rows.count ?? 0
        output.ledger.passed += Int64(kept.count)
        output.ledger.filtered += Int64(frame.batch.selectedCount - kept.count - refused)
        output.emit(frame.with(frame.batch.filtered(kept)))
    }
}
