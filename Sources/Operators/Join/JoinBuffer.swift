import Columnar
import Dataflow
import Primitives

/// The rows of one side that may still find partners, in buckets of event time.
final class JoinBuffer {
    let plan: JoinPlan
    let side: JoinSide
    /// `nil`: everything stays in memory.
    let spills: SpillFolder?
    private(set) var buckets: [Int64: JoinBucket] = [:]
    /// Their starts, ascending.
    private(set) var starts: [Int64] = []
    /// For checkpoints.
    let stored: JoinRows
    let storedRuns: JoinRunRows
    /// Buckets of which some checkpoint may hold rows.
    var captured: Set<Int64> = []
    /// Those of which it may hold matches that came later than the rows.
    var capturedMatches: Set<Int64> = []
    /// Those of which it may name runs.
    var capturedRuns: Set<Int64> = []
    /// Matches that have come back, to be told to their rows once all of those are here.
    var matches: [Int64: Set<JoinRows.Match>] = [:]
    /// Runs that come back, by bucket and file.
    var restored: [Int64: [String: JoinRunRows.Restored]] = [:]

    init(_ plan: JoinPlan, _ side: JoinSide, spills: SpillFolder?) {
        self.plan = plan
        self.side = side
        self.spills = spills
        stored = JoinRows(plan, side)
        storedRuns = JoinRunRows(side)
    }

    /// Calls `body` with every row of a key that happened in a stretch of time.
    func forEach(
        _ key: UnsafeRawBufferPointer, hash: UInt64, in times: ClosedRange<Int64>,
        _ body: (_ bucket: JoinBucket, _ entry: Int) -> Void
    ) {
        let first = floorMultiple(times.lowerBound, plan.bucketSize)
        for start in starts[position(of: first)...] {
            guard start <= times.upperBound else { return }
            guard let bucket = buckets[start] else { continue }
            bucket.forEach(key, hash: hash) { entry in
                if times.contains(bucket.entries[entry].time) { body(bucket, entry) }
            }
        }
    }

    var hasRuns: Bool { buckets.values.contains { !$0.runs.isEmpty } }

    /// The runs that may hold rows of a stretch of time.
    func runs(in times: ClosedRange<Int64>) -> [JoinRun] {
        let first = floorMultiple(times.lowerBound, plan.bucketSize)
        return starts[position(of: first)...].prefix { $0 <= times.upperBound }.flatMap { buckets[$0]?.runs ?? [] }
    }

    /// The position in `starts` of the first that is not before `start`.
    private func position(of start: Int64) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func bucket(_ start: Int64) -> JoinBucket {
        if let bucket = buckets[start] { return bucket }
        let bucket = JoinBucket()
        buckets[start] = bucket
        starts.insert(start, at: position(of: start))
        return bucket
    }

    /// Keeps rows of a batch.
    /// - Parameters:
    ///   - rows: with a key and in the batch's order.
    ///   - isMatched: for each of them.
    func keep(_ batch: RecordBatch, _ rows: [UInt32], _ isMatched: [Bool]) {
        guard let times = batch.eventTimes else { return }
        var parts: [Int64: [Int]] = [:]
        for (index, row) in rows.enumerated() {
            parts[floorMultiple(times.values[Int(row)], plan.bucketSize), default: []].append(index)
        }
        for (start, part) in parts {
            // A bucket keeps its own rows and no others in memory.
            let selection = SelectionVector(part.map { rows[$0] })
            let chunk = batch.selecting(selection).compacted()
            insert(chunk, into: bucket(start)) { isMatched[part[$0]] }
        }
    }

    private func insert(_ chunk: RecordBatch, into bucket: JoinBucket, isMatched: (Int) -> Bool) {
        guard let times = chunk.eventTimes else { return }
        let number = bucket.add(chunk)
        var encoder = RowKeyEncoder(plan.keys(side).map { chunk.column(at: $0) })
        defer { encoder.deallocate() }
        for row in 0..<chunk.rowCount {
            let key = encoder.encode(row)
            bucket.insert(
                key, hash: Hashing.hash64(key), time: times.values[row], chunk: number, row: row,
                isMatched: isMatched(row))
        }
    }

    /// Forgets the buckets whose rows find no partner any more among rows at a time or later; gives them back.
    func expire(before time: EventTime) -> [JoinBucket] {
        let reach = plan.bucketSize + plan.reach(side)
        let expired = starts.prefix { EventTime(microseconds: $0 + reach) <= time }
        defer { starts.removeFirst(expired.count) }
        return expired.compactMap { buckets.removeValue(forKey: $0) }
    }

    var memoryFootprint: Int { buckets.values.reduce(0) { $0 + $1.memoryFootprint } }
}
