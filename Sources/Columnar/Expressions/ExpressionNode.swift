/// One node of a parsed expression.
package final class ExpressionNode: Sendable {
    /// A value written out in the source.
    package enum Literal: Hashable, Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        /// An unsigned integer; only values that a signed one holds can be written.
        case uint(Int64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
    }

    /// An operator before its operand.
    package enum Unary: String, Sendable {
        case not = "!"
        case negate = "-"
    }

    /// An operator between its operands.
    package enum Binary: String, Sendable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case `in` = "in"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    /// What the node is, with its parts.
    package enum Kind: Sendable {
        case literal(Literal)
        case identifier(String)
        /// A member by name: `author.id`.
        case select(ExpressionNode, String)
        /// An element or member by key: `tags[0]`.
        case index(ExpressionNode, ExpressionNode)
        /// A function, a method (with a target) or a macro.
        case call(target: ExpressionNode?, name: String, arguments: [ExpressionNode])
        case list([ExpressionNode])
        case map([(key: ExpressionNode, value: ExpressionNode)])
        case unary(Unary, ExpressionNode)
        case binary(Binary, ExpressionNode, ExpressionNode)
        case conditional(ExpressionNode, then: ExpressionNode, otherwise: ExpressionNode)
    }

    package let kind: Kind
    /// Where the node's own sign stands in the source, in bytes: the operator of a binary node, the name
    /// of a call, the start of a path.
    package let offset: Int
    /// Levels of nodes below and including this one.
    let depth: Int

    init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
        depth = 1 + (Self.children(of: kind).map(\.depth).max() ?? 0)
    }

    /// The nodes right below this one, in the order of the source.
    package var children: [ExpressionNode] { Self.children(of: kind) }

    /// The name and arguments of a plain call such as `avg(sentiment_score)`; `nil` for anything else.
    package var call: (name: String, arguments: [ExpressionNode])? {
        if case .call(nil, let name, let arguments) = kind { (name, arguments) } else { nil }
    }

    /// The dotted path that this node names, `author.id`; `nil` if it is not a path alone.
    package var path: String? {
        switch kind {
        case .identifier(let name): name
        case .select(let base, let name): base.path.map { "\($0).\(name)" }
        default: nil
        }
    }

    private static func children(of kind: Kind) -> [ExpressionNode] {
        switch kind {
        case .literal, .identifier: []
        case .select(let base, _): [base]
        case .index(let base, let key): [base, key]
        case .call(let target, _, let arguments): (target.map { [$0] } ?? []) + arguments
        case .list(let elements): elements
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .unary(_, let operand): [operand]
        case .binary(_, let left, let right): [left, right]
        case .conditional(let test, let then, let otherwise): [test, then, otherwise]
        }
    }
}
