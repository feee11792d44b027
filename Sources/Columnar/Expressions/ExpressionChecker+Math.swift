import Primitives

extension ExpressionChecker {
    private static let mathFunctions = [
        "abs", "ceil", "floor", "greatest", "isFinite", "isInf", "isNaN", "least", "round", "sign", "sqrt", "trunc",
    ]

    /// Checks `math.round(x)` and its like; `nil` if the target is not the name `math`, or `math` is a column.
    mutating func math(
        _ target: ExpressionNode, _ name: String, _ arguments: [ExpressionNode], _ offset: Int
    ) throws(ExpressionFault) -> Operand? {
        guard case .identifier("math") = target.kind, schema.index(of: "math") == nil,
            !scope.contains(where: { $0.name == "math" })
        else { return nil }
        guard Self.mathFunctions.contains(name) else {
            throw ExpressionFault(
                "expression.function_missing", "no function `math.\(name)`",
                hint: Spelling.nearest(name, Self.mathFunctions).map { "did you mean `math.\($0)`?" }, offset: offset)
        }
        var operands: [Operand] = []
        for argument in arguments { operands.append(try check(argument).required()) }
        if name == "greatest" || name == "least" {
            return try extreme(isGreatest: name == "greatest", name, operands, offset)
        }
        try expect(operands, 1...1, "math.\(name)", offset)
        let operand = operands[0]
        let result: (ExpressionType, @Sendable (Frame, Vector) -> Vector)
        switch (name, operand.type) {
        case ("abs", .uint): return operand
        case ("abs", .int): result = (.int, MathKernels.absoluteInteger)
        case ("abs", .double): result = (.double, MathKernels.absoluteDouble)
        case ("sign", .int), ("sign", .uint): result = (operand.type, MathKernels.signInteger)
        case ("sign", .double): result = (.double, MathKernels.signDouble)
        case ("ceil", .double): result = (.double, MathKernels.rounded(.up))
        case ("floor", .double): result = (.double, MathKernels.rounded(.down))
        case ("round", .double): result = (.double, MathKernels.rounded(.toNearestOrAwayFromZero))
        case ("trunc", .double): result = (.double, MathKernels.rounded(.towardZero))
        case ("sqrt", .double): result = (.double, MathKernels.squareRoot)
        case ("sqrt", .int), ("sqrt", .uint):
            result = (.double, { MathKernels.squareRoot($0, ConversionKernels.doubleFromInteger($0, $1)) })
        case ("isNaN", .double): result = (.bool, MathKernels.test { $0.isNaN })
        case ("isInf", .double): result = (.bool, MathKernels.test { $0.isInfinite })
        case ("isFinite", .double): result = (.bool, MathKernels.test { $0.isFinite })
        default:
            throw .type(
                "`math.\(name)` does not apply to \(article(operand.type))", at: operand.offset,
                hint: operand.type.isInteger ? "use `double(x)`" : nil)
        }
        return try Operand(Kernel(operand.kernel, result.1), result.0, from: [operand], offset: offset).folded()
    }

    private func extreme(
        isGreatest: Bool, _ name: String, _ operands: [Operand], _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        guard let first = operands.first else {
            throw ExpressionFault("expression.arguments", "`math.\(name)` takes numbers", offset: offset)
        }
        for operand in operands {
            guard operand.type.isNumber else {
                throw .type("`math.\(name)` takes numbers, not \(article(operand.type))", at: operand.offset)
            }
            guard operand.type == first.type else {
                throw .type(
                    "`math.\(name)` takes numbers of one type, not \(first.type) and \(operand.type)",
                    at: operand.offset, hint: conversionHint(first.type, operand.type))
            }
        }
        let body = MathKernels.extreme(isGreatest: isGreatest, first.type)
        let kernel = operands.dropFirst().reduce(first.kernel) { Kernel($0, $1.kernel, body) }
        return try Operand(kernel, first.type, from: operands, offset: offset).folded()
    }
}
