/// Finds the terms that burst in a window, and learns from it.
package struct BurstRanking: Sendable {
    /// A term that came more often than is usual.
    package struct Candidate: Sendable, Hashable {
        package var hash: UInt64
        package var count: UInt32
        /// What was usual.
        package var expected: Double
        /// Standard deviations above that; see `BurstLevel.score`.
        package var score: Double
        /// The event time of the first mention that is remembered.
        package var first: Int64
        /// The owner's number of the term.
        package var record: UInt32
    }

    package var baselines: TermBaselines
    /// Mentions a window below which nothing bursts, and the least that is taken for usual.
    private let least: Double
    /// Scores that count.
    private let above: Double

    package init(_ baselines: TermBaselines, least: Double, above: Double) {
        self.baselines = baselines
        self.least = least
        self.above = above
    }

    /// How many standard deviations above what is usual before a window a count is.
    package func score(_ hash: UInt64, count: UInt32, window: UInt32) -> Double {
        baselines.level(hash, before: window).score(Double(count), least: least)
    }

    /// Takes the counts of a window that is over; windows come in order.
    /// - Parameters:
    ///   - window: its number, the first that was seen being 0: of that one nothing is known but that it is usual.
    ///   - most: candidates wanted.
    /// - Returns: those that burst most, by score, of equal ones by count, then by hash.
    package mutating func close(_ counter: TermCounter, window: UInt32, most: Int) -> [Candidate] {
        var found: [Candidate] = []
        var limit = -Double.infinity
        counter.forEach { _, term in
            let (usual, first) = baselines.insert(term.hash, count: term.count, first: term.first, window: window)
            let score = usual.score(Double(term.count), least: least)
            guard window > 0, score > 0, score >= above, score >= limit else { return }
            found.append(
                Candidate(
                    hash: term.hash, count: term.count, expected: Double(usual.mean), score: score, first: first,
                    record: term.record))
            if found.count >= max(1_024, most * 4) { limit = Self.cut(&found, most) }
        }
        if counter.hasLosers { baselines.insertOthers(window: window) { counter.countOfLoser($0) } }
        _ = Self.cut(&found, most)
        return found
    }

    /// Leaves the best, in order; returns the score from which on a term may be one of them.
    private static func cut(_ found: inout [Candidate], _ most: Int) -> Double {
        found.sort { ($1.score, $1.count, $0.hash) < ($0.score, $0.count, $1.hash) }
        guard found.count >= most else { return -.infinity }
        found.removeLast(found.count - most)
        return found.last?.score ?? -.infinity
    }
}
