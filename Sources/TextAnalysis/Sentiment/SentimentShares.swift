/// How likely a text is negative, neutral or positive; the three sum to 1.
package struct SentimentShares: Sendable, Hashable, BitwiseCopyable {
    package var negative: Double
    package var neutral: Double
    package var positive: Double

    package init(negative: Double, neutral: Double, positive: Double) {
        self.negative = negative
        self.neutral = neutral
        self.positive = positive
    }

    /// What a score from -1 to 1 says: its size is the share of its side, the rest is neutral.
    package init(score: Double) {
        self.init(negative: max(0, -score), neutral: 1 - abs(score), positive: max(0, score))
    }

    /// What a text is, all in all.
    package enum Label: Sendable {
        case negative, neutral, positive
    }

    /// From -1 to 1.
    package var score: Double { positive - negative }

    /// The likeliest; of equals neutral, then negative.
    package var label: Label {
        if neutral >= positive && neutral >= negative { return .neutral }
        return negative >= positive ? .negative : .positive
    }

    /// The share of the label.
    package var confidence: Double { max(negative, max(neutral, positive)) }

    /// The weighted mean of two opinions.
    package func mixed(_ weight: Double, with other: SentimentShares, _ otherWeight: Double) -> SentimentShares {
        let sum = weight + otherWeight
        func mean(_ left: Double, _ right: Double) -> Double { (left * weight + right * otherWeight) / sum }
        return SentimentShares(
            negative: mean(negative, other.negative), neutral: mean(neutral, other.neutral),
            positive: mean(positive, other.positive))
    }

    /// The nearest shares of another score: what the score gains or loses moves from one side to the other, then out of
    /// what is neutral.
    package func moved(to score: Double) -> SentimentShares {
        let score = max(-1, min(1, score))
        let shift = (score - self.score) / 2
        var (low, high) = (negative - shift, positive + shift)
        if low < 0 { (low, high) = (0, score) }
        if high < 0 { (low, high) = (-score, 0) }
        return SentimentShares(negative: low, neutral: max(0, 1 - low - high), positive: high)
    }
}
