import Dataflow
import Primitives
import TextAnalysis

/// The groups of near-duplicates within a horizon of event time, in buckets that are forgotten whole.
final class SimilarGroups {
    /// What a group takes at the worst: eleven keys of eight bytes in a table that has just grown to be a quarter full,
    /// and some sixteen words of four, a time, a count, an id and the words' end in arrays that have just doubled; a
    /// quarter more for the bucket that is not yet forgotten. A text id has memory of its own beside.
    static func bytesPerGroup(textIDs: Bool) -> Int {
        (11 * 8 * 4 + 2 * (16 * 4 + 16 + 16 + 4) + (textIDs ? 64 : 0)) * 5 / 4
    }

    /// 73,000 years; products and sums of such times do not overflow.
    private static let timeMax: Int64 = 1 << 61

    private let within: Int64
    private let similarity: Double
    let horizon: DedupeHorizon
    private(set) var buckets: [Int64: SimilarBucket] = [:]
    /// Ascending: of several groups the earliest counts.
    private(set) var order: [Int64] = []
    /// The buckets that some checkpoint may hold rows of, by table, and those forgotten since the last.
    var captured: [StateTable: Set<Int64>] = [:]
    var forgotten: Set<Int64> = []
    /// Rows that have come back, until all have.
    var returned = SimilarRows.Returned()

    /// - Parameters:
    ///   - within: the horizon, in microseconds.
    ///   - similarity: the least share of words in common.
    init(within: Int64, similarity: Double) {
        self.within = within
        self.similarity = similarity
        horizon = DedupeHorizon(within: within)
    }

    /// Puts a post into its group.
    /// - Parameters:
    ///   - time: when it happened, in microseconds.
    ///   - floor: what its lane has left behind; groups behind it are forgotten, whatever is still in memory.
    ///   - id: asked for if the post is the first of its group.
    /// - Returns: the id of the group's first post, and how many there are. A post without an id begins no group.
    func place(_ sketch: TextSketch, at time: Int64, floor: EventTime, id: () -> PostID) -> (id: PostID, count: Int64) {
        // Nothing happens that far out; but a damaged time must not overflow.
        let time = min(max(time, -Self.timeMax), Self.timeMax)
        let (earliest, latest) = (horizon.bucket(time - within), horizon.bucket(time + within))
        var best: (bucket: SimilarBucket, group: Int, similarity: Double)?
        for number in order where number >= earliest && number <= latest { buckets[number]?.prefetch(sketch) }
        for number in order where number >= earliest && number <= latest {
            guard !horizon.isForgotten(number, behind: floor), let bucket = buckets[number] else { continue }
            guard let found = bucket.find(sketch, near: time, within: within, similarity) else { continue }
            if found.similarity > best?.similarity ?? 0 { best = (bucket, found.group, found.similarity) }
            if found.similarity == 1 { break }
        }
        if let best { return best.bucket.join(best.group) }
        let first = id()
        let own = horizon.bucket(time)
        if first != PostID.none, !horizon.isForgotten(own, behind: floor) { bucket(own).open(sketch, at: time, first) }
        return (first, 1)
    }

    /// Forgets what no row to come can belong to.
    func advance(to watermark: EventTime) {
        while let oldest = order.first, horizon.isForgotten(oldest, behind: watermark) {
            buckets[oldest] = nil
            if captured.values.contains(where: { $0.contains(oldest) }) { forgotten.insert(oldest) }
            order.removeFirst()
        }
    }

    /// Groups in memory.
    var count: Int { buckets.values.reduce(0) { $0 + $1.count } }

    var memoryFootprint: Int { buckets.values.reduce(0) { $0 + $1.memoryFootprint } }

    func bucket(_ number: Int64) -> SimilarBucket {
        if let bucket = buckets[number] { return bucket }
        let bucket = SimilarBucket()
        buckets[number] = bucket
        order.append(number)
        order.sort()
        return bucket
    }
}
