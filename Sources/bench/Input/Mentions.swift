import Formats
import Primitives

/// Seeded posts as JSON, and what is true of them: computed while they are made, by nothing that is measured.
struct Mentions {
    /// A text and its compound score by vaderSentiment 3.3.2, the reference implementation in Python.
    static let texts: [(text: String, compound: Double)] = [
        ("I love the new update, it works so well!", 0.8038),
        ("Worst support ever. Three days and no answer :(", -0.2946),
        ("The store opens at nine tomorrow", 0),
        ("Not bad, but the old one was much better...", 0.698),
        ("@acme my order never arrived, this is really disappointing", -0.5413),
        ("GREAT service today, thank you so much!!! #happy", 0.9215),
        ("Is anybody else seeing errors on checkout?", -0.34),
        ("honestly kind of sad that they closed it", -0.0258),
    ]
    static let windowMilliseconds: Int64 = 10_000
    private static let start: Int64 = 1_780_000_000_000
    private static let brands = 200
    private static let platforms = ["x", "bluesky", "mastodon", "reddit", "instagram"]
    /// One post in so many is a repeat of one of the posts before it.
    private static let repeatEvery = 50

    /// One JSON object behind the other, and where each ends.
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []
    private(set) var english = 0
    private(set) var likes: Int64 = 0
    private(set) var distinct = 0
    private(set) var compound = 0.0
    /// Windows of ten seconds by brand and platform.
    private(set) var groups = 0

    var count: Int { ends.count }

    /// - Parameter count: posts, 500 a second of event time.
    init(count: Int, seed: UInt64 = 1) {
        var random = RandomSource(seed: seed)
        var windows: Set<[Int64]> = []
        var ids: Set<Int> = []
        bytes.reserveCapacity(count * 330)
        for number in 0..<count {
            let created = Self.start + Int64(number) * 2
            let brand = random.below(random.below(Self.brands) + 1)
            let platform = random.below(Self.platforms.count)
            let text = Self.texts[random.below(Self.texts.count)]
            let isEnglish = random.below(2) == 0
            let likes = Int64(random.below(1_000))
            let isRepeat = number > 0 && random.below(Self.repeatEvery) == 0
            let id = isRepeat ? number - 1 - random.below(min(number, 1_000)) : number
            ids.insert(id)
            append(
                "{\"platform\":\"\(Self.platforms[platform])\",\"id\":\"\(id)\",\"author\":{\"id\":\"u\(number % 9_973)\","
                    + "\"followers\":\(random.below(100_000))},\"text\":")
            JSONText.append(text.text, to: &bytes)
            append(
                ",\"lang\":\"\(isEnglish ? "en" : "de")\",\"created_at\":\(created),\"brand\":\"brand-\(brand)\","
                    + "\"metrics\":{\"likes\":\(likes),\"shares\":\(likes / 10),\"comments\":\(likes / 20)}}")
            ends.append(bytes.count)
            english += isEnglish ? 1 : 0
            self.likes += likes
            compound += text.compound
            windows.insert([created / Self.windowMilliseconds, Int64(brand), Int64(platform)])
        }
        groups = windows.count
        distinct = ids.count
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
