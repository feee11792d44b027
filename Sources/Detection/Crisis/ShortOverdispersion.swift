import Glibc
import Primitives

/// How much more than chance the posts of five minutes differ from what their hour leads to expect, where one post is
/// shared by many in a few minutes as a matter of course: what is usual of such bursts is no news.
///
/// The overdispersion φ of a negative binomial, variance μ + φμ², by moments: Σ((x − μ)² − x) / Σμ², fading (Hilbe,
/// "Negative Binomial Regression", 2011). A count is taken for no more than six times what was expected and a few, so
/// that one crisis does not make the next one usual. 40 bytes a key.
struct ShortOverdispersion: Sendable, Hashable {
    static let length = 5 * CrisisDetector.minute
    private static let countMax = 6.0
    private static let few = 3.0
    /// What is left of a stretch's weight after one more: half after two weeks.
    private static let decay = exp2(-1.0 / (14 * 288))
    /// Evidence that there is none, in stretches of at least so many posts: less is known at first, and of a key about
    /// which hardly anybody posts nothing is, where a handful may be the beginning.
    private static let prior = 288.0
    private static let priorPosts = 4.0
    private static let most = 2.0
    private static let some = 0.5

    private(set) var excess = 0.0
    private(set) var squares = 0.0
    private(set) var stretches = 0.0
    /// The stretch that is being counted, and its posts so far.
    private var open = Int64.min
    private var posts = 0.0

    init() {}

    /// Takes the posts of a minute, in the order of time; minutes that are left out had none.
    /// - Parameter expected: posts of five minutes at a time.
    mutating func insert(_ count: Int64, at start: Int64, expected: (Int64) -> Double) {
        let stretch = start.dividedDown(by: Self.length)
        if open == .min { open = stretch }
        if stretch > open {
            learn(posts, expected(open * Self.length))
            let silent = Double(stretch - open - 1)
            // Silence is as it was expected at its end, near enough: where much is expected there is none.
            if silent > 0 { learn(0, expected((stretch - 1) * Self.length), times: min(silent, 2_016)) }
            (open, posts) = (stretch, 0)
        }
        posts += Double(count)
    }

    /// φ of a stretch of some minutes: what is shared in a few of them evens out in many.
    func value(minutes: Int) -> Double {
        guard stretches > 0 else { return 0 }
        let measured = excess / (squares + Self.prior * max(squares / stretches, Self.priorPosts * Self.priorPosts))
        let value = min(Self.most, max(0, measured))
        // A few bursts in a fortnight are what is looked for; many are what is usual.
        return value * value / (value + Self.some) * (5 / Double(max(5, minutes))).squareRoot()
    }

    private mutating func learn(_ count: Double, _ expected: Double, times: Double = 1) {
        guard expected > 0 else { return }
        let taken = min(count, Self.countMax * expected + Self.few)
        let left = times == 1 ? Self.decay : pow(Self.decay, times)
        excess = excess * left + times * ((taken - expected) * (taken - expected) - taken)
        squares = squares * left + times * expected * expected
        stretches = stretches * left + times
    }

    func append(to writer: inout ByteWriter) {
        for value in [excess, squares, stretches, posts] { writer.append(value) }
        writer.append(open)
    }

    init(_ reader: inout ByteReader) throws(Fault) {
        excess = try reader.readFinite()
        squares = try reader.readFinite()
        stretches = try reader.readFinite()
        posts = try reader.readFinite()
        open = try reader.read(Int64.self)
        guard squares >= 0, stretches >= 0, posts >= 0 else { throw ByteReader.fault }
    }
}
