import Columnar
import Dataflow
import Detection
import Primitives

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
    /// Terms are ranked in each group by themselves.
    var keys: [FieldPath]
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
    /// How long after its end a window still takes rows, in microseconds.
    var lateness: Int64
    /// How often open windows show what they hold, in microseconds of the wall clock; `nil`: only once they close.
    var earlyEmission: Int64?
    /// Terms counted at once, and terms whose level is kept.
    var capacity: Int
    /// What windows may take beyond their counters.
    var room = TrendWindow.Room()

    /// Whether a row may replace another.
    var isUpdating: Bool { earlyEmission != nil || lateness > 0 }

    var paths: Set<String> {
        Set(([terms.path] + keys + [post, author].compactMap { $0 } + reach).map(\.field.name))
    }

    /// - Returns: the start of the window that a time falls into.
    func windowStart(_ time: Int64) -> Int64 { floorMultiple(time, window) }

    func makeRanking() -> BurstRanking {
        let rate = ForgettingRate(window: Double(window), halfLife: Double(halfLife))
        return BurstRanking(
            TermBaselines(capacity: capacity, rate: rate), least: Double(least), above: above)
    }

    /// What `explain` says of groups.
    var each: String { keys.isEmpty ? "" : " of each (\(keys.map(\.field.name).joined(separator: ", ")))" }

    /// What `explain` says of results that replace others.
    var updates: [String] {
        var facts: [String] = []
        if lateness > 0 { facts.append("corrected by rows up to \(DurationText.format(lateness)) late") }
        if let earlyEmission { facts.append("early results every \(DurationText.format(earlyEmission))") }
        return facts
    }

    /// Windows that are counted at once: rows of the next come before the watermark has closed one.
    var windowsMax: Int { 2 + Int(clamping: (lateness + window - 1) / window) }

    /// Terms looked at for a result: others may be folded into those that are shown.
    var candidatesMax: Int { top * 4 + 16 }

    /// The most bytes of state.
    var bytesMax: Int {
        let (bytes, overflow) = windowsMax.multipliedReportingOverflow(
            by: TermCounter.bytes(capacity) + room.bytes(hasKeys: !keys.isEmpty))
        return overflow ? .max : bytes.addingReportingOverflow(TermBaselines.bytes(capacity)).partialValue
    }

    /// Where early results and corrections replace rows, one may have fewer ranks than the one before: what those ranks
    /// hold then is nothing.
    var schema: Schema {
        let own = Self.fields.map { field in
            var field = field
            field.isNullable = isUpdating && Self.vacant.contains(field.name)
            return field
        }
        return Schema(keys.map(\.outputField) + own)
    }

    /// The columns that identify a row.
    var outputKey: [String] { ["window_start"] + keys.map(\.outputField.name) + ["rank"] }

    private static let vacant: Set = ["term", "score", "mentions", "expected", "growth", "first_seen"]

    private static let fields = [
        Field("window_start", .timestamp), Field("window_end", .timestamp), Field("rank", .int64),
        Field("term", .string), Field("score", .float64), Field("mentions", .int64), Field("expected", .float64),
        Field("growth", .float64), Field("first_seen", .timestamp), Field("also", .list(.string)),
        Field("posts", .list(.string)), Field("authors", .list(.string)),
    ]
}
