import Primitives
import Testing

@testable import TextAnalysis

@Suite("VADER")
struct VaderTests {
    let analyzer = VaderAnalyzer()

    @Test("each rule gives the reference's scores", arguments: VaderRuleCase.all.indices)
    func rule(_ index: Int) {
        let (rule, cases) = VaderRuleCase.all[index]
        var scratch = VaderScratch()
        for item in cases {
            let scores = score(Array(item.text.utf8), &scratch)
            #expect(scores == item.scores, "\(rule): \(item.text)")
        }
    }

    @Test("a score does not depend on the texts before it")
    func scratchIsClean() {
        var scratch = VaderScratch()
        let long = Array(String(repeating: "GREAT but not so bad 😀 ", count: 3000).utf8)
        let short = Array("not good".utf8)
        let first = score(short, &scratch)
        #expect(score(long, &scratch).positive > 0)
        #expect(score(short, &scratch) == first)
        #expect(score([], &scratch) == .none)
    }

    @Test("random bytes and texts cut anywhere are scored within bounds and never trap")
    func robustness() {
        var random = RandomSource(seed: 20)
        var scratch = VaderScratch()
        let whole = Array("NO good 😭😀ok! çé日本 isn't «K» least but 👩‍🚀 :) kind of ❤️ so BAD?? \u{10FFFF}\u{85}x".utf8)
        for round in 0..<60_000 {
            var text: [UInt8]
            switch round % 3 {
            case 0:
                text = (0..<random.below(60)).map { _ in UInt8(random.below(256)) }
            case 1:
                let start = random.below(whole.count)
                text = Array(whole[start..<start + random.below(whole.count - start + 1)])
            default:
                text = whole
                for _ in 0...random.below(4) { text[random.below(text.count)] = UInt8(random.below(256)) }
            }
            let scores = score(text, &scratch)
            #expect(abs(scores.compound) <= 1)
            for share in [scores.positive, scores.neutral, scores.negative] { #expect(share >= 0 && share <= 1) }
        }
    }

    @Test("bytes that are not UTF-8 count as U+FFFD")
    func invalidBytes() {
        var scratch = VaderScratch()
        let pairs: [([UInt8], String)] = [
            ([0xFF], "\u{FFFD}"), ([0xC3], "\u{FFFD}"), ([0xF0, 0x9F, 0x98], "\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
        ]
        for (bytes, text) in pairs {
            for (before, behind) in [("GOOD", " so bad"), ("it is not ", "good"), ("", ":) fine!")] {
                let broken = Array(before.utf8) + bytes + Array(behind.utf8)
                let whole = Array((before + text + behind).utf8)
                #expect(score(broken, &scratch) == score(whole, &scratch))
                #expect(String(decoding: broken, as: UTF8.self).utf8.elementsEqual(whole))
            }
        }
    }

    @Test("scores round half to even by their exact value")
    func rounding() {
        #expect(VaderScores.rounded(0.0625, scale: 1000) == 0.062)
        #expect(VaderScores.rounded(0.1875, scale: 1000) == 0.188)
        #expect(VaderScores.rounded(-0.03125, scale: 10_000) == -0.0312)
        // 0.0005, 0.0015 and 0.5675 are doubles a little above the middle, 0.0045 and 0.0115 a little below.
        #expect(VaderScores.rounded(0.0005, scale: 1000) == 0.001)
        #expect(VaderScores.rounded(0.0015, scale: 1000) == 0.002)
        #expect(VaderScores.rounded(0.5675, scale: 1000) == 0.568)
        #expect(VaderScores.rounded(0.0045, scale: 1000) == 0.004)
        #expect(VaderScores.rounded(0.0115, scale: 1000) == 0.011)
        #expect(VaderScores.rounded(1, scale: 1000) == 1)
    }

    @Test("a very long text with a contrast is scored as a short one is, in time")
    func longContrast() {
        var random = RandomSource(seed: 3)
        for _ in 0..<300 {
            let count = 1 + random.below(60)
            let values = (0..<count).map { _ in [0, 1.9, 0.95, -1.2, -0.6, 2.85, 1.425][random.below(7)] }
            let pivot = random.below(count)
            var plain = values
            var recorded = values
            plain.withUnsafeMutableBufferPointer { VaderContrast.applyPlainly($0, pivot) }
            recorded.withUnsafeMutableBufferPointer { VaderContrast.applyRecorded($0, pivot) }
            #expect(plain == recorded)
        }
        var scratch = VaderScratch()
        let long = Array((String(repeating: "good bad great ", count: 80_000) + "but").utf8)
        #expect(abs(score(long, &scratch).compound) <= 1)
    }

    @Test("scripts that are taken for caseless have no letters with case")
    func caselessScripts() {
        for value in UInt32(0)...0x10FFFF {
            if LetterCase.shared.kind(of: value) != LetterCase.property(of: value) {
                Issue.record("U+\(String(value, radix: 16)) has case")
            }
        }
    }

    private func score(_ text: [UInt8], _ scratch: inout VaderScratch) -> VaderScores {
        text.withUnsafeBufferPointer { analyzer.score($0, &scratch) }
    }
}
