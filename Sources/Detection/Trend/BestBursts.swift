/// The terms of a window that burst most, out of any number, in each group by themselves.
struct BestBursts {
    private struct Group {
        var found: [BurstRanking.Candidate] = []
        /// The score from which on a term may be one of the best.
        var limit = -Double.infinity
    }

    private let most: Int
    private let above: Double
    private let group: BurstRanking.Grouping?
    private var groups: [[UInt8]: Group] = [:]

    /// - Parameters:
    ///   - most: terms wanted of a group.
    ///   - above: scores that count.
    ///   - group: `nil`: all terms are of one.
    init(most: Int, above: Double, _ group: BurstRanking.Grouping?) {
        self.most = most
        self.above = above
        self.group = group
    }

    mutating func insert(_ term: TermCounter.Term, _ usual: BurstLevel, score: Double, first: Int64) {
        guard score > 0, score >= above else { return }
        let key: [UInt8]
        if let group {
            guard let found = group(term.record) else { return }
            key = found
        } else {
            key = []
        }
        add(
            BurstRanking.Candidate(
                hash: term.hash, count: term.count, expected: Double(usual.mean), score: score, first: first,
                record: term.record), to: &groups[key, default: Group()])
    }

    /// Those that burst most, by score, of equal ones by count, then by hash; groups in the order of their keys.
    mutating func finish() -> [BurstRanking.Candidate] {
        groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { _, group in
            var group = group
            cut(&group)
            return group.found
        }
    }

    private func add(_ candidate: BurstRanking.Candidate, to group: inout Group) {
        guard candidate.score >= group.limit else { return }
        group.found.append(candidate)
        if group.found.count >= max(1_024, most * 4) { cut(&group) }
    }

    private func cut(_ group: inout Group) {
        group.found.sort { ($1.score, $1.count, $0.hash) < ($0.score, $0.count, $1.hash) }
        guard group.found.count >= most else { return }
        group.found.removeLast(group.found.count - most)
        group.limit = group.found.last?.score ?? group.limit
    }
}
