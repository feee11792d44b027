import Columnar
import Dataflow
import Detection
import Primitives

/// The rows that a `trend` gives.
struct TrendRows {
    private let plan: TrendPlan
    private let floor: EventTime
    private let keyBuilders: [ColumnBuilder]
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
        let columns = plan.schema.fields.map { ColumnBuilder($0.type) }
        keyBuilders = Array(columns.prefix(plan.keys.count))
        builders = Array(columns.dropFirst(plan.keys.count))
    }

    /// Ranks the candidates of a window, in each group by themselves: its result, in place of the one before.
    mutating func append(_ candidates: [BurstRanking.Candidate], of window: TrendWindow) {
        var groups: [[UInt8]: [Ranked]] = [:]
        for candidate in candidates {
            guard let shown = window.shown(candidate.record), let group = window.group(candidate.record) else {
                continue
            }
            groups[group, default: []].append(Ranked(candidate: candidate, text: shown.text, posts: shown.posts))
        }
        let shown = plan.isUpdating ? window.standing.ranks : [:]
        window.standing.ranks = [:]
        for group in Set(groups.keys).union(shown.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let ranked = fold(Self.sorted(groups[group] ?? []))
            for (index, term) in ranked.enumerated() { append(term, rank: index + 1, group, window.start) }
            for rank in ranked.count..<max(ranked.count, shown[group] ?? 0) {
                appendVacant(rank: rank + 1, group, window.start)
            }
            if plan.isUpdating && !ranked.isEmpty { window.standing.ranks[group] = ranked.count }
        }
        window.standing.isNews = false
    }

    /// Of equals the lesser text first, so that no thread decides.
    private static func sorted(_ found: [Ranked]) -> [Ranked] {
        found.sorted { left, right in
            let (mine, other) = (left.candidate, right.candidate)
            if mine.score != other.score { return mine.score > other.score }
            if mine.count != other.count { return mine.count > other.count }
            return left.text.lexicographicallyPrecedes(right.text)
        }
    }

    mutating func flush(_ output: OperatorOutput) {
        guard times.count > 0 else { return }
        let rowCount = times.count
        output.emitMade(
            RecordBatch(
                schema: plan.schema, columns: (keyBuilders + builders).map { $0.finish() }, rowCount: rowCount,
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

    private func append(rank: Int, _ group: [UInt8], _ start: Int64) {
        group.withUnsafeBytes { RowKeyDecoder.decode($0, into: keyBuilders) }
        builders[0].append(start)
        builders[1].append(start + plan.window)
        builders[2].append(Int64(rank))
        times.append(start + plan.window - 1)
    }

    /// The result before had a term of this rank, and this one has none.
    private func appendVacant(rank: Int, _ group: [UInt8], _ start: Int64) {
        append(rank: rank, group, start)
        for builder in builders[3...8] { builder.appendNull() }
        for builder in builders[9...] { builder.appendList() }
    }

    private func append(_ term: Ranked, rank: Int, _ group: [UInt8], _ start: Int64) {
        let candidate = term.candidate
        append(rank: rank, group, start)
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
