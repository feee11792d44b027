/// The terms of one frame, each once, with the posts of it that reach most. What travels to the subtask that ranks.
struct FrameTerms {
    /// A term within one window.
    struct Term: BitwiseCopyable {
        var hash: UInt64
        var window: Int64
        /// The event time of the first mention.
        var first: Int64
        var count: UInt32
        /// Where its text lies in `bytes`.
        var start: UInt32
        var length: UInt32
        /// Positions in `posts`, the best first; `none` where there is none.
        var posts: SIMD4<UInt32>
        /// Position in `groups`.
        var group: UInt32
    }

    /// A post that a term's mentions are shown by.
    struct Post {
        var reach: Int64
        var time: Int64
        /// The same for posts with the same words.
        var fingerprint: UInt64
        var text: [UInt8]
        var author: [UInt8]
    }

    static let none = UInt32.max
    static let noPosts = SIMD4<UInt32>(repeating: none)
    /// Bytes of a term, or of a post, that are kept.
    static let textMax = 280

    var terms: [Term] = []
    var posts: [Post] = []
    /// The encoded keys of the groups that terms are ranked in. Without a key there is one, of no bytes.
    var groups: [[UInt8]] = []
    var bytes: [UInt8] = []

    func text(_ term: Term) -> ArraySlice<UInt8> { bytes[Int(term.start)..<Int(term.start + term.length)] }

    /// Puts a post among the best of a term, unless it is no better than a copy that is there, or than all.
    /// - Returns: the post that has lost its place, or got none.
    @inline(__always)
    static func insert(
        _ post: UInt32, into best: inout SIMD4<UInt32>, isCopy: (UInt32, UInt32) -> Bool,
        isBefore: (UInt32, UInt32) -> Bool
    ) -> UInt32 {
        var last = TrendPlan.postsShown - 1
        for place in 0...last where best[place] != none && isCopy(best[place], post) { last = place }
        var loser = best[last]
        if loser != none, !isBefore(post, loser) { return post }
        var place = last
        while place > 0, best[place - 1] == none || isBefore(post, best[place - 1]) {
            best[place] = best[place - 1]
            place -= 1
        }
        best[place] = post
        if loser == post { loser = none }
        return loser
    }

    /// Where a text is cut: between characters.
    static func cut(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard text.count > textMax else { return text }
        var end = textMax
        while end > 0 && text[end] & 0b1100_0000 == 0b1000_0000 { end -= 1 }
        return UnsafeBufferPointer(rebasing: text[..<end])
    }
}

extension FrameTerms.Post {
    /// The one that reaches more first, then the earlier; of equals the lesser text, so that no thread decides.
    func isBefore(_ other: FrameTerms.Post) -> Bool {
        if reach != other.reach { return reach > other.reach }
        if time != other.time { return time < other.time }
        return text.lexicographicallyPrecedes(other.text)
    }
}
