/// The top-level domains, ready to be found at a place in a text. Built once for the process.
struct HostSuffixes: Sendable {
    static let shared = HostSuffixes()

    /// Open addressing: the domain's letters, eight a word and at most three words, of which the first is never 0.
    private let slots: ConstantTable<Key>
    private let mask: Int
    /// Domains with letters that are not ASCII.
    private let others: [[UInt8]]

    private static let lengthMax = 24

    private struct Key: BitwiseCopyable, Equatable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
    }

    private init() {
        let capacity = 4096
        var slots = [Key](repeating: Key(), count: capacity)
        var domain: [UInt8] = []
        TableText.forEachWord(TopLevelDomains.ascii) { word in
            domain.removeSubrange(min(domain.count, Int(word[0] &- 0x30))...)
            domain += word.dropFirst()
            guard domain.count <= Self.lengthMax else { return }
            let key = domain.withUnsafeBufferPointer { domain in
                domain.baseAddress.map { Self.key($0, domain.count) } ?? Key()
            }
            var slot = Self.slot(key) & (capacity - 1)
            while slots[slot].first != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = key
        }
        var others: [[UInt8]] = []
        TableText.forEachWord(TopLevelDomains.other) { others.append(Array($0)) }
        // The longest first: of two that fit it is the one meant.
        self.others = others.sorted { $0.count > $1.count }
        self.slots = ConstantTable(slots)
        mask = capacity - 1
    }

    /// The length in bytes of the top-level domain at a position, 0 if there is none.
    ///
    /// It must not go on as a word, an address or a hyphenated name; Punycode (`xn--…`) is taken as it comes.
    func length(_ text: UTF8Text, at start: Int, limit: Int) -> Int {
        guard start < limit else { return 0 }
        if text[start] >= 0x80 { return otherLength(text, at: start, limit: limit) }
        var end = start
        while end < limit, text.asciiTraits(text[end]).contains(.asciiAlphanumeric) { end += 1 }
        let length = end - start
        guard length >= 1 else { return 0 }
        if end < limit, text[end] >= 0x80 {
            let other = otherLength(text, at: start, limit: limit)
            if other > 0 { return other }
        }
        if end < limit, !Self.mayFollow(text[end]) {
            return text[end] == UInt8(ascii: "-") ? punycodeLength(text, at: start, limit: limit) : 0
        }
        guard length <= Self.lengthMax else { return 0 }
        let key = Self.key(text.base + start, length)
        var slot = Self.slot(key) & mask
        while slots[slot].first != 0 {
            if slots[slot] == key { return length }
            slot = (slot + 1) & mask
        }
        return 0
    }

    private func punycodeLength(_ text: UTF8Text, at start: Int, limit: Int) -> Int {
        guard limit - start > 4, UTF8Text.lower(text[start]) == UInt8(ascii: "x"),
            UTF8Text.lower(text[start + 1]) == UInt8(ascii: "n"), text[start + 2] == UInt8(ascii: "-"),
            text[start + 3] == UInt8(ascii: "-")
        else { return 0 }
        var end = start + 4
        while end < limit, text.asciiTraits(text[end]).contains(.asciiAlphanumeric) { end += 1 }
        return end > start + 4 ? end - start : 0
    }

    private func otherLength(_ text: UTF8Text, at start: Int, limit: Int) -> Int {
        for domain in others where domain.count <= limit - start && domain[0] == UTF8Text.lower(text[start]) {
            let end = start + domain.count
            let isEqual = domain.indices.allSatisfy { domain[$0] == UTF8Text.lower(text[start + $0]) }
            guard isEqual else { continue }
            if end == limit { return domain.count }
            if Self.mayFollow(text[end]), !text.asciiTraits(text[end]).contains(.asciiAlphanumeric) {
                return domain.count
            }
        }
        return 0
    }

    /// Whether a domain may end before this byte, which is no ASCII letter or digit.
    private static func mayFollow(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "@") && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "-")
    }

    private static func key(_ base: UnsafePointer<UInt8>, _ length: Int) -> Key {
        var key = Key()
        for index in 0..<length {
            let byte = UInt64(UTF8Text.lower(base[index])) << UInt64((index & 7) * 8)
            if index < 8 { key.first |= byte } else if index < 16 { key.second |= byte } else { key.third |= byte }
        }
        return key
    }

    private static func slot(_ key: Key) -> Int {
        let mixed = (key.first ^ key.second &* 31 ^ key.third &* 131) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }
}
