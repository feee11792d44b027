import Columnar
import Dataflow
import Detection
import Primitives

/// Watches the keys that a subtask owns.
final class CrisisOperator: Operator {
    /// What is known of a key.
    struct Watched {
        var detector = CrisisDetector()
        var incident: CrisisIncident?
        var samples = PostSamples()
    }

    private static let samplesMax = 12

    private let plan: CrisisPlan
    private let refusal: RowRefusal
    private var keys = KeyTable()
    private var watched: [Watched] = []
    /// The keys with an open incident: they are looked at every minute, posts or none.
    private var unsettled: Set<Int> = []
    private var minutes: CrisisMinutes
    private var captured = KeyedCapture()
    private var nextMinute = Int64.min
    private var watermark = EventTime.distantPast

    init(_ plan: CrisisPlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
        minutes = CrisisMinutes(plan)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        var batch = frame.batch
        // Far from where sums of times could overflow.
        let range = Int64.min / 2...Int64.max / 2
        if let times = batch.eventTimes {
            batch = refusal.refuse(
                batch, code: "crisis.time_range", reason: "its event time is too far out", output
            ) { !range.contains(times.values[$0]) }
        }
        var encoder = RowKeyEncoder(plan.keys.map { batch.column(at: $0) })
        defer { encoder.deallocate() }
        let late = minutes.fold(batch, floor: frame.floor) { row in
            let bytes = encoder.encode(row)
            return number(bytes, Hashing.hash64(bytes))
        }
        if batch.selectedCount > late.count { captured.wait() }
        output.ledger.folded += Int64(batch.selectedCount - late.count)
        if !late.isEmpty { refusal.putAside(batch, late, "its minute is over", frame.floor, output) }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        var rows = CrisisRows(plan, floor: self.watermark)
        self.watermark = watermark
        for (start, open) in minutes.take(endingBy: watermark.microseconds) {
            captured.wait()
            lookAtUnsettled(until: start, &rows)
            look(at: start, open, &rows)
        }
        if watermark != .distantFuture && watermark != .distantPast {
            let current = watermark.microseconds.dividedDown(by: CrisisDetector.minute) * CrisisDetector.minute
            lookAtUnsettled(until: current, &rows)
        }
        rows.flush(output)
    }

    var state: (any OperatorState)? { self }

    var memoryFootprint: Int {
        watched.reduce(keys.memoryFootprint + minutes.memoryFootprint) { sum, key in
            sum + MemoryLayout<Watched>.stride + key.detector.memoryFootprint + key.samples.best.count * 320
        }
    }

    private func number(_ bytes: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        let (key, isNew) = keys.insert(bytes, hash: hash)
        if isNew { watched.append(Watched()) }
        return key
    }

    /// Looks at keys with an open incident in the minutes that have no posts at all.
    private func lookAtUnsettled(until start: Int64, _ rows: inout CrisisRows) {
        while !unsettled.isEmpty && nextMinute < start { look(at: nextMinute, [:], &rows) }
        nextMinute = max(nextMinute, start)
    }

    private func look(at start: Int64, _ open: [Int: CrisisMinutes.Open], _ rows: inout CrisisRows) {
        for key in unsettled.union(open.keys).sorted() {
            captured.learn(key)
            let posts = open[key] ?? CrisisMinutes.Open()
            watched[key].samples.forget(before: start - 3_600_000_000)
            for sample in posts.samples.best { watched[key].samples.insert(sample, keep: Self.samplesMax) }
            let evidence = watched[key].detector.insert(posts.minute, at: start)
            let status = CrisisIncident.advance(
                &watched[key].incident, evidence.severity, at: start, quiet: plan.quiet)
            guard let incident = watched[key].incident else { continue }
            if let status {
                rows.append(keys.key(key), keys.hash(key), status, incident, evidence, watched[key].samples, at: start)
            }
            if status == .resolve {
                watched[key].incident = nil
                unsettled.remove(key)
            } else {
                unsettled.insert(key)
            }
        }
        nextMinute = start + CrisisDetector.minute
    }
}

// MARK: Checkpoints

extension CrisisOperator: OperatorState {
    var tables: [StateTable] { captured.tables }

    func capture(whole: Bool) -> [StateChange] {
        captured.capture(
            whole: whole, keys, value: { watched[$0].serialized() },
            waiting: {
                minutes.open.flatMap { start, keys in
                    keys.map { KeyedCapture.Waiting(key: $0, start: start, value: $1.serialized()) }
                }
            })
    }

    func restore(_ rows: StateRows) throws(Fault) {
        try captured.restore(
            rows, number: number,
            learn: { (key, bytes) throws(Fault) in
                watched[key] = try Watched(serialized: bytes)
                if watched[key].incident != nil { unsettled.insert(key) }
            },
            wait: { (waiting) throws(Fault) in
                minutes.restore(try CrisisMinutes.Open(serialized: waiting.value), waiting.key, waiting.start)
            })
    }

    func resume(at watermark: EventTime) {
        captured.resume()
        self.watermark = watermark
        guard watermark != .distantPast else { return }
        nextMinute = watermark.microseconds.dividedDown(by: CrisisDetector.minute) * CrisisDetector.minute
    }
}
