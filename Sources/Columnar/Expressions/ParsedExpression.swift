/// The Common Expression Language: parsing. The language is that of cel-spec's `doc/langdef.md`, without messages.
package enum CEL {
    /// The longest source accepted, in bytes.
    package static let maximumLength = 65_536
    /// The most levels of nesting accepted.
    package static let maximumDepth = 128

    /// Parses an expression; columns and types are looked at when it is compiled.
    package static func parse(_ source: String) throws(ExpressionFault) -> ParsedExpression {
        guard source.utf8.count <= maximumLength else {
            throw ExpressionFault(
                "expression.limit", "expression is longer than \(maximumLength) bytes",
                hint: "split it into several derived columns", offset: maximumLength)
        }
        var parser = try ExpressionParser(source)
        return ParsedExpression(source: source, root: try parser.parse())
    }
}

/// An expression whose syntax is right.
package struct ParsedExpression: Sendable {
    package let source: String
    package let root: ExpressionNode

    /// The source with one blank between its tokens: expressions that differ by blanks and comments alone are equal.
    package var canonicalText: String {
        var lexer = ExpressionLexer(source)
        var tokens: [String] = []
        while let next = try? lexer.next(), next.token != .end {
            tokens.append(String(decoding: lexer.text[next.offset..<lexer.index], as: UTF8.self))
        }
        return tokens.joined(separator: " ")
    }

    /// The columns that the expression reads, each once, in the order of the source. Names that the schema does not
    /// have are left out: compiling reports them.
    package func referencedPaths(in schema: Schema) -> [FieldPath] {
        root.referencedPaths(in: schema)
    }
}

extension ExpressionNode {
    /// The columns that this node and those below it read; see `ParsedExpression.referencedPaths(in:)`.
    package func referencedPaths(in schema: Schema) -> [FieldPath] {
        var found: [FieldPath] = []
        collectPaths(schema, bound: [], into: &found)
        return found
    }

    private func collectPaths(_ schema: Schema, bound: Set<String>, into found: inout [FieldPath]) {
        switch kind {
        case .identifier, .select, .index:
            if let names = pathNames, !bound.contains(names[0]),
                let path = schema.resolve(names.joined(separator: "."))
            {
                if !found.contains(path) { found.append(path) }
                return
            }
        case .call(let target?, let name, let arguments):
            if Macro(rawValue: name) != nil, arguments.count >= 2, case .identifier(let variable) = arguments[0].kind {
                target.collectPaths(schema, bound: bound, into: &found)
                for argument in arguments.dropFirst() {
                    argument.collectPaths(schema, bound: bound.union([variable]), into: &found)
                }
                return
            }
        default: break
        }
        for child in children { child.collectPaths(schema, bound: bound, into: &found) }
    }

    /// The names of a path, first to last; `author["id"]` is `author.id`.
    var pathNames: [String]? {
        switch kind {
        case .identifier(let name): return [name]
        case .select(let base, let name):
            guard var names = base.pathNames else { return nil }
            names.append(name)
            return names
        case .index(let base, let key):
            guard case .literal(.string(let name)) = key.kind, var names = base.pathNames else { return nil }
            names.append(name)
            return names
        default: return nil
        }
    }
}

/// The macros over lists. `has` is one too, but has no variable.
enum Macro: String {
    case all
    case exists
    case existsOne = "exists_one"
    case existsOneCamel = "existsOne"
    case filter
    case map
}
