/// Recursive descent over CEL's grammar, with limits on depth and on the number of nodes.
struct ExpressionParser {
    private static let maximumNodes = 10_000

    private var lexer: ExpressionLexer
    private var token: ExpressionLexer.Token = .end
    private var offset = 0
    private var depth = 0
    private var nodes = 0

    init(_ source: String) throws(ExpressionFault) {
        lexer = ExpressionLexer(source)
        try advance()
    }

    mutating func parse() throws(ExpressionFault) -> ExpressionNode {
        if token == .end { throw .syntax("expression is empty", at: 0) }
        let root = try expression()
        guard token == .end else { throw unexpected("an operator or the end") }
        return root
    }

    private mutating func advance() throws(ExpressionFault) {
        (token, offset) = try lexer.next()
    }

    private mutating func take(_ sign: String) throws(ExpressionFault) -> Bool {
        guard token == .sign(sign) else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ sign: String) throws(ExpressionFault) {
        guard try take(sign) else { throw unexpected("`\(sign)`") }
    }

    private func unexpected(_ wanted: String) -> ExpressionFault {
        let found =
            switch token {
            case .end: "the end"
            case .identifier(let name): "`\(name)`"
            case .sign(let sign): "`\(sign)`"
            case .integer, .double: "a number"
            case .string, .bytes: "a string"
            }
        return .syntax("expected \(wanted), found \(found)", at: offset)
    }

    private mutating func node(_ kind: ExpressionNode.Kind, at offset: Int) throws(ExpressionFault) -> ExpressionNode {
        nodes += 1
        let node = ExpressionNode(kind, offset: offset)
        guard nodes <= Self.maximumNodes, node.depth <= CEL.maximumDepth else { throw tooLarge(offset) }
        return node
    }

    private func tooLarge(_ offset: Int) -> ExpressionFault {
        ExpressionFault(
            "expression.limit", "expression is nested too deeply or has too many parts",
            hint: "split it into several derived columns", offset: offset)
    }

    private mutating func nested(
        _ body: (inout ExpressionParser) throws(ExpressionFault) -> ExpressionNode
    ) throws(ExpressionFault) -> ExpressionNode {
        depth += 1
        guard depth <= CEL.maximumDepth else { throw tooLarge(offset) }
        let node = try body(&self)
        depth -= 1
        return node
    }

    private mutating func expression() throws(ExpressionFault) -> ExpressionNode {
        try nested { (parser) throws(ExpressionFault) in
            let test = try parser.binary(level: 0)
            let start = parser.offset
            guard try parser.take("?") else { return test }
            let then = try parser.nested { (parser) throws(ExpressionFault) in try parser.binary(level: 0) }
            try parser.expect(":")
            let otherwise = try parser.expression()
            return try parser.node(.conditional(test, then: then, otherwise: otherwise), at: start)
        }
    }

    private static let levels: [[ExpressionNode.Binary]] = [
        [.or], [.and], [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in], [.add, .subtract],
        [.multiply, .divide, .remainder],
    ]

    private mutating func binary(level: Int) throws(ExpressionFault) -> ExpressionNode {
        guard level < Self.levels.count else { return try unary() }
        if level < 2 { return try chain(level: level) }
        var left = try binary(level: level + 1)
        while case .sign(let sign) = token, let operation = ExpressionNode.Binary(rawValue: sign),
            Self.levels[level].contains(operation)
        {
            let start = offset
            try advance()
            let right = try binary(level: level + 1)
            left = try node(.binary(operation, left, right), at: start)
        }
        return left
    }

    /// A chain of `||` or of `&&`. It is built as a balanced tree, so that hundreds of terms do not nest deeply; both
    /// operators are associative.
    private mutating func chain(level: Int) throws(ExpressionFault) -> ExpressionNode {
        let operation = Self.levels[level][0]
        var terms = [try binary(level: level + 1)]
        var offsets: [Int] = []
        while token == .sign(operation.rawValue) {
            offsets.append(offset)
            try advance()
            terms.append(try binary(level: level + 1))
        }
        return try balanced(operation, terms[...], offsets)
    }

    private mutating func balanced(
        _ operation: ExpressionNode.Binary, _ terms: ArraySlice<ExpressionNode>, _ offsets: [Int]
    ) throws(ExpressionFault) -> ExpressionNode {
        guard terms.count > 1 else { return terms[terms.startIndex] }
        let middle = terms.startIndex + (terms.count + 1) / 2
        let left = try balanced(operation, terms[..<middle], offsets)
        let right = try balanced(operation, terms[middle...], offsets)
        return try node(.binary(operation, left, right), at: offsets[middle - 1])
    }

