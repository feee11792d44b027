package import Primitives

/// The word pieces that a BERT model knows, by number: the lines of its `vocab.txt`.
package struct WordPieceVocabulary: Sendable {
    /// Pieces, the special ones among them.
    package let count: Int
    let unknown: Int32
    /// The mark before a text, and the one behind it.
    let start: Int32
    let end: Int32
    /// Pieces that begin a word, and pieces that go on with one (`##` in the file).
    let beginnings: AliasTrie
    let continuations: AliasTrie

    /// Reads a `vocab.txt`: a piece a line, numbered from 0.
    /// - Throws: `model.vocabulary`: a special piece is missing, or no piece goes on with a word.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) {
        var beginnings: [(bytes: [UInt8], value: Int32)] = []
        var continuations: [(bytes: [UInt8], value: Int32)] = []
        var special: [String: Int32] = [:]
        var number: Int32 = 0
        var lineStart = 0
        while lineStart < bytes.count {
            var lineEnd = lineStart
            while lineEnd < bytes.count, bytes[lineEnd] != 0x0A { lineEnd += 1 }
            var line = bytes[lineStart..<lineEnd]
            if line.last == 0x0D { line = line.dropLast() }
            if line.first == UInt8(ascii: "["), line.last == UInt8(ascii: "]"), line.count > 3 {
                special[String(decoding: line, as: UTF8.self)] = number
            } else if line.count > 2, line.starts(with: [0x23, 0x23]) {
                continuations.append((Array(line.dropFirst(2)), number))
            } else if !line.isEmpty {
                beginnings.append((Array(line), number))
            }
            number += 1
            lineStart = lineEnd + 1
        }
        guard let unknown = special["[UNK]"], let start = special["[CLS]"], let end = special["[SEP]"] else {
            throw Fault(
                "model.vocabulary", "the vocabulary has no [UNK], [CLS] and [SEP]",
                hint: "a BERT vocabulary has one piece a line, these three among them")
        }
        guard !continuations.isEmpty, !beginnings.isEmpty else {
            throw Fault("model.vocabulary", "the vocabulary has no pieces that begin with ##")
        }
        count = Int(number)
        (self.unknown, self.start, self.end) = (unknown, start, end)
        self.beginnings = AliasTrie(Self.sorted(beginnings))
        self.continuations = AliasTrie(Self.sorted(continuations))
    }

    /// In the order of their bytes; of pieces that come twice the last counts, as in the reference tokenizer.
    private static func sorted(_ keys: [(bytes: [UInt8], value: Int32)]) -> [(bytes: [UInt8], value: Int32)] {
        let ordered = keys.sorted { left, right in
            left.bytes == right.bytes
                ? left.value > right.value : left.bytes.lexicographicallyPrecedes(right.bytes)
        }
        var unique: [(bytes: [UInt8], value: Int32)] = []
        for key in ordered where unique.last?.bytes != key.bytes { unique.append(key) }
        return unique
    }
}
