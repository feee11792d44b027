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
    /// The rows of the present batch that have a key, and whether each has found a partner.
    private var rows: [UInt32] = []
    private var isMatched: [Bool] = []

    init(_ plan: JoinPlan, _ refusal: RowRefusal) {
        self.plan = plan
        self.refusal = refusal
        waiting = JoinState(plan)
        joined = JoinedRows(plan)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
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
                settle(place, side, isMatched: false, floor: floor, output)
                continue
            }
            rows.append(UInt32(truncatingIfNeeded: row))
            isMatched.append(pair(place, encoder.encode(row), side, floor: floor, output))
        }
        waiting[side].keep(batch, rows, isMatched)
        output.ledger.held += Int64(rows.count)
        joined.flush(floor: floor, output)
    }

    /// Makes a row of each pair with the rows of the other side that are here; whether there is any.
    private func pair(
        _ place: JoinedRows.Place, _ key: UnsafeRawBufferPointer, _ side: JoinSide, floor: EventTime,
        _ output: OperatorOutput
    ) -> Bool {
        let times =
            side == .left
            ? place.time - plan.before...place.time + plan.after : place.time - plan.after...place.time + plan.before
        var isMatched = false
        waiting[side.other].forEach(key, hash: Hashing.hash64(key), in: times) { bucket, entry in
            isMatched = true
            bucket.match(entry)
            let other = self.place(bucket, entry)
            let (left, right) = side == .left ? (place, other) : (other, place)
            joined.append(left, right, floor: floor, output)
        }
        return isMatched
    }

    private func place(_ bucket: JoinBucket, _ entry: Int) -> JoinedRows.Place {
        let entry = bucket.entries[entry]
        return JoinedRows.Place(batch: bucket.chunks[Int(entry.chunk)], row: Int(entry.row), time: entry.time)
    }

    /// No further partner comes for a row.
    private func settle(
        _ place: JoinedRows.Place, _ side: JoinSide, isMatched: Bool, floor: EventTime, _ output: OperatorOutput
    ) {
        if isMatched {
            output.ledger.folded += 1
        } else if side == .left && plan.isLeft {
            joined.append(place, nil, floor: floor, output)
            output.ledger.folded += 1
        } else {
            output.ledger.filtered += 1
        }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        let floor = waiting.watermark.advanced(byMicroseconds: -plan.watermarkDelay)
        waiting.watermark = watermark
        let earliest = watermark.advanced(byMicroseconds: -plan.lateness)
        for side in JoinSide.allCases {
            for bucket in waiting[side].expire(before: earliest) {
                output.ledger.held -= Int64(bucket.entries.count)
                for entry in bucket.entries.indices {
                    settle(
                        place(bucket, entry), side, isMatched: bucket.entries[entry].isMatched, floor: floor, output)
                }
            }
        }
        joined.flush(floor: floor, output)
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
