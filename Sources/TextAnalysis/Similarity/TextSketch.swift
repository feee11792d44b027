import Primitives

/// What stands for a text when near-duplicates are looked for: the set of its words, and keys of which near-duplicates
/// share at least one. Its memory is used again for the next text.
///
/// A text is compared without what changes when it is passed on: a leading `RT @name:`, mentions, URLs, case, accents,
/// punctuation. Its keys are one of the whole text; one of each half of its words, since a single change spares one of
/// them; and bands of MinHash values (Broder 1997) of its pairs of neighbouring words, as locality-sensitive hashing
/// wants them (Indyk and Motwani 1998): texts of which the share `s` of pairs is common meet in one of the bands with a
/// chance of 1 - (1 - s³)⁸.
package struct TextSketch {
    private static let bands = 8
    private static let rows = 3
    private static let fnvOffset: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Words beyond are not compared.
    private static let wordsMax = 1_024

    private static let dropped: UInt8 = 0
    private static let parting: UInt8 = 1
    /// What becomes of each ASCII character, as `UncasedCharacters` says: its small letter, or one of these two.
    private static let asciiTable = ConstantTable<UInt8>(
        (0..<0x80).map { (point: UInt32) in
            let entry = UncasedCharacters.shared.entry(point)
            switch entry.kind {
            case .dropped: return dropped
            case .blank, .single: return parting
            case .letter where entry.count == 0: return UInt8(point)
            case .letter: return UInt8(truncatingIfNeeded: UncasedCharacters.shared.replacement(entry, 0))
            }
        })

    /// The hashes of the different words, ascending.
    package private(set) var words: [UInt32] = []
    /// The whole text's first. Keys of different kinds differ.
    package private(set) var keys: [UInt64] = []

    private let characters = UncasedCharacters.shared
    private let ascii = asciiTable
    private var sequence: [UInt64] = []
    /// The hash of the word so far: FNV-1a.
    private var word = fnvOffset
    private var isInWord = false
    private var least = [UInt32](repeating: 0, count: bands * rows)

    package init() {}

    /// Sketches a text, in place of the one before.
    package mutating func sketch(_ text: UnsafeBufferPointer<UInt8>) {
        sequence.removeAll(keepingCapacity: true)
        readWords(text)
        if sequence.isEmpty {
            // Nothing but links, names and signs: only the same bytes are the same text.
            sequence.append(Hashing.hash64(UnsafeRawBufferPointer(text), seed: 1))
        }
        words.removeAll(keepingCapacity: true)
        for hash in sequence { words.append(UInt32(truncatingIfNeeded: hash >> 32)) }
        words.sort()
        var count = 0
        for index in words.indices where index == 0 || words[index] != words[index - 1] {
            words[count] = words[index]
            count += 1
        }
        words.removeLast(words.count - count)
        makeKeys()
    }

    /// The share of the words of two texts that both have (Jaccard).
    package static func similarity(_ left: UnsafeBufferPointer<UInt32>, _ right: UnsafeBufferPointer<UInt32>) -> Double
    {
        var (first, second, common) = (0, 0, 0)
        while first < left.count, second < right.count {
            let (a, b) = (left[first], right[second])
            if a == b { common += 1 }
            if a <= b { first += 1 }
            if b <= a { second += 1 }
        }
        let all = left.count + right.count - common
        return all == 0 ? 1 : Double(common) / Double(all)
    }

    private mutating func makeKeys() {
        keys.removeAll(keepingCapacity: true)
        keys.append(key(0, sequence[...]))
        let half = sequence.count / 2
        // A half of one word says too little.
        if half >= 2 {
            keys.append(key(1, sequence[..<half]))
            keys.append(key(2, sequence[(sequence.count - half)...]))
        }
        guard sequence.count >= 3 else { return }
        findLeast()
        for band in 0..<Self.bands {
            var hash = UInt64(band + 3)
            for row in 0..<Self.rows { hash = Hashing.mix(hash &* 31 ^ UInt64(least[band * Self.rows + row])) }
            keys.append(hash)
        }
    }

    /// The least value of the pairs of neighbouring words under each hash function.
    private mutating func findLeast() {
        let sequence = sequence
        least.withUnsafeMutableBufferPointer { least in
            least.update(repeating: .max)
            for index in 1..<sequence.count {
                let pair = Hashing.mix(sequence[index - 1] &* 0x9E37_79B9_7F4A_7C15 ^ sequence[index])
                // A family of hash functions out of one: Kirsch and Mitzenmacher 2006.
                var value = UInt32(truncatingIfNeeded: pair)
                let step = UInt32(truncatingIfNeeded: pair >> 32) | 1
                for index in least.indices {
                    var mixed = value
                    mixed = (mixed ^ mixed >> 15) &* 0x2C1B_3C6D
                    mixed ^= mixed >> 12
                    least[index] = min(least[index], mixed)
                    value = value &+ step
                }
            }
        }
    }

    private func key(_ kind: UInt64, _ words: ArraySlice<UInt64>) -> UInt64 {
        var hash = kind
        for word in words { hash = Hashing.mix(hash &* 31 ^ word) }
        return hash
    }
}