    private mutating func unary() throws(ExpressionFault) -> ExpressionNode {
        let start = offset
        if try take("!") {
            let operand = try nested { (parser) throws(ExpressionFault) in try parser.unary() }
            return try node(.unary(.not, operand), at: start)
        }
        guard try take("-") else { return try member() }
        // The sign belongs to the number, or else the smallest integer could not be written.
        if case .integer(let magnitude, isUnsigned: false) = token {
            let value = try integer(magnitude, isNegative: true)
            return try postfix(node(.literal(.int(value)), at: start))
        }
        if case .double(let value) = token {
            try advance()
            return try postfix(node(.literal(.double(-value)), at: start))
        }
        let operand = try nested { (parser) throws(ExpressionFault) in try parser.unary() }
        return try node(.unary(.negate, operand), at: start)
    }

    private mutating func integer(_ magnitude: UInt64, isNegative: Bool) throws(ExpressionFault) -> Int64 {
        let value = isNegative ? negative(magnitude) : Int64(exactly: magnitude)
        guard let value else {
            throw ExpressionFault(
                "expression.range", "integer does not fit in 64 signed bits", hint: "write it as a double, with `.0`",
                offset: offset)
        }
        try advance()
        return value
    }

    private func negative(_ magnitude: UInt64) -> Int64? {
        magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }

    private mutating func member() throws(ExpressionFault) -> ExpressionNode {
        try postfix(primary())
    }

    private mutating func postfix(_ base: ExpressionNode) throws(ExpressionFault) -> ExpressionNode {
        var base = base
        while true {
            let start = offset
            if try take(".") {
                guard case .identifier(let name) = token else { throw unexpected("a name") }
                let nameOffset = offset
                try advance()
                if try take("(") {
                    let arguments = try list(until: ")")
                    base = try node(.call(target: base, name: name, arguments: arguments), at: nameOffset)
                } else {
                    // A path stands where it begins.
                    base = try node(.select(base, name), at: base.path == nil ? nameOffset : base.offset)
                }
            } else if try take("[") {
                let key = try expression()
                try expect("]")
                base = try node(.index(base, key), at: start)
            } else if token == .sign("{") {
                throw ExpressionFault(
                    "expression.unsupported", "messages cannot be built here", hint: "name a column instead",
                    offset: offset)
            } else {
                return base
            }
        }
    }

    private mutating func list(until close: String) throws(ExpressionFault) -> [ExpressionNode] {
        var elements: [ExpressionNode] = []
        while token != .sign(close) {
            elements.append(try expression())
            // A list may end with a comma; the arguments of a call may not.
            guard try take(",") else { break }
            if token == .sign(close), close == ")" { throw unexpected("an argument") }
        }
        try expect(close)
        return elements
    }

    private mutating func primary() throws(ExpressionFault) -> ExpressionNode {
        let start = offset
        switch token {
        case .integer(let magnitude, let isUnsigned):
            let value = try integer(magnitude, isNegative: false)
            return try node(.literal(isUnsigned ? .uint(value) : .int(value)), at: start)
        case .double(let value): return try literal(.double(value))
        case .string(let value): return try literal(.string(value))
        case .bytes(let value): return try literal(.bytes(value))
        case .sign("true"): return try literal(.bool(true))
        case .sign("false"): return try literal(.bool(false))
        case .sign("null"): return try literal(.null)
        case .sign("("):
            try advance()
            let inner = try expression()
            try expect(")")
            return inner
        case .sign("["):
            try advance()
            return try node(.list(try list(until: "]")), at: start)
        case .sign("{"):
            try advance()
            return try map(start)
        case .sign("."):
            try advance()
            guard case .identifier = token else { throw unexpected("a name") }
            return try named()
        case .identifier: return try named()
        default: throw unexpected("a value")
        }
    }

    private mutating func literal(_ value: ExpressionNode.Literal) throws(ExpressionFault) -> ExpressionNode {
        let start = offset
        try advance()
        return try node(.literal(value), at: start)
    }

    private mutating func named() throws(ExpressionFault) -> ExpressionNode {
        let start = offset
        guard case .identifier(let name) = token else { throw unexpected("a name") }
        if ExpressionLexer.reserved.contains(name), lexer.text[start] != UInt8(ascii: "`") {
            throw .syntax("`\(name)` is a reserved word", at: start, hint: "write a column of that name in backticks")
        }
        try advance()
        guard try take("(") else { return try node(.identifier(name), at: start) }
        return try node(.call(target: nil, name: name, arguments: try list(until: ")")), at: start)
    }

    private mutating func map(_ start: Int) throws(ExpressionFault) -> ExpressionNode {
        var entries: [(key: ExpressionNode, value: ExpressionNode)] = []
        while token != .sign("}") {
            let key = try expression()
            try expect(":")
            entries.append((key, try expression()))
            guard try take(",") else { break }
        }
        try expect("}")
        return try node(.map(entries), at: start)
    }
}
