import Columnar
import Dataflow
import Primitives

/// A text with CEL expressions in braces: `{brand}: {mentions} mentions`. `{{` and `}}` stand for braces.
struct MessageTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case expression(CompiledExpression)
    }

    private var parts: [Part] = []

    var paths: Set<String> {
        parts.reduce(into: []) { paths, part in
            if case .expression(let expression) = part { paths.formUnion(expression.paths) }
        }
    }

    static func parse(_ setting: Settings, _ schema: Schema, _ faults: FaultCollector) -> MessageTemplate? {
        guard let source = setting.string else { return nil }
        var template = MessageTemplate()
        var text = ""
        var isGood = true
        var rest = Substring(source)
        while let character = rest.popFirst() {
            if character == "{" || character == "}", rest.first == character {
                rest.removeFirst()
                text.append(character)
            } else if character == "{" {
                guard let end = end(of: rest) else {
                    faults.report(
                        Fault("template.brace", "a brace is not closed", hint: "write `{{` for a brace itself"),
                        at: setting.path)
                    return nil
                }
                let expression = String(rest[..<end])
                template.parts.append(.text(text))
                text = ""
                if let compiled = faults.compile(expression, schema, at: setting.path) {
                    template.parts.append(.expression(compiled))
                } else {
                    isGood = false
                }
                rest = rest[rest.index(after: end)...]
            } else {
                text.append(character)
            }
        }
        template.parts.append(.text(text))
        return isGood ? template : nil
    }

    /// The brace that ends an expression; those in its strings, and pairs of its own, do not.
    private static func end(of expression: Substring) -> Substring.Index? {
        var quote: Character?
        var isEscaped = false
        var depth = 0
        for index in expression.indices {
            let character = expression[index]
            if let open = quote {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == open {
                    quote = nil
                }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "{" {
                depth += 1
            } else if character == "}" {
                if depth == 0 { return index }
                depth -= 1
            }
        }
        return nil
    }

    /// The text of each selected row. What has no value is said as `?`: an alert is never lost for its wording.
    func render(_ batch: RecordBatch) -> [String] {
        var texts = Array(repeating: "", count: batch.selectedCount)
        for part in parts {
            switch part {
            case .text(let text):
                for index in texts.indices { texts[index] += text }
            case .expression(let expression):
                let (column, errors) = { ($0.column, $0.errors) }(expression.evaluate(batch))
                var index = 0
                batch.forEachRow { row in
                    texts[index] += errors?.error(at: row) == nil ? Self.text(column, row) : "?"
                    index += 1
                }
            }
        }
        return texts
    }

    /// A value as people read it.
    static func text(_ column: Column, _ row: Int) -> String {
        guard column.isValid(row) else { return "?" }
        switch column {
        case .bool(let column): return column[row] ? "true" : "false"
        case .int64(let column): return String(column.values[row])
        case .timestamp(let column): return Timestamp.format(column.values[row])
        case .float64(let column): return rounded(column.values[row])
        case .string(let column), .bytes(let column): return column.string(row)
        case .list(let column): return column[row].map { text(column.elements, $0) }.joined(separator: ", ")
        case .struct(let column):
            return column.children.map { text($0, row) }.joined(separator: " ")
        }
    }

    /// To two decimals: a message is read, not computed with.
    private static func rounded(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return String(value) }
        let hundredths = (value * 100).rounded()
        if hundredths == 0 { return "0" }
        let text = String(hundredths / 100)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
