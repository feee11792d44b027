import Primitives

/// The runs of one benchmark.
struct Measurement: Encodable {
    var name: String
    /// What is counted: records, keys, rows, texts.
    var unit: String
    var threads: Int
    /// Units of one run.
    var count: Int
    /// Seconds of each run, on the clock and on all processors.
    var seconds: [Double] = []
    var cpuSeconds: [Double] = []
    var peakBytes = 0

    /// Runs `body` and notes what it took.
    mutating func add<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
        let clock = SystemClock()
        let before = Usage.now
        let start = clock.monotonicNanoseconds()
        try body()
        seconds.append(Double(clock.monotonicNanoseconds() - start) / 1e9)
        let after = Usage.now
        cpuSeconds.append(after.cpuSeconds - before.cpuSeconds)
        peakBytes = after.peakBytes
    }

    /// Units a second: the slowest, median and fastest run.
    var rates: (least: Double, median: Double, most: Double) {
        let rates = seconds.map { Double(count) / $0 }.sorted()
        return (rates[0], rates[rates.count / 2], rates[rates.count - 1])
    }

    /// Units a second of one core.
    var ratePerCore: Double {
        let sorted = cpuSeconds.sorted()
        return Double(count) / max(sorted[sorted.count / 2], 1e-9)
    }
}
