import Primitives

/// Gives every node a type and a kernel, or finds what is wrong with it.
struct ExpressionChecker {
    let schema: Schema
    /// The columns met so far.
    private(set) var paths: [FieldPath] = []
    /// The variables of the macros around the current node, innermost last.
    var scope: [(name: String, type: ExpressionType)] = []

    init(schema: Schema) {
        self.schema = schema
    }

    /// Checks a node and those below it.
    mutating func check(_ node: ExpressionNode) throws(ExpressionFault) -> Operand {
        switch node.kind {
        case .literal(let literal): return literalOperand(literal, node.offset)
        case .identifier, .select: return try select(node)
        case .index(let base, let key):
            return node.pathNames == nil ? try index(base, key, node.offset) : try select(node)
        case .call(let target, let name, let arguments): return try call(target, name, arguments, node.offset)
        case .list(let elements): return try list(elements, node.offset)
        case .map:
            throw ExpressionFault(
                "expression.unsupported", "maps cannot be built here", hint: "use a list, or name a column",
                offset: node.offset)
        case .unary(let operation, let operand): return try unary(operation, check(operand), node.offset)
        case .binary(let operation, let left, let right):
            return try binary(operation, check(left), check(right), node.offset)
        case .conditional(let test, let then, let otherwise):
            return try conditional(check(test), check(then), check(otherwise), node.offset)
        }
    }

    private func literalOperand(_ literal: ExpressionNode.Literal, _ offset: Int) -> Operand {
        let type: ExpressionType =
            switch literal {
            case .null: .null
            case .bool: .bool
            case .int: .int
            case .uint: .uint
            case .double: .double
            case .string: .string
            case .bytes: .bytes
            }
        let builder = ColumnBuilder(type.physical)
        switch literal {
        case .null: builder.appendNull()
        case .bool(let value): builder.append(value)
        case .int(let value), .uint(let value): builder.append(value)
        case .double(let value): builder.append(value)
        case .string(let value): builder.append(value)
        case .bytes(let value): builder.append(value)
        }
        var operand = Operand(constant: builder.finish(), type, offset: offset)
        operand.isNullable = literal == .null
        return operand
    }

    // MARK: Names

    private mutating func select(_ node: ExpressionNode) throws(ExpressionFault) -> Operand {
        if let names = node.pathNames {
            if let level = scope.lastIndex(where: { $0.name == names[0] }) {
                var operand = variable(level, node.offset)
                for name in names.dropFirst() { operand = try member(operand, name, node.offset) }
                return operand
            }
            return try column(names, node.offset)
        }
        guard case .select(let base, let name) = node.kind else {
            throw .syntax("malformed path", at: node.offset)
        }
        return try member(check(base), name, node.offset)
    }

    private func variable(_ level: Int, _ offset: Int) -> Operand {
        let type = scope[level].type
        var operand = Operand(
            Kernel { frame in frame.vector(frame.variable(level: level + 1), type) }, type, from: [], offset: offset)
        operand.variables = [level]
        operand.name = scope[level].name
        return operand
    }

    private mutating func column(_ names: [String], _ offset: Int) throws(ExpressionFault) -> Operand {
        let name = names.joined(separator: ".")
        guard let path = schema.resolve(name) else { throw missing(name, offset) }
        if !paths.contains(path) { paths.append(path) }
        let type = ExpressionType(path.field.type)
        var operand = Operand(
            Kernel { frame in frame.vector(frame.column(at: path), type) }, type, from: [], offset: offset)
        operand.isNullable = path.field.isNullable
        operand.readsRows = true
        operand.name = name
        return operand
    }

    private func missing(_ name: String, _ offset: Int) -> ExpressionFault {
        let candidates = schema.paths + scope.map(\.name)
        var hint = Spelling.nearest(name, candidates).map { "did you mean `\($0)`?" }
        if hint == nil {
            let shown = schema.fields.prefix(12).map { "`\($0.name)`" }.joined(separator: ", ")
            let more = schema.fields.count > 12 ? " and \(schema.fields.count - 12) more" : ""
            hint = shown.isEmpty ? nil : "the columns are \(shown)\(more)"
        }
        return ExpressionFault("expression.column_missing", "no column `\(name)`", hint: hint, offset: offset)
    }

    private func member(_ base: Operand, _ name: String, _ offset: Int) throws(ExpressionFault) -> Operand {
        guard case .structure(let fields) = base.type else {
            throw .type("\(article(base.type)) has no members", at: offset, hint: "only an object has; see `\(name)`")
        }
        guard let index = fields.firstIndex(where: { $0.name == name }) else {
            throw ExpressionFault(
                "expression.column_missing", "no member `\(name)`",
                hint: Spelling.nearest(name, fields.map(\.name)).map { "did you mean `\($0)`?" }, offset: offset)
        }
        var operand = Operand(
            Kernel(base.kernel, ListKernels.member(index)), ExpressionType(fields[index].type), from: [base],
            offset: offset)
        operand.isNullable = base.isNullable || fields[index].isNullable
        operand.name = base.name.map { "\($0).\(name)" }
        return operand
    }

    // MARK: Lists

    private mutating func index(
        _ base: ExpressionNode, _ key: ExpressionNode, _ offset: Int
    ) throws(ExpressionFault) -> Operand {
        let list = try check(base)
        if case .structure = list.type, case .literal(.string(let name)) = key.kind {
            return try member(list, name, offset)
        }
        guard case .list(let element) = list.type else {
            throw .type(
                "\(article(list.type)) has no elements", at: offset, hint: "only a list can be indexed by a number")
        }
        let position = try check(key).required()
        guard position.type.isInteger else {
            throw .type("a list is indexed by an int, not by \(article(position.type))", at: offset)
        }
        let required = try list.required()
        return try Operand(
            Kernel(required.kernel, position.kernel, ListKernels.element), element, from: [required, position],
            offset: offset
        ).folded()
    }

    private mutating func list(_ nodes: [ExpressionNode], _ offset: Int) throws(ExpressionFault) -> Operand {
        var elements: [Operand] = []
        var type = ExpressionType.any
        for node in nodes {
            let element = try check(node).required()
            guard let unified = type.unified(with: element.type) else {
                throw .type(
                    "list holds both \(type) and \(element.type)", at: element.offset,
                    hint: "all elements of a list have one type")
            }
            type = unified
            elements.append(element)
        }
        let kernels = elements.map { $0.coerced(to: type).kernel }
        return try Operand(
            ListKernels.list(of: kernels, type.physical), .list(type), from: elements, offset: offset
        ).folded()
    }

    /// A type in a sentence: "a string", "an int".
    func article(_ type: ExpressionType) -> String {
        let name = type.description
        return ("aeiou".contains(name.prefix(1)) && type != .uint ? "an " : "a ") + name
    }
}
