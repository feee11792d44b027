import Testing

@testable import TextAnalysis

@Suite("A text is prepared as a model saw it in training")
struct TextPreparationTests {
    private func prepare(_ text: String) -> (String, TextPreparation) {
        var preparation = TextPreparation()
        var text = text
        text.withUTF8 { preparation.prepare($0, .posts) }
        return (String(decoding: preparation.bytes, as: UTF8.self), preparation)
    }

    @Test(
        "URLs, mentions and entities of HTML",
        arguments: [
            ("@Ann hi", "@user hi"), ("a@b.c", "a@b.c"), ("x @a@b @", "x @user@b @"),
            ("see https://t.co/a?b=1 ok", "see http ok"),
            ("http://", "http"), ("https:/x", "https:/x"), ("a &lt;3 &amp;amp; &gt", "a <3 &amp; &gt"),
            ("&amp;@ann", "&@user"),
            ("ähttp://x", "ähttp"),
        ])
    func rules(text: String, expected: String) {
        #expect(prepare(text).0 == expected)
    }

    @Test("each place leads back to the text")
    func places() {
        let text = "@Annabel &amp; Bob https://example.org/x Eve"
        let (prepared, preparation) = prepare(text)
        #expect(prepared == "@user & Bob http Eve")
        for name in ["Bob", "Eve", "@user", "http"] {
            guard let range = Array(prepared.utf8).firstRange(of: Array(name.utf8)) else { continue }
            let source =
                preparation.source(of: Int32(range.lowerBound))..<preparation.source(of: Int32(range.upperBound))
            let found = Array(text.utf8)[Int(source.lowerBound)..<Int(source.upperBound)]
            let expected = ["@user": "@Annabel", "http": "https://example.org/x"][name] ?? name
            #expect(String(decoding: found, as: UTF8.self) == expected)
        }
    }

    @Test("places within a word that took the place of a shorter one stay in their order, and in the text")
    func shorter() {
        let (prepared, preparation) = prepare("@a &amp;@b")
        #expect(prepared == "@user &@user")
        let places = (0...prepared.utf8.count).map { preparation.source(of: Int32($0)) }
        #expect(places == [0, 1, 2, 2, 2, 2, 3, 8, 9, 10, 10, 10, 10])
    }
}
