/// Reads hashtags, mentions and cashtags at their sign.
///
/// As in the reference, what was read as a tag and then refused still uses up its characters: the next one of its kind
/// cannot begin directly behind it.
struct TagReader {
    private let text: UTF8Text
    private var hashtagEnd = 0
    private var mentionEnd = 0

    private static let userNameMax = 20
    /// The longest name of a list, behind its first letter.
    private static let listNameMax = 24

    init(_ text: UTF8Text) {
        self.text = text
    }

    /// A hashtag: letters, marks, digits and a few signs of any script, of which at least one is a letter or mark.
    /// - Parameter length: bytes of its sign.
    mutating func hashtag(at start: Int, length: Int) -> Entity? {
        if start > 0 {
            guard start > hashtagEnd else { return nil }
            let before = text.character(before: start)
            let isSelector = before.point == 0xFE0E || before.point == 0xFE0F
            guard isSelector || (before.point != 0x26 && text.traits(before).isDisjoint(with: .tag)) else { return nil }
        }
        let content = start + length
        guard content < text.count else { return nil }
        let first = text.character(at: content).point
        // The sign of a keycap.
        if first == 0xFE0F || first == 0x20E3 { return nil }
        var end = content
        var found: CharacterTraits = []
        while end < text.count {
            let character = text.character(at: end)
            let traits = text.traits(character).intersection(.tag)
            if traits.isEmpty { break }
            found.formUnion(traits)
            end += character.length
        }
        guard found.contains(.letter) else { return nil }
        hashtagEnd = end
        if end < text.count {
            let next = text.character(at: end).point
            if next == 0x23 || next == 0xFF03 || isProtocolSign(at: end) { return nil }
        }
        return Entity(.hashtag, start: start, contentStart: content, end: end)
    }

    /// A mention of a user or, with a slash behind the user's name, of a list.
    mutating func mention(at start: Int, length: Int) -> Entity? {
        guard start == 0 || start > mentionEnd, mayMention(before: start) else { return nil }
        let content = start + length
        let nameEnd = self.nameEnd(content)
        guard nameEnd > content else { return nil }
        let end = listEnd(nameEnd)
        mentionEnd = end
        guard mayEndMention(at: end) else { return nil }
        return Entity(end > nameEnd ? .listMention : .mention, start: start, contentStart: content, end: end)
    }

    /// The user's name that starts at a position, if a mention may be of it.
    func userName(at start: Int) -> Range<Int>? {
        let end = nameEnd(start)
        return end > start && mayEndMention(at: end) ? start..<end : nil
    }

    /// A cashtag: up to six ASCII letters, perhaps a dot or underscore and one or two more.
    func cashtag(at start: Int) -> Entity? {
        if start > 0 {
            let before = text.traits(text.character(before: start))
            guard !before.isDisjoint(with: [.space, .directional]) else { return nil }
        }
        let content = start + 1
        var end = content
        while end < text.count, end - content < 7, isLetter(end) { end += 1 }
        guard end > content, end - content <= 6 else { return nil }
        if text.byte(end) == UInt8(ascii: ".") || text.byte(end) == UInt8(ascii: "_") {
            var suffix = end + 1
            while suffix < text.count, suffix - end < 3, isLetter(suffix) { suffix += 1 }
            if suffix > end + 1, mayEndCashtag(at: suffix) { end = suffix }
        }
        guard mayEndCashtag(at: end) else { return nil }
        return Entity(.cashtag, start: start, contentStart: content, end: end)
    }

    private func mayMention(before start: Int) -> Bool {
        guard start > 0 else { return true }
        if !text.traits(text.character(before: start)).contains(.blocksMention) { return true }
        // Directly behind the `RT` of a retweet.
        guard start >= 2, UTF8Text.lower(text[start - 2]) == UInt8(ascii: "r"),
            UTF8Text.lower(text[start - 1]) == UInt8(ascii: "t")
        else { return false }
        guard start > 2 else { return true }
        switch text[start - 3] {
        case UInt8(ascii: "+"), UInt8(ascii: "~"), UInt8(ascii: "."), UInt8(ascii: "-"): return false
        case let byte: return !text.asciiTraits(byte).contains(.name)
        }
    }

    private func nameEnd(_ start: Int) -> Int {
        var end = start
        while end < text.count, end - start < Self.userNameMax, text.asciiTraits(text[end]).contains(.name) { end += 1 }
        return end
    }

    /// Where a list's name ends behind a user's; the same position if there is none.
    private func listEnd(_ nameEnd: Int) -> Int {
        guard text.byte(nameEnd) == UInt8(ascii: "/"), nameEnd + 1 < text.count, isLetter(nameEnd + 1) else {
            return nameEnd
        }
        var end = nameEnd + 2
        let limit = min(text.count, end + Self.listNameMax)
        while end < limit, text.asciiTraits(text[end]).contains(.name) || text[end] == UInt8(ascii: "-") { end += 1 }
        return end
    }

    private func mayEndMention(at end: Int) -> Bool {
        guard end < text.count else { return true }
        let next = text.character(at: end)
        if next.point == 0x40 || next.point == 0xFF20 || text.traits(next).contains(.latinAccent) { return false }
        return !isProtocolSign(at: end)
    }

    private func mayEndCashtag(at end: Int) -> Bool {
        guard end < text.count else { return true }
        return !text.traits(text.character(at: end)).isDisjoint(with: [.space, .punctuation])
    }

    private func isProtocolSign(at index: Int) -> Bool {
        text.byte(index) == 0x3A && text.byte(index + 1) == 0x2F && text.byte(index + 2) == 0x2F
    }

    private func isLetter(_ index: Int) -> Bool { (text[index] | 0x20) &- 0x61 < 26 }
}
