import Columnar
import Dataflow
import Primitives

/// What a join remembers across restarts: the rows of both sides.
final class JoinState: OperatorState {
    let buffers: [JoinBuffer]
    /// Whose watermark the operator has been told last.
    var watermark = EventTime.distantPast

    /// - Parameter spills: where rows go that memory has no room for; `nil`: nowhere.
    init(_ plan: JoinPlan, spills: SpillFolder?) {
        buffers = JoinSide.allCases.map { JoinBuffer(plan, $0, spills: spills) }
    }

    subscript(side: JoinSide) -> JoinBuffer { buffers[side.rawValue] }

    var tables: [StateTable] { buffers.flatMap { [$0.stored.rows, $0.stored.matches, $0.storedRuns.table] } }

    func capture(whole: Bool) -> [StateChange] { buffers.flatMap { $0.capture(whole: whole) } }

    func restore(_ bucket: StateRows) throws(Fault) {
        for buffer in buffers { try buffer.restore(bucket) }
    }

    func resume(at watermark: EventTime) throws(Fault) {
        self.watermark = watermark
        for buffer in buffers { try buffer.resume() }
    }

    // MARK: Memory

    var spillableBytes: Int { spillable.reduce(0) { $0 + $1.bucket.entriesFootprint } }

    /// Moves buckets to disk, the oldest first: fewer rows come for them. What is moved is half of what could be, at
    /// least, so that there are few runs to look into.
    func spill(_ bytes: Int) throws(Fault) {
        let goal = max(bytes, spillableBytes / 2)
        var freed = 0
        for (buffer, _, bucket) in spillable.sorted(by: { $0.start < $1.start }) where freed < goal {
            guard let spills = buffer.spills else { continue }
            freed += bucket.entriesFootprint
            try bucket.spill(buffer.stored, in: spills)
        }
    }

    private var spillable: [(buffer: JoinBuffer, start: Int64, bucket: JoinBucket)] {
        buffers.flatMap { buffer in
            guard let spills = buffer.spills else { return [(buffer: JoinBuffer, start: Int64, bucket: JoinBucket)]() }
            return buffer.buckets.compactMap { start, bucket in
                bucket.entries.count >= spills.bucketRowsMin ? (buffer, start, bucket) : nil
            }
        }
    }
}

extension JoinBuffer {
    fileprivate func capture(whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        if whole {
            (captured, capturedMatches, capturedRuns) = ([], [], [])
        } else {
            changes += forget(&captured, stored.rows) { self.buckets[$0] == nil }
            changes += forget(&capturedMatches, stored.matches) { self.buckets[$0] == nil }
            changes += forget(&capturedRuns, storedRuns.table) { self.buckets[$0] == nil }
            // What is on disk has left the others.
            changes += forget(&captured, stored.rows) {
                self.buckets[$0].map { $0.hasNewRuns && $0.entries.isEmpty } ?? false
            }
            changes += forget(&capturedMatches, stored.matches) { self.buckets[$0]?.hasNewRuns ?? false }
        }
        for start in starts {
            guard let bucket = buckets[start] else { continue }
            changes += capture(bucket, start, whole: whole)
            bucket.markCaptured()
        }
        return changes
    }

    private func forget(
        _ starts: inout Set<Int64>, _ table: StateTable, _ isDue: (Int64) -> Bool
    ) -> [StateChange] {
        let due = starts.filter(isDue).sorted()
        starts.subtract(due)
        return due.map { .drop(table: table.name, bucket: $0) }
    }

    private func capture(_ bucket: JoinBucket, _ start: Int64, whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        let isAnew = whole || bucket.hasNewRuns
        let entries = (isAnew ? 0 : bucket.capturedCount)..<bucket.entries.count
        for (position, batch) in stored.write(bucket, entries).enumerated() {
            let rows = StateRows(table: stored.rows.name, bucket: start, rows: batch)
            changes.append(isAnew && position == 0 ? .replace(rows) : .add(rows))
            captured.insert(start)
        }
        if !isAnew && !bucket.newlyMatched.isEmpty {
            capturedMatches.insert(start)
            changes += stored.writeMatches(bucket, bucket.newlyMatched).map { batch in
                .add(StateRows(table: stored.matches.name, bucket: start, rows: batch))
            }
        }
        if !bucket.runs.isEmpty && (isAnew || bucket.runs.contains { $0.isChanged }) {
            capturedRuns.insert(start)
            let rows = storedRuns.write(bucket)
            changes.append(.replace(StateRows(table: storedRuns.table.name, bucket: start, rows: rows)))
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
        } else if rows.table == storedRuns.table.name {
            try storedRuns.read(rows.rows.compacted(), into: &restored[rows.bucket, default: [:]])
            capturedRuns.insert(rows.bucket)
        }
    }

    fileprivate func resume() throws(Fault) {
        for (start, files) in restored {
            guard let spills else { throw Fault("state.no_spills", "runs of rows need a folder", domain: .internal) }
            for (name, file) in files.sorted(by: { $0.key < $1.key }) {
                bucket(start).append(try JoinRun.open(name, groups: file.groups, in: spills), next: file.next)
            }
        }
        restored = [:]
        for (start, bucket) in buckets {
            if let matches = matches[start] {
                bucket.match { matches.contains(JoinRows.Match(hash: $0, number: $1)) }
            }
            bucket.markCaptured()
        }
        matches = [:]
    }
}