// MARK: words

extension TextSketch {
    private mutating func readWords(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < text.count, sequence.count < Self.wordsMax {
            let byte = text[index]
            if !isInWord, let end = Self.endOfUncompared(text, index, isFirst: sequence.isEmpty) {
                index = end
                continue
            }
            if byte < 0x80 {
                // Most posts are nothing but this.
                switch ascii[Int(byte)] {
                case Self.dropped: break
                case Self.parting: finishWord()
                case let letter: extend(UInt32(letter))
                }
                index += 1
            } else {
                let (point, length) = UTF8Scalar.decode(text, at: index)
                take(point)
                index += length
            }
        }
        finishWord()
    }

    private mutating func take(_ point: UInt32) {
        let entry = characters.entry(point)
        switch entry.kind {
        case .dropped: break
        case .blank: finishWord()
        case .single:
            finishWord()
            // Ideographs are words; punctuation is nothing.
            if UncasedCharacters.isIdeograph(point) {
                extend(point)
                finishWord()
            }
        case .letter:
            if entry.count == 0 { return extend(point) }
            for index in 0..<Int(entry.count) { extend(characters.replacement(entry, index)) }
        }
    }

    @inline(__always)
    private mutating func extend(_ point: UInt32) {
        isInWord = true
        word = (word ^ UInt64(point)) &* 0x0000_0100_0000_01B3
    }

    private mutating func finishWord() {
        if isInWord { sequence.append(Hashing.mix(word)) }
        word = Self.fnvOffset
        isInWord = false
    }

    /// Where a part that is not compared ends, if one begins here: a URL, a mention, `RT` before a mention.
    private static func endOfUncompared(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, isFirst: Bool) -> Int? {
        switch text[start] {
        case UInt8(ascii: "@"): return nameEnd(text, start + 1)
        case UInt8(ascii: "h"), UInt8(ascii: "H"):
            guard starts(text, start, "http://") || starts(text, start, "https://") else { return nil }
            return blank(text, start)
        case UInt8(ascii: "R") where isFirst:
            guard starts(text, start, "rt @") else { return nil }
            return nameEnd(text, start + 4)
        default: return nil
        }
    }

    /// Whether the text goes on with a word, given in lowercase; capitals count as small letters.
    private static func starts(_ text: UnsafeBufferPointer<UInt8>, _ index: Int, _ word: StaticString) -> Bool {
        guard index + word.utf8CodeUnitCount <= text.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where UTF8Text.lower(text[index + offset]) != word.utf8Start[offset] {
            return false
        }
        return true
    }

    private static func blank(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < text.count, text[end] > 0x20 { end += 1 }
        return end
    }

    private static func nameEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var end = start
        while end < text.count, text[end] == 0x5F || text[end] &- 0x30 < 10 || (text[end] | 0x20) &- 0x61 < 26 {
            end += 1
        }
        return end > start ? end : nil
    }
}
