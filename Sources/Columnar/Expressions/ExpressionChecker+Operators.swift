extension ExpressionChecker {
    func unary(
        _ operation: ExpressionNode.Unary, _ operand: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        let operand = try operand.required()
        let kernel: Kernel
        switch (operation, operand.type) {
        case (.not, .bool): kernel = Kernel(operand.kernel, LogicKernels.not)
        case (.negate, .int): kernel = Kernel(operand.kernel, IntegerKernels.negate)
        case (.negate, .double): kernel = Kernel(operand.kernel, DoubleKernels.negate)
        default:
            throw .type("`\(operation.rawValue)` does not apply to \(article(operand.type))", at: offset)
        }
        return try Operand(kernel, operand.type, from: [operand], offset: offset).folded()
    }

    func binary(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        switch operation {
        case .or, .and: return try logical(operation, left, right, offset)
        case .equal, .notEqual: return try equality(operation, left, right, offset)
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return try order(operation, left, right, offset)
        case .in: return try membership(left, right, offset)
        case .add, .subtract, .multiply, .divide, .remainder:
            return try arithmetic(operation, left, right, offset)
        }
    }

    private func logical(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        let (left, right) = (try left.required(), try right.required())
        for side in [left, right] where side.type != .bool {
            throw .type(
                "`\(operation.rawValue)` joins conditions, not \(article(side.type))", at: side.offset,
                hint: "compare the value with something")
        }
        let kernel =
            operation == .and
            ? LogicKernels.and(left.kernel, right.kernel) : LogicKernels.or(left.kernel, right.kernel)
        return try Operand(kernel, .bool, from: [left, right], offset: offset).folded()
    }

    func conditional(
        _ test: Operand, _ then: Operand, _ otherwise: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        let test = try test.required()
        guard test.type == .bool else {
            throw .type("`?:` needs a condition, not \(article(test.type))", at: test.offset)
        }
        var type = then.type.unified(with: otherwise.type)
        if then.type == .null { type = otherwise.type }
        if otherwise.type == .null { type = then.type }
        guard let type else {
            throw .type(
                "`?:` gives \(article(then.type)) or \(article(otherwise.type))", at: offset,
                hint: conversionHint(then.type, otherwise.type) ?? "both results need one type")
        }
        let (first, second) = (then.coerced(to: type), otherwise.coerced(to: type))
        var operand = Operand(
            LogicKernels.conditional(test.kernel, first.kernel, second.kernel, type), type,
            from: [test, then, otherwise], offset: offset)
        operand.isNullable = first.isNullable || second.isNullable
        return operand.isNullable ? operand : try operand.folded()
    }

    // MARK: Comparison

    private func equality(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        if left.type == .null || right.type == .null {
            let value = left.type == .null ? right : left
            let kernel = Kernel(value.kernel) { frame, value in
                let present = value.present(frame)
                return Vector(operation == .equal ? present.inverted() : present)
            }
            return try Operand(kernel, .bool, from: [left, right], offset: offset).folded()
        }
        guard let comparison = comparison(operation, left, right) else {
            guard left.isDynamic || right.isDynamic else { throw incomparable(left, right, offset) }
            // Values of different types are not equal, whatever they are.
            let kernel = Kernel(left.kernel, right.kernel) { frame, _, _ in
                Vector(operation == .equal ? Words(rows: frame.rowCount) : .all(frame.rowCount))
            }
            return try Operand(kernel, .bool, from: [left, right], offset: offset).folded()
        }
        let body =
            left.isNullable || right.isNullable
            ? ComparisonKernels.withNulls(operation, comparison) : comparison
        return try Operand(Kernel(left.kernel, right.kernel, body), .bool, from: [left, right], offset: offset).folded()
    }

    private func order(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        let (left, right) = (try left.required(), try right.required())
        guard let comparison = comparison(operation, left, right) else { throw incomparable(left, right, offset) }
        switch left.type {
        case .list, .structure:
            throw .type("\(article(left.type)) has no order", at: offset, hint: "it can be compared with `==` and `!=`")
        default: break
        }
        let kernel = Kernel(left.kernel, right.kernel, comparison)
        return try Operand(kernel, .bool, from: [left, right], offset: offset).folded()
    }

    /// How two types are compared; `nil` if they cannot be.
    private func comparison(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand
    ) -> (@Sendable (Frame, Vector, Vector) -> Vector)? {
        switch (left.type, right.type) {
        case (.int, .int), (.int, .uint), (.uint, .int), (.uint, .uint), (.timestamp, .timestamp),
            (.duration, .duration):
            return ComparisonKernels.integers(operation)
        case (.double, .double): return ComparisonKernels.doubles(operation)
        case (.int, .double), (.uint, .double): return ComparisonKernels.mixed(operation)
        case (.double, .int), (.double, .uint):
            let mirrored = ComparisonKernels.mixed(operation.mirrored)
            return { mirrored($0, $2, $1) }
        case (.string, .string), (.bytes, .bytes): return ComparisonKernels.texts(operation)
        case (.bool, .bool): return ComparisonKernels.truths(operation)
        case (.list(let element), .list(let other)):
            return comparableElements(element, other) ? ComparisonKernels.lists(operation) : nil
        case (.structure(let fields), .structure(let other)) where fields == other:
            return ComparisonKernels.lists(operation)
        default: return nil
        }
    }

    private func comparableElements(_ left: ExpressionType, _ right: ExpressionType) -> Bool {
        if case .list(let element) = left, case .list(let other) = right { return comparableElements(element, other) }
        return left.unified(with: right) != nil || (left.isNumber && right.isNumber)
    }

    private func incomparable(_ left: Operand, _ right: Operand, _ offset: Int) -> ExpressionFault {
        .type(
            "\(article(left.type)) cannot be compared with \(article(right.type))", at: offset,
            hint: conversionHint(left.type, right.type))
    }

    func conversionHint(_ left: ExpressionType, _ right: ExpressionType) -> String? {
        switch (left, right) {
        case (.int, .double), (.double, .int): "use `double(x)` or `int(x)`"
        case (.int, .uint), (.uint, .int): "use `int(x)`, or write the number without `u`"
        case (.timestamp, .string), (.string, .timestamp): #"use `timestamp("2026-01-01T00:00:00Z")`"#
        case (.duration, .string), (.string, .duration): #"use `duration("1h30m")`"#
        case (.string, .int), (.int, .string): "use `int(x)` or `string(x)`"
        case (.string, .double), (.double, .string): "use `double(x)` or `string(x)`"
        case (.string, .bytes), (.bytes, .string): "use `bytes(x)` or `string(x)`"
        default: nil
        }
    }

    // MARK: Membership

    private func membership(_ left: Operand, _ right: Operand, _ offset: Int) throws(ExpressionFault) -> Operand {
        let (left, right) = (try left.required(), try right.required())
        guard case .list(let element) = right.type else {
            throw .type(
                "`in` looks in a list, not in \(article(right.type))", at: offset,
                hint: right.type == .string ? "use `text.contains(part)`" : nil)
        }
        guard comparableElements(left.type, element) || left.isDynamic || right.isDynamic else {
            throw .type(
                "\(article(left.type)) is never in a list of \(element)", at: offset,
                hint: conversionHint(left.type, element))
        }
        let kernel: Kernel
        if let constant = right.constant?.asList {
            let range = constant[0]
            switch (left.type, constant.elements) {
            case (.string, .string(let column)), (.bytes, .bytes(let column)):
                kernel = Kernel(left.kernel, MembershipKernels.texts(inConstant: column))
            case (.int, .int64(let column)) where element.isInteger,
                (.uint, .int64(let column)) where element.isInteger,
                (.timestamp, .timestamp(let column)):
                let numbers = range.map { column.values[$0] }
                kernel = Kernel(left.kernel, MembershipKernels.integers(inConstant: numbers))
            default: kernel = Kernel(left.kernel, right.kernel, MembershipKernels.values)
            }
        } else {
            kernel = Kernel(left.kernel, right.kernel, MembershipKernels.values)
        }
        return try Operand(kernel, .bool, from: [left, right], offset: offset).folded()
    }

    // MARK: Arithmetic

    private func arithmetic(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        let (left, right) = (try left.required(), try right.required())
        guard let (type, body) = try arithmeticKernel(operation, left, right) else {
            throw .type(
                "`\(operation.rawValue)` does not apply to \(article(left.type)) and \(article(right.type))",
                at: offset, hint: left.type == right.type ? nil : conversionHint(left.type, right.type))
        }
        let (first, second) = (left.coerced(to: coercion(left, type)), right.coerced(to: coercion(right, type)))
        return try Operand(Kernel(first.kernel, second.kernel, body), type, from: [left, right], offset: offset)
            .folded()
    }

    /// An empty list takes the type of the list it is joined with.
    private func coercion(_ operand: Operand, _ type: ExpressionType) -> ExpressionType {
        operand.type.isEmptyList ? type : operand.type
    }

    private func arithmeticKernel(
        _ operation: ExpressionNode.Binary, _ left: Operand, _ right: Operand
    ) throws(ExpressionFault) -> (ExpressionType, @Sendable (Frame, Vector, Vector) -> Vector)? {
        switch (operation, left.type, right.type) {
        case (.add, .int, .int): return (.int, IntegerKernels.add)
        case (.subtract, .int, .int): return (.int, IntegerKernels.subtract)
        case (.multiply, .int, .int): return (.int, IntegerKernels.multiply)
        case (.divide, .int, .int): return (.int, IntegerKernels.divide)
        case (.remainder, .int, .int): return (.int, IntegerKernels.remainder)
        case (.add, .uint, .uint): return (.uint, IntegerKernels.add)
        case (.subtract, .uint, .uint): return (.uint, IntegerKernels.subtractUnsigned)
        case (.multiply, .uint, .uint): return (.uint, IntegerKernels.multiply)
        case (.divide, .uint, .uint): return (.uint, IntegerKernels.divide)
        case (.remainder, .uint, .uint): return (.uint, IntegerKernels.remainder)
        case (.add, .double, .double): return (.double, DoubleKernels.add)
        case (.subtract, .double, .double): return (.double, DoubleKernels.subtract)
        case (.multiply, .double, .double): return (.double, DoubleKernels.multiply)
        case (.divide, .double, .double): return (.double, DoubleKernels.divide)
        case (.add, .string, .string): return (.string, TextKernels.concatenate(isString: true))
        case (.add, .bytes, .bytes): return (.bytes, TextKernels.concatenate(isString: false))
        case (.add, .timestamp, .duration), (.add, .duration, .timestamp):
            return (.timestamp, TimeArithmetic.add(.timestamp))
        case (.subtract, .timestamp, .duration): return (.timestamp, TimeArithmetic.subtract(.timestamp))
        case (.subtract, .timestamp, .timestamp): return (.duration, TimeArithmetic.subtract(.duration))
        case (.add, .duration, .duration): return (.duration, TimeArithmetic.add(.duration))
        case (.subtract, .duration, .duration): return (.duration, TimeArithmetic.subtract(.duration))
        case (.add, .list, .list):
            guard let type = left.type.unified(with: right.type), case .list(let element) = type else { return nil }
            return (type, ListKernels.concatenate(element.physical))
        default: return nil
        }
    }
}

extension ExpressionNode.Binary {
    /// The comparison that holds for swapped sides.
    var mirrored: Self {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
