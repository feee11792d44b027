import Columnar
import Primitives

/// What is still to be done about the latest change of a group.
struct GroupMarks: OptionSet {
    let rawValue: UInt8

    /// Windows that had closed before the change have not shown it.
    static let unsettled = GroupMarks(rawValue: 1)
    /// Windows that were open when it came have not shown it.
    static let unshown = GroupMarks(rawValue: 2)
    /// No checkpoint holds it.
    static let uncaptured = GroupMarks(rawValue: 4)
    static let changed: GroupMarks = [unsettled, unshown, uncaptured]
}

/// The groups of one pane and their aggregates.
final class Pane {
    let slot: PaneSlot
    private var table = KeyTable()
    let accumulators: [Accumulator]
    /// Whether rows of one key have one group; else each row is a group of its own.
    private let looksKeysUp: Bool
    /// Rows folded into it.
    private(set) var rowCount = 0
    /// One for each group.
    private var marks: [GroupMarks] = []
    /// Every mark that some group may carry.
    private(set) var anyMarks: GroupMarks = []

    init(_ slot: PaneSlot, accumulators: [Accumulator], looksKeysUp: Bool = true) {
        self.slot = slot
        self.accumulators = accumulators
        self.looksKeysUp = looksKeysUp
    }

    var groupCount: Int { table.count }

    /// Whether looking keys up waits for memory, so that several are better looked up together.
    var isFar: Bool { looksKeysUp && table.isFar }

    /// Asks for the memory that looking up these hashes will read.
    func prefetch(_ hashes: some Sequence<UInt64>) {
        for hash in hashes { table.prefetchSlot(hash) }
        for hash in hashes { table.prefetchEntry(hash) }
    }

    /// The number of a key's group, made if it is new; the group counts as changed.
    func group(_ key: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        guard looksKeysUp else {
            marks.append(.changed)
            return UInt32(truncatingIfNeeded: table.append(key, hash: hash))
        }
        let (index, isNew) = table.insert(key, hash: hash)
        if isNew { marks.append(.changed) } else { marks[index] = .changed }
        return UInt32(truncatingIfNeeded: index)
    }

    /// The number of a group that comes back with the marks it had; `nil` if it is here.
    func newGroup(_ key: UnsafeRawBufferPointer, hash: UInt64, _ mark: GroupMarks) -> UInt32? {
        let (index, isNew) = table.insert(key, hash: hash)
        guard isNew else { return nil }
        marks.append(mark)
        anyMarks.formUnion(mark)
        return UInt32(truncatingIfNeeded: index)
    }

    /// Makes room in every accumulator for the groups found, before so many rows are folded into them.
    func prepare(rows: Int) {
        resize()
        rowCount += rows
        anyMarks = .changed
    }

    /// Makes room in every accumulator for the groups found.
    func resize() {
        for accumulator in accumulators { accumulator.resize(table.count) }
    }

    func key(_ group: Int) -> UnsafeRawBufferPointer { table.key(group) }

    /// Appends the keys of groups to a column of bytes.
    func appendKeys(_ groups: Range<Int>, to builder: ColumnBuilder) {
        let start = table.start(groups.lowerBound)
        let keys = table.keys(groups).bindMemory(to: UInt8.self)
        builder.append(joined: keys, count: groups.count) { table.start(groups.lowerBound + $0 + 1) - start }
    }

    func hash(_ group: Int) -> UInt64 { table.hash(group) }
    func marks(_ group: Int) -> GroupMarks { marks[group] }

    /// Takes a mark from every group.
    func clear(_ mark: GroupMarks) {
        guard anyMarks.contains(mark) else { return }
        for group in marks.indices { marks[group].remove(mark) }
        anyMarks.remove(mark)
    }

    /// Closed windows have shown a group.
    func settle(_ group: Int) { marks[group].remove(.unsettled) }

    /// Every window has shown every group. That is news to the next checkpoint, as the rest of a change is.
    func markShown() {
        guard anyMarks.contains(.unshown) else { return }
        for group in marks.indices where marks[group].contains(.unshown) { marks[group] = .uncaptured }
        anyMarks = .uncaptured
    }

    /// The number of a group of another pane that comes to this one, with the marks that it has there.
    func mergedGroup(_ key: UnsafeRawBufferPointer, hash: UInt64, _ mark: GroupMarks) -> UInt32 {
        let (index, isNew) = table.insert(key, hash: hash)
        if isNew { marks.append(mark) } else { marks[index].formUnion(mark) }
        anyMarks.formUnion(mark)
        return UInt32(truncatingIfNeeded: index)
    }

    /// Merges some of another pane's groups, and their marks, into this one's.
    func merge(_ other: Pane, _ sources: [UInt32]) {
        let groups = sources.map { group in
            mergedGroup(other.key(Int(group)), hash: other.hash(Int(group)), other.marks[Int(group)])
        }
        resize()
        for (mine, others) in zip(accumulators, other.accumulators) { mine.merge(others, sources, groups) }
    }

    var memoryFootprint: Int {
        accumulators.reduce(table.memoryFootprint + marks.capacity) { $0 + $1.memoryFootprint }
    }
}
