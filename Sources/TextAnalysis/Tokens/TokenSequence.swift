/// The tokens of a text, as a model reads them; its memory is used again for the next text.
package struct TokenSequence {
    /// Numbers in the vocabulary. The first and the last are the model's own marks.
    package internal(set) var ids: [Int32] = []
    /// Where in the text each token begins and ends, in bytes; empty for the model's own marks.
    package internal(set) var spans: [Range<Int32>] = []
    /// Whether a token begins a word: a run between blanks and punctuation, or a punctuation mark.
    package internal(set) var isWordStart: [Bool] = []
    /// How each token's word is written, where its letters are no longer seen.
    package internal(set) var shapes: [WordShape] = []
    /// Bytes of the word at hand, and which bytes of the text each of them comes from.
    var word = TokenWord()

    package init() {}

    /// Tokens, the model's own marks among them.
    package var count: Int { ids.count }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        spans.removeAll(keepingCapacity: true)
        isWordStart.removeAll(keepingCapacity: true)
        shapes.removeAll(keepingCapacity: true)
        word.removeAll()
    }

    mutating func append(_ id: Int32, _ span: Range<Int32>, isWordStart: Bool, _ shape: WordShape = .small) {
        ids.append(id)
        spans.append(span)
        self.isWordStart.append(isWordStart)
        shapes.append(shape)
    }

    /// Moves the spans to other bytes.
    mutating func mapSpans(_ place: (Int32) -> Int32) {
        for index in spans.indices where !spans[index].isEmpty {
            spans[index] = place(spans[index].lowerBound)..<place(spans[index].upperBound)
        }
    }

    /// Takes tokens off the end.
    mutating func truncate(to count: Int) {
        guard count < ids.count else { return }
        ids.removeLast(ids.count - count)
        spans.removeLast(spans.count - count)
        isWordStart.removeLast(isWordStart.count - count)
        shapes.removeLast(shapes.count - count)
    }
}

/// A word in the form in which the vocabulary has it.
struct TokenWord {
    private(set) var bytes: [UInt8] = []
    /// For each byte where the character that it comes from begins, and where it ends.
    private(set) var starts: [Int32] = []
    private(set) var ends: [Int32] = []
    private(set) var characterCount = 0

    var isEmpty: Bool { bytes.isEmpty }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        characterCount = 0
    }

    /// Appends the byte of a character that is ASCII.
    @inline(__always)
    mutating func append(_ byte: UInt8, _ start: Int, _ end: Int) {
        bytes.append(byte)
        starts.append(Int32(truncatingIfNeeded: start))
        ends.append(Int32(truncatingIfNeeded: end))
        characterCount += 1
    }

    /// Appends a character.
    mutating func append(point: UInt32, _ start: Int, _ end: Int) {
        let character = FoldedCharacter(point)
        for index in 0..<character.length {
            bytes.append(character[index])
            starts.append(Int32(truncatingIfNeeded: start))
            ends.append(Int32(truncatingIfNeeded: end))
        }
        characterCount += 1
    }
}

/// How a word is written: what an uncased vocabulary does not show.
package enum WordShape: UInt8, Sendable {
    /// No capital of ASCII.
    case small = 0
    /// A capital at the beginning, and no other.
    case title = 1
    /// Two capitals or more, and no small letter.
    case capitals = 2
    /// All else.
    case mixed = 3

    init(_ word: UnsafeBufferPointer<UInt8>.SubSequence) {
        var (capitals, smalls) = (0, 0)
        for byte in word {
            if byte &- 0x41 < 26 { capitals += 1 }
            if byte &- 0x61 < 26 { smalls += 1 }
        }
        if capitals == 0 {
            self = .small
        } else if capitals == 1, let first = word.first, first &- 0x41 < 26 {
            self = .title
        } else if capitals > 1, smalls == 0 {
            self = .capitals
        } else {
            self = .mixed
        }
    }
}
