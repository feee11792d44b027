import Formats
import Glibc
import Primitives

/// Makes likes, shares, comments and views of posts, in the shape of `schemas/engagement.avsc`.
struct EngagementGenerator: RecordGenerator {
    private let settings: GeneratorSettings
    private let brands: BrandPicker

    /// Posts that are alive at a time, of all brands.
    private static let livePosts = 400
    /// Every so many records a post gets old and a new one takes its place.
    private static let recordsPerPost: Int64 = 500
    private static let platforms = ["x", "x", "instagram", "youtube", "bluesky", "reddit"]

    init(_ settings: GeneratorSettings) {
        self.settings = settings
        brands = BrandPicker(settings)
    }

    func append(_ number: Int64, to text: inout [UInt8]) {
        var random = source(number)
        // A duplicate says again what one of the last records said.
        if number > 0, random.unit() < settings.duplicates {
            let original = number - Int64(random.below(Int(min(number, 500)))) - 1
            random = source(original)
            _ = random.unit()
            return append(original, &random, &text)
        }
        append(number, &random, &text)
    }

    private func source(_ number: Int64) -> RandomSource {
        RandomSource(seed: settings.seed &* 0x9E6C_63D0_876A_3F6B ^ UInt64(bitPattern: number))
    }

    private func append(_ number: Int64, _ random: inout RandomSource, _ text: inout [UInt8]) {
        let elapsed = Int64(Double(number) / Double(settings.rate) * 1e6)
        // Few posts get most of the attention.
        let rank = Int64(Double(Self.livePosts) * pow(random.unit(), 3))
        let post = number / Self.recordsPerPost + rank
        var traits = RandomSource(seed: settings.seed ^ Hashing.mix(UInt64(bitPattern: post)))
        let brand = brands.pick(settings.isCrisis(elapsed), &traits)
        let platform = Self.platforms[traits.below(Self.platforms.count)]
        let time = settings.start + elapsed - (settings.disorder > 0 ? Int64(random.below(Int(settings.disorder))) : 0)

        text.append(contentsOf: "{\"id\":\"".utf8)
        text.append(contentsOf: String(Hashing.mix(settings.seed ^ UInt64(bitPattern: number)), radix: 16).utf8)
        text.append(
            contentsOf: "\",\"type\":\"\(type(&random))\",\"platform\":\"\(platform)\",\"post_id\":\"p\(post)\"".utf8)
        text.append(contentsOf: ",\"brand\":".utf8)
        JSONText.append(settings.brands[brand], to: &text)
        text.append(contentsOf: ",\"user_id\":\"u\(random.below(200_000))\",\"created_at\":".utf8)
        JSONText.append(time / 1_000, to: &text)
        text.append(UInt8(ascii: "}"))
    }

    private func type(_ random: inout RandomSource) -> String {
        switch random.unit() {
        case ..<0.80: "view"
        case ..<0.94: "like"
        case ..<0.98: "share"
        default: "comment"
        }
    }
}
