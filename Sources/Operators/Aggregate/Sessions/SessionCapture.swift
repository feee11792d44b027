import Columnar
import Dataflow
import Primitives

/// What checkpoints hold of sessions, by buckets of their starts.
struct SessionCapture {
    /// Buckets are no shorter, so that short gaps do not make many of them.
    private static let bucketMin: Int64 = 60_000_000
    private static let head = [Field("hash", .int64), Field("first", .timestamp)]
    private static let extent = [Field("last", .timestamp), Field("due", .timestamp)]

    let columns: StateColumns
    let table: StateTable
    private let width: Int64
    /// Open sessions that start in each bucket.
    private var open: [Int64: Int] = [:]
    /// Rows that checkpoints hold of each bucket, those out of date among them.
    private var written: [Int64: Int] = [:]
    /// Numbers of sessions that no checkpoint holds as they are, among others.
    private var uncaptured: [UInt32] = []
    /// Whether sessions have gone to disk that checkpoints may hold as they were.
    private var hasSpilled = false

    init(_ plan: SessionPlan) {
        columns = plan.stateColumns
        let identity = Self.head + columns.keys
        table = StateTable(
            "sessions", Schema(identity + Self.extent + columns.states), keyColumns: identity.count)
        width = max(plan.gap, Self.bucketMin)
    }

    /// A session that starts at a time has come or gone.
    mutating func count(_ start: Int64, _ change: Int) {
        let bucket = floorMultiple(start, width)
        let count = open[bucket, default: 0] + change
        open[bucket] = count == 0 ? nil : count
    }

    mutating func note(_ number: UInt32) { uncaptured.append(number) }

    mutating func noteRestored(_ rows: Int, in bucket: Int64) { written[bucket, default: 0] += rows }

    /// All sessions have gone to disk. Which rows are out of date by that cannot be told bucket by bucket: a session
    /// may have been written under a later start.
    mutating func noteSpilled() {
        open = [:]
        uncaptured = []
        hasSpilled = true
    }

    /// What has changed, and forgets it.
    mutating func take(_ sessions: SessionTable, whole: Bool) -> [StateChange] {
        var changes: [StateChange] = []
        let isAnew = whole || hasSpilled
        hasSpilled = false
        for bucket in written.keys.sorted() where isAnew || open[bucket] == nil {
            written[bucket] = nil
            if !whole && open[bucket] == nil { changes.append(.drop(table: table.name, bucket: bucket)) }
        }
        var added: [Int64: [UInt32]] = [:]
        // A number may stand here twice: its session ended, and it was used again.
        for number in Set(uncaptured).sorted() {
            let session = sessions.sessions[Int(number)]
            guard session.isOpen, session.isUncaptured else { continue }
            added[floorMultiple(session.first, width), default: []].append(number)
        }
        uncaptured = []
        // Written anew once most rows are out of date: a long session is not kept as often as it grew.
        let renewed =
            isAnew
            ? Set(open.keys)
            : Set(added.keys.filter { written[$0, default: 0] > StateBatchBuilder.outdatedMax(open[$0, default: 0]) })
        if !renewed.isEmpty {
            for bucket in renewed { added[bucket] = [] }
            for (number, session) in sessions.sessions.enumerated() where session.isOpen {
                let bucket = floorMultiple(session.first, width)
                if renewed.contains(bucket) { added[bucket, default: []].append(UInt32(truncatingIfNeeded: number)) }
            }
        }
        for (bucket, numbers) in added.sorted(by: { $0.key < $1.key }) {
            if renewed.contains(bucket) { written[bucket] = nil }
            written[bucket, default: 0] += numbers.count
            for (position, batch) in write(sessions, numbers).enumerated() {
                let rows = StateRows(table: table.name, bucket: bucket, rows: batch)
                changes.append(renewed.contains(bucket) && position == 0 ? .replace(rows) : .add(rows))
            }
        }
        return changes
    }

    private func write(_ sessions: SessionTable, _ numbers: [UInt32]) -> [RecordBatch] {
        var written: [RecordBatch] = []
        write(sessions, numbers, isPaged: false) { written.append($0) }
        for number in numbers { sessions.markCaptured(number) }
        return written
    }

    /// Writes sessions as rows of state.
    /// - Parameters:
    ///   - isPaged: whether rows are for the pages of a run.
    ///   - take: is given some rows at a time.
    func write<Failure: Error>(
        _ sessions: SessionTable, _ numbers: some Sequence<UInt32>, isPaged: Bool,
        _ take: (RecordBatch) throws(Failure) -> Void
    ) throws(Failure) {
        var rows =
            isPaged
            ? StateBatchBuilder(
                table.schema, rowsMax: RowRunBuilder.pageRowsMax, columnBytesMax: RowRunBuilder.pageBytesMax)
            : StateBatchBuilder(table.schema)
        let builders = rows.builders
        let keys = Array(builders[Self.head.count..<table.keyColumns])
        let extent = Array(builders[table.keyColumns..<table.keyColumns + Self.extent.count])
        let states = builders[(table.keyColumns + Self.extent.count)...]
        for number in numbers {
            let session = sessions.sessions[Int(number)]
            builders[0].append(Int64(bitPattern: sessions.hash(number)))
            builders[1].append(session.first)
            RowKeyDecoder.decode(sessions.key(number), into: keys)
            extent[0].append(session.last)
            extent[1].append(sessions.shown(number))
            columns.append(sessions.accumulators, Int(number), to: states)
            rows.endRow()
            for batch in rows.takeFull() { try take(batch) }
        }
        for batch in rows.finish() { try take(batch) }
    }
}
