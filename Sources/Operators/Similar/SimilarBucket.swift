import TextAnalysis

/// The groups whose first post happened within one stretch of event time.
final class SimilarBucket {
    /// A key of a group's first text: 32 bits of it, and the group. The free slots have no group.
    private struct Slot: BitwiseCopyable {
        var tag: UInt32
        var group: UInt32

        static let free = Slot(tag: 0, group: .max)
    }

    /// Candidates that are looked at for one key: texts without end may share it.
    private static let candidatesMax = 24

    private var times: [Int64] = []
    private var counts: [Int64] = []
    private var ids: [PostID] = []
    /// Where the words of each group's first text end; they begin where those of the group before end.
    private var wordEnds: [UInt32] = []
    private var words: [UInt32] = []
    private var slots: UnsafeMutablePointer<Slot>
    private var mask = 1_023
    private var used = 0

    init() {
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: .free, count: mask + 1)
    }

    deinit {
        slots.deallocate()
    }

    /// Groups.
    var count: Int { times.count }

    var memoryFootprint: Int {
        (mask + 1) * MemoryLayout<Slot>.stride + times.capacity * 16 + wordEnds.capacity * 4 + words.capacity * 4
            + ids.count * 56
    }

    /// The group whose first text is most like this one, if one is alike enough; of equals the earlier.
    func find(_ sketch: TextSketch, near time: Int64, within: Int64, _ least: Double) -> (
        group: Int, similarity: Double
    )? {
        var best: (group: Int, similarity: Double)?
        var last = UInt32.max
        for key in sketch.keys {
            let tag = UInt32(truncatingIfNeeded: key >> 32)
            var slot = Int(tag) & mask
            var candidates = 0
            while slots[slot].group != .max, candidates < Self.candidatesMax {
                let entry = slots[slot]
                slot = (slot + 1) & mask
                guard entry.tag == tag else { continue }
                candidates += 1
                let group = Int(entry.group)
                guard entry.group != last, group != best?.group, abs(times[group] - time) <= within else { continue }
                last = entry.group
                let similarity = similarity(sketch, group)
                guard similarity >= least else { continue }
                if let known = best, (known.similarity, -known.group) > (similarity, -group) { continue }
                best = (group, similarity)
            }
            if best?.similarity == 1 { break }
        }
        return best
    }

    /// One more post of a group.
    func join(_ group: Int) -> (id: PostID, count: Int64) {
        counts[group] += 1
        return (ids[group], counts[group])
    }

    /// A new group, of one post.
    func open(_ sketch: TextSketch, at time: Int64, _ id: PostID) {
        let group = UInt32(truncatingIfNeeded: times.count)
        times.append(time)
        counts.append(1)
        ids.append(id)
        words.append(contentsOf: sketch.words)
        wordEnds.append(UInt32(truncatingIfNeeded: words.count))
        if (used + sketch.keys.count) * 2 > mask { grow() }
        for key in sketch.keys { insert(key, group) }
    }

    private func similarity(_ sketch: TextSketch, _ group: Int) -> Double {
        let start = group == 0 ? 0 : Int(wordEnds[group - 1])
        let end = Int(wordEnds[group])
        return words.withUnsafeBufferPointer { words in
            sketch.words.withUnsafeBufferPointer { own in
                TextSketch.similarity(own, UnsafeBufferPointer(rebasing: words[start..<end]))
            }
        }
    }

    private func insert(_ key: UInt64, _ group: UInt32) {
        place(Slot(tag: UInt32(truncatingIfNeeded: key >> 32), group: group))
        used += 1
    }

    private func place(_ entry: Slot) {
        var slot = Int(entry.tag) & mask
        while slots[slot].group != .max { slot = (slot + 1) & mask }
        slots[slot] = entry
    }

    private func grow() {
        let old = slots
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: .free, count: mask + 1)
        for index in 0..<oldCount where old[index].group != .max { place(old[index]) }
        old.deallocate()
    }
}
