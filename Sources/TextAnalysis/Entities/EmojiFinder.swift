/// Finds emoji: characters shown as pictures, alone or with a variation selector, skin tones, keycaps, flags, and
/// sequences put together by joiners, all as recommended for general interchange (UTS #51).
///
/// Left-out variation selectors inside a joined sequence are forgiven; so is a pair of skin tones that no one draws.
/// A character that is text by default counts only with the selector for a picture, or in a joined sequence.
struct EmojiFinder: Sendable {
    static let shared = EmojiFinder()

    /// Flags by their two letters.
    private let regions: ConstantTable<Bool>
    private let subdivisions: [[UInt8]]
    /// The automaton of joined sequences: from a state by an element to a state. Open addressing, key 0 is free.
    private let keys: ConstantTable<UInt64>
    /// The state after it, shifted by one; the lowest bit says whether a sequence ends here.
    private let values: ConstantTable<UInt32>
    private let mask: Int

    private static let selector: UInt32 = 0xFE0F
    private static let textSelector: UInt32 = 0xFE0E
    private static let joiner: UInt32 = 0x200D
    private static let tones: ClosedRange<UInt32> = 0x1F3FB...0x1F3FF
    private static let regionLetters: ClosedRange<UInt32> = 0x1F1E6...0x1F1FF

    private init() {
        var regions = [Bool](repeating: false, count: 26 * 26)
        TableText.forEachWord(EmojiRanges.regions) { regions[(Int($0[0]) - 65) * 26 + Int($0[1]) - 65] = true }
        var subdivisions: [[UInt8]] = []
        TableText.forEachWord(EmojiRanges.subdivisions) { subdivisions.append(Array($0)) }
        self.regions = ConstantTable(regions)
        self.subdivisions = subdivisions

        var edges: [UInt64: UInt32] = [:]
        var states: UInt32 = 1
        TableText.forEachWord(EmojiRanges.joined) { word in
            var state: UInt32 = 0
            let elements = word.split(separator: UInt8(ascii: "-"))
            for (position, element) in elements.enumerated() {
                let isToned = element.last == UInt8(ascii: "t")
                let digits = UnsafeBufferPointer(rebasing: isToned ? element.dropLast() : element)
                let point = TableText.numbers(digits, separator: 0).first ?? 0
                let key = Self.key(state, UInt32(truncatingIfNeeded: point), isToned)
                var value = edges[key] ?? 0
                if value == 0 {
                    value = states << 1
                    states += 1
                }
                if position == elements.count - 1 { value |= 1 }
                edges[key] = value
                state = value >> 1
            }
        }
        var capacity = 1024
        while capacity < edges.count * 2 { capacity *= 2 }
        var keys = [UInt64](repeating: 0, count: capacity)
        var values = [UInt32](repeating: 0, count: capacity)
        for (key, value) in edges {
            var slot = Self.slot(key) & (capacity - 1)
            while keys[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            keys[slot] = key
            values[slot] = value
        }
        self.keys = ConstantTable(keys)
        self.values = ConstantTable(values)
        mask = capacity - 1
    }

    /// The end of the longest emoji that starts with the character at `start`; `nil` if none does.
    func end(_ text: UTF8Text, at start: Int, _ first: UTF8Text.Character) -> Int? {
        if Self.regionLetters.contains(first.point) { return flagEnd(text, start, first) }
        let traits = text.traits(first)
        guard traits.contains(.emoji) else { return nil }
        if first.point == 0x1F3F4, let end = subdivisionEnd(text, start + first.length) { return end }
        let element = element(text, start, first, traits)
        var best = element.isEmoji ? element.end : nil
        // A selector that a picture by default does not need is not part of it, but may stand before a joiner.
        var position = element.end
        if next(text, position) == Self.selector { position += 3 }
        guard next(text, position) == Self.joiner,
            var value = edge(Self.key(0, first.point, element.isToned))
        else { return best }
        while next(text, position) == Self.joiner, position + 3 < text.count {
            let start = position + 3
            let character = text.character(at: start)
            let element = self.element(text, start, character, text.traits(character))
            guard let following = edge(Self.key(value >> 1, character.point, element.isToned)) else { break }
            value = following
            position = element.end
            if value & 1 != 0 { best = position }
            if next(text, position) == Self.selector { position += 3 }
        }
        return best
    }

    /// The start of the keycap that ends before a combining keycap at `cap`: `1`, `#` or `*` and perhaps a selector.
    func keycapStart(_ text: UTF8Text, cap: Int) -> Int? {
        var start = cap
        if start >= 3, next(text, start - 3) == Self.selector { start -= 3 }
        guard start >= 1 else { return nil }
        switch text[start - 1] {
        case 0x23, 0x2A, 0x30...0x39: return start - 1
        default: return nil
        }
    }

    /// A character with its selector or skin tone.
    private func element(_ text: UTF8Text, _ start: Int, _ character: UTF8Text.Character, _ traits: CharacterTraits)
        -> (end: Int, isToned: Bool, isEmoji: Bool)
    {
        let end = start + character.length
        let isPicture = traits.contains(.emojiPresentation)
        guard let following = next(text, end) else { return (end, false, isPicture) }
        if traits.contains(.modifierBase), Self.tones.contains(following) { return (end + 4, true, true) }
        if following == Self.selector, !isPicture { return (end + 3, false, true) }
        return (end, false, isPicture && following != Self.textSelector)
    }

    private func flagEnd(_ text: UTF8Text, _ start: Int, _ first: UTF8Text.Character) -> Int? {
        guard let second = next(text, start + 4), Self.regionLetters.contains(second) else { return nil }
        let letters =
            Int(first.point - Self.regionLetters.lowerBound) * 26 + Int(second - Self.regionLetters.lowerBound)
        return regions[letters] ? start + 8 : nil
    }

    /// The end of the tags behind a black flag, if they spell a subdivision.
    private func subdivisionEnd(_ text: UTF8Text, _ start: Int) -> Int? {
        for tags in subdivisions {
            var position = start
            for tag in tags {
                guard next(text, position) == 0xE0000 + UInt32(tag) else { break }
                position += 4
            }
            if position == start + tags.count * 4, next(text, position) == 0xE007F { return position + 4 }
        }
        return nil
    }

    @inline(__always)
    private func next(_ text: UTF8Text, _ position: Int) -> UInt32? {
        guard position < text.count, text[position] >= 0xE2 else { return nil }
        return text.character(at: position).point
    }

    private func edge(_ key: UInt64) -> UInt32? {
        var slot = Self.slot(key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Never 0: an element has a code point.
    private static func key(_ state: UInt32, _ point: UInt32, _ isToned: Bool) -> UInt64 {
        UInt64(state) << 32 | UInt64(isToned ? 1 : 0) << 31 | UInt64(point & 0x1FFFFF)
    }

    private static func slot(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }
}
