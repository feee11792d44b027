import Columnar
import Dataflow
import Primitives

/// `explain` for people: a block a node, its facts in two aligned columns.
struct ExplainText {
    let plan: LogicalPlan

    func rendered() -> String {
        var output = "pipeline \(plan.name)\n"
        var rows: [Row] = []
        if let description = plan.description { add("about", [plan.redactor.redact(description)], to: &rows) }
        add("commit", ["every \(DurationText.format(plan.checkpointInterval))"], to: &rows)
        var memory = "at most \(ByteSizeText.format(plan.worstCaseMemory)) of state"
        if let budget = plan.memoryBudget {
            let share = MemoryBudget.stateShare(of: budget)
            memory += ", budget \(ByteSizeText.format(budget)), of which \(ByteSizeText.format(share)) are for state"
        }
        add("memory", [memory], to: &rows)
        if let disk = plan.diskBudget { add("disk", ["budget \(ByteSizeText.format(disk))"], to: &rows) }
        output += format(rows)
        for node in plan.nodes { output += "\n" + block(node) }
        return output
    }

    private struct Row {
        var title: String
        var text: String
    }

    private static let titleWidth = 12

    private func add(_ title: String, _ lines: [String], to rows: inout [Row]) {
        for (index, line) in lines.enumerated() { rows.append(Row(title: index == 0 ? title : "", text: line)) }
    }

    private func format(_ rows: [Row]) -> String {
        rows.map { row in
            let gap = String(repeating: " ", count: max(1, Self.titleWidth - row.title.utf8.count))
            return "  \(row.title)\(gap)\(row.text)\n"
        }.joined()
    }

    private func block(_ node: LogicalNode) -> String {
        var rows: [Row] = []
        add(
            "from", node.inputs.isEmpty ? [] : [node.inputs.map { plan.nodes[$0].name }.joined(separator: ", ")],
            to: &rows)
        add(node.kind == "operator" ? "does" : "settings", node.facts, to: &rows)
        if case .source(let source) = node.work { addSource(source, to: &rows) }
        if let exchange = node.exchange { add("exchange", [text(exchange)], to: &rows) }
        if let state = node.state {
            let keys = "\(grouped(state.keys)) × \(ByteSizeText.format(Int64(state.bytesPerKey)))"
            var lines = ["at most \(ByteSizeText.format(state.worstCaseBytes)) (\(keys))"]
            if plan.goesToDisk(state) {
                lines.append("beyond the budget on disk: \(ByteSizeText.format(state.leastBytes)) stay in memory")
            }
            if !state.description.isEmpty { lines.append(plan.redactor.redact(state.description)) }
            add("state", lines, to: &rows)
        }
        if !node.shape.key.isEmpty { add("key", [node.shape.key.joined(separator: ", ")], to: &rows) }
        add("columns", columns(node), to: &rows)
        let component = node.component.map { ": \($0)" } ?? ""
        return "\(node.kind) \(node.name)\(component)\n" + format(rows)
    }

    private func addSource(_ source: PlannedSource, to rows: inout [Row]) {
        add("format", [source.format.spec.name], to: &rows)
        let origin = if case .column(let column) = source.eventTime { column } else { "the transport's timestamp" }
        let (delay, idle) = (DurationText.format(source.delay), DurationText.format(source.idle))
        add("event time", ["\(origin), up to \(delay) out of order, idle after \(idle)"], to: &rows)
        add("on error", [source.onError.rawValue], to: &rows)
        let (wanted, full) = (source.wantedSchema.leafCount, source.fullSchema.leafCount)
        add("decodes", ["\(wanted) of \(full) columns"], to: &rows)
    }

    private func text(_ exchange: LogicalNode.Exchange) -> String {
        switch exchange.keys {
        case nil: "\(exchange.travels) travel to their owner, rows stay where they are"
        case .some(let keys) where keys.isEmpty: "\(exchange.travels) travel to one subtask"
        case .some(let keys): "\(exchange.travels) travel to the owner of (\(keys.joined(separator: ", ")))"
        }
    }

    /// A column a line; where the input's columns go on as they are, only what comes to them.
    private func columns(_ node: LogicalNode) -> [String] {
        let fields = node.shape.schema.fields
        guard let first = node.inputs.first, node.inputs.count == 1 else { return aligned(fields) }
        let input = plan.nodes[first]
        let inherited = input.shape.schema.fields
        guard !inherited.isEmpty, fields.starts(with: inherited) else { return aligned(fields) }
        if fields.count == inherited.count { return ["those of \(input.name)"] }
        return ["those of \(input.name), and"] + aligned(Array(fields.dropFirst(inherited.count)))
    }

    private func aligned(_ fields: [Field]) -> [String] {
        let width = fields.map(\.name.unicodeScalars.count).max() ?? 0
        return fields.map { field in
            let gap = String(repeating: " ", count: width - field.name.unicodeScalars.count + 2)
            return "\(field.name)\(gap)\(field.type)\(field.isNullable ? "?" : "")"
        }
    }

    /// `1,500,000`.
    private func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var output = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { output += "," }
            output.append(digit)
        }
        return output
    }
}

extension Schema {
    /// Columns that hold values themselves: a struct counts by its members.
    var leafCount: Int {
        func count(_ fields: [Field]) -> Int {
            fields.reduce(0) { sum, field in
                if case .struct(let children) = field.type { sum + count(children) } else { sum + 1 }
            }
        }
        return count(fields)
    }
}
