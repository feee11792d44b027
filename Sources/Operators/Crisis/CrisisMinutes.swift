import Columnar
import Dataflow
import Detection
import Primitives

/// Folds posts into the minutes of their keys.
struct CrisisMinutes {
    static let samplesMax = 3
    /// What a key has in a minute that is not over yet.
    struct Open: Sendable {
        var minute = CrisisMinute()
        var samples = PostSamples()
    }

    private let plan: CrisisPlan
    /// By the start of the minute, then by the number of the key.
    private(set) var open: [Int64: [Int: Open]] = [:]

    init(_ plan: CrisisPlan) {
        self.plan = plan
    }

    /// Counts the rows of a batch that belong to minutes which are not over.
    /// - Parameter keyOf: the number of a row's key.
    /// - Returns: the rows that came too late.
    mutating func fold(_ batch: RecordBatch, floor: EventTime, keyOf: (Int) -> Int) -> [UInt32] {
        guard let times = batch.eventTimes else { return [] }
        let sentiment = plan.sentiment.map { batch.column(at: $0) }
        let followers = plan.followers.map { batch.column(at: $0) }
        let engagement = plan.engagement.map { batch.column(at: $0) }
        let texts = plan.text.flatMap { batch.column(at: $0).asBytes }
        var late: [UInt32] = []
        batch.forEachRow { row in
            let start = times.values[row].dividedDown(by: CrisisDetector.minute) * CrisisDetector.minute
            guard start + CrisisDetector.minute > floor.microseconds else {
                return late.append(UInt32(truncatingIfNeeded: row))
            }
            let reach = Self.count(followers?.number(row))
            let engaged = engagement.reduce(Int64(0)) { CrisisMinute.sum($0, Self.count($1.number(row))) }
            var minute = CrisisMinute()
            minute.posts = 1
            if let value = sentiment?.number(row), !value.isNaN {
                minute.scored = 1
                minute.negative = value <= plan.negativeBelow ? 1 : 0
            }
            minute.followers = reach
            minute.engagement = engaged
            let key = keyOf(row)
            open[start, default: [:]][key, default: Open()].minute.merge(minute)
            guard let texts, texts.isValid(row) else { return }
            open[start]?[key]?.take(texts[row], CrisisMinute.sum(reach, engaged), start)
        }
        return late
    }

    /// The minutes over by a time, in order; they are forgotten here.
    mutating func take(endingBy time: Int64) -> [(start: Int64, keys: [Int: Open])] {
        let due = open.keys.filter { time == .max || $0 + CrisisDetector.minute <= time }.sorted()
        return due.map { start in (start, open.removeValue(forKey: start) ?? [:]) }
    }

    /// Takes back what was captured.
    mutating func restore(_ minute: Open, _ key: Int, _ start: Int64) {
        open[start, default: [:]][key] = minute
    }

    /// About.
    var memoryFootprint: Int {
        open.values.reduce(0) { sum, keys in
            keys.values.reduce(sum + keys.capacity * 160) {
                $0 + $1.minute.texts.capacity * 24 + $1.samples.best.count * 320
            }
        }
    }

    private static func count(_ value: Double?) -> Int64 {
        guard let value, value > 0 else { return 0 }
        return Int64(min(value, 1e15))
    }
}

extension CrisisMinutes.Open {
    mutating func take(_ text: UnsafeBufferPointer<UInt8>, _ reach: Int64, _ start: Int64) {
        minute.countText(TextFingerprint.hash(text))
        guard samples.mayTake(reach, CrisisMinutes.samplesMax) else { return }
        samples.insert(
            PostSample(reach: reach, text: PostSample.cut(text), minute: start), keep: CrisisMinutes.samplesMax)
    }
}
