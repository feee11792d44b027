import Testing
import TextAnalysis

@Suite("Entities: emoji")
struct EmojiTests {
    @Test("Every fully-qualified emoji is found as one", .enabled(if: SharedFolder.isThere))
    func fullyQualified() throws {
        var count = 0
        for (emoji, status) in try Self.emojiTest() where status == "fully-qualified" {
            count += 1
            #expect(contents(emoji, .emoji) == [emoji])
            #expect(contents("ab " + emoji + "c", .emoji) == [emoji])
            #expect(contents(emoji + emoji, .emoji) == [emoji, emoji])
        }
        #expect(count == 3655)
    }

    @Test("A joined sequence without its selectors is one emoji", .enabled(if: SharedFolder.isThere))
    func minimallyQualified() throws {
        for (emoji, status) in try Self.emojiTest() where status == "minimally-qualified" {
            #expect(contents(emoji, .emoji) == [emoji])
        }
    }

    @Test(
        "Signs that are text by default are no emoji without a selector",
        arguments: ["©", "®", "™", "❤", "☺", "✌", "5", "#", "*", "🇦", "😀\u{FE0E}"])
    func text(_ text: String) {
        #expect(contents(text, .emoji).isEmpty)
    }

    @Test("Neighbours are told apart")
    func neighbours() {
        #expect(contents("🇩🇪🇫🇷x🇦🇧", .emoji) == ["🇩🇪", "🇫🇷"])
        #expect(contents("👨‍👩‍👧👍🏽👍", .emoji) == ["👨‍👩‍👧", "👍🏽", "👍"])
        #expect(contents("👍\u{200D}x", .emoji) == ["👍"])
        #expect(contents("❤️‍🔥❤️", .emoji) == ["❤️‍🔥", "❤️"])
        #expect(contents("1️⃣2⃣", .emoji) == ["1️⃣", "2⃣"])
    }

    private static func emojiTest() throws -> [(emoji: String, status: String)] {
        try SharedFolder.text("emoji/emoji-test.txt").split(separator: "\n").compactMap { line in
            let fields = line.prefix { $0 != "#" }.split(separator: ";")
            guard fields.count == 2 else { return nil }
            let scalars = fields[0].split(separator: " ").compactMap {
                UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
            }
            return (String(String.UnicodeScalarView(scalars)), String(fields[1].filter { $0 != " " }))
        }
    }
}
