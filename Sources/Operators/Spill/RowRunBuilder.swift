import Columnar
import Compression
import Dataflow
import Primitives

/// Writes rows that come sorted by the hash in column 0 as runs, each of a stretch of hashes.
///
/// What is in a file is put together in memory, so files are small: a spill that takes much memory frees none.
struct RowRunBuilder {
    static let pageRowsMax = 1_024
    static let pageBytesMax = 256 << 10
    private static let fileByteCountMax = 16 << 20

    private let folder: SpillFolder
    private var parts: [[UInt8]] = []
    private var byteCount = 0
    private var pages: [RowRunPage] = []
    private var groups: [Int: Int] = [:]
    private var rowCount = 0
    private var last: UInt64 = 0
    private var runs: [RowRun] = []

    init(_ folder: SpillFolder) {
        self.folder = folder
    }

    /// Adds a page.
    mutating func append(_ rows: RecordBatch) throws(Fault) {
        guard rows.rowCount > 0, let column = rows.columns[0].asInt64 else { return }
        let first = UInt64(bitPattern: column.values[0])
        assert(first >= last || pages.isEmpty, "rows come sorted")
        // Rows of one hash lie in one file.
        if byteCount >= Self.fileByteCountMax && first > last { try endFile() }
        for row in 0..<rows.rowCount {
            last = UInt64(bitPattern: column.values[row])
            groups[KeyGroup.of(hash: last), default: 0] += 1
        }
        let content = BatchCodec.encode(rows)
        let (_, stored) = BlockCodec.lz4.compress(content)
        pages.append(
            RowRunPage(
                first: first, checksum: stored.withUnsafeBytes { Hashing.hash64($0) }, start: byteCount,
                storedByteCount: stored.count, byteCount: content.count, rowCount: rows.rowCount))
        parts.append(stored)
        byteCount += stored.count
        rowCount += rows.rowCount
    }

    private mutating func endFile() throws(Fault) {
        guard let first = pages.first?.first else { return }
        var tail: [UInt8] = []
        tail.reserveCapacity(pages.count * RowRunPage.byteCount)
        for page in pages { page.append(to: &tail) }
        let format = RowRunFormat(
            rowCount: rowCount, pageCount: pages.count, first: first, last: last,
            checksum: tail.withUnsafeBytes { Hashing.hash64($0) })
        let file = try folder.create(parts + [tail, format.trailer])
        runs.append(RowRun(file, format, pages, groups: groups))
        (parts, pages, groups, byteCount, rowCount) = ([], [], [:], 0, 0)
    }

    /// Writes what is left.
    /// - Returns: the runs, those of the least hashes first.
    mutating func finish() throws(Fault) -> [RowRun] {
        try endFile()
        defer { runs = [] }
        return runs
    }
}
