extension ExpressionChecker {
    /// Checks `list.exists(x, condition)` and its like; `nil` if the call is no macro.
    mutating func macro(
        _ target: ExpressionNode, _ name: String, _ arguments: [ExpressionNode], _ offset: Int
    ) throws(ExpressionFault) -> Operand? {
        guard let macro = Macro(rawValue: name) else { return nil }
        guard arguments.count == 2 || (macro == .map && arguments.count == 3) else {
            throw ExpressionFault(
                "expression.arguments",
                "`\(name)` takes a variable and a\(macro == .map ? "n expression" : " condition")",
                hint: "write `list.\(name)(x, …)`", offset: offset)
        }
        guard case .identifier(let variable) = arguments[0].kind else {
            throw ExpressionFault(
                "expression.arguments", "`\(name)` needs the name of a variable first",
                hint: "write `list.\(name)(x, …)`",
                offset: arguments[0].offset)
        }
        let list = try check(target).required()
        guard case .list(let element) = list.type else {
            throw .type("`\(name)` goes over a list, not over \(article(list.type))", at: target.offset)
        }
        scope.append((variable, element))
        defer { scope.removeLast() }
        let level = scope.count - 1
        // The elements of `[]` have no type, so its body cannot be checked; it never runs either.
        if element == .any { return try withoutElements(macro, list, offset) }
        var bodies: [Operand] = []
        for argument in arguments.dropFirst() {
            bodies.append(try check(argument).required())
        }
        let isMap = macro == .map
        for condition in isMap ? Array(bodies.dropLast()) : bodies where condition.type != .bool {
            throw .type("`\(name)` needs a condition, not \(article(condition.type))", at: condition.offset)
        }
        let body = bodies[bodies.count - 1]
        let kernel: Kernel
        var type = ExpressionType.bool
        switch macro {
        case .all: kernel = MacroKernels.quantifier(list.kernel, body.kernel, decidedBy: false)
        case .exists: kernel = MacroKernels.quantifier(list.kernel, body.kernel, decidedBy: true)
        case .existsOne, .existsOneCamel: kernel = MacroKernels.existsOne(list.kernel, body.kernel)
        case .filter:
            type = list.type
            kernel = MacroKernels.list(list.kernel, condition: body.kernel, nil, element)
        case .map:
            type = .list(body.type)
            let condition = bodies.count == 2 ? bodies[0].kernel : nil
            kernel = MacroKernels.list(list.kernel, condition: condition, body.kernel, body.type)
        }
        var operand = Operand(kernel, type, from: [list] + bodies, offset: offset)
        operand.variables.remove(level)
        return try operand.folded()
    }

    private func withoutElements(
        _ macro: Macro, _ list: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        switch macro {
        case .filter, .map: return list
        case .all, .exists, .existsOne, .existsOneCamel:
            let kernel = Kernel(list.kernel) { frame, _ in
                Vector(macro == .all ? .all(frame.rowCount) : Words(rows: frame.rowCount))
            }
            return try Operand(kernel, .bool, from: [list], offset: offset).folded()
        }
    }
}
