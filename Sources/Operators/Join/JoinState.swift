import Columnar
import Dataflow
import Primitives

/// What a join remembers across restarts: the rows of both sides.
final class JoinState: OperatorState {
    let buffers: [JoinBuffer]
    /// Whose watermark the operator has been told last.
    var watermark = EventTime.distantPast

    init(_ plan: JoinPlan) {
        buffers = JoinSide.allCases.map { JoinBuffer(plan, $0) }
    }

    subscript(side: JoinSide) -> JoinBuffer { buffers[side.rawValue] }

    var tables: [StateTable] { buffers.flatMap { [$0.stored.rows, $0.stored.matches] } }

    func capture(whole: Bool) -> [StateChange] { buffers.flatMap { $0.capture(whole: whole) } }

    func restore(_ bucket: StateRows) throws(Fault) {
        for buffer in buffers { try buffer.restore(bucket) }
    }

    func resume(at watermark: EventTime) {
        self.watermark = watermark
        for buffer in buffers { buffer.resume() }
    }
}

extension JoinBuffer {
    fileprivate func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        if !whole {
            for start in captured.sorted() where buckets[start] == nil {
                changes.append(.drop(table: stored.rows.name, bucket: start))
            }
            for start in capturedMatches.sorted() where buckets[start] == nil {
                changes.append(.drop(table: stored.matches.name, bucket: start))
            }
        }
        captured = Set(starts)
        capturedMatches = whole ? [] : capturedMatches.filter { buckets[$0] != nil }
        for start in starts {
            guard let bucket = buckets[start] else { continue }
            let entries = (whole ? 0 : bucket.capturedCount)..<bucket.entries.count
            for (position, batch) in stored.write(bucket, entries).enumerated() {
                let rows = StateRows(table: stored.rows.name, bucket: start, rows: batch)
                changes.append(whole && position == 0 ? .replace(rows) : .add(rows))
            }
            if !whole && !bucket.newlyMatched.isEmpty {
                capturedMatches.insert(start)
                changes += stored.writeMatches(bucket, bucket.newlyMatched).map { batch in
                    .add(StateRows(table: stored.matches.name, bucket: start, rows: batch))
                }
            }
            bucket.markCaptured()
        }
        return changes
    }

    fileprivate func restore(_ rows: StateRows) throws(Fault) {
        if rows.table == stored.rows.name {
            try stored.read(rows.rows.compacted(), keys: plan.keys(side), into: bucket(rows.bucket))
            captured.insert(rows.bucket)
        } else if rows.table == stored.matches.name {
            matches[rows.bucket, default: []].formUnion(try stored.readMatches(rows.rows.compacted()))
            capturedMatches.insert(rows.bucket)
        }
    }

    fileprivate func resume() {
        for (start, bucket) in buckets {
            if let matches = matches[start] {
                bucket.match { matches.contains(JoinRows.Match(hash: $0, number: $1)) }
            }
            bucket.markCaptured()
        }
        matches = [:]
    }
}
