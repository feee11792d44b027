/// The words and emoji that VADER knows, ready to be looked up by bytes. Built once for the process.
///
/// Words lie in an open-addressing table whose key is the word itself in three 64-bit integers: no known word is
/// longer. One slot in four is taken, so that a word that is not there is mostly settled by one look at a 16-bit tag.
final class VaderLexicon: @unchecked Sendable {
    // Sendable: written by `init` alone, read-only from then on.

    /// A word of at most 24 bytes, in lower case, the rest zero.
    struct Key: Equatable, BitwiseCopyable {
        var first: UInt64
        var second: UInt64
        var third: UInt64

        @inline(__always)
        var hash: UInt64 {
            let mixed = first ^ (second &* 0x9E37_79B9_7F4A_7C15) ^ (third &* 0xC2B2_AE3D_27D4_EB4F)
            let product = mixed.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            return product.high ^ product.low
        }
    }

    /// Bytes of the longest word that can be looked up.
    static let longestWord = 24
    static let shared = VaderLexicon()

    private static let slotBits = 15
    private static let slotMask = (1 << slotBits) - 1

    /// 0: free. Else a part of the hash that the slot's number does not tell.
    private let tags: UnsafeMutablePointer<UInt16>
    private let slots: UnsafeMutablePointer<UInt16>
    private let keys: UnsafeMutablePointer<Key>
    private let words: UnsafeMutablePointer<VaderWord>
    private let capacity: Int
    private var count = 0
    let emoji: EmojiTable

    private init() {
        capacity = 1 << (Self.slotBits - 1)
        tags = .allocate(capacity: Self.slotMask + 1)
        tags.initialize(repeating: 0, count: Self.slotMask + 1)
        slots = .allocate(capacity: Self.slotMask + 1)
        slots.initialize(repeating: 0, count: Self.slotMask + 1)
        keys = .allocate(capacity: capacity)
        words = .allocate(capacity: capacity)
        emoji = EmojiTable(Self.emojiDescriptions)
        for text in [Self.positiveWords, Self.negativeWords] { addLexicon(text) }
        add(VaderVocabulary.negations, .negation)
        add(VaderVocabulary.boosters, .booster)
        add(VaderVocabulary.dampeners, .dampener)
        for name in VaderWord.Name.allCases where name != .other {
            var spelling = "\(name)"
            spelling.withUTF8 { bytes in change(bytes) { $0.name = name } }
        }
    }

    deinit {
        tags.deallocate()
        slots.deallocate()
        keys.deallocate()
        words.deallocate()
    }

    /// What is known of a word; `nil`: nothing.
    @inline(__always)
    func find(_ key: Key) -> VaderWord? {
        let hash = key.hash
        var slot = Int(truncatingIfNeeded: hash) & Self.slotMask
        let tag = Self.tag(hash)
        while tags[slot] != 0 {
            if tags[slot] == tag {
                let index = Int(slots[slot])
                if keys[index] == key { return words[index] }
            }
            slot = (slot + 1) & Self.slotMask
        }
        return nil
    }

    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: hash >> 48) | 1 }

    /// Reads lines that begin with a valence, which the words behind it have.
    private func addLexicon(_ text: StaticString) {
        var valence = 0.0
        Self.forEachPart(of: text) { part, isFirst in
            if isFirst {
                valence = Double(String(decoding: part, as: UTF8.self)) ?? 0
            } else {
                change(part) { word in
                    word.valence = valence
                    word.flags.insert(.lexicon)
                }
            }
        }
    }

    private func add(_ text: StaticString, _ flags: VaderWord.Flags) {
        Self.forEachPart(of: text) { part, _ in change(part) { $0.flags.formUnion(flags) } }
    }

    /// Calls `body` with each word of a text, and whether it is the first of its line.
    private static func forEachPart(of text: StaticString, _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void) {
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            var isFirst = true
            for part in line.split(separator: UInt8(ascii: " ")) {
                body(UnsafeBufferPointer(rebasing: part), isFirst)
                isFirst = false
            }
        }
    }

    /// Changes what is known of a word, new or known. A word that contains "n't" is a negation, whatever else it is.
    private func change(_ spelling: UnsafeBufferPointer<UInt8>, _ body: (inout VaderWord) -> Void) {
        precondition(spelling.count <= Self.longestWord, "no known word is longer than a key")
        var key = Key(first: 0, second: 0, third: 0)
        withUnsafeMutableBytes(of: &key) { $0.copyBytes(from: spelling) }
        let hash = key.hash
        var slot = Int(truncatingIfNeeded: hash) & Self.slotMask
        while tags[slot] != 0 {
            let index = Int(slots[slot])
            if keys[index] == key { return body(&words[index]) }
            slot = (slot + 1) & Self.slotMask
        }
        precondition(count < capacity, "the table is at most half full")
        tags[slot] = Self.tag(hash)
        slots[slot] = UInt16(truncatingIfNeeded: count)
        keys[count] = key
        var word = VaderWord()
        if spelling.containsContractedNot { word.flags.insert(.negation) }
        body(&word)
        words[count] = word
        count += 1
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether "n't" stands anywhere in it, in capitals or small letters.
    var containsContractedNot: Bool {
        guard count >= 3 else { return false }
        for index in 1..<count - 1 where self[index] == UInt8(ascii: "'") {
            if self[index - 1] | 0x20 == UInt8(ascii: "n") && self[index + 1] | 0x20 == UInt8(ascii: "t") {
                return true
            }
        }
        return false
    }
}
