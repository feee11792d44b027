import Columnar
import Primitives

/// The groups of one pane and their aggregates.
final class Pane {
    let slot: PaneSlot
    private var table = KeyTable()
    let accumulators: [Accumulator]
    /// Groups that have changed since they were last emitted.
    private(set) var isDirty: [Bool] = []
    private(set) var hasDirtyGroups = false
    /// Grows with every change to any pane of the operator: tells whether a window's result is out of date.
    private(set) var modified: UInt64 = 0

    init(_ slot: PaneSlot, accumulators: [Accumulator]) {
        self.slot = slot
        self.accumulators = accumulators
    }

    var groupCount: Int { table.count }

    /// The number of a key's group, made if it is new; the group counts as changed.
    func group(_ key: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let (index, isNew) = table.insert(key, hash: hash)
        if isNew { isDirty.append(true) } else { isDirty[index] = true }
        return UInt32(truncatingIfNeeded: index)
    }

    /// Makes room in every accumulator for the groups found, before rows are folded into them.
    func prepare(stamp: UInt64) {
        for accumulator in accumulators { accumulator.resize(table.count) }
        hasDirtyGroups = true
        modified = stamp
    }

    func key(_ group: Int) -> UnsafeRawBufferPointer { table.key(group) }
    func hash(_ group: Int) -> UInt64 { table.hash(group) }

    func markClean() {
        guard hasDirtyGroups else { return }
        for group in isDirty.indices { isDirty[group] = false }
        hasDirtyGroups = false
    }

    /// Merges another pane's groups into this one's.
    func merge(_ other: Pane, stamp: UInt64) {
        let groups = (0..<other.groupCount).map { group(other.key($0), hash: other.hash($0)) }
        prepare(stamp: stamp)
        for (mine, others) in zip(accumulators, other.accumulators) { mine.merge(others, groups) }
    }

    var memoryFootprint: Int {
        accumulators.reduce(table.memoryFootprint + isDirty.capacity) { $0 + $1.memoryFootprint }
    }
}

/// The open panes of an operator, by their slots.
struct PaneStore {
    private let plan: AggregatePlan
    private var panes: [PaneSlot: Pane] = [:]
    /// Ascending.
    private(set) var slots: [PaneSlot] = []
    private var stamp: UInt64 = 0

    init(_ plan: AggregatePlan) {
        self.plan = plan
    }

    subscript(slot: PaneSlot) -> Pane? { panes[slot] }

    mutating func pane(_ slot: PaneSlot) -> Pane {
        if let pane = panes[slot] { return pane }
        let pane = plan.makePane(slot)
        panes[slot] = pane
        slots.insert(slot, at: slots.firstIndex { $0 > slot } ?? slots.count)
        return pane
    }

    mutating func remove(_ slot: PaneSlot) {
        panes[slot] = nil
        slots.removeAll { $0 == slot }
    }

    /// A number greater than all before, for `Pane.modified`.
    mutating func nextStamp() -> UInt64 {
        stamp += 1
        return stamp
    }

    var memoryFootprint: Int { panes.values.reduce(0) { $0 + $1.memoryFootprint } }
}
