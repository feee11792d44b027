import Columnar
import Dataflow
import Primitives

/// The rows of one side that happened in one stretch of event time, by key. What memory has no room for lies on disk,
/// as runs; the rows that come after that are in memory again.
final class JoinBucket {
    static let bytesPerEntry = MemoryLayout<Entry>.stride
    private static let none = UInt32.max

    struct Entry {
        /// When the row happened.
        var time: Int64
        /// Told apart from other rows of its key in this bucket, in checkpoints.
        var number: Int64
        /// Where it lies: the batch, and the row there.
        var chunk: UInt32
        var row: UInt32
        var key: UInt32
        /// The entry of its key before it.
        var next: UInt32
        var isMatched = false
    }

    private(set) var entries: [Entry] = []
    private(set) var chunks: [RecordBatch] = []
    private var keys = KeyTable()
    /// The last entry of each key.
    private var heads: [UInt32] = []
    private(set) var nextNumber: Int64 = 0
    /// Entries that checkpoints hold; those behind are new.
    private(set) var capturedCount = 0
    /// Captured entries that have found a partner since.
    private(set) var newlyMatched: [UInt32] = []
    private(set) var runs: [JoinRun] = []
    /// Whether rows have gone to disk since the last capture.
    private(set) var hasNewRuns = false

    /// Takes a batch that entries are to point to.
    /// - Returns: its number.
    func add(_ chunk: RecordBatch) -> UInt32 {
        chunks.append(chunk)
        return UInt32(truncatingIfNeeded: chunks.count - 1)
    }

    /// Adds a row; one that comes back has the number that it had.
    func insert(
        _ key: UnsafeRawBufferPointer, hash: UInt64, time: Int64, chunk: UInt32, row: Int, isMatched: Bool,
        number: Int64? = nil
    ) {
        let (index, isNew) = keys.insert(key, hash: hash)
        if isNew { heads.append(Self.none) }
        entries.append(
            Entry(
                time: time, number: number ?? nextNumber, chunk: chunk, row: UInt32(truncatingIfNeeded: row),
                key: UInt32(truncatingIfNeeded: index), next: heads[index], isMatched: isMatched))
        nextNumber = max(nextNumber, (number ?? nextNumber) + 1)
        heads[index] = UInt32(truncatingIfNeeded: entries.count - 1)
    }

    /// Calls `body` with every entry of a key.
    func forEach(_ key: UnsafeRawBufferPointer, hash: UInt64, _ body: (Int) -> Void) {
        guard let index = keys.find(key, hash: hash) else { return }
        var position = heads[index]
        while position != Self.none {
            body(Int(position))
            position = entries[Int(position)].next
        }
    }

    func hash(_ entry: Int) -> UInt64 { keys.hash(Int(entries[entry].key)) }

    func place(_ entry: Int) -> JoinedRows.Place {
        let entry = entries[entry]
        return JoinedRows.Place(batch: chunks[Int(entry.chunk)], row: Int(entry.row), time: entry.time)
    }

    func match(_ entry: Int) {
        guard !entries[entry].isMatched else { return }
        entries[entry].isMatched = true
        if entry < capturedCount { newlyMatched.append(UInt32(truncatingIfNeeded: entry)) }
    }

    /// Marks rows that come back: their partners were found before.
    func match(where hasPartner: (_ hash: UInt64, _ number: Int64) -> Bool) {
        for entry in entries.indices where hasPartner(hash(entry), entries[entry].number) {
            entries[entry].isMatched = true
        }
    }

    func markCaptured() {
        capturedCount = entries.count
        newlyMatched = []
        hasNewRuns = false
    }

    // MARK: Disk

    /// Moves what is in memory to disk.
    func spill(_ stored: JoinRows, in folder: SpillFolder) throws(Fault) {
        let order = HashOrder.sorted(entries.count) { hash($0) }
        var builder = RowRunBuilder(folder)
        try stored.write(self, order, isPaged: true) { page throws(Fault) in try builder.append(page) }
        let hashes = order.map { hash(Int($0)) }
        var start = 0
        for run in try builder.finish() {
            let end = start + run.rowCount
            runs.append(
                JoinRun(
                    FilteredRun(run, hashes[start..<end]),
                    order[start..<end].map { self.entries[Int($0)].isMatched }
                ))
            start = end
        }
        (entries, chunks, heads) = ([], [], [])
        keys = KeyTable()
        (capturedCount, newlyMatched) = (0, [])
        hasNewRuns = true
    }

    /// A run has come back.
    /// - Parameter next: what a new row is numbered at least.
    func append(_ run: JoinRun, next: Int64) {
        runs.append(run)
        nextNumber = max(nextNumber, next)
    }

    /// All rows, wherever they are.
    var rowCount: Int { runs.reduce(entries.count) { $0 + $1.rows.rows.rowCount } }

    /// What its rows in memory take.
    var entriesFootprint: Int {
        let lists = entries.capacity * Self.bytesPerEntry + (heads.capacity + newlyMatched.capacity) * 4
        return chunks.reduce(keys.memoryFootprint + lists) { $0 + $1.memoryFootprint }
    }

    var memoryFootprint: Int { runs.reduce(entriesFootprint) { $0 + $1.memoryFootprint } }
}
