/// Splits a text into word pieces as uncased BERT models read it (Devlin et al. 2018; Wu et al. 2016, section 4.1: the
/// longest piece first). The numbers equal those of the reference tokenizer. Immutable, and shared by threads.
package struct WordPieceTokenizer: Sendable {
    /// Longer words, in characters, are one unknown piece.
    private static let wordMax = 100

    let vocabulary: WordPieceVocabulary
    private let characters = UncasedCharacters.shared

    package init(_ vocabulary: WordPieceVocabulary) {
        self.vocabulary = vocabulary
    }

    /// The tokens of a text; they replace those in the sequence.
    /// - Parameter limit: the most tokens, the marks before and behind the text among them; at least 2.
    package func tokenize(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int, into sequence: inout TokenSequence) {
        sequence.removeAll()
        sequence.append(vocabulary.start, 0..<0, isWordStart: false)
        var index = 0
        while index < bytes.count, sequence.count < limit {
            let (point, length) = UTF8Scalar.decode(bytes, at: index)
            let end = index + length
            let entry = characters.entry(point)
            switch entry.kind {
            case .dropped: break
            case .blank: finishWord(bytes, &sequence)
            case .single:
                finishWord(bytes, &sequence)
                append(bytes, point, entry, index, end, &sequence)
                finishWord(bytes, &sequence)
            case .letter: append(bytes, point, entry, index, end, &sequence)
            }
            index = end
        }
        finishWord(bytes, &sequence)
        sequence.truncate(to: limit - 1)
        sequence.append(vocabulary.end, 0..<0, isWordStart: false)
    }

    /// Appends a character to the word, in its uncased form. What is punctuation only once its accent is off stands
    /// alone too.
    @inline(__always)
    private func append(
        _ text: UnsafeBufferPointer<UInt8>, _ point: UInt32, _ entry: UncasedCharacters.Entry, _ start: Int,
        _ end: Int, _ sequence: inout TokenSequence
    ) {
        if entry.count == 0 {
            if point < 0x80 {
                sequence.word.append(UInt8(truncatingIfNeeded: point), start, end)
            } else {
                sequence.word.append(point: point, start, end)
            }
            return
        }
        for index in 0..<Int(entry.count) {
            let part = characters.replacement(entry, index)
            let isSingle = part < 0x110000 && characters.entry(part).kind == .single
            if isSingle { finishWord(text, &sequence) }
            sequence.word.append(point: part, start, end)
            if isSingle { finishWord(text, &sequence) }
        }
    }

    private func finishWord(_ text: UnsafeBufferPointer<UInt8>, _ sequence: inout TokenSequence) {
        if sequence.word.isEmpty { return }
        split(text, &sequence)
        sequence.word.removeAll()
    }

    private func split(_ text: UnsafeBufferPointer<UInt8>, _ sequence: inout TokenSequence) {
        let first = sequence.count
        let word = sequence.word
        let whole = word.starts[0]..<word.ends[word.bytes.count - 1]
        let shape = WordShape(text[Int(whole.lowerBound)..<Int(whole.upperBound)])
        guard word.characterCount <= Self.wordMax else {
            sequence.append(vocabulary.unknown, whole, isWordStart: true, shape)
            return
        }
        var position = 0
        while position < word.bytes.count {
            let trie = position == 0 ? vocabulary.beginnings : vocabulary.continuations
            var node = trie.root(word.bytes[position])
            var next = position + 1
            var found: (id: Int32, end: Int)?
            while node != 0 {
                let value = trie.nodes[node].value
                if value >= 0 { found = (value, next) }
                guard next < word.bytes.count else { break }
                node = trie.child(node, word.bytes[next])
                next += 1
            }
            guard let found else {
                sequence.truncate(to: first)
                sequence.append(vocabulary.unknown, whole, isWordStart: true, shape)
                return
            }
            sequence.append(
                found.id, word.starts[position]..<word.ends[found.end - 1], isWordStart: position == 0, shape)
            position = found.end
        }
    }
}
