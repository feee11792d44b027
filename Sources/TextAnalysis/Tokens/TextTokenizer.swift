import Primitives

/// The tokenizer of a model, of whichever kind.
package enum TextTokenizer: Sendable {
    case wordPiece(WordPieceTokenizer)

    /// The tokenizer of a model's folder.
    /// - Throws: `model.file_missing`, `model.vocabulary`.
    init(
        _ family: EncoderConfiguration.Family, reading read: (_ name: String) throws(Fault) -> [UInt8]?
    ) throws(Fault) {
        guard let vocabulary = try read("vocab.txt") else {
            throw Fault(
                "model.file_missing", "the model's folder has no `vocab.txt`", hint: "a BERT model has a vocab.txt")
        }
        self = .wordPiece(
            WordPieceTokenizer(
                try vocabulary.withUnsafeBufferPointer { bytes throws(Fault) in try WordPieceVocabulary(bytes) }))
    }

    /// Tokens of the vocabulary.
    var count: Int {
        switch self {
        case .wordPiece(let tokenizer): tokenizer.vocabulary.count
        }
    }

    /// The tokens of a text; they replace those in the sequence.
    /// - Parameter limit: the most tokens, the marks before and behind the text among them; at least 2.
    package func tokenize(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int, into sequence: inout TokenSequence) {
        switch self {
        case .wordPiece(let tokenizer): tokenizer.tokenize(bytes, limit: limit, into: &sequence)
        }
    }
}
