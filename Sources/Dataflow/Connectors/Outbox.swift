package import Columnar
package import Primitives

/// Rows on their way to a receiver that cannot take them back, in order.
///
/// Each has a name that no other row has and that is the same in every run that sends it: when the outbox began, its
/// epoch, and its number within that. A receiver that sees a name again may drop the row.
package struct Outbox: Sendable {
    /// Rows that came together.
    package struct Entry: Sendable {
        /// The epoch they belong to; 0 while it is open.
        package fileprivate(set) var epoch: Int64
        /// The number of the first row within the epoch.
        package let first: Int64
        /// Every row counts.
        package let rows: RecordBatch
    }

    /// When it began, in microseconds since 1970. A run that goes on from a checkpoint keeps it.
    package private(set) var origin: Int64
    /// Rows that have not been dropped.
    package private(set) var rowCount = 0
    /// Bytes of memory, rows of an entry of which some are left all counted.
    package private(set) var byteCount = 0

    private var stored: [Entry] = []
    /// The position in `stored` of the first entry that has rows left, and how many of its rows are gone.
    private var head = (entry: 0, row: 0)
    private var next: Int64 = 0
    /// Entries whose epoch has ended.
    private var sealed = 0

    package init(origin: Int64) {
        self.origin = origin
    }

    package var isEmpty: Bool { rowCount == 0 }

    /// The entries that have rows left; of the first one, rows from `firstRow` on.
    package var entries: ArraySlice<Entry> { stored[head.entry...] }
    package var firstRow: Int { head.row }

    /// Takes the selected rows of a batch into the open epoch.
    package mutating func append(_ batch: RecordBatch) {
        guard batch.selectedCount > 0 else { return }
        add(Entry(epoch: 0, first: next, rows: batch.compacted()))
        next += Int64(batch.selectedCount)
    }

    /// Ends the open epoch.
    package mutating func seal(epoch: Int64) {
        for index in sealed..<stored.count { stored[index].epoch = epoch }
        sealed = stored.count
        next = 0
    }

    /// Drops the first row.
    package mutating func dropFirst() {
        head.row += 1
        rowCount -= 1
        guard head.row == stored[head.entry].rows.rowCount else { return }
        byteCount -= stored[head.entry].rows.memoryFootprint
        head = (head.entry + 1, 0)
        // Now and then, so that many small entries do not cost a move of all each.
        guard head.entry == stored.count || head.entry >= 1_024 else { return }
        stored.removeFirst(head.entry)
        sealed = max(0, sealed - head.entry)
        head.entry = 0
    }

    /// Drops some of the first rows; those that are left keep their names.
    package mutating func removeFirst(_ isRemoved: [Bool]) {
        var place = 0
        var kept: [Entry] = []
        var keptSealed = 0
        for (index, entry) in entries.enumerated() {
            let isSealed = head.entry + index < sealed
            var start: Int?
            let rows = (index == 0 ? head.row : 0)..<entry.rows.rowCount
            for row in rows {
                let isGone = place < isRemoved.count && isRemoved[place]
                place += 1
                if !isGone { start = start ?? row }
                guard let first = start, isGone || row == rows.upperBound - 1 else { continue }
                let run = UInt32(first)..<UInt32(isGone ? row : row + 1)
                let batch =
                    run.count == entry.rows.rowCount
                    ? entry.rows : entry.rows.selecting(SelectionVector(Array(run))).compacted()
                kept.append(Entry(epoch: entry.epoch, first: entry.first + Int64(first), rows: batch))
                if isSealed { keptSealed += 1 }
                start = nil
            }
        }
        removeAll()
        for entry in kept { add(entry) }
        sealed = keptSealed
    }

    /// Drops every row.
    package mutating func removeAll() {
        stored = []
        head = (0, 0)
        sealed = 0
        rowCount = 0
        byteCount = 0
    }

    private mutating func add(_ entry: Entry) {
        stored.append(entry)
        rowCount += entry.rows.rowCount
        byteCount += entry.rows.memoryFootprint
    }

    // MARK: Checkpoints

    /// Every row that is left, with its name. The open epoch is empty.
    package var snapshot: SinkSnapshot {
        var rows: [RecordBatch] = []
        var token = "\(origin)"
        for (index, entry) in entries.enumerated() {
            let skipped = index == 0 ? head.row : 0
            let left = UInt32(skipped)..<UInt32(entry.rows.rowCount)
            rows.append(skipped == 0 ? entry.rows : entry.rows.selecting(SelectionVector(Array(left))).compacted())
            token += " \(entry.epoch):\(entry.first + Int64(skipped))"
        }
        return SinkSnapshot(token: Array(token.utf8), rows: rows)
    }

    /// What `snapshot` gave in an earlier run.
    package init(_ snapshot: SinkSnapshot) throws(Fault) {
        let text = String(decoding: snapshot.token, as: UTF8.self)
        let parts = text.split(separator: " ")
        let names = parts.dropFirst().map { $0.split(separator: ":").compactMap { Int64($0) } }
        guard let origin = parts.first.flatMap({ Int64($0) }), names.count == snapshot.rows.count,
            names.allSatisfy({ $0.count == 2 })
        else { throw Fault("sink.outbox", "`\(text)` does not name the rows of an outbox", domain: .internal) }
        self.init(origin: origin)
        for (name, rows) in zip(names, snapshot.rows) {
            add(Entry(epoch: name[0], first: name[1], rows: rows.compacted()))
        }
        sealed = stored.count
    }
}
