/// Splits a prepared text into words and looks each up.
struct VaderTokenizer: @unchecked Sendable {
    // Sendable: written by `init` alone; the one there is lives as long as the process.

    /// What a byte can be, as bits, so that a word's bytes add up to what the word has.
    private enum Kind {
        static let space: UInt8 = 1
        static let punctuation: UInt8 = 2
        static let capital: UInt8 = 4
        static let small: UInt8 = 8
        static let apostrophe: UInt8 = 16
        /// Part of a character beyond ASCII.
        static let wide: UInt8 = 32
        /// Zero, which no known word holds: it would be taken for the end of a key.
        static let zero: UInt8 = 64
    }

    static let shared = VaderTokenizer()

    /// What each of the 256 bytes is.
    private let kinds: UnsafePointer<UInt8>
    private let letterCase = LetterCase.shared

    private init() {
        let kinds = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        for byte in UInt8.min...UInt8.max { (kinds + Int(byte)).initialize(to: Self.kind(of: byte)) }
        self.kinds = UnsafePointer(kinds)
    }

    private static func kind(of byte: UInt8) -> UInt8 {
        switch byte {
        case 0: Kind.zero
        // The separators of files, groups, records and units are white space to Python's `split`.
        case 0x09...0x0D, 0x1C...0x20: Kind.space
        case UInt8(ascii: "'"): Kind.punctuation | Kind.apostrophe
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Kind.capital
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Kind.small
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: Kind.punctuation
        case 0x80...0xFF: Kind.wide
        default: 0
        }
    }

    /// Appends the words of the text in `scratch` to it.
    ///
    /// - Returns: whether some but not all of them are in capitals.
    func split(_ scratch: inout VaderScratch, _ lexicon: VaderLexicon) -> Bool {
        let bytes = scratch.bytes
        let count = scratch.count
        var index = 0
        var capitals = 0
        while true {
            while index < count && kinds[Int(bytes[index])] & Kind.space != 0 { index += 1 }
            if index == count { break }
            let start = index
            var has: UInt8 = 0
            while index < count {
                let kind = kinds[Int(bytes[index])]
                if kind & Kind.space != 0 { break }
                has |= kind
                index += 1
            }
            let token = UnsafeBufferPointer(start: bytes + start, count: index - start)
            let word = look(has & Kind.punctuation != 0 ? stripped(token) : token, has, lexicon)
            if word.flags.contains(.capitals) { capitals += 1 }
            scratch.append(word)
        }
        return capitals > 0 && capitals < scratch.wordCount
    }

    /// A token without punctuation at its ends; the token itself if only one or two characters would be left, as it is
    /// likely to be an emoticon then.
    private func stripped(_ token: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = token.count
        while start < end && kinds[Int(token[start])] & Kind.punctuation != 0 { start += 1 }
        while start < end && kinds[Int(token[end - 1])] & Kind.punctuation != 0 { end -= 1 }
        var characters = 0
        var index = start
        while index < end && characters <= 2 {
            if token[index] & 0xC0 != 0x80 { characters += 1 }
            index += 1
        }
        return characters <= 2 ? token : UnsafeBufferPointer(rebasing: token[start..<end])
    }

    /// - Parameter has: the kinds of all bytes of the word.
    @inline(__always)
    private func look(_ spelling: UnsafeBufferPointer<UInt8>, _ has: UInt8, _ lexicon: VaderLexicon) -> VaderWord {
        var word = VaderWord()
        if spelling.count <= VaderLexicon.longestWord, has & (Kind.wide | Kind.zero) == 0,
            let found = lexicon.find(Self.key(spelling))
        {
            word = found
        } else if has & Kind.apostrophe != 0 && spelling.containsContractedNot {
            word.flags.insert(.negation)
        }
        if has & Kind.wide != 0 {
            if letterCase.isAllCapitals(spelling) { word.flags.insert(.capitals) }
        } else if has & (Kind.capital | Kind.small) == Kind.capital {
            word.flags.insert(.capitals)
        }
        return word
    }

    /// A word of at most 24 bytes in small letters. Reads up to 24 bytes from its start: the text is padded.
    @inline(__always)
    private static func key(_ word: UnsafeBufferPointer<UInt8>) -> VaderLexicon.Key {
        let bytes = UnsafeRawPointer(word.baseAddress.unsafelyUnwrapped)
        let count = word.count
        return VaderLexicon.Key(
            first: small(bytes, count),
            second: count > 8 ? small(bytes + 8, count - 8) : 0,
            third: count > 16 ? small(bytes + 16, count - 16) : 0)
    }

    /// The first `count` of eight bytes, capitals as small letters, the rest zero.
    @inline(__always)
    private static func small(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var value = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        if count < 8 { value &= (1 << (UInt64(count) &* 8)) &- 1 }
        // Each byte is ASCII: adding carries into its high bit from `A` on, and again from `[` on.
        let fromA = value &+ 0x3F3F_3F3F_3F3F_3F3F
        let aboveZ = value &+ 0x2525_2525_2525_2525
        return value | ((fromA ^ aboveZ) & 0x8080_8080_8080_8080) >> 2
    }
}
