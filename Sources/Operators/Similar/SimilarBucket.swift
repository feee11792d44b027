import TextAnalysis

/// The groups whose first post happened within one stretch of event time.
final class SimilarBucket {
    /// Candidates that are looked at for one key: texts without end may share it.
    private static let candidatesMax = 24

    private var times: [Int64] = []
    private var counts: [Int64] = []
    private var ids: [PostID] = []
    /// Bytes of the ids that are text.
    private var idBytes = 0
    /// Where the words of each group's first text end; they begin where those of the group before end.
    private var wordEnds: [UInt32] = []
    private var words: [UInt32] = []
    private let table = SimilarTable()
    /// Groups that checkpoints hold, and a bit for each of them that has grown since.
    private var capturedCount = 0
    private var grown: [UInt64] = []
    /// Tags of the groups that no checkpoint holds yet, end to end, and where each group's end. Noted once there was a
    /// checkpoint: the first finds them in the table.
    private var newTags: [UInt32] = []
    private var newTagEnds: [Int] = []
    private var notesNew = false

    /// Groups.
    var count: Int { times.count }

    var memoryFootprint: Int {
        table.memoryFootprint + times.capacity * 16 + wordEnds.capacity * 4 + words.capacity * 4
            + ids.capacity * MemoryLayout<PostID>.stride + idBytes + newTags.capacity * 4 + newTagEnds.capacity * 8
            + grown.capacity * 8
    }

    /// A look-up of the text is to come.
    func prefetch(_ sketch: TextSketch) { table.slots.prefetch(sketch.keys) }

    /// The group whose first text is most like this one, if one is alike enough; of equals the earlier.
    func find(_ sketch: TextSketch, near time: Int64, within: Int64, _ least: Double) -> (
        group: Int, similarity: Double
    )? {
        var best: (group: Int, similarity: Double)?
        var last = UInt32.max
        let slots = table.slots
        for key in sketch.keys {
            var candidates = 0
            slots.forEachGroup(SimilarTable.tag(key)) { number in
                candidates += 1
                let group = Int(number)
                if number != last, group != best?.group, abs(times[group] - time) <= within {
                    last = number
                    let similarity = similarity(sketch, group)
                    if similarity >= least, (similarity, -group) > (best?.similarity ?? 0, -(best?.group ?? 0)) {
                        best = (group, similarity)
                    }
                }
                return candidates < Self.candidatesMax
            }
            if best?.similarity == 1 { break }
        }
        return best
    }

    /// One more post of a group.
    func join(_ group: Int) -> (id: PostID, count: Int64) {
        counts[group] += 1
        if group < capturedCount { grown[group / 64] |= 1 << (group % 64) }
        return (ids[group], counts[group])
    }

    /// A new group, of one post.
    func open(_ sketch: TextSketch, at time: Int64, _ id: PostID) {
        open(at: time, id, count: 1, words: sketch.words, tags: sketch.keys.map(SimilarTable.tag))
    }

    private func open(at time: Int64, _ id: PostID, count: Int64, words: [UInt32], tags: [UInt32]) {
        let group = UInt32(truncatingIfNeeded: times.count)
        times.append(time)
        counts.append(count)
        ids.append(id)
        idBytes += id.textMemory
        self.words.append(contentsOf: words)
        wordEnds.append(UInt32(truncatingIfNeeded: self.words.count))
        table.insert(tags, group: group)
        guard notesNew else { return }
        newTags.append(contentsOf: tags)
        newTagEnds.append(newTags.count)
    }

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
}

// MARK: Checkpoints

extension SimilarBucket {
    /// A group as it comes back from a checkpoint.
    struct Stored {
        var time: Int64
        var count: Int64
        var id: PostID
        var words: [UInt32]
        var tags: [UInt32]
    }

    /// Appends the groups that no checkpoint holds (all, if `whole`) with their numbers, in their order, and the
    /// numbers and counts of the others that have grown; from now on checkpoints hold them.
    func capture(whole: Bool, into rows: inout SimilarRows) {
        let first = whole ? 0 : capturedCount
        if !notesNew || whole { (newTags, newTagEnds) = table.tags(from: first, count: count - first) }
        for group in first..<count {
            let start = group == first ? 0 : newTagEnds[group - first - 1]
            rows.append(
                group, at: times[group], count: counts[group], ids[group], words: words[wordRange(group)],
                tags: newTags[start..<newTagEnds[group - first]])
        }
        if !whole { forEachGrown { rows.append($0, count: counts[$0]) } }
        markCaptured()
    }

    /// Takes back a group that was captured; they come in the order of their numbers.
    func restore(_ group: Stored) {
        open(at: group.time, group.id, count: group.count, words: group.words, tags: group.tags)
    }

    /// Checkpoints hold every group that there is.
    func markCaptured() {
        capturedCount = count
        grown = [UInt64](repeating: 0, count: (count + 63) / 64)
        newTags = []
        newTagEnds = []
        notesNew = true
    }

    /// Their numbers, ascending.
    private func forEachGrown(_ body: (Int) -> Void) {
        for (index, bits) in grown.enumerated() {
            var rest = bits
            while rest != 0 {
                body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
