import Columnar
import Dataflow
import Primitives

/// Walks over the rows of a run by hash, slice by slice.
struct RowRunCursor {
    private let run: RowRun
    private let range: ClosedRange<UInt64>
    private var page: Int
    private var rows: RecordBatch?
    private var row = 0

    init(_ run: RowRun) {
        self.run = run
        range = run.range
        page = run.page(for: range.lowerBound)
    }

    /// The next rows, all of one page; `nil` after the last.
    mutating func next() throws(Fault) -> (rows: RecordBatch, part: Range<Int>)? { try next(0) { _ in 0 } }

    /// The next rows of a slice, all of one page; `nil` if there are no more. Those of earlier slices are passed over,
    /// pages of theirs unread.
    /// - Parameter slice: the slice of a hash, which grows with the hash.
    mutating func next(_ wanted: Int, _ slice: (UInt64) -> Int) throws(Fault) -> (rows: RecordBatch, part: Range<Int>)?
    {
        while page < run.pages.count {
            if rows == nil {
                let first = run.pages[page].first
                if first > range.upperBound || first >= range.lowerBound && slice(first) > wanted { return nil }
                if page + 1 < run.pages.count, isBefore(run.pages[page + 1].first, wanted, slice) {
                    page += 1
                    continue
                }
                rows = try run.read(page)
                row = 0
            }
            guard let rows, let hashes = rows.columns[0].asInt64 else { return nil }
            func hash(_ row: Int) -> UInt64 { UInt64(bitPattern: hashes.values[row]) }
            while row < rows.rowCount && isBefore(hash(row), wanted, slice) { row += 1 }
            let first = row
            while row < rows.rowCount && hash(row) <= range.upperBound && slice(hash(row)) == wanted { row += 1 }
            let isOver = row == rows.rowCount
            if isOver {
                self.rows = nil
                page += 1
            }
            if row > first { return (rows, first..<row) }
            if !isOver { return nil }
        }
        return nil
    }

    private func isBefore(_ hash: UInt64, _ wanted: Int, _ slice: (UInt64) -> Int) -> Bool {
        hash < range.lowerBound || hash <= range.upperBound && slice(hash) < wanted
    }
}
