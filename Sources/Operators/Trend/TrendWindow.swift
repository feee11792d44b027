import Detection
import Primitives

/// What a window that is not over holds: how often each term came, and what is shown of those that may burst.
///
/// Every term is shown by its best posts as long as there is room for them. Where there is not, only terms that have
/// come more often than is usual are, and then only those further above that; so none that will be ranked lacks its
/// text, but one may lack posts from before it stood out.
final class TrendWindow {
    /// What is shown of a term.
    struct Record {
        var hash: UInt64
        var text: [UInt8]
        /// The key of its group.
        var group: [UInt8]
        /// Places in the store.
        var posts = FrameTerms.noPosts
        var isFree = false
    }

    /// What decides how it goes on, besides its terms.
    struct Standing: Hashable {
        /// Standard deviations above what is usual from which on a term is shown; at first every term is.
        var floor = -Double.infinity
        /// Ranks that its newest result has, by the key of the group.
        var ranks: [[UInt8]: Int] = [:]
        /// Whether the next result may be another than the newest.
        var isNews = false
        /// Whether it may be another than the newest one that did not come early.
        var isDue = false
    }

    /// Records and bytes of posts above which fewer terms are shown.
    struct Room: Sendable {
        var records = 65_536
        var postBytes = 16 << 20

        /// The most that both take, about: a record is 72 bytes, an array, and the text of a term; of a group it has
        /// one more array.
        func bytes(hasKeys: Bool) -> Int { postBytes * 3 / 2 + records * (hasKeys ? 256 : 160) }
    }

    let start: Int64
    private(set) var counter: TermCounter
    private var records: [Record] = []
    private var freeRecords: [UInt32] = []
    private var posts = PostStore()
    private let room: Room
    var standing = Standing()
    /// As checkpoints know it.
    private var capturedStanding: Standing?
    /// Whether terms that have not changed are shown no more, since this was last cleared.
    private var hasHidden = false
    /// Pieces that have come back since the restart.
    private var restoredPieces: Set<Int> = []

    init(start: Int64, capacity: Int, room: Room) {
        self.start = start
        self.room = room
        counter = TermCounter(capacity: capacity)
    }

    /// Counts a frame's terms of this window.
    /// - Parameter score: standard deviations of a term's count so far above what is usual.
    func take(_ frame: FrameTerms, score: (UInt64, UInt32) -> Double) {
        // Posts of the frame that are in the store.
        var stored = [UInt32](repeating: FrameTerms.none, count: frame.posts.count)
        for term in frame.terms where term.window == start {
            let place = counter.insert(term.hash, count: term.count, first: term.first)
            if counter.hasOrphans {
                for orphan in counter.takeOrphans() { release(orphan) }
                Self.forget(&stored)
            }
            guard let record = record(at: place, score, { (Array(frame.text(term)), frame.groups[Int(term.group)]) })
            else { continue }
            for index in 0..<TrendPlan.postsShown where term.posts[index] != FrameTerms.none {
                show(frame.posts[Int(term.posts[index])], &stored[Int(term.posts[index])], in: Int(record))
            }
            if records.count - freeRecords.count > room.records || posts.byteCount > room.postBytes {
                raiseFloor(score)
                Self.forget(&stored)
            }
        }
    }

    /// Places that may have been freed.
    private static func forget(_ stored: inout [UInt32]) {
        for index in stored.indices { stored[index] = FrameTerms.none }
    }

    /// A term's text and its posts, the best first.
    func shown(_ record: UInt32) -> (text: [UInt8], posts: [FrameTerms.Post])? {
        guard record != TermCounter.Term.none else { return nil }
        let record = records[Int(record)]
        let places = (0..<TrendPlan.postsShown).map { record.posts[$0] }
        return (record.text, places.filter { $0 != FrameTerms.none }.map { posts[$0] })
    }

    /// The key of the group that a term is ranked in.
    func group(_ record: UInt32) -> [UInt8]? {
        record == TermCounter.Term.none ? nil : records[Int(record)].group
    }

    var memoryFootprint: Int {
        counter.memoryFootprint + records.capacity * MemoryLayout<Record>.stride
            + (records.count - freeRecords.count) * 64 + posts.memoryFootprint
    }

    /// The record of a term, made if it is to be shown.
    private func record(
        at place: Int, _ score: (UInt64, UInt32) -> Double, _ text: () -> (term: [UInt8], group: [UInt8])
    ) -> UInt32? {
        let term = counter[place]
        if term.record != TermCounter.Term.none { return term.record }
        guard standing.floor == -.infinity || score(term.hash, term.count) >= standing.floor else { return nil }
        let (text, group) = text()
        let number = insert(Record(hash: term.hash, text: text, group: group))
        counter.setRecord(number, at: place)
        return number
    }

