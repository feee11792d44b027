import Primitives

extension ExpressionChecker {
    /// The functions there are, by how they are called.
    static let functions = [
        "has", "size", "matches", "timestamp", "duration", "int", "uint", "double", "string",
        "bool", "bytes", "dyn",
    ]
    static let methods = [
        "size", "contains", "startsWith", "endsWith", "matches", "getFullYear", "getMonth",
        "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds",
        "getMilliseconds", "lowerAscii", "upperAscii", "trim", "charAt", "substring", "indexOf", "lastIndexOf",
        "replace", "split", "join", "exists", "all", "exists_one", "filter", "map",
    ]

    mutating func call(
        _ target: ExpressionNode?, _ name: String, _ arguments: [ExpressionNode], _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        if target == nil, name == "has" { return try presence(arguments, offset) }
        if let target, let result = try macro(target, name, arguments, offset) { return result }
        if let target, let result = try math(target, name, arguments, offset) { return result }
        let known = target == nil ? Self.functions : Self.methods
        guard known.contains(name) else { throw unknown(name, isMethod: target != nil, offset) }
        // `matches` and `size` may be called either way.
        let all = (target.map { [$0] } ?? []) + arguments
        var operands: [Operand] = []
        for node in all { operands.append(try check(node)) }
        if name == "dyn" {
            try expect(operands, 1...1, name, offset)
            operands[0].isDynamic = true
            return operands[0]
        }
        operands = try required(operands)
        return try function(name, operands, isMethod: target != nil, offset).folded()
    }

    private func required(_ operands: [Operand]) throws(ExpressionFault) -> [Operand] {
        var result: [Operand] = []
        for operand in operands { result.append(try operand.required()) }
        return result
    }

    private func unknown(_ name: String, isMethod: Bool, _ offset: Int) -> ExpressionFault {
        let (own, other) = isMethod ? (Self.methods, Self.functions) : (Self.functions, Self.methods)
        var hint = Spelling.nearest(name, own).map { "did you mean `\($0)`?" }
        if other.contains(name) {
            hint = isMethod ? "write it as `\(name)(x)`" : "write it as `x.\(name)(…)`"
        }
        return ExpressionFault(
            "expression.function_missing", "no \(isMethod ? "method" : "function") `\(name)`", hint: hint,
            offset: offset)
    }

    func expect(
        _ operands: [Operand], _ count: ClosedRange<Int>, _ name: String, _ offset: Int
    ) throws(ExpressionFault) {
        guard !count.contains(operands.count) else { return }
        let wanted = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
        throw ExpressionFault(
            "expression.arguments", "`\(name)` takes \(wanted) values, not \(operands.count)", offset: offset)
    }

    private mutating func presence(
        _ arguments: [ExpressionNode], _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        guard arguments.count == 1 else {
            throw ExpressionFault("expression.arguments", "`has` takes one column", offset: offset)
        }
        let operand = try check(arguments[0])
        switch arguments[0].kind {
        case .identifier, .select, .index: break
        default:
            throw ExpressionFault(
                "expression.arguments", "`has` takes a column, not a computed value", hint: "write `has(author.id)`",
                offset: arguments[0].offset)
        }
        return Operand(Kernel(operand.kernel, LogicKernels.isPresent), .bool, from: [operand], offset: offset)
    }

    private func mismatch(_ name: String, _ operands: [Operand], _ offset: Int) -> ExpressionFault {
        let types = operands.map(\.type.description).joined(separator: ", ")
        return .type("`\(name)` does not apply to \(types.isEmpty ? "nothing" : types)", at: offset)
    }

    private func function(
        _ name: String, _ operands: [Operand], isMethod: Bool, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        switch name {
        case "size":
            try expect(operands, 1...1, name, offset)
            let body: @Sendable (Frame, Vector) -> Vector
            switch operands[0].type {
            case .string: body = TextKernels.characterCount
            case .bytes: body = TextKernels.byteCount
            case .list: body = ListKernels.size
            default: throw mismatch(name, operands, offset)
            }
            return Operand(Kernel(operands[0].kernel, body), .int, from: operands, offset: offset)
        case "contains", "startsWith", "endsWith":
            try expect(operands, 2...2, name, offset)
            guard operands.allSatisfy({ $0.type == .string }) else { throw mismatch(name, operands, offset) }
            let body =
                name == "contains"
                ? TextKernels.contains : (name == "startsWith" ? TextKernels.startsWith : TextKernels.endsWith)
            return Operand(
                Kernel(operands[0].kernel, operands[1].kernel, body), .bool, from: operands, offset: offset)
        case "matches":
            try expect(operands, 2...2, name, offset)
            guard operands.allSatisfy({ $0.type == .string }) else { throw mismatch(name, operands, offset) }
            return try matches(operands[0], operands[1], offset)
        default: break
        }
        if let result = try stringFunction(name, operands, offset) { return result }
        if let part = TimeKernels.Part(rawValue: name) { return try timePart(part, operands, offset) }
        try expect(operands, 1...1, name, offset)
        return try conversion(name, operands[0], offset)
    }

