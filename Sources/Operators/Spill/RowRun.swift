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

    init(_ file: SpillFile, _ format: RowRunFormat, _ pages: [RowRunPage], groups: [Int: Int]) {
        self.file = file
        self.format = format
        self.pages = pages
        self.groups = groups
    }

    var rowCount: Int { groups.values.reduce(0, +) }

    /// Between which the hashes lie that count.
    var range: ClosedRange<UInt64> {
        let lower = max(UInt64(groups.keys.min() ?? 0) << 56, format.first)
        return lower...max(lower, min(UInt64(groups.keys.max() ?? 0) << 56 | UInt64.max >> 8, format.last))
    }

    var memoryFootprint: Int { pages.capacity * MemoryLayout<RowRunPage>.stride }

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
        let bodyAt = trailerAt - indexByteCount
        guard bodyAt >= 0, count <= format.rowCount, groups.keys.allSatisfy({ 0..<KeyGroup.count ~= $0 }) else {
            throw file.damage
        }
        let bytes = try file.read(at: bodyAt, count: trailerAt - bodyAt)
        let pages: [RowRunPage]? = bytes.withUnsafeBytes { bytes in
            guard Hashing.hash64(bytes) == format.checksum else { return nil }
            return (0..<format.pageCount).map { RowRunPage(bytes, at: $0 * RowRunPage.byteCount) }
        }
        guard let pages, pages.allSatisfy({ $0.start >= 0 && $0.start <= bodyAt - $0.storedByteCount }) else {
            throw file.damage
        }
        return RowRun(file, format, pages, groups: groups)
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
}
