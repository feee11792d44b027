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
    /// - Throws: `model.vocabulary`: a special piece is missing, no piece goes on with a word, or capitals count.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) {
        var pieces: [[UInt8]] = []
        var lineStart = 0
        while lineStart < bytes.count {
            var lineEnd = lineStart
            while lineEnd < bytes.count, bytes[lineEnd] != 0x0A { lineEnd += 1 }
            let line = bytes[lineStart..<lineEnd]
            pieces.append(Array(line.last == 0x0D ? line.dropLast() : line))
            lineStart = lineEnd + 1
        }
        try self.init(pieces)
    }

    /// Reads the model of a `tokenizer.json`.
    /// - Throws: `model.vocabulary`: as above, or it splits texts in another way than uncased BERT.
    init(tokenizer: JSONTree) throws(Fault) {
        let (rule, model) = (tokenizer["normalizer"], tokenizer["model"])
        let isPlain = ["clean_text", "handle_chinese_chars", "strip_accents"].allSatisfy { rule?[$0]?.bool != false }
        guard rule?["type"]?.string == "BertNormalizer", isPlain, rule?["lowercase"]?.bool != false else {
            throw Self.cased("tokenizer.json asks for another normalizer than lower-cased BERT's")
        }
        guard tokenizer["pre_tokenizer"]?["type"]?.string == "BertPreTokenizer",
            model?["continuing_subword_prefix"]?.string ?? "##" == "##", let tokens = model?["vocab"]?.object
        else { throw Fault("model.vocabulary", "tokenizer.json splits texts in another way than BERT") }
        var pieces: [[UInt8]] = []
        for (piece, value) in tokens {
            guard let number = value.integer, (0..<Self.countMax).contains(number) else {
                throw Fault("model.vocabulary", "token `\(piece)` of tokenizer.json has no number")
            }
            if number >= pieces.count { pieces += Array(repeating: [], count: number + 1 - pieces.count) }
            pieces[number] = Array(piece.utf8)
        }
        try self.init(pieces)
    }

    private static let countMax = 1_000_000

    /// - Parameter pieces: by number; an empty one is none.
    private init(_ pieces: [[UInt8]]) throws(Fault) {
        var beginnings: [(bytes: [UInt8], value: Int32)] = []
        var continuations: [(bytes: [UInt8], value: Int32)] = []
        var special: [String: Int32] = [:]
        for (index, piece) in pieces.enumerated() where !piece.isEmpty {
            let number = Int32(truncatingIfNeeded: index)
            if piece.first == UInt8(ascii: "["), piece.last == UInt8(ascii: "]"), piece.count > 3 {
                special[String(decoding: piece, as: UTF8.self)] = number
                continue
            }
            let isContinuation = piece.count > 2 && piece.starts(with: [0x23, 0x23])
            let letters = isContinuation ? Array(piece.dropFirst(2)) : piece
            guard letters[0] &- 0x41 >= 26 else {
                throw Self.cased("the vocabulary has the piece `\(String(decoding: piece, as: UTF8.self))`")
            }
            if isContinuation { continuations.append((letters, number)) } else { beginnings.append((letters, number)) }
        }
        guard let unknown = special["[UNK]"], let start = special["[CLS]"], let end = special["[SEP]"] else {
            throw Fault(
                "model.vocabulary", "the vocabulary has no [UNK], [CLS] and [SEP]",
                hint: "a BERT vocabulary has one piece a line, these three among them")
        }
        guard !continuations.isEmpty, !beginnings.isEmpty else {
            throw Fault("model.vocabulary", "the vocabulary has no pieces that begin with ##")
        }
        count = pieces.count
        (self.unknown, self.start, self.end) = (unknown, start, end)
        self.beginnings = AliasTrie(Self.sorted(beginnings))
        self.continuations = AliasTrie(Self.sorted(continuations))
    }

    /// What is said of a model for which `Paris` and `paris` are two words: read as one they would be wrong unseen.
    static func cased(_ detail: String) -> Fault {
        Fault(
            "model.vocabulary", "the model tells capitals or accents apart, which WordPiece does not here",
            detail: detail, hint: "take the uncased model of its kind, or one with byte-level BPE such as RoBERTa")
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
