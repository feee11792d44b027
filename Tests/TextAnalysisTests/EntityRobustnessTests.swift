import Testing
import TextAnalysis

@Suite("Entities: any bytes")
struct EntityRobustnessTests {
    @Test("Random bytes give ordered entities within the text that do not overlap", arguments: 0..<20)
    func randomBytes(_ seed: Int) {
        var random = TestRandom(seed: UInt64(seed))
        let pieces: [[UInt8]] = [
            Array("#".utf8), Array("@".utf8), Array("$AB".utf8), Array("http://".utf8), Array(".com".utf8),
            Array("/".utf8),
            Array("中国".utf8), Array("a".utf8), Array("_".utf8), Array("-".utf8), Array(".".utf8), Array(" ".utf8),
            Array("👩‍🚀".utf8), Array("🇩🇪".utf8), Array("1️⃣".utf8), Array("＃".utf8), Array("é".utf8),
            [0xF0], [0xE2, 0x80],
            [0xC2], [0xFF], [0x80], [0xED, 0xA0, 0x80], Array("(".utf8), Array(")".utf8), Array("xn--".utf8),
        ]
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<random.next(in: 0...24) {
                if random.next(in: 0...9) == 0 {
                    bytes.append(UInt8(truncatingIfNeeded: random.next()))
                } else {
                    bytes += pieces[random.next(in: 0...pieces.count - 1)]
                }
            }
            expectSound(bytes)
        }
    }

    @Test("A text cut anywhere gives sound entities")
    func truncated() {
        let text = Array("#ünï http://例え.みんな/a(b)?c=d 👩🏽‍❤️‍👨🏿 @user/list $AB.C 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ foo.co.jp ＃tag".utf8)
        for start in text.indices {
            for end in start...text.count { expectSound(Array(text[start..<end])) }
        }
    }

    @Test("Long texts of nothing but beginnings take no longer than others")
    func linear() {
        for piece in [
            "a.", "a_.com_.", "#", "@a", "$A ", "((", "a.com中", "_.com.", "👩\u{200D}", "中.", "http://a.com-", "a.b_c.",
        ] {
            let text = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
            let elapsed = ContinuousClock().measure { expectSound(text) }
            #expect(elapsed < .seconds(20), "\(piece)")
        }
    }

    private func expectSound(_ bytes: [UInt8]) {
        var extractor = EntityExtractor()
        var scratch = EntityScratch()
        bytes.withUnsafeBufferPointer { extractor.extract($0, into: &scratch) }
        var end = 0
        for entity in scratch.entities {
            let isSound =
                entity.start >= end && entity.contentStart >= entity.start && entity.end > entity.contentStart
                && entity.end <= bytes.count
            #expect(isSound, "\(entity) of \(bytes)")
            end = entity.end
        }
        let list = Watchlist([("a", "a"), ("b", "中国"), ("c", "#"), ("d", "\u{FFFD}")])
        var found = WatchlistScratch()
        bytes.withUnsafeBufferPointer { list.find($0, into: &found) }
    }
}
