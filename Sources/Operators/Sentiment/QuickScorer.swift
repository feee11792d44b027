import TextAnalysis

/// Scores texts without an encoder: by the lexicon, or by it and a linear model.
final class QuickScorer {
    private let analyzer = VaderAnalyzer()
    private var scratch = VaderScratch()
    private var linear: LinearScorer?

    init(_ fast: LinearModel?) {
        linear = fast.map { LinearScorer($0) }
    }

    /// Whether its shares are of a text's words.
    var isLexical: Bool { linear == nil }

    /// The name under which its answers are counted.
    var counter: String { linear == nil ? "answered_lexicon" : "answered_fast" }

    /// What it says of a text, and what the lexicon alone does.
    func score(_ text: UnsafeBufferPointer<UInt8>) -> (result: SentimentResult, lexicon: VaderScores) {
        let lexicon = analyzer.score(text, &scratch)
        guard linear != nil else { return (SentimentResult(lexicon), lexicon) }
        linear?.score(text, lexicon: lexicon)
        let shares = linear?.shares ?? []
        let sentiment = SentimentShares(
            negative: Double(shares[0]), neutral: Double(shares[1]), positive: Double(shares[2]))
        return (SentimentResult(sentiment), lexicon)
    }

    var memoryFootprint: Int { scratch.memoryFootprint + (linear?.model.memoryFootprint ?? 0) }
}
