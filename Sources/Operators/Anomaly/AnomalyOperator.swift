import Columnar
import Dataflow
import Detection
import Primitives

/// Collects the observations of its keys and scores them in the order of event time, once the watermark has passed.
final class AnomalyOperator: Operator {
    /// Stretches without rows that are told to a detector after a silence; more would teach it nothing.
    private static let silentMax: Int64 = 4_096

    private let plan: AnomalyPlan
    private let refusal: RowRefusal
    private var keys = KeyTable()
    private var detectors: [VolumeDetector] = []
    /// The start of the last stretch that each key's detector was told of.
    private var told: [Int64] = []
    private var pending = ObservationBuckets()
    private var captured = KeyedCapture()
    private var watermark = EventTime.distantPast

    init(_ plan: AnomalyPlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        var batch = frame.batch
        if let times = batch.eventTimes { batch = refuseUnobservable(batch, times, output) }
        guard let times = batch.eventTimes else { return }
        let values = plan.value.map { batch.column(at: $0) }
        var encoder = RowKeyEncoder(plan.keys.map { batch.column(at: $0) })
        defer { encoder.deallocate() }
        var late: [UInt32] = []
        batch.forEachRow { row in
            let time = times.values[row]
            let start = plan.every.map { time.dividedDown(by: $0) * $0 } ?? time
            guard start + (plan.every ?? 1) > frame.floor.microseconds else {
                return late.append(UInt32(truncatingIfNeeded: row))
            }
            let bytes = encoder.encode(row)
            let key = number(bytes, Hashing.hash64(bytes))
            let value = values?.number(row)
            if plan.every == nil, let value {
                pending.add(ObservationBuckets.Observation(time: time, key: key, value: value))
            } else if plan.every != nil {
                pending.count(key, in: start, value: value)
            }
            output.ledger.folded += 1
            captured.wait()
        }
        if !late.isEmpty { refusal.putAside(batch, late, "the series has been scored beyond it", frame.floor, output) }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        let floor = self.watermark
        self.watermark = watermark
        let rows = AnomalyRows(plan, floor: floor)
        if let every = plan.every {
            for (start, sums) in pending.takeStretches(endingBy: watermark.microseconds, length: every) {
                close(start, every, sums, rows, output)
            }
        } else {
            for observation in pending.takeRows(before: watermark.microseconds) {
                let key = observation.key
                captured.wait()
                captured.learn(key)
                let verdict = detectors[key].insert(observation.value, at: observation.time)
                rows.append(keys.key(key), observation.time, observation.time, observation.value, verdict, output)
            }
        }
        rows.flush(output)
    }

    var state: (any OperatorState)? { self }

    var memoryFootprint: Int {
        keys.memoryFootprint + pending.memoryFootprint + told.capacity * 8
            + detectors.reduce(detectors.capacity * MemoryLayout<VolumeDetector>.stride) { $0 + $1.memoryFootprint }
    }

    private func number(_ bytes: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        let (key, isNew) = keys.insert(bytes, hash: hash)
        if isNew {
            detectors.append(VolumeDetector())
            told.append(.min)
        }
        return key
    }

    /// Scores one stretch of every key that has rows in it, or, where rows are counted, of every key.
    private func close(
        _ start: Int64, _ every: Int64, _ sums: [Int: ObservationBuckets.Sum], _ rows: AnomalyRows,
        _ output: OperatorOutput
    ) {
        captured.wait()
        for key in sums.keys.sorted() {
            guard let sum = sums[key], plan.value == nil || sum.values > 0 else { continue }
            if plan.value == nil && told[key] != .min { tellSilence(key, until: start, every, rows, output) }
            told[key] = start
            captured.learn(key)
            let value = plan.value == nil ? Double(sum.rows) : sum.result
            let verdict = detectors[key].insert(value, at: start)
            rows.append(keys.key(key), start, start + every - 1, value, verdict, output)
        }
    }

    /// Tells a detector of the stretches since its last in which nothing came: their counts are zero.
    private func tellSilence(
        _ key: Int, until start: Int64, _ every: Int64, _ rows: AnomalyRows, _ output: OperatorOutput
    ) {
        var silent = max(told[key] + every, start - Self.silentMax * every)
        while silent < start {
            let verdict = detectors[key].insert(0, at: silent)
            rows.append(keys.key(key), silent, silent + every - 1, 0, verdict, output)
            silent += every
        }
    }

    private func refuseUnobservable(
        _ batch: RecordBatch, _ times: Int64Column, _ output: OperatorOutput
    ) -> RecordBatch {
        let margin = 2 * ObservationBuckets.lengthMax
        let range = Int64.min + margin...Int64.max - margin
        let values = plan.value.map { batch.column(at: $0) }
        func isBad(_ row: Int) -> Bool {
            guard range.contains(times.values[row]) else { return true }
            guard let values else { return false }
            return values.number(row).map { !$0.isFinite } ?? (plan.every == nil)
        }
        var isGood = true
        batch.forEachRow { row in isGood = isGood && !isBad(row) }
        if isGood { return batch }
        return refusal.refuse(
            batch, code: "anomaly.value", reason: "it has no finite value, or its event time is too far out", output,
            where: isBad)
    }
}

// MARK: Checkpoints

extension AnomalyOperator: OperatorState {
    var tables: [StateTable] { captured.tables }

    func capture(whole: Bool) -> [StateChange] {
        captured.capture(
            whole: whole, keys,
            value: { key in
                var writer = ByteWriter()
                writer.append(told[key])
                writer.append(detectors[key].serialized())
                return writer.bytes
            },
            waiting: { pending.captured })
    }

    func restore(_ rows: StateRows) throws(Fault) {
        try captured.restore(
            rows, number: number,
            learn: { (key, bytes) throws(Fault) in
                told[key] = try bytes.read { (reader) throws(Fault) in try reader.read(Int64.self) }
                detectors[key] = try VolumeDetector.read(Array(bytes.dropFirst(8)))
            },
            wait: { (waiting) throws(Fault) in try pending.restore(waiting, isStretch: plan.every != nil) })
    }

    func resume(at watermark: EventTime) {
        captured.resume()
        self.watermark = watermark
    }
}
