/// The terms of a window that burst most, out of any number.
struct BestBursts {
    private let most: Int
    private let above: Double
    private var found: [BurstRanking.Candidate] = []
    /// The score from which on a term may be one of them.
    private var limit = -Double.infinity

    /// - Parameters:
    ///   - most: terms wanted.
    ///   - above: scores that count.
    init(most: Int, above: Double) {
        self.most = most
        self.above = above
    }

    mutating func insert(_ term: TermCounter.Term, _ usual: BurstLevel, score: Double, first: Int64) {
        guard score > 0, score >= above, score >= limit else { return }
        found.append(
            BurstRanking.Candidate(
                hash: term.hash, count: term.count, expected: Double(usual.mean), score: score, first: first,
                record: term.record))
        if found.count >= max(1_024, most * 4) { cut() }
    }

    /// Those that burst most, by score, of equal ones by count, then by hash.
    mutating func finish() -> [BurstRanking.Candidate] {
        cut()
        return found
    }

    private mutating func cut() {
        found.sort { ($1.score, $1.count, $0.hash) < ($0.score, $0.count, $1.hash) }
        guard found.count >= most else { return }
        found.removeLast(found.count - most)
        limit = found.last?.score ?? limit
    }
}
