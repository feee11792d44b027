import Glibc

/// Splits a hashtag into the words that it was made of: `IHateDelays` is "i hate delays".
///
/// At underscores, where a small letter meets a capital, before the last of several capitals, and between letters and
/// digits. A tag of small letters only is split by a model of single words (the words of a WordPiece vocabulary, whose
/// order is that of their frequency: Zipf's law gives each its chance), the likeliest way.
package struct HashtagSegmenter: Sendable {
    private let vocabulary: WordPieceVocabulary?
    /// The number of the first word of the vocabulary in the order of frequency; before it are signs.
    private let firstWord: Int32
    private let characters = UncasedCharacters.shared

    /// Longer words are not looked for.
    private static let wordMax = 24
    /// What a letter costs that is no word: -ln of its chance.
    private static let letterCost = 14.0
    /// What `a` and `i` cost, dearer than their frequency: they are parts of many words.
    private static let articleCost = 7.0
    /// -ln of a chance that Zipf's law gives the first word, about.
    private static let firstCost = 2.3

    /// - Parameter model: whose vocabulary to use; without, tags of small letters stay whole.
    package init(_ model: EncoderModel?) {
        if case .wordPiece(let tokenizer)? = model?.tokenizer {
            self.init(vocabulary: tokenizer.vocabulary)
        } else {
            self.init(vocabulary: nil)
        }
    }

    init(vocabulary: WordPieceVocabulary?) {
        self.vocabulary = vocabulary
        let the = vocabulary?.beginnings.value(Array("the".utf8)) ?? -1
        firstWord = the >= 0 ? the : 0
    }

    /// Appends the words of a tag, given without its sign, in lowercase with a space between.
    package func appendWords(_ tag: UnsafeBufferPointer<UInt8>, to target: inout [UInt8]) {
        let parts = parts(tag)
        var isFirst = true
        for part in parts {
            let bytes = UnsafeBufferPointer(rebasing: tag[part])
            let words = parts.count == 1 ? split(bytes) : [0..<bytes.count]
            for word in words {
                if !isFirst { target.append(0x20) }
                isFirst = false
                TextCase.appendLowercase(UnsafeBufferPointer(rebasing: bytes[word]), to: &target)
            }
        }
    }

    private enum Kind {
        case small, capital, digit, separator
    }

    private func kind(_ tag: UnsafeBufferPointer<UInt8>, _ index: Int) -> (Kind, Int) {
        let (point, length) = UTF8Scalar.decode(tag, at: index)
        if point == 0x5F { return (.separator, length) }
        if point &- 0x30 < 10 { return (.digit, length) }
        return (LetterCase.shared.kind(of: point) == .capital ? .capital : .small, length)
    }

    private func parts(_ tag: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var index = 0
        var before: Kind?
        func close(_ end: Int) {
            if end > start { parts.append(start..<end) }
        }
        while index < tag.count {
            let (now, length) = kind(tag, index)
            let next = index + length < tag.count ? kind(tag, index + length).0 : .separator
            let begins =
                switch (before, now) {
                case (nil, _): false
                case (.capital?, .capital): next == .small
                case (.capital?, .small): false
                case (.small?, .capital), (.small?, .digit), (.capital?, .digit): true
                case (.digit?, .small), (.digit?, .capital): true
                default: false
                }
            if begins {
                close(index)
                start = index
            }
            if now == .separator {
                close(index)
                start = index + length
            }
            before = now == .separator ? nil : now
            index += length
        }
        close(tag.count)
        return parts
    }

    /// The likeliest words of a run of letters; the run itself if it is no ASCII.
    private func split(_ letters: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        let whole = [0..<letters.count]
        guard let vocabulary, letters.count > 1, letters.allSatisfy({ ($0 | 0x20) &- 0x61 < 26 }) else { return whole }
        var costs = [0.0] + [Double](repeating: .infinity, count: letters.count)
        var starts = [Int](repeating: 0, count: letters.count + 1)
        for start in letters.indices {
            if costs[start] + Self.letterCost < costs[start + 1] {
                costs[start + 1] = costs[start] + Self.letterCost
                starts[start + 1] = start
            }
            var node = vocabulary.beginnings.root(letters[start] | 0x20)
            var end = start + 1
            while node != 0 {
                if let cost = cost(vocabulary.beginnings.nodes[node].value, letters[start..<end]),
                    costs[start] + cost < costs[end]
                {
                    costs[end] = costs[start] + cost
                    starts[end] = start
                }
                guard end < letters.count, end - start < Self.wordMax else { break }
                node = vocabulary.beginnings.child(node, letters[end] | 0x20)
                end += 1
            }
        }
        var words: [Range<Int>] = []
        var end = letters.count
        while end > 0 {
            let word = starts[end]..<end
            // A tag of which a letter has to be spelled is a name that the vocabulary does not know.
            if word.count == 1, !Self.isWord(letters[word]) { return whole }
            words.append(word)
            end = word.lowerBound
        }
        return words.reversed()
    }

    /// What a word costs: -ln of its chance.
    private func cost(_ id: Int32, _ word: Slice<UnsafeBufferPointer<UInt8>>) -> Double? {
        guard id >= 0, word.count > 2 || Self.isWord(word) else { return nil }
        return word.count == 1 ? Self.articleCost : Self.firstCost + log(Double(max(0, id - firstWord) + 1))
    }

    /// Whether one letter or two are a word of their own: a vocabulary has many more, as parts of words (`br`).
    private static func isWord(_ letters: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        shortWords.contains(letters.reduce(0) { $0 << 8 | UInt16($1 | 0x20) })
    }

    private static let shortWords: Set<UInt16> = {
        var words: Set<UInt16> = []
        TableText.forEachWord(
            "a am an as at be by do dr eu go he hi i if in is it me my no of oh ok on or so to tv uk up us vs we"
        ) { word in
            words.insert(word.reduce(0) { $0 << 8 | UInt16($1) })
        }
        return words
    }()
}

extension AliasTrie {
    /// The value of a key, or less than 0.
    func value(_ key: [UInt8]) -> Int32 {
        guard let first = key.first else { return -1 }
        var node = root(first)
        for byte in key.dropFirst() where node != 0 { node = child(node, byte) }
        return node == 0 ? -1 : nodes[node].value
    }
}
