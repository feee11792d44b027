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
    /// As many look-ups as the processor can have wait at once, and no more.
    private static let questionsAhead = 4
    /// Buckets of a horizon, and some more for rows out of order.
    private static let probesAhead = 8

    /// 73,000 years; products and sums of such times do not overflow.
    private static let timeMax: Int64 = 1 << 61

    let horizon: DedupeHorizon
    /// `nil`: everything stays in memory.
    let spills: SpillFolder?
    private let tableKeysMax: Int
    let checkMask: UInt32
    /// The latest first: a repeat is most often near.
    var buckets: [SeenBucket] = [] {
        didSet { probes = buckets.map { Probe($0) } }
    }
    /// Where to look a key up in each of the buckets.
    private var probes: [Probe] = []
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
        checkMask = SeenKey.checkMask(bits: horizon.checkBits)
    }

    /// A bucket's table, as a look-up of any row needs it.
    private struct Probe: BitwiseCopyable {
        let bucket: Int64
        let slots: SeenTable.Slots
        let hasRuns: Bool

        init(_ bucket: SeenBucket) {
            self.bucket = bucket.number
            slots = bucket.table.slots
            hasRuns = !bucket.runs.isEmpty
        }
    }

    func judge(_ questions: [KeyQuestion], floor: EventTime) throws(Fault) -> [Bool] {
        var passes: [Bool] = []
        passes.reserveCapacity(questions.count)
        for index in questions.indices {
            // A look-up waits for memory in each table; those of the rows ahead wait meanwhile.
            let ahead = index + Self.questionsAhead
            if ahead < questions.count {
                let hash = SeenKey(questions[ahead], checkMask: checkMask).hash
                for probe in probes.prefix(Self.probesAhead) { probe.slots.prefetch(hash) }
            }
            passes.append(try isFirst(questions[index], floor))
        }
        return passes
    }

    private func isFirst(_ question: KeyQuestion, _ floor: EventTime) throws(Fault) -> Bool {
        // Nothing happens that far out; but a damaged time must not overflow.
        let time = min(max(question.time, -Self.timeMax), Self.timeMax)
        let own = horizon.bucket(time)
        let earliest = horizon.bucket(time - horizon.within)
        var key = SeenKey(question, checkMask: checkMask)
        for position in firstPosition(upTo: horizon.bucket(time + horizon.within))..<probes.count {
            let probe = probes[position]
            // What is forgotten behind the lane's floor counts as forgotten even where it is still here, so that the
            // answer does not depend on how far other lanes are.
            if probe.bucket < earliest || horizon.isForgotten(probe.bucket, behind: floor) { break }
            let base = horizon.start(probe.bucket)
            func isNear(_ offset: UInt32) -> Bool {
                abs(base + Int64(offset) * horizon.tick - time) <= horizon.within
            }
            if probe.slots.contains(key, isNear) { return false }
            if probe.hasRuns, try buckets[position].runsContain(key, isNear) { return false }
        }
        if horizon.isForgotten(own, behind: floor) { return true }
        key.offset = UInt32((time - horizon.start(own)) / horizon.tick)
        try insert(key, into: position(of: own))
        return true
    }

    func insert(_ key: SeenKey, into position: Int) throws(Fault) {
        let bucket = buckets[position]
        let isMoving = bucket.table.isFull
        if let spills, isMoving, bucket.table.count >= tableKeysMax {
            try bucket.seal(horizon, in: spills)
        }
        bucket.insert(key, noting: notesAdded)
        if isMoving { probes[position] = Probe(bucket) }
    }

    /// A run of a bucket has come back.
    func append(_ run: SeenRun, to position: Int) {
        buckets[position].append(run)
        probes[position] = Probe(buckets[position])
    }

    /// The position of the latest bucket that is not after `bucket`.
    private func firstPosition(upTo bucket: Int64) -> Int {
        var low = 0
        var high = probes.count
        while low < high {
            let middle = (low + high) / 2
            if probes[middle].bucket > bucket { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The position of a bucket, which is made if it is not there.
    func position(of bucket: Int64) -> Int {
        let position = firstPosition(upTo: bucket)
        if position == probes.count || probes[position].bucket != bucket {
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

    /// Of a table that will grow rather than go to disk, also what that takes, where room can be made before.
    var memoryFootprint: Int {
        buckets.reduce(0) { sum, bucket in
            let makesRoom = spills != nil && bucket.table.capacity < tableKeysMax
            return sum + bucket.memoryFootprint + (makesRoom ? bucket.table.imminentGrowth : 0)
        }
    }

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
            probes[position] = Probe(buckets[position])
        }
    }
}
