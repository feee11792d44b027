import Primitives

/// A part of the engine that is measured alone.
struct MicroBenchmark: Sendable {
    var name: String
    /// What it counts.
    var unit: String
    var prepare: @Sendable (_ mentions: Mentions, _ threads: Int) throws(Fault) -> Trial

    static let all: [MicroBenchmark] = [
        .decode, .kernels, .hashTable, .exchange, .window, .dedupe, .sentiment, .segmentWrite, .segmentRead,
    ]
}

/// A benchmark that is ready to run.
struct Trial {
    /// Units of one run.
    var count: Int
    var run: () throws(Fault) -> Void
    /// What is wrong with the answer of the last run; `nil`: it is right.
    var mistake: () -> String?

    static func expect<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) -> String? {
        found == expected ? nil : "\(what): \(found) instead of \(expected)"
    }
}
