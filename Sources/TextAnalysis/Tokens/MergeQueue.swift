/// The merges that a word's neighbours allow, the one that was learnt first first; of the same one the leftmost. A
/// binary heap, so that a word of a hundred thousand bytes takes no hundred thousand times as long as one of ten.
struct MergeQueue {
    /// The merge's rank above, the place of its left part below.
    private var entries: [UInt64] = []

    /// - Parameter place: at least 0, and less than 2³².
    mutating func insert(rank: Int32, place: Int) {
        var child = entries.count
        entries.append(UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(UInt32(truncatingIfNeeded: place)))
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first; `nil` if there is none.
    mutating func removeFirst() -> (rank: Int32, place: Int)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return (Int32(truncatingIfNeeded: first >> 32), Int(first & 0xFFFF_FFFF))
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { return }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
