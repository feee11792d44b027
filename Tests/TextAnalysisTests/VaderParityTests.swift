import Testing

@testable import TextAnalysis

/// One text with the scores that the reference gave it: a line of JSON.
private struct GoldenText {
    var text: [UInt8]
    var scores: VaderScores

    init?(_ line: [UInt8]) {
        guard let start = line.firstRange(of: Array("{\"text\": \"".utf8))?.upperBound else { return nil }
        var text: [UInt8] = []
        var index = start
        while index < line.count, line[index] != UInt8(ascii: "\"") {
            guard line[index] == UInt8(ascii: "\\") else {
                text.append(line[index])
                index += 1
                continue
            }
            switch line[index + 1] {
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "u"): return nil
            default: text.append(line[index + 1])
            }
            index += 2
        }
        func number(_ name: String) -> Double? {
            guard let found = line[index...].firstRange(of: Array("\"\(name)\": ".utf8)) else { return nil }
            return Double(String(decoding: line[found.upperBound...].prefix { !",}".utf8.contains($0) }, as: UTF8.self))
        }
        guard let compound = number("compound"), let positive = number("pos"), let neutral = number("neu"),
            let negative = number("neg")
        else { return nil }
        self.text = text
        scores = VaderScores(compound: compound, positive: positive, neutral: neutral, negative: negative)
    }
}

@Suite("VADER equals its reference")
struct VaderParityTests {
    @Test(
        "every golden text has the reference's four scores, to the last digit",
        .enabled(if: ReferenceTexts.exists("data/vader"), "needs the data folder beside the checkout"),
        arguments: [("vader_3.3.2_icwsm_tweets.jsonl", 4200), ("vader_3.3.2_val.jsonl", 2000)])
    func golden(file: String, count: Int) {
        let analyzer = VaderAnalyzer()
        var scratch = VaderScratch()
        var compared = 0
        for line in ReferenceTexts.lines("data/vader/\(file)") {
            guard let golden = GoldenText(line) else {
                Issue.record("unreadable line: \(String(decoding: line, as: UTF8.self))")
                continue
            }
            let scores = golden.text.withUnsafeBufferPointer { analyzer.score($0, &scratch) }
            #expect(scores == golden.scores, "\(String(decoding: golden.text, as: UTF8.self))")
            compared += 1
        }
        #expect(compared == count)
    }
}
