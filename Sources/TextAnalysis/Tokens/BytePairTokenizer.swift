/// Splits a text into the tokens of a byte-level BPE model as GPT-2 and RoBERTa read it (Sennrich et al. 2016; Radford
/// et al. 2019). Immutable, and shared by threads.
package struct BytePairTokenizer: Sendable {
    let vocabulary: BytePairVocabulary

    package init(_ vocabulary: BytePairVocabulary) {
        self.vocabulary = vocabulary
    }

    /// The tokens of a text; they replace those in the sequence.
    /// - Parameter limit: the most tokens, the marks before and behind the text among them; at least 2.
    package func tokenize(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int, into sequence: inout TokenSequence) {
        sequence.removeAll()
        sequence.append(vocabulary.start, 0..<0, isWordStart: false)
        var index = 0
        while index < bytes.count, sequence.count < limit {
            let end = Self.wordEnd(bytes, index)
            let startsWithoutBlank = index == 0 && bytes[0] != 0x20 && vocabulary.addsBlank
            append(bytes, index..<end, blank: startsWithoutBlank, &sequence)
            index = end
        }
        sequence.truncate(to: limit - 1)
        sequence.append(vocabulary.end, 0..<0, isWordStart: false)
    }

    private enum Kind {
        case letter, number, blank, other
    }

    private static func kind(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> (Kind, length: Int) {
        let (point, length) = UTF8Scalar.decode(bytes, at: index)
        if point < 0x80 {
            let byte = UInt8(truncatingIfNeeded: point)
            if (byte | 0x20) &- 0x61 < 26 { return (.letter, 1) }
            if byte &- 0x30 < 10 { return (.number, 1) }
            return (byte == 0x20 || byte &- 0x09 < 5 ? .blank : .other, 1)
        }
        guard let properties = Unicode.Scalar(point)?.properties else { return (.other, length) }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return (.letter, length)
        case .decimalNumber, .letterNumber, .otherNumber: return (.number, length)
        default: return (properties.isWhitespace ? .blank : .other, length)
        }
    }

    /// Where a word that starts at a place ends: a contraction's end, or a run of letters, of digits or of other signs
    /// with one space before it, or blanks; the last blank before a word belongs to that.
    private static func wordEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        if bytes[start] == UInt8(ascii: "'"), let end = contractionEnd(bytes, start + 1) { return end }
        let first = bytes[start] == 0x20 ? start + 1 : start
        if first < bytes.count {
            let (kind, length) = kind(bytes, first)
            if kind != .blank { return runEnd(bytes, first + length, kind) }
        }
        var end = start
        var last = start
        while end < bytes.count {
            let (kind, length) = kind(bytes, end)
            guard kind == .blank else { break }
            last = end
            end += length
        }
        return end == bytes.count || last == start ? end : last
    }

    private static func runEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ wanted: Kind) -> Int {
        var end = start
        while end < bytes.count {
            let (kind, length) = kind(bytes, end)
            guard kind == wanted else { break }
            end += length
        }
        return end
    }

    private static let contractions: [StaticString] = ["s", "t", "re", "ve", "m", "ll", "d"]

    private static func contractionEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        for word in contractions where start + word.utf8CodeUnitCount <= bytes.count {
            if (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[start + $0] == word.utf8Start[$0] }) {
                return start + word.utf8CodeUnitCount
            }
        }
        return nil
    }

    /// A part of a word: a token, where its bytes end, and the parts beside it.
    private struct Part {
        var token: Int32
        var end: Int
        var before: Int
        /// The count of the parts behind the last.
        var next: Int
        /// Whether the part before has taken it in.
        var isMerged = false
    }

    /// Merges the bytes of a word, the pair that was learnt first first.
    private func append(
        _ bytes: UnsafeBufferPointer<UInt8>, _ word: Range<Int>, blank: Bool, _ sequence: inout TokenSequence
    ) {
        var parts: [Part] = []
        parts.reserveCapacity(word.count + 1)
        if blank { parts.append(Part(token: vocabulary.bytes[0x20], end: word.lowerBound, before: -1, next: 1)) }
        for index in word {
            parts.append(
                Part(
                    token: vocabulary.bytes[Int(bytes[index])], end: index + 1, before: parts.count - 1,
                    next: parts.count + 1))
        }
        merge(&parts)
        var start = word.lowerBound
        var index = 0
        while index < parts.count {
            let part = parts[index]
            // The blank before a word is not of the word; alone it stands for the first byte behind it.
            let hasBlank = index == 0 && bytes[start] == 0x20 && part.end > start && word.upperBound > start + 1
            let first = hasBlank ? start + 1 : start
            sequence.append(
                part.token,
                Int32(truncatingIfNeeded: first)..<Int32(truncatingIfNeeded: max(part.end, first + (hasBlank ? 1 : 0))),
                isWordStart: index == 0)
            start = part.end
            index = part.next
        }
    }

    /// Merges neighbours until no two of them are a pair of the vocabulary.
    private func merge(_ parts: inout [Part]) {
        var queue = MergeQueue()
        for place in parts.indices.dropLast() { offer(place, parts, &queue) }
        while let (rank, place) = queue.removeFirst() {
            // One of the two may have become part of another since.
            guard !parts[place].isMerged, let merge = mergeBehind(place, parts), merge.rank == rank else { continue }
            let right = parts[place].next
            parts[place].token = merge.token
            parts[place].end = parts[right].end
            parts[place].next = parts[right].next
            parts[right].isMerged = true
            if parts[right].next < parts.count { parts[parts[right].next].before = place }
            offer(place, parts, &queue)
            if parts[place].before >= 0 { offer(parts[place].before, parts, &queue) }
        }
    }

    /// What a part and the one behind it become.
    private func mergeBehind(_ place: Int, _ parts: [Part]) -> BytePairVocabulary.Merge? {
        let next = parts[place].next
        guard next < parts.count else { return nil }
        return vocabulary.merges[BytePairVocabulary.key(parts[place].token, parts[next].token)]
    }

    private func offer(_ place: Int, _ parts: [Part], _ queue: inout MergeQueue) {
        if let merge = mergeBehind(place, parts) { queue.insert(rank: merge.rank, place: place) }
    }
}
