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
    /// Groups that checkpoints hold, and those among them that have grown since.
    private var capturedCount = 0
    private var grown: Set<Int> = []
    /// Tags of the groups that no checkpoint holds yet, end to end, and where each group's end. Noted once there was a
    /// checkpoint: the first finds them in the table.
    private var newTags: [UInt32] = []
    private var newTagEnds: [Int] = []
    private var notesNew = false
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
            + ids.count * 56 + newTags.capacity * 4 + grown.capacity * 16
    }

    /// The group whose first text is most like this one, if one is alike enough; of equals the earlier.
    func find(_ sketch: TextSketch, near time: Int64, within: Int64, _ least: Double) -> (
        group: Int, similarity: Double
    )? {
        var best: (group: Int, similarity: Double)?
        var last = UInt32.max
        for key in sketch.keys {
            let tag = Self.tag(key)
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
        if group < capturedCount { grown.insert(group) }
        return (ids[group], counts[group])
    }

    /// A new group, of one post.
    func open(_ sketch: TextSketch, at time: Int64, _ id: PostID) {
        open(at: time, id, count: 1, words: sketch.words, tags: sketch.keys.map(Self.tag))
    }

    private func open(at time: Int64, _ id: PostID, count: Int64, words: [UInt32], tags: [UInt32]) {
        let group = UInt32(truncatingIfNeeded: times.count)
        times.append(time)
        counts.append(count)
        ids.append(id)
        self.words.append(contentsOf: words)
        wordEnds.append(UInt32(truncatingIfNeeded: self.words.count))
        if (used + tags.count) * 2 > mask { grow() }
        for tag in tags { place(Slot(tag: tag, group: group)) }
        used += tags.count
        guard notesNew else { return }
        newTags.append(contentsOf: tags)
        newTagEnds.append(newTags.count)
    }

    private static func tag(_ key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key >> 32) }

    private func similarity(_ sketch: TextSketch, _ group: Int) -> Double {
        let range = wordRange(group)
        return words.withUnsafeBufferPointer { words in
            sketch.words.withUnsafeBufferPointer { own in
                TextSketch.similarity(own, UnsafeBufferPointer(rebasing: words[range]))
            }
        }
    }

    private func wordRange(_ group: Int) -> Range<Int> {
        (group == 0 ? 0 : Int(wordEnds[group - 1]))..<Int(wordEnds[group])
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

// MARK: Checkpoints

extension SimilarBucket {
    /// A group as checkpoints hold it.
    struct Stored {
        var time: Int64
        var count: Int64
        var id: PostID
        var words: [UInt32]
        var tags: [UInt32]
    }

    /// Gives the groups that no checkpoint holds (all, if `whole`) with their numbers, in their order, and the numbers
    /// and counts of the others that have grown; from now on checkpoints hold them.
    func capture(whole: Bool, group body: (Int, Stored) -> Void, grown note: (Int, Int64) -> Void) {
        let first = whole ? 0 : capturedCount
        if !notesNew || whole { findTags(from: first) }
        for group in first..<count {
            let start = group == first ? 0 : newTagEnds[group - first - 1]
            body(
                group,
                Stored(
                    time: times[group], count: counts[group], id: ids[group], words: Array(words[wordRange(group)]),
                    tags: Array(newTags[start..<newTagEnds[group - first]])))
        }
        if !whole { for group in grown.sorted() { note(group, counts[group]) } }
        markCaptured()
    }

    /// Takes back a group that was captured; they come in the order of their numbers.
    func restore(_ group: Stored) {
        open(at: group.time, group.id, count: group.count, words: group.words, tags: group.tags)
    }

    /// Checkpoints hold every group that there is.
    func markCaptured() {
        capturedCount = count
        grown = []
        newTags = []
        newTagEnds = []
        notesNew = true
    }

    /// Collects the tags of groups out of the table.
    private func findTags(from first: Int) {
        var found = [[UInt32]](repeating: [], count: count - first)
        for index in 0...mask where slots[index].group != .max && Int(slots[index].group) >= first {
            found[Int(slots[index].group) - first].append(slots[index].tag)
        }
        newTags = found.flatMap { $0 }
        var end = 0
        newTagEnds = found.map { tags in
            end += tags.count
            return end
        }
    }
}
