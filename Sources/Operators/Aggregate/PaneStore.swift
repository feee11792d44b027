import Dataflow
import Primitives

/// The open panes of an operator, by their slots. What memory has no room for lies on disk, as runs of groups; a pane
/// in memory then holds what has come since.
struct PaneStore {
    /// Runs of a pane that may hold the same group before they are merged.
    private static let depthMax = 16

    private let plan: AggregatePlan
    private let rows: CapturedPanes
    private let spills: SpillFolder?
    /// Whether rows of one key have one group in panes that are made from now on.
    var looksKeysUp = true
    private var panes: [PaneSlot: Pane] = [:]
    private var runs: [PaneSlot: [PaneRun]] = [:]
    /// Ascending.
    private(set) var slots: [PaneSlot] = []
    /// Starts of panes whose runs have changed since this was last emptied.
    var startsOfChangedRuns: Set<Int64> = []
    /// Starts of panes whose groups have gone to disk since this was last emptied.
    var startsOfSpilledPanes: Set<Int64> = []

    /// - Parameter spills: `nil`: everything stays in memory.
    init(_ plan: AggregatePlan, spills: SpillFolder? = nil) {
        self.plan = plan
        self.spills = spills
        rows = CapturedPanes(plan)
    }

    /// What is in memory of a pane.
    subscript(slot: PaneSlot) -> Pane? { panes[slot] }

    /// What is on disk of a pane.
    func runs(_ slot: PaneSlot) -> [PaneRun] { runs[slot] ?? [] }

    /// Every mark that some group of a pane may carry.
    func anyMarks(_ slot: PaneSlot) -> GroupMarks {
        runs(slot).reduce(panes[slot]?.anyMarks ?? []) { $0.union($1.marks) }
    }

    mutating func pane(_ slot: PaneSlot) -> Pane {
        if let pane = panes[slot] { return pane }
        let pane = plan.makePane(slot, looksKeysUp: looksKeysUp)
        panes[slot] = pane
        add(slot)
        return pane
    }

    private mutating func add(_ slot: PaneSlot) {
        let position = slots.firstIndex { $0 >= slot } ?? slots.count
        if position == slots.count || slots[position] != slot { slots.insert(slot, at: position) }
    }

    mutating func remove(_ slot: PaneSlot) {
        panes[slot] = nil
        slots.removeAll { $0 == slot }
        guard let runs = runs.removeValue(forKey: slot) else { return }
        for run in runs { spills?.retire(run.rows.file.name) }
        startsOfChangedRuns.insert(slot.start)
    }

    /// Takes a mark from every group of a pane.
    func clear(_ mark: GroupMarks, of slot: PaneSlot) {
        panes[slot]?.clear(mark)
        // A checkpoint that is gone back to tells by its time that the mark has been cleared.
        for run in runs(slot) { run.marks.subtract(mark) }
    }

    /// Every window has shown every group.
    mutating func markShown() {
        for slot in slots {
            panes[slot]?.markShown()
            for run in runs(slot) where !run.marks.isEmpty {
                run.marks = []
                startsOfChangedRuns.insert(slot.start)
            }
        }
    }

    var memoryFootprint: Int {
        runs.values.joined().reduce(panes.values.reduce(0) { $0 + $1.memoryFootprint }) {
            $0 + $1.rows.memoryFootprint
        }
    }

    // MARK: Disk

    var spillableBytes: Int {
        guard let spills else { return 0 }
        return panes.values.reduce(0) { $0 + ($1.groupCount >= spills.bucketRowsMin ? $1.memoryFootprint : 0) }
    }

    /// Moves panes to disk, the oldest first: fewer rows come for them.
    /// - Parameters:
    ///   - bytes: to be freed, if there is so much.
    ///   - settled: when closed windows were last looked at.
    mutating func spill(_ bytes: Int, settled: EventTime) throws(Fault) {
        guard let spills else { return }
        var freed = 0
        for slot in slots where freed < bytes {
            guard let pane = panes[slot], pane.groupCount >= spills.bucketRowsMin else { continue }
            freed += pane.memoryFootprint
            let marks = pane.anyMarks.intersection([.unsettled, .unshown])
            runs[slot, default: []] += try write(pane, in: spills, settled).map { PaneRun($0, marks) }
            panes[slot] = nil
            startsOfSpilledPanes.insert(slot.start)
            startsOfChangedRuns.insert(slot.start)
            if depth(slot) > Self.depthMax { try mergeRuns(slot, in: spills, settled) }
        }
    }

    private func write(_ pane: Pane, in folder: SpillFolder, _ settled: EventTime) throws(Fault) -> [RowRun] {
        var writer = rows.makeWriter(isPaged: true)
        var builder = RowRunBuilder(folder)
        for group in HashOrder.sorted(pane.groupCount, { pane.hash($0) }) {
            writer.append(pane, Int(group), settled: settled)
            for page in writer.takeFull() { try builder.append(page) }
        }
        for page in writer.finish() { try builder.append(page) }
        return try builder.finish()
    }

    /// How many runs of a pane may hold the same group.
    private func depth(_ slot: PaneSlot) -> Int {
        let ranges = runs(slot).map(\.rows.range)
        return ranges.reduce(0) { depth, range in max(depth, ranges.count { $0.contains(range.lowerBound) }) }
    }

    /// Makes a few runs of many that hold the same groups.
    private mutating func mergeRuns(_ slot: PaneSlot, in folder: SpillFolder, _ settled: EventTime) throws(Fault) {
        let old = runs(slot)
        var slices = PaneSlices(plan, rows, slot: slot, panes: [], runs: old)
        var writer = rows.makeWriter(isPaged: true)
        var builder = RowRunBuilder(folder)
        var marks: GroupMarks = []
        while let merged = try slices.next() {
            marks.formUnion(merged.anyMarks)
            for group in HashOrder.sorted(merged.groupCount, { merged.hash($0) }) {
                writer.append(merged, Int(group), settled: settled)
                for page in writer.takeFull() { try builder.append(page) }
            }
        }
        for page in writer.finish() { try builder.append(page) }
        runs[slot] = try builder.finish().map { PaneRun($0, marks) }
        for run in old { folder.retire(run.rows.file.name) }
    }

    /// Takes back a run that an earlier run of the job has written.
    mutating func restore(
        _ file: String, groups: [Int: Int], _ marks: GroupMarks, of slot: PaneSlot
    ) throws(Fault) {
        guard let spills else { throw Fault("state.no_spills", "runs of groups need a folder", domain: .internal) }
        runs[slot, default: []].append(PaneRun(try RowRun.open(file, groups: groups, in: spills), marks))
        add(slot)
    }
}
