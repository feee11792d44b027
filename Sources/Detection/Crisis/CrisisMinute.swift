/// What was said about one key in one minute.
package struct CrisisMinute: Sendable, Hashable {
    package var posts: Int64 = 0
    /// Posts whose sentiment is known, and those among them that are negative.
    package var scored: Int64 = 0
    package var negative: Int64 = 0
    /// Followers of the authors, added up.
    package var followers: Int64 = 0
    /// Likes, shares and comments, added up.
    package var engagement: Int64 = 0
    /// How often the same words came: by the hash of a text without case, links and mentions.
    package var texts: [UInt64: Int64] = [:]

    /// Different texts that are told apart in a minute; further ones count as posts only.
    package static let textsMax = 4_096

    package init() {}

    /// Counts a text.
    package mutating func countText(_ hash: UInt64, times: Int64 = 1) {
        if let known = texts[hash] {
            texts[hash] = known &+ times
        } else if texts.count < Self.textsMax {
            texts[hash] = times
        }
    }

    /// Takes what another minute holds; sums stop at what 64 bits hold.
    package mutating func merge(_ other: CrisisMinute) {
        posts = Self.sum(posts, other.posts)
        scored = Self.sum(scored, other.scored)
        negative = Self.sum(negative, other.negative)
        followers = Self.sum(followers, other.followers)
        engagement = Self.sum(engagement, other.engagement)
        for (hash, times) in other.texts { countText(hash, times: times) }
    }

    /// Leaves the texts that came most often, and of equals the lesser hash: all that a window needs.
    package mutating func keepFrequentTexts(_ count: Int) {
        guard texts.count > count else { return }
        let kept = texts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count)
        texts = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    /// A sum that stops at the ends of 64 bits.
    package static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right > 0 ? .max : .min) : sum
    }
}
