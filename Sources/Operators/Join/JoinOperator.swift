import Columnar
import Dataflow
import Primitives

/// Pairs the rows of its keys as they come; each waits for partners until the watermark says that none can come.
///
/// A row is late if it is further behind the watermark of its lane than `lateness`; so every row that is not late finds
/// all of its partners, in whatever order the two streams are read.
final class JoinOperator: Operator {
    private let plan: JoinPlan
    private let refusal: RowRefusal
    private let waiting: JoinState
    private let joined: JoinedRows
    /// Buckets that nothing joins any more, on their way out.
    private var expiry: JoinExpiry?
    /// The rows of the present batch that have a key, and whether each has found a partner.
    private var rows: [UInt32] = []
    private var isMatched: [Bool] = []

    init(_ plan: JoinPlan, _ refusal: RowRefusal, spills: SpillFolder?) {
        self.plan = plan
        self.refusal = refusal
        waiting = JoinState(plan, spills: spills)
        joined = JoinedRows(plan)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault) {
        let side: JoinSide = frame.input == 0 ? .left : .right
        let batch = onTime(inRange(frame.batch, output), frame.floor, output).compacted()
        guard batch.rowCount > 0, let times = batch.eventTimes else { return }
        let floor = frame.floor.advanced(byMicroseconds: -plan.watermarkDelay)
        let keyColumns = plan.keys(side).map { batch.column(at: $0) }
        var encoder = RowKeyEncoder(keyColumns)
        defer { encoder.deallocate() }
        rows.removeAll(keepingCapacity: true)
        isMatched.removeAll(keepingCapacity: true)
        for row in 0..<batch.rowCount {
            let place = JoinedRows.Place(batch: batch, row: row, time: times.values[row])
            guard keyColumns.allSatisfy({ $0.isValid(row) }) else {
                joined.settle(place, side, isMatched: false, floor: floor, output)
                continue
            }
            rows.append(UInt32(truncatingIfNeeded: row))
            isMatched.append(pair(place, encoder.encode(row), side, floor: floor, output))
        }
        try pairSpilled(batch, &encoder, side, floor: floor, output)
        waiting[side].keep(batch, rows, isMatched)
        output.ledger.held += Int64(rows.count)
        joined.flush(floor: floor, output)
    }

    /// Makes a row of each pair with the rows of the other side that are here; whether there is any.
    private func pair(
        _ place: JoinedRows.Place, _ key: UnsafeRawBufferPointer, _ side: JoinSide, floor: EventTime,
        _ output: OperatorOutput
    ) -> Bool {
        var isMatched = false
        let times = plan.partnerTimes(side, place.time...place.time)
        waiting[side.other].forEach(key, hash: Hashing.hash64(key), in: times) { bucket, entry in
            isMatched = true
            bucket.match(entry)
            let other = bucket.place(entry)
            let (left, right) = side == .left ? (place, other) : (other, place)
            joined.append(left, right, floor: floor, output)
        }
        return isMatched
    }

    /// The same with those on disk, for all rows of a batch at once: a page is read once.
    private func pairSpilled(
        _ batch: RecordBatch, _ encoder: inout RowKeyEncoder, _ side: JoinSide, floor: EventTime,
        _ output: OperatorOutput
    ) throws(Fault) {
        let other = waiting[side.other]
        guard other.hasRuns, let times = batch.eventTimes,
            let first = rows.lazy.map({ times.values[Int($0)] }).min(),
            let last = rows.lazy.map({ times.values[Int($0)] }).max()
        else { return }
        let runs = other.runs(in: plan.partnerTimes(side, first...last))
        let hashes = rows.map { Hashing.hash64(encoder.encode(Int($0))) }
        let wanted = [FilteredRun.Wanted](rows.count) { hashes[$0] }
        for run in runs {
            try run.rows.forEachPage(wanted) { page, firstRow, hits throws(Fault) in
                let chunk = try other.stored.chunk(page)
                var keys = RowKeyEncoder(plan.keys(side.other).map { chunk.column(at: $0) })
                defer { keys.deallocate() }
                for hit in hits {
                    for row in hit.rows {
                        let key = keys.encode(row)
                        let partner = JoinedRows.Place(batch: chunk, row: row, time: chunk.eventTimes?.values[row] ?? 0)
                        for wanted in wanted[hit.wanted] {
                            let index = Int(wanted.number)
                            let place = JoinedRows.Place(
                                batch: batch, row: Int(rows[index]), time: times.values[Int(rows[index])])
                            guard plan.partnerTimes(side, place.time...place.time).contains(partner.time),
                                key.elementsEqual(encoder.encode(place.row))
                            else { continue }
                            isMatched[index] = true
                            run.match(firstRow + row)
                            let (left, right) = side == .left ? (place, partner) : (partner, place)
                            joined.append(left, right, floor: floor, output)
                        }
                    }
                }
            }
        }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault) {
        let floor = waiting.watermark.advanced(byMicroseconds: -plan.watermarkDelay)
        waiting.watermark = watermark
        let earliest = watermark.advanced(byMicroseconds: -plan.lateness)
        let expired = JoinSide.allCases.flatMap { side in
            waiting[side].expire(before: earliest).map { (buffer: waiting[side], bucket: $0) }
        }
        expiry = JoinExpiry(expired, floor: floor)
        try proceed(output)
    }

    var hasMore: Bool { expiry != nil }

    func proceed(_ output: OperatorOutput) throws(Fault) {
        guard try expiry?.proceed(joined, showsLonely: plan.isLeft, output) != true else { return }
        expiry = nil
    }

    /// What comes out may lie behind the watermark by as much as rows wait.
    var watermarkDelay: Int64 { plan.watermarkDelay }
    var state: (any OperatorState)? { waiting }
    var memoryFootprint: Int { waiting.buffers.reduce(0) { $0 + $1.memoryFootprint } }

    private func inRange(_ batch: RecordBatch, _ output: OperatorOutput) -> RecordBatch {
        guard let times = batch.eventTimes else { return batch }
        let range = plan.range
        var isGood = true
        batch.forEachRow { row in isGood = isGood && range.contains(times.values[row]) }
        if isGood { return batch }
        return refusal.refuse(batch, code: "join.time_range", reason: "its event time is too far out", output) {
            !range.contains(times.values[$0])
        }
    }

    /// The rows that are not late; puts the others aside.
    private func onTime(_ batch: RecordBatch, _ floor: EventTime, _ output: OperatorOutput) -> RecordBatch {
        guard let times = batch.eventTimes else { return batch }
        let earliest = floor.advanced(byMicroseconds: -plan.lateness).microseconds
        var late: [UInt32] = []
        var kept = SelectionBuilder(capacity: batch.selectedCount)
        batch.forEachRow { row in
            if times.values[row] >= earliest { kept.append(row) } else { late.append(UInt32(truncatingIfNeeded: row)) }
        }
        guard !late.isEmpty else { return batch }
        refusal.putAside(batch, late, output) { row in
            "it happened at \(Timestamp.format(times.values[row])); the watermark had reached "
                + Timestamp.format(floor.microseconds)
        }
        return batch.selecting(kept.finish())
    }
}
