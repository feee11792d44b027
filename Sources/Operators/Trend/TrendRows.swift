import Columnar
import Dataflow
import Detection
import Primitives

/// The rows that a `trend` gives.
struct TrendRows {
    private let plan: TrendPlan
    private let floor: EventTime
    private let builders: [ColumnBuilder]
    private let times = ColumnBuilder(.timestamp)

    /// A term with what is shown of it.
    private struct Ranked {
        var candidate: BurstRanking.Candidate
        var text: [UInt8]
        var posts: [FrameTerms.Post]
        /// Terms that say the same.
        var also: [[UInt8]] = []
    }

    init(_ plan: TrendPlan, floor: EventTime) {
        self.plan = plan
        self.floor = floor
        builders = plan.schema.fields.map { ColumnBuilder($0.type) }
    }

    /// Ranks the candidates of a window, which come in order: its result, in place of the one before.
    mutating func append(_ candidates: [BurstRanking.Candidate], of window: TrendWindow) {
        var found = candidates.compactMap { candidate in
            window.shown(candidate.record).map { Ranked(candidate: candidate, text: $0.text, posts: $0.posts) }
        }
        // Of equals the lesser text, so that no thread decides.
        found.sort { left, right in
            let (mine, other) = (left.candidate, right.candidate)
            if mine.score != other.score { return mine.score > other.score }
            if mine.count != other.count { return mine.count > other.count }
            return left.text.lexicographicallyPrecedes(right.text)
        }
        let ranked = fold(found)
        for (index, term) in ranked.enumerated() { append(term, rank: index + 1, window.start) }
        if plan.isUpdating {
            for rank in ranked.count..<max(ranked.count, window.standing.ranks) {
                appendVacant(rank: rank + 1, window.start)
            }
        }
        window.standing.ranks = ranked.count
        window.standing.isNews = false
    }

    mutating func flush(_ output: OperatorOutput) {
        guard times.count > 0 else { return }
        let rowCount = times.count
        output.emitMade(
            RecordBatch(
                schema: plan.schema, columns: builders.map { $0.finish() }, rowCount: rowCount,
                eventTimes: times.finish().asInt64),
            floor: floor)
    }

    /// The best terms, each with those that say the same.
    private func fold(_ found: [Ranked]) -> [Ranked] {
        var ranked: [Ranked] = []
        for term in found {
            let same = ranked.firstIndex {
                TermLikeness.isSame($0.text, $0.candidate.count, term.text, term.candidate.count)
            }
            if let same {
                ranked[same].also.append(term.text)
            } else if ranked.count < plan.top {
                ranked.append(term)
            }
        }
        return ranked
    }

    private func append(rank: Int, _ start: Int64) {
        builders[0].append(start)
        builders[1].append(start + plan.window)
        builders[2].append(Int64(rank))
        times.append(start + plan.window - 1)
    }

    /// The result before had a term of this rank, and this one has none.
    private func appendVacant(rank: Int, _ start: Int64) {
        append(rank: rank, start)
        for builder in builders[3...8] { builder.appendNull() }
        for builder in builders[9...] { builder.appendList() }
    }

    private func append(_ term: Ranked, rank: Int, _ start: Int64) {
        let candidate = term.candidate
        append(rank: rank, start)
        builders[3].append(term.text)
        builders[4].append(candidate.score)
        builders[5].append(Int64(candidate.count))
        builders[6].append(candidate.expected)
        builders[7].append(Double(candidate.count) / max(1, candidate.expected))
        builders[8].append(candidate.first)
        var authors: [[UInt8]] = []
        for post in term.posts where !post.author.isEmpty && !authors.contains(post.author) {
            authors.append(post.author)
        }
        for (builder, texts) in zip(builders[9...], [term.also, term.posts.map(\.text), authors]) {
            for text in texts { builder.elements?.append(text) }
            builder.appendList()
        }
    }
}
