import Columnar
import Dataflow

/// `explain` for Graphviz. A bold arrow is an exchange between subtasks.
struct ExplainDot {
    let plan: LogicalPlan

    func rendered() -> String {
        var output = "digraph \(quoted(plan.name)) {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n"
        for (position, node) in plan.nodes.enumerated() {
            var lines = [node.name]
            if let component = node.component { lines.append(component) }
            lines.append("\(node.shape.schema.fields.count) columns")
            if let state = node.state { lines.append("state ≤ \(ByteSizeText.format(state.worstCaseBytes))") }
            let shape =
                switch node.kind {
                case "source": "cds"
                case "sink": "cylinder"
                case "stream": "note"
                default: "box"
                }
            output += "  n\(position) [label=\(quoted(lines.joined(separator: "\n"))), shape=\(shape)];\n"
        }
        for (position, node) in plan.nodes.enumerated() {
            for input in node.inputs {
                var attributes = ""
                if let exchange = node.exchange {
                    let keys = exchange.keys.map { " by (\($0.joined(separator: ", ")))" } ?? ""
                    attributes = " [style=bold, label=\(quoted(exchange.travels + keys))]"
                }
                output += "  n\(input) -> n\(position)\(attributes);\n"
            }
        }
        return output + "}\n"
    }

    private func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case _ where scalar.value < 0x20: output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
