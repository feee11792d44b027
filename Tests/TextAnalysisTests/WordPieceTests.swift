import Testing

@testable import TextAnalysis

@Suite("WordPiece")
struct WordPieceTests {
    private static let vocabulary = """
        [PAD]
        [UNK]
        [CLS]
        [SEP]
        un
        ##aff
        ##able
        ,
        !
        caf
        ##e
        日
        ##s
        """

    private func tokenize(_ text: String, limit: Int = 100) throws -> TokenSequence {
        var lines = Self.vocabulary
        let vocabulary = try lines.withUTF8 { bytes throws in try WordPieceVocabulary(bytes) }
        var sequence = TokenSequence()
        var text = text
        text.withUTF8 { WordPieceTokenizer(vocabulary).tokenize($0, limit: limit, into: &sequence) }
        return sequence
    }

    @Test("the longest piece counts, and what the vocabulary cannot spell is one unknown piece")
    func pieces() throws {
        #expect(try tokenize("UNaffable, unaffabl!").ids == [2, 4, 5, 6, 7, 1, 8, 3])
    }

    @Test("accents come off, ideographs stand alone, controls are dropped")
    func uncased() throws {
        #expect(try tokenize("Cafés 日日 ca\u{0}f\u{200B}e").ids == [2, 9, 10, 12, 11, 11, 9, 10, 3])
    }

    @Test("each piece knows the bytes that it comes from")
    func spans() throws {
        let sequence = try tokenize("ü Café日")
        #expect(sequence.spans == [0..<0, 0..<2, 3..<6, 6..<8, 8..<11, 0..<0])
        #expect(sequence.isWordStart == [false, true, true, false, true, false])
    }

    @Test("a long text is cut, its last mark kept")
    func limit() throws {
        #expect(try tokenize("un un un un", limit: 4).ids == [2, 4, 4, 3])
        #expect(try tokenize("unaffable", limit: 3).ids == [2, 4, 3])
        #expect(try tokenize("", limit: 2).ids == [2, 3])
    }

    @Test("a word of more than a hundred characters is one unknown piece")
    func longWord() throws {
        #expect(try tokenize(String(repeating: "un", count: 50)).ids.count > 1)
        #expect(try tokenize(String(repeating: "s", count: 101)).ids == [2, 1, 3])
    }

    @Test("bytes that are no UTF-8 are left out")
    func brokenText() throws {
        var lines = Self.vocabulary
        let vocabulary = try lines.withUTF8 { bytes throws in try WordPieceVocabulary(bytes) }
        var sequence = TokenSequence()
        [0x75, 0xFF, 0x6E, 0xE2, 0x82].withUnsafeBufferPointer {
            WordPieceTokenizer(vocabulary).tokenize($0, limit: 9, into: &sequence)
        }
        #expect(sequence.ids == [2, 4, 3])
    }

    @Test(
        "the numbers equal those of the reference tokenizer on every golden text",
        .enabled(
            if: ReferenceTexts.exists("data/minilm-golden") && MiniLM.isThere,
            "needs the data folder beside the checkout, and the MiniLM weights: tools/setup --models"))
    func golden() throws {
        let vocabulary = try MiniLM.read("vocab.txt").withUnsafeBufferPointer { bytes throws in
            try WordPieceVocabulary(bytes)
        }
        let tokenizer = WordPieceTokenizer(vocabulary)
        var sequence = TokenSequence()
        var compared = 0
        for line in try GoldenLines.read("data/minilm-golden/minilm_wordpiece_ids.jsonl") {
            var text = try #require(line["text"]?.string)
            let ids = try #require(line["ids"]?.array).map { Int32($0.integer ?? -1) }
            text.withUTF8 { tokenizer.tokenize($0, limit: 100_000, into: &sequence) }
            #expect(sequence.ids == ids, "\(text)")
            compared += 1
        }
        #expect(compared == 2_800)
    }
}
