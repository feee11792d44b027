import Testing

@testable import TextAnalysis

@Suite("The phrases of a text")
struct PhraseReaderTests {
    @Test(
        "neighbouring words, without case, accents and signs",
        arguments: [
            ("", []), ("word", []), ("New York", ["new york"]),
            ("a b c d", ["a b", "b c", "a b c", "c d", "b c d"]),
            ("It’s the Café-bar, really good!", ["it's the", "the cafe-bar", "it's the cafe-bar", "really good"]),
            ("lost #BagGate again", ["lost baggate", "baggate again", "lost baggate again"]),
            ("thanks @new_york for this https://t.co/x?y=a-b it works", ["for this", "it works"]),
            ("see www.example.org now", []), ("東京 大", ["東 京", "京 大", "東 京 大"]),
        ])
    func reads(text: String, expected: [String]) {
        var reader = PhraseReader()
        for _ in 0..<2 {
            var found: [String] = []
            var text = text
            text.withUTF8 { text in
                reader.read(text, 2...3) { found.append(String(decoding: $0, as: UTF8.self)) }
            }
            #expect(found == expected)
        }
    }

    @Test("no bytes are too strange")
    func strange() {
        var reader = PhraseReader()
        for first in UInt8.min...UInt8.max {
            let bytes = [first, 0x80, first, 0x20, 0xF0, first, 0x20, first]
            bytes.withUnsafeBufferPointer { bytes in
                reader.read(bytes, 1...5) { #expect(String(validating: $0, as: UTF8.self) != nil) }
            }
        }
    }
}
