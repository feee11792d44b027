/// Reads the phrases of a text: every run of a few neighbouring words.
///
/// Words are compared as near-duplicates are: case and accents do not count. A sentence's end, a comma, a mention and a
/// URL part words that are no neighbours; a hashtag is a word without its sign; apostrophes and hyphens within a word
/// belong to it. Its memory is used again for the next text.
package struct PhraseReader {
    /// Words beyond are not read: no post has them.
    private static let wordsMax = 1_024

    private let characters = UncasedCharacters.shared
    /// The words of the text, a blank between neighbours, so that a phrase is a piece of it.
    private var bytes: [UInt8] = []
    private var words: [Range<Int>] = []
    /// For each word the first that it is a neighbour of, directly or by others.
    private var runStarts: [Int] = []
    private var runStart = 0
    private var wordStart: Int?

    package init() {}

    /// Calls `take` with each phrase of `lengths` words, in order; a phrase that comes twice is told twice.
    package mutating func read(
        _ text: UnsafeBufferPointer<UInt8>, _ lengths: ClosedRange<Int>, _ take: (UnsafeRawBufferPointer) -> Void
    ) {
        bytes.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        runStarts.removeAll(keepingCapacity: true)
        (runStart, wordStart) = (0, nil)
        readWords(text)
        bytes.withUnsafeBytes { bytes in
            for last in words.indices {
                for length in lengths where last - length + 1 >= runStarts[last] {
                    let range = words[last - length + 1].lowerBound..<words[last].upperBound
                    take(UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
        }
    }

    private mutating func readWords(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < text.count, words.count < Self.wordsMax {
            if wordStart == nil, let end = Self.endOfForeign(text, index) {
                breakRun()
                index = end
                continue
            }
            let byte = text[index]
            if byte < 0x80 {
                take(UInt32(byte), following: index + 1 < text.count ? text[index + 1] : 0)
                index += 1
            } else {
                let (point, length) = UTF8Scalar.decode(text, at: index)
                take(point, following: index + length < text.count ? text[index + length] : 0)
                index += length
            }
        }
        endWord()
    }

    private mutating func take(_ point: UInt32, following: UInt8) {
        let entry = characters.entry(point)
        switch entry.kind {
        case .dropped: break
        case .blank: endWord()
        case .letter:
            if entry.count == 0 { return append(point) }
            for index in 0..<Int(entry.count) { append(characters.replacement(entry, index)) }
        case .single:
            if UncasedCharacters.isIdeograph(point) {
                endWord()
                append(point)
                endWord()
            } else if wordStart != nil, Self.joins(point), Self.isLetter(following) {
                append(point == 0x2019 ? 0x27 : point)
            } else if point == 0x23 {
                endWord()
            } else {
                breakRun()
            }
        }
    }

    /// Appends a character to the word, in UTF-8.
    private mutating func append(_ point: UInt32) {
        if wordStart == nil {
            if !words.isEmpty { bytes.append(UInt8(ascii: " ")) }
            wordStart = bytes.count
        }
        if point < 0x80 { return bytes.append(UInt8(truncatingIfNeeded: point)) }
        guard let scalar = Unicode.Scalar(point) else { return }
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func endWord() {
        guard let start = wordStart else { return }
        wordStart = nil
        words.append(start..<bytes.count)
        runStarts.append(runStart)
    }

    private mutating func breakRun() {
        endWord()
        runStart = words.count
    }

    /// Apostrophes, hyphens and underscores.
    private static func joins(_ point: UInt32) -> Bool {
        point == 0x27 || point == 0x2019 || point == 0x2D || point == 0x5F
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }

    /// Where a URL or a mention ends, if one begins here.
    private static func endOfForeign(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        switch text[start] {
        case UInt8(ascii: "@"):
            var end = start + 1
            while end < text.count, text[end] == 0x5F || isLetter(text[end]) { end += 1 }
            return end > start + 1 ? end : nil
        case UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "w"), UInt8(ascii: "W"):
            guard begins(text, start, "http://") || begins(text, start, "https://") || begins(text, start, "www.")
            else {
                return nil
            }
            var end = start
            while end < text.count, text[end] > 0x20 { end += 1 }
            return end
        default: return nil
        }
    }

    private static func begins(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ word: StaticString) -> Bool {
        guard start + word.utf8CodeUnitCount <= text.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where UTF8Text.lower(text[start + offset]) != word.utf8Start[offset] {
            return false
        }
        return true
    }
}
