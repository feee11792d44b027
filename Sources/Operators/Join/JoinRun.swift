import Columnar
import Dataflow
import Primitives

/// Rows of one bucket of a join that lie on disk. Which of them have found a partner is known in memory, a bit a row.
final class JoinRun {
    /// Rows of one key group in the file, as checkpoints tell of them.
    struct Group {
        /// The number of its first row among all of the file.
        var first: Int
        var count: Int
        /// A bit a row, the first row's the lowest of the first byte.
        var matched: [UInt8]
    }

    let rows: FilteredRun
    /// The number of the first row that counts among all of the file.
    private let first: Int
    /// A bit for each row that counts.
    private var matched: [UInt8]
    private(set) var matchedCount = 0
    /// Whether a row has found a partner since the last capture.
    private(set) var isChanged = false

    /// - Parameter isMatched: of every row.
    init(_ rows: FilteredRun, _ isMatched: some Sequence<Bool>) {
        self.rows = rows
        first = 0
        matched = Array(repeating: 0, count: (rows.rows.rowCount + 7) / 8)
        for (row, isMatched) in isMatched.enumerated() where isMatched { match(row) }
        isChanged = false
    }

    private init(_ rows: FilteredRun, first: Int) {
        self.rows = rows
        self.first = first
        matched = Array(repeating: 0, count: (rows.rows.rowCount + 7) / 8)
    }

    /// Opens a file that an earlier run has written.
    /// - Parameter groups: groups that follow each other, those of no rows left out.
    static func open(_ name: String, groups: [Int: Group], in folder: SpillFolder) throws(Fault) -> JoinRun {
        let rows = try FilteredRun.open(name, groups: groups.mapValues(\.count), in: folder)
        let run = JoinRun(rows, first: groups.values.map(\.first).min() ?? 0)
        for group in groups.values {
            guard group.matched.count == (group.count + 7) / 8,
                group.first - run.first + group.count <= rows.rows.rowCount
            else { throw rows.rows.file.damage }
            for row in 0..<group.count where group.matched[row / 8] >> UInt8(row % 8) & 1 != 0 {
                run.match(group.first + row)
            }
        }
        run.isChanged = false
        return run
    }

    var memoryFootprint: Int { rows.memoryFootprint + matched.capacity }

    /// Whether a row counts.
    /// - Parameter row: its number among all of the file.
    func counts(_ row: Int) -> Bool { row >= first && row < first + rows.rows.rowCount }

    func countsAny(_ numbers: Range<Int>) -> Bool { numbers.overlaps(first..<first + rows.rows.rowCount) }

    /// - Parameter row: its number among all of the file.
    func isMatched(_ row: Int) -> Bool { matched[(row - first) / 8] >> UInt8((row - first) % 8) & 1 != 0 }

    func match(_ row: Int) {
        guard !isMatched(row) else { return }
        matched[(row - first) / 8] |= 1 << UInt8((row - first) % 8)
        matchedCount += 1
        isChanged = true
    }

    /// What a checkpoint is to know, by key group.
    func capture() -> [(number: Int, group: Group)] {
        isChanged = false
        var row = first
        return rows.rows.groups.sorted { $0.key < $1.key }.map { number, count in
            var bits = Array(repeating: UInt8(0), count: (count + 7) / 8)
            for index in 0..<count where isMatched(row + index) { bits[index / 8] |= 1 << UInt8(index % 8) }
            defer { row += count }
            return (number, Group(first: row, count: count, matched: bits))
        }
    }
}
