import Columnar
import Dataflow
import Detection
import Primitives

/// Watches the keys that a subtask owns.
final class CrisisOperator: Operator {
    /// What is known of a key.
    struct Watched {
        /// The hash of what its incidents are about.
        let track: UInt64
        /// The hash by which the exchange sends its rows here.
        let owner: UInt64
        var detector = CrisisDetector()
        var samples = PostSamples()
        /// The newest verdict.
        var evidence = CrisisEvidence()
        /// Whether there has been one: a key that has come just now has not been looked at.
        var isKnown = false
    }

    private static let samplesMax = 12

    private let plan: CrisisPlan
    private let refusal: RowRefusal
    private let tracks: IncidentTracks
    private var keys = KeyTable()
    private var watched: [Watched] = []
    /// The keys with an incident, or nearly: they are looked at every minute, posts or none.
    private var unsettled: Set<Int> = []
    /// The known keys that share an incident, by its hash.
    private var sharers: [UInt64: [Int]] = [:]
    private var minutes: CrisisMinutes
    private var captured = KeyedCapture()
    private var nextMinute = Int64.min
    private var watermark = EventTime.distantPast

    init(_ plan: CrisisPlan, _ refusal: RowRefusal, board: IncidentBoard?) {
        self.plan = plan
        self.refusal = refusal
        tracks = IncidentTracks(plan.incidents.policy, plan.names, board: board)
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
        let late = minutes.fold(batch, floor: frame.floor) { row in number(encoder.encode(row)) }
        if batch.selectedCount > late.count { captured.wait() }
        output.ledger.folded += Int64(batch.selectedCount - late.count)
        if !late.isEmpty { refusal.putAside(batch, late, "its minute is over", frame.floor, output) }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        let rows = newRows()
        self.watermark = watermark
        for (start, open) in minutes.take(endingBy: watermark.microseconds) {
            captured.wait()
            lookAtUnsettled(until: start, rows)
            look(at: start, open, rows)
        }
        if watermark == .distantFuture {
            // The end of the input ends incidents, as it closes windows; the checkpoint before it holds them open.
            while !unsettled.isEmpty { look(at: nextMinute, [:], rows) }
        } else if watermark != .distantPast {
            let current = watermark.microseconds.dividedDown(by: CrisisDetector.minute) * CrisisDetector.minute
            lookAtUnsettled(until: current, rows)
        }
        rows.flush(output)
    }

    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) {
        let told = tracks.takeAcknowledgements()
        guard !told.isEmpty else { return }
        let rows = newRows()
        for incident in told { append(incident, rows) }
        rows.flush(output)
    }

    var state: (any OperatorState)? { self }

    var memoryFootprint: Int {
        watched.reduce(keys.memoryFootprint + minutes.memoryFootprint + tracks.memoryFootprint) { sum, key in
            sum + MemoryLayout<Watched>.stride + key.detector.memoryFootprint + key.samples.best.count * 320
        }
    }

    private func newRows() -> IncidentRows {
        IncidentRows(plan.names, plan.schema, keyCount: plan.keys.count, floor: watermark)
    }

    /// The number of a key, new or known.
    private func number(_ bytes: UnsafeRawBufferPointer) -> Int {
        let (key, isNew) = keys.insert(bytes, hash: Hashing.hash64(bytes))
        guard isNew else { return key }
        let about = plan.incidents.groupKey(bytes, of: plan.keys)
        let (track, hash) = about.withUnsafeBytes { (Hashing.hash64($0, seed: 1), Hashing.hash64($0)) }
        watched.append(Watched(track: track, owner: plan.incidents.group.isEmpty ? 0 : hash))
        return key
    }

    /// Looks at keys with an incident in the minutes that have no posts at all.
    private func lookAtUnsettled(until start: Int64, _ rows: IncidentRows) {
        while !unsettled.isEmpty && nextMinute < start { look(at: nextMinute, [:], rows) }
        nextMinute = max(nextMinute, start)
    }

    private func look(at start: Int64, _ open: [Int: CrisisMinutes.Open], _ rows: IncidentRows) {
        var observed = unsettled.union(open.keys).map { key in
            captured.learn(key)
            let posts = open[key] ?? CrisisMinutes.Open()
            watched[key].samples.forget(before: start - 3_600_000_000)
            for sample in posts.samples.best { watched[key].samples.insert(sample, keep: Self.samplesMax) }
            let evidence = watched[key].detector.insert(posts.minute, at: start)
            watched[key].evidence = evidence
            meet(key)
            return IncidentObservation(
                key: watched[key].track, owner: watched[key].owner, member: Array(keys.key(key)),
                time: start + CrisisDetector.minute - 1, level: evidence.severity.rawValue)
        }
        // Of those who share an incident the worst first, else in an order that no thread decides.
        observed.sort { left, right in
            (left.key, -left.level) == (right.key, -right.level)
                ? left.member.lexicographicallyPrecedes(right.member)
                : (left.key, -left.level) < (right.key, -right.level)
        }
        for incident in observed.flatMap(tracks.observe) { append(incident, rows) }
        for track in Set(observed.map(\.key)) {
            if tracks.isActive(track) {
                unsettled.formUnion(sharers[track, default: []])
            } else {
                unsettled.subtract(sharers[track, default: []])
            }
        }
        nextMinute = start + CrisisDetector.minute
    }

    /// A key has been looked at, now or before a restart.
    private func meet(_ key: Int) {
        guard !watched[key].isKnown else { return }
        watched[key].isKnown = true
        sharers[watched[key].track, default: []].append(key)
    }

    /// Adds a row about an incident, with the evidence of the key that speaks for it.
    private func append(_ incident: ToldIncident, _ rows: IncidentRows) {
        let key = watched[incident.member.withUnsafeBytes(number)]
        var told = incident
        let samples = key.samples.texts(
            CrisisRows.samplesShown, repeated: key.evidence.isCopied ? key.evidence.similarText : nil)
        let (status, time) = (told.transition.status, told.transition.time)
        let severity = plan.names.severity(told.transition.incident.level)
        let about = plan.keys.isEmpty ? "" : " for \(IncidentText.key(told.member, plan.keys))"
        told.title = "\(plan.name): \(severity)\(about)" + CrisisMessage.ending(told)
        told.message =
            status == .resolve
            ? CrisisMessage.resolved(key.evidence, at: time)
            : CrisisMessage.text(key.evidence, at: time, sample: samples.first)
        told.history = key.detector.recentCounts(IncidentTracks.historyMax, until: time)
        rows.append(told) { CrisisRows.append(key.evidence, samples: samples, to: $0) }
    }
}

