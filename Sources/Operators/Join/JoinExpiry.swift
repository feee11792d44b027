import Columnar
import Dataflow
import Primitives

/// Rows for which no partner comes any more, on their way out bit by bit.
struct JoinExpiry {
    /// Rows that are made at once.
    private static let stepRowsMax: Int64 = 65_536

    private var buckets: ArraySlice<(buffer: JoinBuffer, bucket: JoinBucket)>
    private let floor: EventTime
    /// Runs of the first bucket that are still to be looked at; `nil` before its rows in memory.
    private var runs: ArraySlice<JoinRun>?
    /// Where the first of them is being read, and the number of the next page's first row.
    private var reading: (page: Int, row: Int)?

    init(_ buckets: [(buffer: JoinBuffer, bucket: JoinBucket)], floor: EventTime) {
        self.buckets = buckets[...]
        self.floor = floor
    }

    /// Settles some rows, each once.
    /// - Parameter showsLonely: whether left rows without a partner come out.
    /// - Returns: whether there are more.
    mutating func proceed(_ joined: JoinedRows, showsLonely: Bool, _ output: OperatorOutput) throws(Fault) -> Bool {
        defer { joined.flush(floor: floor, output) }
        let goal = output.ledger.made + Self.stepRowsMax
        while let (buffer, bucket) = buckets.first {
            if runs == nil {
                output.ledger.held -= Int64(bucket.rowCount)
                for entry in bucket.entries.indices {
                    joined.settle(
                        bucket.place(entry), buffer.side, isMatched: bucket.entries[entry].isMatched, floor: floor,
                        output)
                }
                runs = bucket.runs[...]
            }
            while let run = runs?.first {
                if output.ledger.made >= goal { return true }
                guard try settle(run, buffer, joined, showsLonely: showsLonely, output) else { continue }
                buffer.spills?.retire(run.rows.rows.file.name)
                runs?.removeFirst()
            }
            runs = nil
            buckets.removeFirst()
            if output.ledger.made >= goal && !buckets.isEmpty { return true }
        }
        return false
    }

    /// Settles rows of a run: all at once if none comes out, else those of a page.
    /// - Returns: whether none is left.
    private mutating func settle(
        _ run: JoinRun, _ buffer: JoinBuffer, _ joined: JoinedRows, showsLonely: Bool, _ output: OperatorOutput
    ) throws(Fault) -> Bool {
        let count = run.rows.rows.rowCount
        guard buffer.side == .left && showsLonely && run.matchedCount < count else {
            output.ledger.folded += Int64(run.matchedCount)
            output.ledger.filtered += Int64(count - run.matchedCount)
            return true
        }
        let pages = run.rows.rows.pages
        let (page, first) = reading ?? (0, 0)
        if run.countsAny(first..<first + pages[page].rowCount) {
            let chunk = try buffer.stored.chunk(try run.rows.rows.read(page))
            for row in 0..<chunk.rowCount where run.counts(first + row) {
                let place = JoinedRows.Place(batch: chunk, row: row, time: chunk.eventTimes?.values[row] ?? 0)
                joined.settle(place, .left, isMatched: run.isMatched(first + row), floor: floor, output)
            }
        }
        reading = page + 1 < pages.count ? (page + 1, first + pages[page].rowCount) : nil
        return reading == nil
    }
}
