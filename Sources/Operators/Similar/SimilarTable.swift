import Primitives
import TextAnalysis

/// Which groups' first texts have a key: open addressing over 8-byte entries, at most half full. Many may have one.
final class SimilarTable {
    /// 32 bits of a key, and the group. The free ones have no group.
    fileprivate struct Entry: BitwiseCopyable {
        var tag: UInt32
        var group: UInt32

        var isFree: Bool { group == .max }
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var mask: Int
    private var used = 0

    init() {
        mask = 1_023
        entries = Self.allocate(mask + 1)
    }

    deinit {
        entries.deallocate()
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        entries.initialize(repeating: Entry(tag: 0, group: .max), count: capacity)
        return entries
    }

    static func tag(_ key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key >> 32) }

    var memoryFootprint: Int { (mask + 1) * MemoryLayout<Entry>.stride }

    /// The entries as they lie now: until the next is inserted, or the table is no more.
    var slots: Slots { Slots(entries: UnsafePointer(entries), mask: mask) }

    /// What a look-up reads, without counting a reference.
    struct Slots: BitwiseCopyable {
        fileprivate let entries: UnsafePointer<Entry>
        fileprivate let mask: Int

        /// Gives the groups that have a tag, in the order in which they came, until one is refused.
        @inline(__always)
        func forEachGroup(_ tag: UInt32, _ body: (UInt32) -> Bool) {
            var slot = Int(tag) & mask
            while !entries[slot].isFree {
                let entry = entries[slot]
                if entry.tag == tag && !body(entry.group) { return }
                slot = (slot + 1) & mask
            }
        }

        /// Look-ups of the keys are to come.
        @inline(__always)
        func prefetch(_ keys: [UInt64]) {
            for key in keys { Primitives.prefetch(entries + (Int(SimilarTable.tag(key)) & mask)) }
        }
    }

    func insert(_ tags: [UInt32], group: UInt32) {
        while (used + tags.count) * 2 > mask { grow() }
        for tag in tags { place(Entry(tag: tag, group: group)) }
        used += tags.count
    }

    private func place(_ entry: Entry) {
        var slot = Int(entry.tag) & mask
        while !entries[slot].isFree { slot = (slot + 1) & mask }
        entries[slot] = entry
    }

    private func grow() {
        let old = entries
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        entries = Self.allocate(mask + 1)
        // From a free entry on, so that a run that goes over the end stays in its order.
        var slot = 0
        while !old[slot].isFree { slot += 1 }
        for _ in 0..<oldCount {
            slot = (slot + 1) & (oldCount - 1)
            if !old[slot].isFree { place(old[slot]) }
        }
        old.deallocate()
    }
}

// MARK: Checkpoints

extension SimilarTable {
    /// The tags of the groups from one on, end to end, and where each group's end.
    func tags(from first: Int, count: Int) -> (tags: [UInt32], ends: [Int]) {
        var ends = [Int](repeating: 0, count: count)
        var all = 0
        for slot in 0...mask where !entries[slot].isFree && Int(entries[slot].group) >= first {
            ends[Int(entries[slot].group) - first] += 1
            all += 1
        }
        var end = 0
        for group in ends.indices {
            // For now where they begin: each tag that is put there moves it on.
            (ends[group], end) = (end, end + ends[group])
        }
        let tags = [UInt32](unsafeUninitializedCapacity: all) { tags, filled in
            for slot in 0...mask where !entries[slot].isFree && Int(entries[slot].group) >= first {
                let group = Int(entries[slot].group) - first
                tags[ends[group]] = entries[slot].tag
                ends[group] += 1
            }
            filled = all
        }
        return (tags, ends)
    }
}
