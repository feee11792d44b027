import Testing

@testable import TextAnalysis

@Suite("Hashtags are split into words")
struct HashtagTests {
    private func words(_ tag: String, _ vocabulary: WordPieceVocabulary? = nil) -> String {
        var tag = tag
        var words: [UInt8] = []
        let segmenter = HashtagSegmenter(vocabulary: vocabulary)
        tag.withUTF8 { segmenter.appendWords($0, to: &words) }
        return String(decoding: words, as: UTF8.self)
    }

    @Test(
        "at capitals, digits and underscores",
        arguments: [
            ("IHateDelays", "i hate delays"), ("BREXIT", "brexit"), ("BBCNews", "bbc news"),
            ("iPhone15Pro", "i phone 15 pro"),
            ("big_data", "big data"), ("WM2026", "wm 2026"), ("ÜberAlles", "über alles"), ("東京", "東京"), ("_x_", "x"),
            ("small", "small"),
        ])
    func cases(tag: String, expected: String) {
        #expect(words(tag) == expected)
    }

    @Test(
        "tags in small letters by the words of a vocabulary",
        .enabled(if: ShippedModels.exist, "needs the folder models"),
        arguments: [
            ("ihatedelays", "i hate delays"), ("blacklivesmatter", "black lives matter"), ("football", "football"),
            ("throwbackthursday", "throw back thursday"), ("makeamericagreatagain", "make america great again"),
            ("zzqx", "zzqx"), ("savethenhs", "save the nhs"), ("brexit", "brexit"), ("covid", "covid"),
            ("tbt", "tbt"), ("gameofthrones", "gameofthrones"),
        ])
    func vocabulary(tag: String, expected: String) throws {
        let vocabulary = try ShippedModels.read("posts-2/vocab.txt").withUnsafeBufferPointer { bytes throws in
            try WordPieceVocabulary(bytes)
        }
        #expect(words(tag, vocabulary) == expected)
    }
}