    private func insert(_ record: Record) -> UInt32 {
        if let number = freeRecords.popLast() {
            records[Int(number)] = record
            return number
        }
        records.append(record)
        return UInt32(truncatingIfNeeded: records.count - 1)
    }

    /// Puts a post among the best of a term.
    /// - Parameter stored: where the post lies, if it does.
    private func show(_ post: FrameTerms.Post, _ stored: inout UInt32, in record: Int) {
        if stored == FrameTerms.none { stored = posts.insert(post) } else { posts.use(stored) }
        var best = records[record].posts
        let loser = FrameTerms.insert(stored, into: &best) { left, right in
            posts[left].fingerprint == posts[right].fingerprint
        } isBefore: { left, right in
            posts[left].isBefore(posts[right])
        }
        records[record].posts = best
        guard loser != FrameTerms.none else { return }
        posts.release(loser)
        // Its place may be another's soon.
        if loser == stored { stored = FrameTerms.none }
    }

    private func release(_ number: UInt32) {
        for index in 0..<TrendPlan.postsShown where records[Int(number)].posts[index] != FrameTerms.none {
            posts.release(records[Int(number)].posts[index])
        }
        records[Int(number)] = Record(hash: 0, text: [], group: [], isFree: true)
        freeRecords.append(number)
    }

    /// Shows fewer terms, until a quarter of the room is free.
    private func raiseFloor(_ score: (UInt64, UInt32) -> Double) {
        let (recordsWanted, bytesWanted) = (room.records / 4 * 3, room.postBytes / 4 * 3)
        while records.count - freeRecords.count > recordsWanted || posts.byteCount > bytesWanted {
            standing.floor = standing.floor == -.infinity ? 0 : standing.floor * 1.5 + 1
            guard standing.floor.isFinite else { return }
            hasHidden = true
            for number in records.indices where !records[number].isFree {
                guard let place = counter.place(records[number].hash) else { continue }
                guard score(records[number].hash, counter[place].count) < standing.floor else { continue }
                counter.setRecord(TermCounter.Term.none, at: place)
                release(UInt32(truncatingIfNeeded: number))
            }
        }
    }

    // MARK: storage

    /// Hands over the terms that have changed since the last call.
    func takeChanges(all: Bool, _ body: (TermCounter.Term) -> Void) {
        counter.takeChanges(all: all, body)
    }

    /// Hands over what terms without a counter had counted, in pieces: those that have changed since the last call.
    func takeLosers(all: Bool, _ body: (_ piece: Int, [UInt8]) -> Void) {
        counter.takeLosers(all: all, body)
    }

    /// Its standing, if it has changed since the last call.
    func takeStanding(all: Bool) -> Standing? {
        defer { capturedStanding = standing }
        return all || standing != capturedStanding ? standing : nil
    }

    /// Whether terms have gone, or are shown no more, since the last call.
    func takeRemoval() -> Bool {
        defer { hasHidden = false }
        return counter.takeRemoval() || hasHidden
    }

    /// Where the posts of a term lie.
    func places(_ record: UInt32) -> [UInt32] {
        guard record != TermCounter.Term.none else { return [] }
        let posts = records[Int(record)].posts
        return (0..<TrendPlan.postsShown).map { posts[$0] }.filter { $0 != FrameTerms.none }
    }

    /// Takes a term back, unless it is there.
    /// - Parameter places: where its posts lay: several terms may show the one that lay there. `nil`: nobody knows.
    func restore(
        _ hash: UInt64, count: UInt32, first: Int64, text: [UInt8]?, group: [UInt8], posts stored: [FrameTerms.Post],
        places: [UInt32]?
    ) {
        guard let place = counter.restore(hash, count: count, first: first), let text else { return }
        var record = Record(hash: hash, text: text, group: group)
        for (rank, post) in stored.prefix(TrendPlan.postsShown).enumerated() {
            if let places, rank < places.count {
                posts.restore(post, at: places[rank])
                record.posts[rank] = places[rank]
            } else {
                record.posts[rank] = posts.insert(post)
                // Rows without places cannot stand beside rows with them.
                hasHidden = true
            }
        }
        counter.setRecord(insert(record), at: place)
    }

    func restoreLosers(_ bytes: [UInt8], piece: Int) throws(Fault) {
        guard restoredPieces.insert(piece).inserted else { return }
        try counter.restoreLosers(bytes, piece: piece)
    }

    /// Takes its standing back, unless a newer one has come back.
    func restore(_ standing: Standing) {
        guard capturedStanding == nil else { return }
        self.standing = standing
        capturedStanding = standing
    }

    /// Everything has come back.
    func resume() {
        posts.findFree()
        restoredPieces = []
        // The first version had shown nothing of a window that was not over.
        if capturedStanding == nil { (standing.isNews, standing.isDue) = (true, true) }
    }
}
