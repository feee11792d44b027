import Columnar
import Dataflow
import Primitives

/// `select`: adds, renames and drops columns, or lists them all.
struct SelectFactory: OperatorFactory {
    let spec = ComponentSpec(
        name: "select",
        summary: "Adds, renames and drops columns, or lists the columns to keep.",
        doc: "With `columns`, the result has exactly these, in this order. Otherwise `add` comes first (an existing "
            + "column is replaced), then `rename`, then `drop`. A row for which an expression fails goes to "
            + "`dead_letters`.",
        kind: .object([
            FieldSpec(
                "columns", .map(.expression), doc: "The columns of the result, each a CEL expression over the input.",
                example: "{ id: id, engagement: metrics.likes + metrics.shares }"),
            FieldSpec("add", .map(.expression), doc: "Columns to add, each a CEL expression over the input."),
            FieldSpec("rename", .map(.string), doc: "Old names, each with its new one."),
            FieldSpec("drop", .list(.string), doc: "Columns to leave out."),
        ]),
        example:
            "slim: { from: mentions, select: { add: { engagement: metrics.likes + metrics.shares }, drop: [text] } }")

    func plan(
        _ settings: Settings, inputs: [StreamShape], _ context: PlanContext, _ faults: FaultCollector
    ) -> PlannedOperator? {
        let input = inputs[0]
        let steps =
            settings["columns"].map { columns($0, input.schema, faults) } ?? changes(settings, input.schema, faults)
        if settings["columns"] != nil, settings["add"] ?? settings["rename"] ?? settings["drop"] != nil {
            faults.report(
                Fault(
                    "select.both", "`columns` lists the whole result, so nothing can be added, renamed or dropped",
                    hint: "use either `columns` or the other three"),
                at: settings.path)
        }
        if steps.isEmpty {
            faults.report(Fault("select.empty", "no column is left"), at: settings.path)
            return nil
        }
        let key = input.key.map { name in steps.first { $0.plainPath == name }?.field.name }
        let hasWholeKey = key.allSatisfy { $0 != nil }
        // What is renamed or dropped must be there, though no row is read for it.
        let renamed = settings["rename"]?.members?.map { $0.name } ?? []
        let dropped = (settings["drop"]?.list ?? []).compactMap(\.string)
        let named = (renamed + dropped).filter { input.schema.index(of: $0) != nil }
        let needed = steps.reduce(into: Set(named)) { $0.formUnion($1.paths) }
        return PlannedOperator(
            output: StreamShape(
                schema: Schema(steps.map(\.field)), hasEventTime: input.hasEventTime,
                key: hasWholeKey ? key.compactMap { $0 } : [], isUpdating: input.isUpdating),
            inputPaths: { _ in [needed] },
            placement: .local { context in SelectOperator(steps, RowRefusal(context)) })
    }

    private func columns(_ settings: Settings, _ schema: Schema, _ faults: FaultCollector) -> [SelectedColumn] {
        (settings.members ?? []).compactMap { name, value in computed(name, value, schema, faults) }
    }

    private func changes(_ settings: Settings, _ schema: Schema, _ faults: FaultCollector) -> [SelectedColumn] {
        var steps = schema.fields.map { SelectedColumn(field: $0, source: .input($0.name)) }
        for (name, value) in settings["add"]?.members ?? [] {
            guard let added = computed(name, value, schema, faults) else { continue }
            if let index = steps.firstIndex(where: { $0.field.name == name }) {
                steps[index] = added
            } else {
                steps.append(added)
            }
        }
        for (old, value) in settings["rename"]?.members ?? [] {
            guard let new = value.string, let index = index(of: old, steps, value.path, faults) else { continue }
            if steps.contains(where: { $0.field.name == new }) {
                faults.report(
                    Fault(
                        "schema.duplicate", "there is a column `\(new)` already",
                        hint: "drop it first, in another select"),
                    at: value.path)
            }
            steps[index].field.name = new
        }
        for value in settings["drop"]?.list ?? [] {
            guard let name = value.string, let index = index(of: name, steps, value.path, faults) else { continue }
            steps.remove(at: index)
        }
        return steps
    }

    private func computed(
        _ name: String, _ value: Settings, _ schema: Schema, _ faults: FaultCollector
    ) -> SelectedColumn? {
        guard let source = value.string, let expression = faults.compile(source, schema, at: value.path) else {
            return nil
        }
        return SelectedColumn(
            field: Field(name, expression.type, isNullable: expression.isNullable),
            source: .computed(expression, path: (try? CEL.parse(source))?.root.path))
    }

    private func index(
        of name: String, _ steps: [SelectedColumn], _ path: [String], _ faults: FaultCollector
    ) -> Int? {
        if let index = steps.firstIndex(where: { $0.field.name == name }) { return index }
        let nearest = Spelling.nearest(name, steps.map(\.field.name))
        faults.report(
            Fault("schema.column_missing", "no column `\(name)`", hint: nearest.map { "did you mean `\($0)`?" }),
            at: path)
        return nil
    }
}

/// One column of the result.
private struct SelectedColumn: Sendable {
    enum Source: Sendable {
        /// The input's column of this name.
        case input(String)
        /// `path`: the column that the expression is, if it is nothing else.
        case computed(CompiledExpression, path: String?)
    }

    var field: Field
    var source: Source

    /// The input's column that this is, unchanged.
    var plainPath: String? {
        switch source {
        case .input(let name): name
        case .computed(_, let path): path
        }
    }

    /// The input's columns that are needed for it.
    var paths: Set<String> {
        switch source {
        case .input(let name): [name]
        case .computed(let expression, _): expression.paths
        }
    }
}

private final class SelectOperator: Operator {
    private let columns: [SelectedColumn]
    private let schema: Schema
    private let refusal: RowRefusal

    init(_ columns: [SelectedColumn], _ refusal: RowRefusal) {
        self.columns = columns
        self.refusal = refusal
        schema = Schema(columns.map(\.field))
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        var batch = frame.batch
        var results: [Column] = []
        for column in columns {
            switch column.source {
            case .input(let name):
                guard let index = batch.schema.index(of: name) else {
                    throw Fault("select.column", "column `\(name)` is not in the stream", domain: .internal)
                }
                results.append(batch.columns[index])
            case .computed(let expression, _):
                let evaluated = expression.evaluate(batch)
                results.append(evaluated.column)
                if let errors = evaluated.errors {
                    batch = refusal.refuse(batch, errors, "column `\(column.field.name)`", output)
                }
            }
        }
        output.ledger.passed += Int64(batch.selectedCount)
        output.emit(frame.with(batch.replacing(schema: schema, columns: results)))
    }
}
