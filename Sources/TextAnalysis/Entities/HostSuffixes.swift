/// The top-level domains, ready to be found at a place in a text. Built once for the process.
struct HostSuffixes: @unchecked Sendable {
    // Sendable: the memory is written by `init` alone and never freed.
    static let shared = HostSuffixes()

    /// Open addressing: the domain's letters, eight a word and at most three words, of which the first is never 0.
    private let slots: UnsafePointer<(UInt64, UInt64, UInt64)>
    private let mask: Int
    /// Domains with letters that are not ASCII.
    private let others: [[UInt8]]

    private static let lengthMax = 24

    private init() {
        let capacity = 4096
        let slots = UnsafeMutablePointer<(UInt64, UInt64, UInt64)>.allocate(capacity: capacity)
        slots.initialize(repeating: (0, 0, 0), count: capacity)
        TableText.forEachWord(TopLevelDomains.ascii) { word in
            guard word.count <= Self.lengthMax, let base = word.baseAddress else { return }
            let key = Self.key(base, word.count)
            var slot = Self.slot(key) & (capacity - 1)
            while slots[slot].0 != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = key
        }
        var others: [[UInt8]] = []
        TableText.forEachWord(TopLevelDomains.other) { others.append(Array($0)) }
        // The longest first: of two that fit it is the one meant.
        self.others = others.sorted { $0.count > $1.count }
        self.slots = UnsafePointer(slots)
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
        while slots[slot].0 != 0 {
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

    private static func key(_ base: UnsafePointer<UInt8>, _ length: Int) -> (UInt64, UInt64, UInt64) {
        var key: (UInt64, UInt64, UInt64) = (0, 0, 0)
        for index in 0..<length {
            let byte = UInt64(UTF8Text.lower(base[index])) << UInt64((index & 7) * 8)
            if index < 8 { key.0 |= byte } else if index < 16 { key.1 |= byte } else { key.2 |= byte }
        }
        return key
    }

    private static func slot(_ key: (UInt64, UInt64, UInt64)) -> Int {
        let mixed = (key.0 ^ key.1 &* 31 ^ key.2 &* 131) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }
}