    private func matches(_ text: Operand, _ pattern: Operand, _ offset: Int) throws(ExpressionFault) -> Operand {
        guard let constant = pattern.constant?.asBytes else {
            return Operand(
                Kernel(text.kernel, pattern.kernel, PatternKernels.matchesEach), .bool, from: [text, pattern],
                offset: offset)
        }
        let compiled: CompiledPattern
        do throws(CompiledPattern.Malformed) {
            compiled = try CompiledPattern(constant[0])
        } catch {
            throw ExpressionFault(
                "expression.pattern", "malformed pattern: \(error.reason)", hint: "patterns have RE2's syntax",
                offset: pattern.offset)
        }
        return Operand(
            Kernel(text.kernel, PatternKernels.matches(compiled)), .bool, from: [text, pattern], offset: offset)
    }

    private func timePart(
        _ part: TimeKernels.Part, _ operands: [Operand], _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        try expect(operands, 1...2, part.rawValue, offset)
        let time = operands[0]
        if time.type == .duration, operands.count == 1, [.hours, .minutes, .seconds, .milliseconds].contains(part) {
            return Operand(
                Kernel(time.kernel, TimeKernels.part(ofDuration: part)), .int, from: operands, offset: offset)
        }
        guard time.type == .timestamp else { throw mismatch(part.rawValue, operands, offset) }
        var zone: Int64 = 0
        if operands.count == 2 {
            let name = operands[1].constant.flatMap { operands[1].type == .string ? $0.asBytes?.string(0) : nil }
            guard let name, let seconds = TimeKernels.zoneOffset(name) else {
                throw .type(
                    "time zone is not a fixed offset", at: operands[1].offset, hint: #"write "+02:00" or "UTC""#)
            }
            zone = seconds
        }
        return Operand(
            Kernel(time.kernel, TimeKernels.part(part, zone: zone)), .int, from: operands, offset: offset)
    }

    private func conversion(_ name: String, _ operand: Operand, _ offset: Int) throws(ExpressionFault) -> Operand {
        let result: (ExpressionType, (@Sendable (Frame, Vector) -> Vector)?)
        switch (name, operand.type) {
        case ("int", .int), ("uint", .uint), ("double", .double), ("string", .string), ("bool", .bool),
            ("bytes", .bytes), ("timestamp", .timestamp), ("duration", .duration):
            result = (operand.type, nil)
        case ("int", .uint): return Operand(operand.kernel, .int, from: [operand], offset: offset)
        case ("uint", .int): result = (.uint, ConversionKernels.unsigned)
        case ("int", .double): result = (.int, ConversionKernels.integerFromDouble)
        case ("int", .string): result = (.int, ConversionKernels.integerFromText)
        case ("uint", .double):
            result = (
                .uint, { ConversionKernels.unsigned($0, ConversionKernels.integerFromDouble($0, $1), kept: true) }
            )
        case ("uint", .string):
            result = (.uint, { ConversionKernels.unsigned($0, ConversionKernels.integerFromText($0, $1), kept: true) })
        case ("int", .timestamp): result = (.int, ConversionKernels.integerFromTimestamp)
        case ("double", .int), ("double", .uint): result = (.double, ConversionKernels.doubleFromInteger)
        case ("double", .string): result = (.double, ConversionKernels.doubleFromText)
        case ("string", .int), ("string", .uint), ("string", .double), ("string", .bool), ("string", .bytes),
            ("string", .timestamp),
            ("string", .duration):
            result = (.string, ConversionKernels.textFrom(operand.type))
        case ("bool", .string): result = (.bool, ConversionKernels.truthFromText)
        case ("bytes", .string): result = (.bytes, ConversionKernels.bytesFromText)
        case ("timestamp", .string): result = (.timestamp, ConversionKernels.timestampFromText)
        case ("timestamp", .int): result = (.timestamp, ConversionKernels.timestampFromSeconds)
        case ("duration", .string): result = (.duration, ConversionKernels.durationFromText)
        default: throw mismatch(name, [operand], offset)
        }
        let (type, body) = result
        guard let body else { return operand }
        return Operand(Kernel(operand.kernel, body), type, from: [operand], offset: offset)
    }
}
