import Primitives

/// The tokenizer of a model, of whichever kind.
package enum TextTokenizer: Sendable {
    case wordPiece(WordPieceTokenizer)
    case bytePair(BytePairTokenizer)

    /// The tokenizer of a model's folder.
    /// - Throws: `model.file_missing`, `model.vocabulary`.
    init(reading read: (_ name: String) throws(Fault) -> [UInt8]?) throws(Fault) {
        if let pieces = try read("vocab.txt") {
            try Self.checkUncased(try read("tokenizer_config.json"))
            self = .wordPiece(
                WordPieceTokenizer(
                    try pieces.withUnsafeBufferPointer { bytes throws(Fault) in try WordPieceVocabulary(bytes) }))
        } else if let tokens = try read("vocab.json"), let merges = try read("merges.txt") {
            self = .bytePair(
                BytePairTokenizer(
                    try tokens.withUnsafeBufferPointer { tokens throws(Fault) in
                        try merges.withUnsafeBufferPointer { merges throws(Fault) in
                            try BytePairVocabulary(vocabulary: tokens, merges: merges)
                        }
                    }))
        } else if let tokenizer = try read("tokenizer.json") {
            let tree = try Self.json(tokenizer, "tokenizer.json")
            if tree["model"]?["type"]?.string == "WordPiece" {
                self = .wordPiece(WordPieceTokenizer(try WordPieceVocabulary(tokenizer: tree)))
            } else {
                self = .bytePair(BytePairTokenizer(try BytePairVocabulary(tokenizer: tree)))
            }
        } else {
            throw Fault(
                "model.file_missing", "the model's folder has no vocabulary",
                hint: "there must be vocab.txt (WordPiece), or vocab.json and merges.txt (BPE), or tokenizer.json")
        }
    }

    /// - Throws: `model.vocabulary`: the settings ask for what the uncased rules do not do.
    private static func checkUncased(_ settings: [UInt8]?) throws(Fault) {
        guard let settings else { return }
        let tree = try json(settings, "tokenizer_config.json")
        for key in ["do_lower_case", "strip_accents", "tokenize_chinese_chars"] where tree[key]?.bool == false {
            throw WordPieceVocabulary.cased("`\(key)` is false in tokenizer_config.json")
        }
    }

    private static func json(_ bytes: [UInt8], _ name: String) throws(Fault) -> JSONTree {
        try bytes.withUnsafeBufferPointer { bytes throws(Fault) in try BytePairVocabulary.json(bytes, name) }
    }

    /// Tokens of the vocabulary.
    var count: Int {
        switch self {
        case .wordPiece(let tokenizer): tokenizer.vocabulary.count
        case .bytePair(let tokenizer): tokenizer.vocabulary.count
        }
    }

    /// The tokens of a text; they replace those in the sequence.
    /// - Parameter limit: the most tokens, the marks before and behind the text among them; at least 2.
    package func tokenize(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int, into sequence: inout TokenSequence) {
        switch self {
        case .wordPiece(let tokenizer): tokenizer.tokenize(bytes, limit: limit, into: &sequence)
        case .bytePair(let tokenizer): tokenizer.tokenize(bytes, limit: limit, into: &sequence)
        }
    }
}
