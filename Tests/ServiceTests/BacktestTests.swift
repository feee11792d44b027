import Dataflow
import Primitives
import Testing

@testable import Service

@Suite("A backtest and its labels")
struct BacktestTests {
    private static let second: Int64 = 1_000_000

    private static func firing(_ at: Int64, _ key: String, _ detector: String = "crises") -> Firing {
        Firing(at: at * second, detector: detector, key: key, text: "")
    }

    private static func labels(_ rows: [[String?]], columns: [String] = ["start", "end", "key", "detector"]) throws
        -> LabelledEvents
    {
        try LabelledEvents(StaticTable(columns: columns, rows: rows))
    }

    @Test("precision is the share of firings within an event, recall that of events with a firing")
    func scores() throws {
        let labels = try Self.labels([
            ["1970-01-01T00:00:10Z", "1970-01-01T00:00:20Z", "a", nil],
            ["1970-01-01T00:00:10Z", "1970-01-01T00:00:20Z", "b", ""],
            ["1970-01-01T00:00:40Z", "1970-01-01T00:00:50Z", nil, "volume"],
            ["1970-01-01T00:05:00Z", "1970-01-01T00:06:00Z", nil, nil],
        ])
        let firings = [
            Self.firing(9, "a"), Self.firing(13, "a"), Self.firing(20, "a"), Self.firing(15, "c"), Self.firing(45, "a"),
        ]
        let score = BacktestScore(firings, labels, detector: "crises", from: 0, to: 100 * Self.second)
        #expect(score.firings == 5 && score.right == 2 && score.events == 2 && score.found == 1)
        #expect(score.precision == 0.4 && score.recall == 0.5 && score.delay == 3 * Self.second)
        let none = BacktestScore([], labels, detector: "volume", from: 0, to: 100 * Self.second)
        #expect(none.events == 3 && none.precision == nil && none.recall == 0 && none.delay == nil)
    }

    @Test("labels without times are refused, with the row")
    func labels() throws {
        #expect(throws: Fault.self) { try Self.labels([], columns: ["start", "key"]) }
        #expect(throws: Fault.self) { try Self.labels([["x", "1970-01-01T00:00:10Z", nil, nil]]) }
        #expect(throws: Fault.self) {
            try Self.labels([["1970-01-01T00:00:11Z", "1970-01-01T00:00:10Z", nil, nil]])
        }
    }

    @Test("two configurations agree on firings of one key that are near each other, each counted once")
    func shadow() {
        let first = [Self.firing(10, "a"), Self.firing(12, "a"), Self.firing(90, "a")]
        let second = [Self.firing(14, "a"), Self.firing(14, "b"), Self.firing(70, "a")]
        let comparison = ShadowComparison(first, second, within: 10 * Self.second)
        #expect(comparison.entries.map(\.side) == [.both, .first, .second, .second, .first])
        #expect(comparison.count(.both) == 1 && comparison.count(.first) == 2 && comparison.count(.second) == 2)
    }
}
