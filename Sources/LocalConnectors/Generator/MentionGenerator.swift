import Formats
import Glibc
import Primitives

/// Makes mentions as JSON, in the shape of `schemas/mention.avsc`: the n-th is the same in every run of a seed, whoever
/// asks for it and in whatever order.
struct MentionGenerator: RecordGenerator {
    private let settings: GeneratorSettings
    private let brands: BrandPicker

    init(_ settings: GeneratorSettings) {
        self.settings = settings
        brands = BrandPicker(settings)
    }

    /// Appends the n-th mention as one JSON object.
    func append(_ number: Int64, to text: inout [UInt8]) {
        var random = RandomSource(seed: settings.seed &* 0x2545_F491_4F6C_DD1D ^ UInt64(bitPattern: number))
        // A duplicate says again what one of the last mentions said.
        if number > 0, random.unit() < settings.duplicates {
            let back = Int64(random.below(Int(min(number, 500)))) + 1
            var original = RandomSource(
                seed: settings.seed &* 0x2545_F491_4F6C_DD1D ^ UInt64(bitPattern: number - back))
            _ = original.unit()
            return append(number - back, &original, &text)
        }
        append(number, &random, &text)
    }

    private func append(_ number: Int64, _ random: inout RandomSource, _ text: inout [UInt8]) {
        let elapsed = Int64(Double(number) / Double(settings.rate) * 1e6)
        let isCrisis = settings.isCrisis(elapsed)
        let brand = brands.pick(isCrisis, &random)
        let isBad = isCrisis && brand == settings.crisis?.brand ? random.unit() < 0.8 : random.unit() < 0.25
        let time = settings.start + elapsed - (settings.disorder > 0 ? Int64(random.below(Int(settings.disorder))) : 0)
        let platform = Words.platforms[random.below(Words.platforms.count)]

        text.append(contentsOf: "{\"platform\":\"\(platform)\",\"kind\":\"post\",\"id\":\"".utf8)
        text.append(contentsOf: String(Hashing.mix(settings.seed ^ UInt64(bitPattern: number)), radix: 16).utf8)
        text.append(contentsOf: "\",\"author\":{\"id\":\"u\(random.below(200_000))\",\"followers\":".utf8)
        // Followers follow a power law: most have few, some have millions.
        let followers = min(50_000_000, 20 * pow(1 - random.unit(), -1.4))
        JSONText.append(Int64(followers), to: &text)
        text.append(contentsOf: "},\"text\":".utf8)
        JSONText.append(sentence(settings.brands[brand], isBad, &random), to: &text)
        text.append(
            contentsOf: ",\"lang\":\"\(Words.languages[random.below(Words.languages.count)])\",\"created_at\":".utf8)
        JSONText.append(time / 1_000, to: &text)
        text.append(contentsOf: ",\"brand\":".utf8)
        JSONText.append(settings.brands[brand], to: &text)
        text.append(contentsOf: ",\"metrics\":{\"likes\":\(random.below(200)),\"shares\":\(random.below(40))".utf8)
        text.append(contentsOf: ",\"comments\":\(random.below(25)),\"views\":\(random.below(9_000))}}".utf8)
    }

    private func sentence(_ brand: String, _ isBad: Bool, _ random: inout RandomSource) -> String {
        let feelings = isBad ? Words.bad : Words.good
        var words = [Words.openings[random.below(Words.openings.count)], brand]
        words.append(Words.topics[random.below(Words.topics.count)])
        words.append("is")
        words.append(feelings[random.below(feelings.count)])
        if random.unit() < 0.5 { words.append("and " + feelings[random.below(feelings.count)]) }
        if random.unit() < 0.6 { words.append("#" + Words.hashtags[random.below(Words.hashtags.count)]) }
        if random.unit() < 0.3 { words.append("@user\(random.below(5_000))") }
        if random.unit() < 0.2 { words.append(isBad ? "😡" : "😀") }
        if random.unit() < 0.2 { words.append("https://example.com/\(random.below(100_000))") }
        return words.joined(separator: " ")
    }

    /// What the sentences are made of.
    private enum Words {
        static let platforms = ["x", "x", "x", "bluesky", "mastodon", "reddit", "reddit", "youtube", "instagram"]
        static let languages = ["en", "en", "en", "en", "en", "en", "de", "es", "fr", "pt"]
        static let openings = [
            "The", "My", "Honestly the", "Just tried the", "Wow, this", "Again the", "Today the", "New:",
        ]
        static let topics = [
            "app", "support", "delivery", "update", "phone", "battery", "store", "service", "website", "price",
        ]
        static let good = [
            "great", "amazing", "really good", "excellent", "a joy", "so helpful", "perfect", "lovely", "fast",
        ]
        static let bad = [
            "terrible", "broken", "really bad", "awful", "a scam", "useless", "disappointing", "so slow", "down",
        ]
        static let hashtags = [
            "launch", "newdesign", "outage", "customercare", "review", "unboxing", "deal", "help", "update", "fail",
            "winning", "weekend", "tech", "travel", "food",
        ]
    }
}