// MARK: Checkpoints

extension CrisisOperator: OperatorState {
    var tables: [StateTable] { captured.tables + tracks.tables }

    func capture(whole: Bool) -> [StateChange] {
        captured.capture(
            whole: whole, keys, owner: { [watched] in watched[$0].owner }, value: { watched[$0].serialized() },
            waiting: {
                minutes.open.flatMap { start, keys in
                    keys.map { KeyedCapture.Waiting(key: $0, start: start, value: $1.serialized()) }
                }
            }) + tracks.capture(whole: whole)
    }

    func restore(_ rows: StateRows) throws(Fault) {
        try tracks.restore(rows)
        try captured.restore(
            rows, number: { bytes, _ in number(bytes) },
            learn: { (key, bytes) throws(Fault) in
                try watched[key].restore(bytes)
                meet(key)
            },
            wait: { (waiting) throws(Fault) in
                minutes.restore(try CrisisMinutes.Open(serialized: waiting.value), waiting.key, waiting.start)
            })
    }

    func resume(at watermark: EventTime) {
        captured.resume()
        tracks.resume(at: watermark)
        unsettled = Set(watched.indices.filter { watched[$0].isKnown && tracks.isActive(watched[$0].track) })
        self.watermark = watermark
        guard watermark != .distantPast else { return }
        nextMinute = watermark.microseconds.dividedDown(by: CrisisDetector.minute) * CrisisDetector.minute
        // Somebody may acknowledge an incident before its next minute.
        for key in unsettled {
            watched[key].evidence = watched[key].detector.evidence(at: nextMinute - CrisisDetector.minute)
        }
    }
}
