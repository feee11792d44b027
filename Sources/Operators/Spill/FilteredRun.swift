import Columnar
import Dataflow
import Primitives

/// A run in which single hashes are looked for: a filter in memory says of most others that they are not there.
final class FilteredRun {
    /// Bytes of memory for each row: its share of the filter, and of what is known of a page.
    static let bytesPerRow = 3

    /// A hash that is looked for, and what it is the hash of.
    struct Wanted {
        var hash: UInt64
        var number: UInt32
    }

    /// Rows of a page and the wanted that have the same hash.
    struct Hit {
        var rows: Range<Int>
        var wanted: Range<Int>
    }

    let rows: RowRun
    private let filter: HashFilter
    /// The number of each page's first row among all of the file.
    private let starts: [Int]

    /// - Parameter hashes: of the rows that count.
    init(_ rows: RowRun, _ hashes: ArraySlice<UInt64>) {
        self.rows = rows
        filter = HashFilter(count: hashes.count, range: rows.range)
        for hash in hashes { filter.insert(hash) }
        var start = 0
        starts = rows.pages.map { page in
            defer { start += page.rowCount }
            return start
        }
    }

    /// Opens a file that an earlier run has written and reads the rows that count once, to make their filter.
    /// - Parameter take: is given their hashes, too.
    static func open(
        _ name: String, groups: [Int: Int], in folder: SpillFolder, _ take: (ArraySlice<UInt64>) -> Void = { _ in }
    ) throws(Fault) -> FilteredRun {
        let run = try RowRun.open(name, groups: groups, in: folder)
        var hashes: [UInt64] = []
        hashes.reserveCapacity(run.rowCount)
        var cursor = RowRunCursor(run)
        while let (rows, part) = try cursor.next() {
            guard let column = rows.columns[0].asInt64 else { throw run.file.damage }
            for row in part { hashes.append(UInt64(bitPattern: column.values[row])) }
        }
        guard hashes.count == run.rowCount else { throw run.file.damage }
        take(hashes[...])
        return FilteredRun(run, hashes[...])
    }

    var memoryFootprint: Int { rows.memoryFootprint + filter.memoryFootprint + starts.capacity * 8 }

    /// Whether a hash may be here.
    func mayContain(_ hash: UInt64) -> Bool { filter.mayContain(hash) }

    /// Calls `body` with each page that has rows of some hashes, read once.
    /// - Parameters:
    ///   - wanted: by hash.
    ///   - body: is given the number of the page's first row among all of the file, too.
    func forEachPage(
        _ wanted: [Wanted], _ body: (_ rows: RecordBatch, _ first: Int, _ hits: [Hit]) throws(Fault) -> Void
    ) throws(Fault) {
        var number = -1
        var page: RecordBatch?
        var hits: [Hit] = []
        var start = 0
        while start < wanted.count {
            let hash = wanted[start].hash
            var end = start + 1
            while end < wanted.count && wanted[end].hash == hash { end += 1 }
            defer { start = end }
            guard filter.mayContain(hash) else { continue }
            var next = rows.page(for: hash)
            while next < rows.pages.count && rows.pages[next].first <= hash {
                if next != number {
                    if let page, !hits.isEmpty { try body(page, starts[number], hits) }
                    hits.removeAll(keepingCapacity: true)
                    page = try rows.read(next)
                    number = next
                }
                if let found = page?.rows(of: hash) { hits.append(Hit(rows: found, wanted: start..<end)) }
                next += 1
            }
        }
        if let page, !hits.isEmpty { try body(page, starts[number], hits) }
    }
}

extension RecordBatch {
    /// The rows of a hash, in a page.
    fileprivate func rows(of hash: UInt64) -> Range<Int>? {
        guard let hashes = columns[0].asInt64 else { return nil }
        var low = 0
        var high = rowCount
        while low < high {
            let middle = (low + high) / 2
            if UInt64(bitPattern: hashes.values[middle]) < hash { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < rowCount && UInt64(bitPattern: hashes.values[end]) == hash { end += 1 }
        return end > low ? low..<end : nil
    }
}

extension [FilteredRun.Wanted] {
    /// Numbers from zero up, by their hashes.
    init(_ count: Int, _ hash: (Int) -> UInt64) {
        self = HashOrder.sorted(count, hash).map { FilteredRun.Wanted(hash: hash(Int($0)), number: $0) }
    }
}
