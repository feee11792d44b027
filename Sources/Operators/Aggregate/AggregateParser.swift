import Columnar
import Dataflow
import Primitives

/// Reads one aggregate column: a function's call, its arguments CEL expressions over the input.
enum AggregateParser {
    static let catalogue =
        "`count()`, `count(x)`, `count_if(condition)`, `sum(x)`, `avg(x)`, `min(x)`, `max(x)`, "
        + "`count_distinct(x)` (exact up to 1,024 values, then HyperLogLog, 0.8 % standard error), "
        + "`quantile(x, q)` (DDSketch, 1 % relative error) and `top_k(x, k)` (SpaceSaving)"

    private static let names = [
        "count", "count_if", "sum", "avg", "min", "max", "count_distinct", "quantile", "top_k",
    ]

    static func parse(
        _ setting: Settings, name: String, _ schema: Schema, _ faults: FaultCollector
    ) -> AggregateFunction? {
        guard let source = setting.string else { return nil }
        do throws(ExpressionFault) {
            let parsed = try CEL.parse(source)
            guard let call = parsed.root.call, names.contains(call.name) else {
                let written = parsed.root.call?.name
                let nearest = written.flatMap { Spelling.nearest($0, names) }
                throw ExpressionFault(
                    "aggregate.function",
                    written.map { "no aggregate function `\($0)`" } ?? "an aggregate column is a function of rows",
                    hint: nearest.map { "did you mean `\($0)`?" } ?? "write one of \(catalogue)",
                    offset: parsed.root.offset)
            }
            var made = try function(call.name, call.arguments, parsed.root.offset, name: name, schema)
            made.text = parsed.canonicalText
            return made
        } catch {
            faults.report(error, at: setting.path)
            return nil
        }
    }

    private static func function(
        _ function: String, _ arguments: [ExpressionNode], _ offset: Int, name: String, _ schema: Schema
    ) throws(ExpressionFault) -> AggregateFunction {
        let takes = function == "quantile" || function == "top_k" ? 2...2 : function == "count" ? 0...1 : 1...1
        guard takes.contains(arguments.count) else {
            throw ExpressionFault(
                "aggregate.arguments",
                "`\(function)` takes \(takes.upperBound) argument\(takes.upperBound == 1 ? "" : "s")",
                hint: "write one of \(catalogue)", offset: offset)
        }
        guard let first = arguments.first else {
            return AggregateFunction(kind: .count, argument: nil, result: Field(name, .int64))
        }
        let argument = try CompiledExpression.compile(node: first, schema: schema)
        func made(_ kind: AggregateFunction.Kind, _ type: DataType, isNullable: Bool) -> AggregateFunction {
            AggregateFunction(kind: kind, argument: argument, result: Field(name, type, isNullable: isNullable))
        }
        switch function {
        case "count": return made(.countValues, .int64, isNullable: false)
        case "count_if":
            try expect(argument, [.bool], "a condition", function, first.offset)
            return made(.countIf, .int64, isNullable: false)
        case "sum", "avg":
            try expect(argument, [.int64, .float64], "a number", function, first.offset)
            let type: DataType = function == "avg" ? .float64 : argument.type
            return made(function == "avg" ? .average : .sum, type, isNullable: argument.isNullable)
        case "min", "max":
            try expect(argument, [.int64, .float64, .timestamp], "a number or a time", function, first.offset)
            return made(function == "min" ? .minimum : .maximum, argument.type, isNullable: argument.isNullable)
        case "count_distinct":
            try expect(argument, plain, "a plain value", function, first.offset)
            return made(.countDistinct, .int64, isNullable: false)
        case "quantile":
            try expect(argument, [.int64, .float64], "a number", function, first.offset)
            return made(.quantile(try quantile(arguments[1])), .float64, isNullable: argument.isNullable)
        default:
            try expect(argument, [.string, .int64], "a string or an integer", function, first.offset)
            let element = DataType.struct([Field("value", .string), Field("count", .int64), Field("error", .int64)])
            return made(.topK(try count(arguments[1])), .list(element), isNullable: false)
        }
    }

    private static let plain: [DataType] = [.bool, .int64, .float64, .string, .bytes, .timestamp]

    private static func expect(
        _ argument: CompiledExpression, _ types: [DataType], _ wanted: String, _ function: String, _ offset: Int
    ) throws(ExpressionFault) {
        guard !types.contains(argument.type) else { return }
        throw ExpressionFault(
            "expression.type", "`\(function)` takes \(wanted), and this is \(argument.type)", offset: offset)
    }

    private static func quantile(_ node: ExpressionNode) throws(ExpressionFault) -> Double {
        switch node.kind {
        case .literal(.double(let value)) where (0...1).contains(value): return value
        case .literal(.int(let value)) where (0...1).contains(value): return Double(value)
        default:
            throw ExpressionFault(
                "aggregate.quantile", "the quantile is a number from 0 to 1", hint: "0.95 is the 95th percentile",
                offset: node.offset)
        }
    }

    private static func count(_ node: ExpressionNode) throws(ExpressionFault) -> Int {
        if case .literal(.int(let value)) = node.kind, (1...1_000).contains(value) { return Int(value) }
        throw ExpressionFault("aggregate.top_k", "the number of items is from 1 to 1000", offset: node.offset)
    }
}
