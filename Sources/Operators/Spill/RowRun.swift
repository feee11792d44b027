import Columnar
import Compression
import Dataflow
import Primitives

/// Rows of one bucket that lie on disk, sorted by the hash in column 0.
final class RowRun {
    let file: SpillFile
    let format: RowRunFormat
    let pages: [RowRunPage]
    /// The rows of each key group that count, by group.
    let groups: [Int: Int]
    /// Says of most hashes that they are not here, if somebody looks for them.
    private let filter: HashFilter
    private let hasFilter: Bool
    /// The page that was read last to look for a hash.
    private var found: (page: Int, rows: RecordBatch)?

    init(
        _ file: SpillFile, _ format: RowRunFormat, _ pages: [RowRunPage], _ filterBytes: ArraySlice<UInt8>,
        groups: [Int: Int]
    ) {
        self.file = file
        self.format = format
        self.pages = pages
        hasFilter = !filterBytes.isEmpty
        filter =
            HashFilter(filterBytes, range: format.first...format.last)
            ?? HashFilter(count: 0, range: format.first...format.last)
        self.groups = groups
    }

    var rowCount: Int { groups.values.reduce(0, +) }

    /// Between which the hashes lie that count.
    var range: ClosedRange<UInt64> {
        let lower = max(UInt64(groups.keys.min() ?? 0) << 56, format.first)
        return lower...max(lower, min(UInt64(groups.keys.max() ?? 0) << 56 | UInt64.max >> 8, format.last))
    }

    var memoryFootprint: Int {
        filter.memoryFootprint + pages.capacity * MemoryLayout<RowRunPage>.stride + (found?.rows.memoryFootprint ?? 0)
    }

    /// Opens a file that an earlier run has written. Its rows are checked when they are read.
    /// - Parameter groups: groups that follow each other, those of no rows left out, with the rows of each that count.
    static func open(_ name: String, groups: [Int: Int], in folder: SpillFolder) throws(Fault) -> RowRun {
        let file = try folder.open(name)
        let trailerAt = file.byteCount - RowRunFormat.trailerByteCount
        guard trailerAt >= 0 else { throw file.damage }
        let trailer = try file.read(at: trailerAt, count: RowRunFormat.trailerByteCount)
        guard let format = trailer.withUnsafeBytes({ RowRunFormat(trailer: $0) }) else { throw file.damage }
        let count = groups.values.reduce(0) { $0 + min(max(0, $1), format.rowCount) }
        let indexByteCount = format.pageCount * RowRunPage.byteCount
        let bodyAt = trailerAt - indexByteCount - format.filterByteCount
        guard bodyAt >= 0, count <= format.rowCount, groups.keys.allSatisfy({ 0..<KeyGroup.count ~= $0 }) else {
            throw file.damage
        }
        let bytes = try file.read(at: bodyAt, count: trailerAt - bodyAt)
        let pages: [RowRunPage]? = bytes.withUnsafeBytes { bytes in
            guard Hashing.hash64(bytes) == format.checksum else { return nil }
            return (0..<format.pageCount).map {
                RowRunPage(bytes, at: format.filterByteCount + $0 * RowRunPage.byteCount)
            }
        }
        guard let pages, pages.allSatisfy({ $0.start >= 0 && $0.start <= bodyAt - $0.storedByteCount }) else {
            throw file.damage
        }
        return RowRun(file, format, pages, bytes.prefix(format.filterByteCount), groups: groups)
    }

    /// Reads a page.
    func read(_ page: Int) throws(Fault) -> RecordBatch {
        let page = pages[page]
        let stored = try file.read(at: page.start, count: page.storedByteCount)
        let isWhole = stored.withUnsafeBytes { Hashing.hash64($0) == page.checksum }
        guard isWhole else { throw file.damage }
        let codec = page.storedByteCount == page.byteCount ? BlockCodec.none : .lz4
        let result: Result<[UInt8], Fault> = stored.withUnsafeBytes { stored in
            do throws(Fault) {
                return .success(try codec.decompress(stored, count: page.byteCount))
            } catch {
                return .failure(error)
            }
        }
        let rows = try BatchCodec.decode(result.get())
        guard rows.rowCount == page.rowCount, rows.columns.first?.asInt64 != nil else { throw file.damage }
        return rows
    }

    /// The first page that may hold a hash: equal hashes may begin at the end of a page.
    func page(for hash: UInt64) -> Int {
        var low = 0
        var high = pages.count
        while low < high {
            let middle = (low + high) / 2
            if pages[middle].first < hash { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    /// Whether a hash may be here.
    func mayContain(_ hash: UInt64) -> Bool {
        guard range.contains(hash) else { return false }
        return !hasFilter || filter.mayContain(hash)
    }

    /// Calls `body` with every row of a hash, and with its number among all rows of the file.
    func forEach(
        _ hash: UInt64, _ body: (_ rows: RecordBatch, _ row: Int, _ number: Int) throws(Fault) -> Void
    ) throws(Fault) {
        guard mayContain(hash) else { return }
        var number = page(for: hash)
        var first = pages[..<number].reduce(0) { $0 + $1.rowCount }
        while number < pages.count && pages[number].first <= hash {
            if found?.page != number { found = (number, try read(number)) }
            guard let rows = found?.rows, let hashes = rows.columns[0].asInt64 else { return }
            var row = Self.lowerBound(hash, hashes)
            while row < rows.rowCount && UInt64(bitPattern: hashes.values[row]) == hash {
                try body(rows, row, first + row)
                row += 1
            }
            first += pages[number].rowCount
            number += 1
        }
    }

    private static func lowerBound(_ hash: UInt64, _ hashes: Int64Column) -> Int {
        var low = 0
        var high = hashes.count
        while low < high {
            let middle = (low + high) / 2
            if UInt64(bitPattern: hashes.values[middle]) < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
