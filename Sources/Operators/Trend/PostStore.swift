/// The posts that terms of a window are shown by: one of several terms lies here once.
struct PostStore {
    private struct Kept {
        var post: FrameTerms.Post
        /// Terms that show it; 0: the place is free.
        var uses: Int
    }

    private var kept: [Kept] = []
    private var free: [UInt32] = []
    /// Bytes of texts and authors.
    private(set) var byteCount = 0

    subscript(place: UInt32) -> FrameTerms.Post { kept[Int(place)].post }

    /// Keeps a post, which is in use once.
    mutating func insert(_ post: FrameTerms.Post) -> UInt32 {
        byteCount += Self.size(post)
        if let place = free.popLast() {
            kept[Int(place)] = Kept(post: post, uses: 1)
            return place
        }
        kept.append(Kept(post: post, uses: 1))
        return UInt32(truncatingIfNeeded: kept.count - 1)
    }

    /// Puts a post back where it lay, or counts one use more of it there. `findFree` must follow.
    mutating func restore(_ post: FrameTerms.Post, at place: UInt32) {
        while kept.count <= Int(place) {
            kept.append(Kept(post: FrameTerms.Post(reach: 0, time: 0, fingerprint: 0, text: [], author: []), uses: 0))
        }
        guard kept[Int(place)].uses == 0 else { return use(place) }
        byteCount += Self.size(post)
        kept[Int(place)] = Kept(post: post, uses: 1)
    }

    /// Finds the places that posts which were put back have left free.
    mutating func findFree() {
        free = kept.indices.filter { kept[$0].uses == 0 }.map { UInt32(truncatingIfNeeded: $0) }
    }

    mutating func use(_ place: UInt32) {
        kept[Int(place)].uses += 1
    }

    mutating func release(_ place: UInt32) {
        kept[Int(place)].uses -= 1
        guard kept[Int(place)].uses == 0 else { return }
        byteCount -= Self.size(kept[Int(place)].post)
        kept[Int(place)].post.text = []
        kept[Int(place)].post.author = []
        free.append(place)
    }

    var memoryFootprint: Int { kept.capacity * MemoryLayout<Kept>.stride + free.capacity * 4 + byteCount }

    /// Two arrays besides the texts.
    private static func size(_ post: FrameTerms.Post) -> Int { post.text.count + post.author.count + 96 }
}
