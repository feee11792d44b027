/// Scores the sentiment of short texts by a lexicon and rules.
///
/// VADER ("Valence Aware Dictionary and sEntiment Reasoner"): C.J. Hutto and E.E. Gilbert, "VADER: A Parsimonious
/// Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014. Scores equal those of the authors'
/// vaderSentiment 3.3.2 (MIT licence), whose lexicons it uses. The rules are made for English.
package struct VaderAnalyzer: Sendable {
    private let lexicon: VaderLexicon
    private let tokenizer = VaderTokenizer.shared

    /// The lexicon is read once for the process, by the first analyzer.
    package init() {
        lexicon = VaderLexicon.shared
    }

    /// Scores a text. Any bytes are welcome: those that are not UTF-8 count as U+FFFD.
    package func score(_ text: UnsafeBufferPointer<UInt8>, _ scratch: inout VaderScratch) -> VaderScores {
        scratch.prepare(text, lexicon.emoji)
        let stressesCapitals = tokenizer.split(&scratch, lexicon)
        guard scratch.wordCount > 0 else { return .none }
        scratch.reserveValences()
        let rules = VaderRules(words: scratch.words, count: scratch.wordCount, stressesCapitals: stressesCapitals)
        let valences = UnsafeMutableBufferPointer(start: scratch.valences, count: scratch.wordCount)
        var pivot: Int?
        for index in valences.indices {
            valences[index] = rules.valence(at: index)
            if scratch.words[index].name == .but && pivot == nil { pivot = index }
        }
        if let pivot { VaderContrast.apply(valences, pivot: pivot) }
        return Self.scores(
            UnsafeBufferPointer(valences),
            emphasis: Self.emphasis(UnsafeBufferPointer(start: scratch.bytes, count: scratch.count)))
    }

    /// What exclamation and question marks add to the strength of a text.
    private static func emphasis(_ text: UnsafeBufferPointer<UInt8>) -> Double {
        var exclamations = 0
        var questions = 0
        for byte in text {
            exclamations += byte == UInt8(ascii: "!") ? 1 : 0
            questions += byte == UInt8(ascii: "?") ? 1 : 0
        }
        let amplified = Double(min(exclamations, 4)) * 0.292
        switch questions {
        case ...1: return amplified
        case 2...3: return amplified + Double(questions) * 0.18
        default: return amplified + 0.96
        }
    }

    /// The scores of a text with at least one word.
    private static func scores(_ valences: UnsafeBufferPointer<Double>, emphasis: Double) -> VaderScores {
        var sum = 0.0
        var positive = 0.0
        var negative = 0.0
        var neutral = 0.0
        for valence in valences {
            sum += valence
            // One more for each, as a neutral word counts one.
            if valence > 0 {
                positive += valence + 1
            } else if valence < 0 {
                negative += valence - 1
            } else {
                neutral += 1
            }
        }
        if sum > 0 { sum += emphasis } else if sum < 0 { sum -= emphasis }
        if positive > -negative { positive += emphasis } else if positive < -negative { negative -= emphasis }
        let total = positive - negative + neutral
        let compound = sum / (sum * sum + 15).squareRoot()
        return VaderScores(
            compound: VaderScores.rounded(min(max(compound, -1), 1), scale: 10_000),
            positive: VaderScores.rounded(positive / total, scale: 1_000),
            neutral: VaderScores.rounded(neutral / total, scale: 1_000),
            negative: VaderScores.rounded(-negative / total, scale: 1_000))
    }
}
