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

    /// The key of the group in which a term is ranked, by the owner's number of the term; `nil`: in none.
    package typealias Grouping = (_ record: UInt32) -> [UInt8]?

    /// A window that has not been learnt from yet, since it may gain mentions.
    package struct Pending: Sendable {
        var window: UInt32
        var counter: TermCounter

        package init(window: UInt32, _ counter: TermCounter) {
            self.window = window
            self.counter = counter
        }
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

    /// Takes the counts of a window that is over for good; windows come in order.
    /// - Parameters:
    ///   - window: its number, the first that was seen being 0: of that one nothing is known but that it is usual.
    ///   - most: candidates wanted of a group.
    ///   - group: `nil`: all terms are of one.
    /// - Returns: those that burst most, by score, of equal ones by count, then by hash.
    package mutating func close(
        _ counter: TermCounter, window: UInt32, most: Int, group: Grouping? = nil
    ) -> [Candidate] {
        var best = BestBursts(most: most, above: above, group)
        counter.forEach { term in
            let (usual, first) = baselines.insert(term.hash, count: term.count, first: term.first, window: window)
            guard window > 0 else { return }
            best.insert(term, usual, score: usual.score(Double(term.count), least: least), first: first)
        }
        if counter.hasLosers { baselines.insertOthers(window: window) { counter.countOfLoser($0) } }
        return best.finish()
    }

    /// Ranks a window that may still gain mentions, as `close` would if it and those before it gained none.
    /// - Parameters:
    ///   - pending: the windows before it that have not been learnt from, in order.
    package func rank(
        _ counter: TermCounter, window: UInt32, after pending: [Pending], most: Int, group: Grouping? = nil
    ) -> [Candidate] {
        var best = BestBursts(most: most, above: above, group)
        guard window > 0 else { return [] }
        counter.forEach { term in
            guard Double(term.count) > least else { return }
            var usual = baselines.level(term.hash, before: pending.first?.window ?? window)
            var first = min(term.first, baselines.first(term.hash) ?? .max)
            for earlier in pending {
                let place = earlier.counter.place(term.hash)
                let mentions = place.map { earlier.counter[$0].count } ?? earlier.counter.countOfLoser(term.hash)
                guard mentions > 0 else { continue }
                usual = usual.idle(until: earlier.window == 0 ? 0 : earlier.window - 1, baselines.rate)
                usual.insert(Double(mentions), window: earlier.window, baselines.rate)
                if let place { first = min(first, earlier.counter[place].first) }
            }
            usual = usual.idle(until: window - 1, baselines.rate)
            best.insert(term, usual, score: usual.score(Double(term.count), least: least), first: first)
        }
        return best.finish()
    }
}
