import Columnar
import Dataflow
import Primitives

/// The groups of several panes as one, merged slice by slice in the order of their hashes: so that a window takes the
/// memory of a slice, wherever its groups lie.
struct PaneSlices {
    private static let groupsPerSlice = 8_192

    private let plan: AggregatePlan
    private let format: CapturedPanes
    private let slot: PaneSlot
    private let panes: [Pane]
    private let runs: [PaneRun]
    private var cursors: [RowRunCursor]
    /// The groups of each pane slice by slice, and where each slice begins.
    private var order: [(groups: [UInt32], starts: [Int])] = []
    private let least: UInt64
    /// Slices for each hash from `least` on, in units of 2^-64.
    private let scale: UInt64
    private let sliceCount: Int
    /// Whether a slice may hold news.
    private var isNews: [Bool] = []
    private var position = 0

    /// - Parameters:
    ///   - slot: of the pane that comes of it.
    ///   - news: slices are passed over in which no group may carry one of these marks; empty: none is.
    init(
        _ plan: AggregatePlan, _ format: CapturedPanes, slot: PaneSlot, panes: [Pane], runs: [PaneRun],
        news: GroupMarks = []
    ) {
        self.plan = plan
        self.format = format
        self.slot = slot
        self.panes = panes
        self.runs = runs
        cursors = runs.map { RowRunCursor($0.rows) }
        let count =
            panes.reduce(0) { $0 + $1.groupCount } + runs.reduce(0) { $0 + $1.rows.rowCount }
        var (least, most) = (UInt64.max, UInt64.min)
        for pane in panes {
            for group in 0..<pane.groupCount {
                least = min(least, pane.hash(group))
                most = max(most, pane.hash(group))
            }
        }
        for run in runs {
            least = min(least, run.rows.range.lowerBound)
            most = max(most, run.rows.range.upperBound)
        }
        if least > most { (least, most) = (0, 0) }
        self.least = least
        sliceCount = max(1, (count + Self.groupsPerSlice - 1) / Self.groupsPerSlice)
        // Rounded down, so that the greatest hash falls into the last slice or before.
        scale = max(most - least, UInt64(sliceCount) + 1).dividingFullWidth((UInt64(sliceCount), 0)).quotient
        order = panes.map(sorted)
        isNews = Array(repeating: news.isEmpty || runs.contains { !$0.marks.isDisjoint(with: news) }, count: sliceCount)
        guard isNews.contains(false) else { return }
        for pane in panes {
            for group in 0..<pane.groupCount where !pane.marks(group).isDisjoint(with: news) {
                isNews[slice(pane.hash(group))] = true
            }
        }
    }

    /// The next groups that are not empty; `nil` after the last.
    mutating func next() throws(Fault) -> Pane? {
        while position < sliceCount {
            let wanted = position
            position += 1
            guard isNews[wanted] else { continue }
            let merged = plan.makePane(slot)
            for index in runs.indices {
                while let (rows, part) = try nextRows(index, wanted) {
                    try format.merge(rows, part, valid: runs[index].marks, into: merged)
                }
            }
            for (pane, order) in zip(panes, order) {
                let part = order.groups[order.starts[wanted]..<order.starts[wanted + 1]]
                if !part.isEmpty { merged.merge(pane, Array(part)) }
            }
            if merged.groupCount > 0 { return merged }
        }
        return nil
    }

    private mutating func nextRows(
        _ index: Int, _ wanted: Int
    ) throws(Fault) -> (rows: RecordBatch, part: Range<Int>)? {
        let (least, scale, last) = (least, scale, sliceCount - 1)
        return try cursors[index].next(wanted) { Self.slice($0, least, scale, last) }
    }

    private func slice(_ hash: UInt64) -> Int { Self.slice(hash, least, scale, sliceCount - 1) }

    private static func slice(_ hash: UInt64, _ least: UInt64, _ scale: UInt64, _ last: Int) -> Int {
        min(Int(truncatingIfNeeded: (hash - least).multipliedFullWidth(by: scale).high), last)
    }

    /// A pane's groups slice by slice: a counting sort.
    private func sorted(_ pane: Pane) -> (groups: [UInt32], starts: [Int]) {
        guard sliceCount > 1 else {
            return ((0..<pane.groupCount).map { UInt32(truncatingIfNeeded: $0) }, [0, pane.groupCount])
        }
        var starts = Array(repeating: 0, count: sliceCount + 1)
        for group in 0..<pane.groupCount { starts[slice(pane.hash(group)) + 1] += 1 }
        for index in 1...sliceCount { starts[index] += starts[index - 1] }
        var next = starts
        var groups = Array(repeating: UInt32(0), count: pane.groupCount)
        for group in 0..<pane.groupCount {
            let slice = slice(pane.hash(group))
            groups[next[slice]] = UInt32(truncatingIfNeeded: group)
            next[slice] += 1
        }
        return (groups, starts)
    }
}
