/// Splits the source of an expression into tokens.
struct ExpressionLexer {
    enum Token: Hashable {
        case identifier(String)
        /// Digits without a sign; the parser knows the sign before them.
        case integer(UInt64, isUnsigned: Bool)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        /// An operator, a bracket or one of the words `in`, `true`, `false`, `null`.
        case sign(String)
        case end
    }

    /// Words that CEL keeps for itself; a column of such a name is written in backticks.
    static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]
    private static let words: Set<String> = ["in", "true", "false", "null"]

    let text: [UInt8]
    var index = 0

    init(_ source: String) {
        text = Array(source.utf8)
    }

    /// The next token and where it starts.
    mutating func next() throws(ExpressionFault) -> (token: Token, offset: Int) {
        skipBlanks()
        let start = index
        guard index < text.count else { return (.end, start) }
        let byte = text[index]
        if Self.isLetter(byte) {
            if let literal = try prefixedString() { return (literal, start) }
            while index < text.count, Self.isLetter(text[index]) || Self.isDigit(text[index]) { index += 1 }
            let word = String(decoding: text[start..<index], as: UTF8.self)
            return (Self.words.contains(word) ? .sign(word) : .identifier(word), start)
        }
        if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1))) {
            return (try number(), start)
        }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return (try string(isRaw: false, isBytes: false), start)
        case UInt8(ascii: "`"): return (try quotedName(), start)
        default: return (try sign(), start)
        }
    }

    func peek(_ distance: Int) -> UInt8 {
        index + distance < text.count ? text[index + distance] : 0
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }

    private mutating func skipBlanks() {
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: " "), 9, 10, 12, 13: index += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while index < text.count, text[index] != 10 { index += 1 }
            default: return
            }
        }
    }

    /// A string whose quote stands behind `r`, `b` or both.
    private mutating func prefixedString() throws(ExpressionFault) -> Token? {
        var isRaw = false
        var isBytes = false
        var length = 0
        while length < 2 {
            switch peek(length) | 0x20 {
            case UInt8(ascii: "r") where !isRaw: isRaw = true
            case UInt8(ascii: "b") where !isBytes: isBytes = true
            default: break
            }
            length += 1
            guard (isRaw ? 1 : 0) + (isBytes ? 1 : 0) == length else { return nil }
            if peek(length) == UInt8(ascii: "\"") || peek(length) == UInt8(ascii: "'") {
                index += length
                return try string(isRaw: isRaw, isBytes: isBytes)
            }
        }
        return nil
    }

    private mutating func quotedName() throws(ExpressionFault) -> Token {
        let start = index
        index += 1
        while index < text.count, text[index] != UInt8(ascii: "`"), text[index] != 10 { index += 1 }
        guard index < text.count, text[index] == UInt8(ascii: "`"), index > start + 1 else {
            throw .syntax("quoted name has no end", at: start, hint: "close it with a backtick")
        }
        index += 1
        return .identifier(String(decoding: text[start + 1..<index - 1], as: UTF8.self))
    }

    private mutating func sign() throws(ExpressionFault) -> Token {
        let byte = text[index]
        let pair = String(decoding: text[index..<min(index + 2, text.count)], as: UTF8.self)
        if ["&&", "||", "==", "!=", "<=", ">="].contains(pair) {
            index += 2
            return .sign(pair)
        }
        switch byte {
        case UInt8(ascii: "="): throw .syntax("unexpected `=`", at: index, hint: "equality is `==`")
        case UInt8(ascii: "&"): throw .syntax("unexpected `&`", at: index, hint: "both conditions is `&&`")
        case UInt8(ascii: "|"): throw .syntax("unexpected `|`", at: index, hint: "either condition is `||`")
        default: break
        }
        guard "+-*/%<>!?:.,()[]{}".utf8.contains(byte) else {
            // The source is valid UTF-8, so the whole character can be shown.
            let rest = String(decoding: text[index...].prefix(4), as: UTF8.self).unicodeScalars
            throw .syntax("unexpected character `\(rest.first.map(String.init) ?? "")`", at: index)
        }
        index += 1
        return .sign(String(decoding: [byte], as: UTF8.self))
    }
}
