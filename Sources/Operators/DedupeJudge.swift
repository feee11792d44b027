import Dataflow
import Primitives

/// The horizon of a `dedupe`, cut into buckets of event time.
struct DedupeHorizon: Sendable {
    /// Buckets in a horizon: more of them forget sooner but make every look-up probe more tables.
    static let bucketsPerHorizon: Int64 = 4

    /// Microseconds.
    let within: Int64
    /// A thousand years.
    static let withinMax: Int64 = 31_556_952_000_000_000
    let bucketSize: Int64
    /// Times within a bucket are kept in 32 bits of this unit, in microseconds: exact up to a horizon of 4.7 hours, to
    /// the millisecond up to 198 days.
    let tick: Int64

    init(within: Int64) {
        self.within = within
        bucketSize = max(1, (within + Self.bucketsPerHorizon - 1) / Self.bucketsPerHorizon)
        let range = Int64(UInt32.max)
        tick = bucketSize <= range ? 1 : (bucketSize / 1_000 <= range ? 1_000 : bucketSize / range + 1)
    }

    /// Whether no row at the watermark or later can repeat what happened in a bucket.
    func isForgotten(_ bucket: Int64, behind watermark: EventTime) -> Bool {
        (bucket + 1) * bucketSize + within <= watermark.microseconds
    }

    func bucket(_ time: Int64) -> Int64 {
        let quotient = time / bucketSize
        return time % bucketSize < 0 ? quotient - 1 : quotient
    }
}

/// Remembers the keys of its share, each with the time of the row that passed, bucket by bucket.
///
/// A bucket is forgotten whole once no row within the horizon of it can pass the watermark.
final class DedupeJudge: Judge {
    /// 16 bytes an entry, tables between a quarter and a half full after they double, and five buckets alive for four.
    static let bytesPerKey = 16 * 4 * 5 / 4

    /// 73,000 years; products and sums of such times do not overflow.
    private static let timeMax: Int64 = 1 << 61

    private let horizon: DedupeHorizon
    private var buckets: [Int64: SeenTable] = [:]
    /// Descending: a repeat is most often near.
    private var order: [Int64] = []

    init(_ horizon: DedupeHorizon) {
        self.horizon = horizon
    }

    func judge(_ questions: [KeyQuestion], floor: EventTime) -> [Bool] {
        questions.map { isFirst($0, floor) }
    }

    private func isFirst(_ question: KeyQuestion, _ floor: EventTime) -> Bool {
        // Nothing happens that far out; but a damaged time must not overflow.
        let time = min(max(question.time, -Self.timeMax), Self.timeMax)
        let own = horizon.bucket(time)
        let earliest = horizon.bucket(time - horizon.within)
        let latest = horizon.bucket(time + horizon.within)
        for bucket in order[firstPosition(upTo: latest)...] {
            // What is forgotten behind the lane's floor counts as forgotten even where it is still here, so that the
            // answer does not depend on how far other lanes are.
            if bucket < earliest || horizon.isForgotten(bucket, behind: floor) { break }
            guard let table = buckets[bucket] else { continue }
            let base = bucket * horizon.bucketSize
            let isRepeat = table.contains(question) { offset in
                abs(base + Int64(offset) * horizon.tick - time) <= horizon.within
            }
            if isRepeat { return false }
        }
        if horizon.isForgotten(own, behind: floor) { return true }
        table(own).insert(question, offset: UInt32((time - own * horizon.bucketSize) / horizon.tick))
        return true
    }

    /// The position in `order` of the latest bucket that is not after `bucket`.
    private func firstPosition(upTo bucket: Int64) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if order[middle] > bucket { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func table(_ bucket: Int64) -> SeenTable {
        if let table = buckets[bucket] { return table }
        let table = SeenTable()
        buckets[bucket] = table
        order.insert(bucket, at: firstPosition(upTo: bucket))
        return table
    }

    func advance(to watermark: EventTime) {
        // A row at the watermark or later is at most the horizon away from what it may repeat.
        while let oldest = order.last, horizon.isForgotten(oldest, behind: watermark) {
            buckets[oldest] = nil
            order.removeLast()
        }
    }

    var memoryFootprint: Int { buckets.values.reduce(0) { $0 + $1.memoryFootprint } }
}

/// Keys seen in one bucket: open addressing over 16-byte entries, at most half full.
private final class SeenTable {
    /// 96 bits of the key's hash, and when its row happened, from the bucket's start.
    private struct Entry: BitwiseCopyable {
        var low: UInt64
        var high: UInt32
        var offset: UInt32
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var mask: Int
    private var count = 0

    init() {
        mask = 63
        entries = .allocate(capacity: mask + 1)
        entries.initialize(repeating: Entry(low: 0, high: 0, offset: 0), count: mask + 1)
    }

    deinit {
        entries.deallocate()
    }

    /// Whether the key is here with a time that `matches`.
    func contains(_ question: KeyQuestion, _ matches: (UInt32) -> Bool) -> Bool {
        let (low, high) = Self.parts(question)
        var slot = Int(truncatingIfNeeded: low) & mask
        while entries[slot].low != 0 {
            let entry = entries[slot]
            if entry.low == low && entry.high == high && matches(entry.offset) { return true }
            slot = (slot + 1) & mask
        }
        return false
    }

    func insert(_ question: KeyQuestion, offset: UInt32) {
        if count * 2 > mask { grow() }
        let (low, high) = Self.parts(question)
        place(Entry(low: low, high: high, offset: offset))
        count += 1
    }

    var memoryFootprint: Int { (mask + 1) * MemoryLayout<Entry>.stride }

    /// A zero marks a free slot, so no key's low part is zero.
    private static func parts(_ question: KeyQuestion) -> (UInt64, UInt32) {
        (question.low == 0 ? 1 : question.low, UInt32(truncatingIfNeeded: question.high))
    }

    private func place(_ entry: Entry) {
        var slot = Int(truncatingIfNeeded: entry.low) & mask
        while entries[slot].low != 0 { slot = (slot + 1) & mask }
        entries[slot] = entry
    }

    private func grow() {
        let old = entries
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        entries = .allocate(capacity: mask + 1)
        entries.initialize(repeating: Entry(low: 0, high: 0, offset: 0), count: mask + 1)
        for index in 0..<oldCount where old[index].low != 0 { place(old[index]) }
        old.deallocate()
    }
}
