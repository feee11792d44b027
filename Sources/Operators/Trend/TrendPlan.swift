import Columnar
import Dataflow
import Detection

/// A checked `trend`.
struct TrendPlan: Sendable {
    /// Posts shown with a term.
    static let postsShown = 3
    /// The hash of every row that is sent on or stored: one subtask ranks, so one subtask owns.
    static let owner: Int64 = 0

    /// Where the terms of a row come from.
    enum Terms: Sendable {
        /// One term, or a list of them.
        case column(FieldPath)
        /// The phrases of a text, of so many words.
        case phrases(FieldPath, ClosedRange<Int>)

        var path: FieldPath {
            switch self {
            case .column(let path), .phrases(let path, _): path
            }
        }
    }

    var terms: Terms
    /// Microseconds.
    var window: Int64
    var halfLife: Int64
    var top: Int
    var least: Int
    var above: Double
    /// What is shown of a post, and what decides which posts are.
    var post: FieldPath?
    var author: FieldPath?
    var reach: [FieldPath]
    /// Terms counted at once, and terms whose level is kept.
    var capacity: Int
    var schema: Schema

    var paths: Set<String> {
        Set(([terms.path] + [post, author].compactMap { $0 } + reach).map(\.field.name))
    }

    /// - Returns: the start of the window that a time falls into.
    func windowStart(_ time: Int64) -> Int64 { floorMultiple(time, window) }

    func makeRanking() -> BurstRanking {
        let rate = ForgettingRate(window: Double(window), halfLife: Double(halfLife))
        return BurstRanking(
            TermBaselines(capacity: capacity, rate: rate), least: Double(least), above: above)
    }

    /// Two windows are counted at once: rows of the next come before the watermark has closed one.
    static func bytes(_ capacity: Int) -> Int {
        2 * (TermCounter.bytes(capacity) + TrendWindow.sampleBytesMax) + TermBaselines.bytes(capacity)
    }

    static let fields = [
        Field("window_start", .timestamp), Field("window_end", .timestamp), Field("rank", .int64),
        Field("term", .string), Field("score", .float64), Field("mentions", .int64), Field("expected", .float64),
        Field("growth", .float64), Field("first_seen", .timestamp), Field("also", .list(.string)),
        Field("posts", .list(.string)), Field("authors", .list(.string)),
    ]
}
