import Dataflow
import Primitives

/// Remembers the keys of its share, each with the time of the row that passed, bucket by bucket.
///
/// A bucket is forgotten whole once no row within the horizon of it can pass the watermark.
final class DedupeJudge: Judge {
    /// 16 bytes an entry, tables between a quarter and a half full after they double, and five buckets alive for four.
    static let bytesPerKey = 16 * 4 * 5 / 4

    /// 73,000 years; products and sums of such times do not overflow.
    private static let timeMax: Int64 = 1 << 61

    let horizon: DedupeHorizon
    private let checkMask: UInt32
    /// The latest first: a repeat is most often near.
    var buckets: [SeenBucket] = []
    /// Whether what has been added is noted for the next capture.
    var notesAdded = false
    /// Buckets that a checkpoint may hold and that have been forgotten since.
    var dropped: [Int64] = []

    init(_ horizon: DedupeHorizon) {
        self.horizon = horizon
        checkMask = UInt32(truncatingIfNeeded: (1 << UInt64(horizon.checkBits)) - 1)
    }

    func judge(_ questions: [KeyQuestion], floor: EventTime) throws(Fault) -> [Bool] {
        questions.map { isFirst($0, floor) }
    }

    private func isFirst(_ question: KeyQuestion, _ floor: EventTime) -> Bool {
        // Nothing happens that far out; but a damaged time must not overflow.
        let time = min(max(question.time, -Self.timeMax), Self.timeMax)
        let own = horizon.bucket(time)
        let earliest = horizon.bucket(time - horizon.within)
        var key = SeenKey(question, checkMask: checkMask)
        for position in firstPosition(upTo: horizon.bucket(time + horizon.within))..<buckets.count {
            let bucket = buckets[position].number
            // What is forgotten behind the lane's floor counts as forgotten even where it is still here, so that the
            // answer does not depend on how far other lanes are.
            if bucket < earliest || horizon.isForgotten(bucket, behind: floor) { break }
            let base = horizon.start(bucket)
            let isRepeat = buckets[position].table.contains(key) { offset in
                abs(base + Int64(offset) * horizon.tick - time) <= horizon.within
            }
            if isRepeat { return false }
        }
        if horizon.isForgotten(own, behind: floor) { return true }
        key.offset = UInt32((time - horizon.start(own)) / horizon.tick)
        let position = position(of: own)
        buckets[position].table.insert(key)
        if notesAdded { buckets[position].added.append(key) }
        return true
    }

    /// The position of the latest bucket that is not after `bucket`.
    private func firstPosition(upTo bucket: Int64) -> Int {
        var low = 0
        var high = buckets.count
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].number > bucket { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The position of a bucket, which is made if it is not there.
    func position(of bucket: Int64) -> Int {
        let position = firstPosition(upTo: bucket)
        if position == buckets.count || buckets[position].number != bucket {
            buckets.insert(SeenBucket(bucket), at: position)
        }
        return position
    }

    func advance(to watermark: EventTime) {
        // A row at the watermark or later is at most the horizon away from what it may repeat.
        while let oldest = buckets.last, horizon.isForgotten(oldest.number, behind: watermark) {
            if oldest.isCaptured { dropped.append(oldest.number) }
            buckets.removeLast()
        }
    }

    var state: (any OperatorState)? { self }

    var memoryFootprint: Int { buckets.reduce(0) { $0 + $1.memoryFootprint } }
}
