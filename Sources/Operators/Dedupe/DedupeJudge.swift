import Dataflow
import Primitives

/// Remembers the keys of its share, each with the time of the row that passed, bucket by bucket.
///
/// A bucket is forgotten whole once no row within the horizon of it can pass the watermark. What memory has no room for
/// lies on disk as sorted runs of keys, the oldest buckets first.
final class DedupeJudge: Judge {
    /// 16 bytes an entry, tables between a quarter and a half full after they double, and five buckets alive for four.
    static let bytesPerKey = 16 * 4 * 5 / 4
    /// A filter's 16 bits, and five buckets alive for four.
    static let spilledBytesPerKey = 3
    /// A table that holds so many keys, and 128 MiB, goes to disk before it would double.
    static let tableKeysMax = 1 << 22
    /// A smaller table takes no less memory as a run.
    private static let runKeysMin = 256

    /// 73,000 years; products and sums of such times do not overflow.
    private static let timeMax: Int64 = 1 << 61

    let horizon: DedupeHorizon
    /// `nil`: everything stays in memory.
    let spills: SpillFolder?
    private let tableKeysMax: Int
    private let checkMask: UInt32
    /// The latest first: a repeat is most often near. Read for every row, so overlapping access is not checked for.
    @exclusivity(unchecked) var buckets: [SeenBucket] = []
    /// Whether what has been added is noted for the next capture.
    var notesAdded = false
    /// Buckets that have been forgotten since the last capture, by table, where a checkpoint may hold them.
    var dropped: [(table: StateTable, bucket: Int64)] = []
    /// Runs that come back: the keys of each group, by bucket and file.
    var restored: [Int64: [String: [Int: Int]]] = [:]

    init(_ horizon: DedupeHorizon, spills: SpillFolder? = nil, tableKeysMax: Int = DedupeJudge.tableKeysMax) {
        self.horizon = horizon
        self.spills = spills
        self.tableKeysMax = tableKeysMax
        checkMask = UInt32(truncatingIfNeeded: (1 << UInt64(horizon.checkBits)) - 1)
    }

    func judge(_ questions: [KeyQuestion], floor: EventTime) throws(Fault) -> [Bool] {
        var passes: [Bool] = []
        passes.reserveCapacity(questions.count)
        for question in questions { passes.append(try isFirst(question, floor)) }
        return passes
    }

    private func isFirst(_ question: KeyQuestion, _ floor: EventTime) throws(Fault) -> Bool {
        // Nothing happens that far out; but a damaged time must not overflow.
        let time = min(max(question.time, -Self.timeMax), Self.timeMax)
        let own = horizon.bucket(time)
        let earliest = horizon.bucket(time - horizon.within)
        var key = SeenKey(question, checkMask: checkMask)
        for position in firstPosition(upTo: horizon.bucket(time + horizon.within))..<buckets.count {
            let bucket = buckets[position]
            // What is forgotten behind the lane's floor counts as forgotten even where it is still here, so that the
            // answer does not depend on how far other lanes are.
            if bucket.number < earliest || horizon.isForgotten(bucket.number, behind: floor) { break }
            let base = horizon.start(bucket.number)
            let isRepeat = try bucket.contains(key) { offset in
                abs(base + Int64(offset) * horizon.tick - time) <= horizon.within
            }
            if isRepeat { return false }
        }
        if horizon.isForgotten(own, behind: floor) { return true }
        key.offset = UInt32((time - horizon.start(own)) / horizon.tick)
        try insert(key, into: position(of: own))
        return true
    }

    func insert(_ key: SeenKey, into position: Int) throws(Fault) {
        let bucket = buckets[position]
        if let spills, bucket.table.isFull, bucket.table.count >= tableKeysMax {
            try bucket.seal(horizon, in: spills)
        }
        bucket.insert(key, noting: notesAdded)
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
            if oldest.isCaptured { dropped.append((Self.keyTable, oldest.number)) }
            if oldest.hasCapturedRuns { dropped.append((Self.runTable, oldest.number)) }
            for run in oldest.runs { spills?.retire(run.file.name) }
            buckets.removeLast()
        }
    }

    var state: (any OperatorState)? { self }

    var memoryFootprint: Int { buckets.reduce(0) { $0 + $1.memoryFootprint } }

    // MARK: Memory

    var spillableBytes: Int {
        guard spills != nil else { return 0 }
        return buckets.reduce(0) { $0 + ($1.table.count >= Self.runKeysMin ? $1.table.memoryFootprint : 0) }
    }

    /// Moves tables to disk, the oldest bucket's first.
    func spill(_ bytes: Int) throws(Fault) {
        guard let spills else { return }
        let goal = memoryFootprint - bytes
        for position in buckets.indices.reversed() where buckets[position].table.count >= Self.runKeysMin {
            if memoryFootprint <= goal { return }
            try buckets[position].seal(horizon, in: spills)
        }
    }
}
