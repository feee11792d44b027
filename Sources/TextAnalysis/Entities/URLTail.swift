/// What follows the host of a URL: a port, a path, a query.
struct URLTail {
    /// Where the URL ends.
    private(set) var end: Int
    private(set) var hasPath = false

    init(_ text: UTF8Text, behind host: Int) {
        end = host
        readPort(text)
        readPath(text)
        end = Self.queryEnd(text, at: end) ?? end
    }

    private mutating func readPort(_ text: UTF8Text) {
        guard text.byte(end) == UInt8(ascii: ":") else { return }
        var position = end + 1
        while position < text.count, text[position] &- 0x30 < 10 { position += 1 }
        if position > end + 1 { end = position }
    }

    /// A path ends with a letter, a digit, one of a few signs, or balanced parentheses; what follows is punctuation.
    private mutating func readPath(_ text: UTF8Text) {
        guard text.byte(end) == UInt8(ascii: "/") else { return }
        hasPath = true
        var position = end + 1
        end = position
        while position < text.count {
            if text[position] == UInt8(ascii: "(") {
                guard let closed = Self.parenthesesEnd(text, at: position) else { return }
                position = closed
                end = position
                continue
            }
            let character = text.character(at: position)
            let traits = text.traits(character)
            guard traits.contains(.path) else { return }
            position += character.length
            if traits.contains(.pathEnd) { end = position }
        }
    }

    /// The end of parentheses that hold path characters and at most one pair more: `/Primer_(film)`.
    private static func parenthesesEnd(_ text: UTF8Text, at start: Int) -> Int? {
        var position = pathRun(text, start + 1)
        if text.byte(position) == UInt8(ascii: "(") {
            let inner = pathRun(text, position + 1)
            guard inner > position + 1, text.byte(inner) == UInt8(ascii: ")") else { return nil }
            position = pathRun(text, inner + 1)
        } else if position == start + 1 {
            return nil
        }
        return text.byte(position) == UInt8(ascii: ")") ? position + 1 : nil
    }

    private static func pathRun(_ text: UTF8Text, _ start: Int) -> Int {
        var position = start
        while position < text.count {
            let character = text.character(at: position)
            guard text.traits(character).contains(.path) else { break }
            position += character.length
        }
        return position
    }

    /// The end of a query that starts with a question mark at a position; `nil` if there is none.
    static func queryEnd(_ text: UTF8Text, at start: Int) -> Int? {
        guard text.byte(start) == UInt8(ascii: "?") else { return nil }
        var end: Int?
        var position = start + 1
        while position < text.count {
            let traits = text.asciiTraits(text[position])
            guard traits.contains(.query) else { break }
            position += 1
            if traits.contains(.queryEnd) { end = position }
        }
        return end
    }
}

/// A link of the network's own shortener, `https://t.co/slug`: what is behind its slug is not part of it, but for a
/// query.
struct ShortLink {
    /// A longer slug is none.
    static let slugMax = 40

    var slugLength: Int
    var end: Int

    init?(_ text: UTF8Text, _ hostStart: Int, _ hostEnd: Int) {
        guard hostEnd - hostStart == 4, UTF8Text.lower(text[hostStart]) == UInt8(ascii: "t"),
            text[hostStart + 1] == UInt8(ascii: "."), UTF8Text.lower(text[hostStart + 2]) == UInt8(ascii: "c"),
            UTF8Text.lower(text[hostStart + 3]) == UInt8(ascii: "o"), text.byte(hostEnd) == UInt8(ascii: "/")
        else { return nil }
        var position = hostEnd + 1
        while position < text.count, text.asciiTraits(text[position]).contains(.asciiAlphanumeric) { position += 1 }
        slugLength = position - hostEnd - 1
        guard slugLength > 0 else { return nil }
        end = URLTail.queryEnd(text, at: position) ?? position
    }
}
