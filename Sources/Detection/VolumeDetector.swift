import Glibc

/// How unusual each value of a series is, judged as it comes: volumes of posts above all, any series of numbers at all.
///
/// 1. A value is put on a scale of its own: the inverse hyperbolic sine of its distance from the running median in
///    running interquartile ranges. Near the median that is linear, far from it logarithmic, so that bursts of a
///    hundred times the usual volume compare as ratios do.
/// 2. It deviates from three expectations: the slow level; the hour of the day and of the week (the smaller of the two
///    deviations, so that a regular Monday is no news); and the last values have together deviated from those hours (a
///    shift that lasts), again by the smaller of the two.
/// 3. How rare a deviation is, `TailEstimate` says from those of its kind before, with a heavy tail if the series
///    has one. The two rarest count.
/// 4. The surprise is divided by that of the rarest thing to be expected in as long a history, so that long and
///    short series are alarmed equally often. That a value is in the wake of one at least as surprising is no news:
///    it scores 0.
///
/// One set of constants for every series; no look-ahead. 9 KB a key.
package struct VolumeDetector: Sendable, Hashable {
    /// What is said of a value.
    package struct Verdict: Sendable, Hashable {
        /// What the hour of the week leads to expect.
        package var expected: Double
        /// −log₁₀ of how rare its deviation is.
        package var surprise: Double
        /// From 0 to 1; 0.5 is as rare as once in the history; 0 in the wake of something at least as surprising.
        package var score: Double
    }

    /// Bytes of one detector.
    package static var bytes: Int {
        kinds * TailEstimate.bins * 8 + SeasonalLevels.slots * 12 + wakeLength * 8 + 512
    }

    static let kinds = 3
    static let slowRate = 0.002
    /// Of the level that stands for hours that are not known yet.
    static let recentRate = 0.2
    /// Of the mean of the last deviations.
    static let driftRate = 0.05
    /// A lesser deviation, in interquartile ranges, is none: the range itself wanders by as much.
    static let deviationLeast = 0.05
    /// Values for which a surprise makes lesser ones no news.
    static let wakeLength = 150
    /// The rarest to be expected grows with the history, counted up to `historyMax`; a young one is given a prior.
    static let historyMax = 5_000.0
    static let historyPrior = 30.0
    static let tailSettings = TailEstimate.Settings(tail: 0.03, decay: 0.99985, prior: 0.4)

    var scale = RunningScale()
    var levels = SeasonalLevels()
    var slow = 0.0
    /// The level of the last values.
    var recent = 0.0
    /// Means of the last deviations from the hour of the day and of the week.
    var dayDrift = 0.0
    var weekDrift = 0.0
    var tails = [TailEstimate](repeating: TailEstimate(), count: kinds)
    /// Values taken.
    package internal(set) var count = 0
    var wake = [Double](repeating: 0, count: wakeLength)

    package init() {}

    /// Takes the next value of the series.
    /// - Parameter time: when it was made, in microseconds; it only says the hour.
    package mutating func insert(_ value: Double, at time: Int64) -> Verdict {
        guard value.isFinite else { return Verdict(expected: 0, surprise: 0, score: 0) }
        let scaled = scale.scaled(value)
        if count == 0 { (slow, recent) = (scaled, scaled) }
        let usual = levels.expected(at: time)
        let weekLevel = usual.week ?? usual.day ?? recent
        let (day, week) = (scaled - (usual.day ?? recent), scaled - weekLevel)
        let rate = max(Self.driftRate, 1 / Double(count + 1))
        dayDrift += rate * (day - dayDrift)
        weekDrift += rate * (week - weekDrift)
        let deviations = [abs(scaled - slow), min(abs(day), abs(week)), min(abs(dayDrift), abs(weekDrift))]
        let expected = scale.value(weekLevel)
        let surprise = rarity(deviations)
        levels.insert(scaled, at: time)
        slow += max(Self.slowRate, 1 / Double(count + 1)) * (scaled - slow)
        recent += max(Self.recentRate, 1 / Double(count + 1)) * (scaled - recent)
        scale.insert(value)
        let score = news(surprise)
        count += 1
        return Verdict(expected: expected, surprise: surprise, score: score)
    }

    package var memoryFootprint: Int {
        tails.reduce(wake.capacity * 8 + levels.memoryFootprint) { $0 + $1.memoryFootprint }
    }

    /// The mean of the two largest surprises; each kind learns its deviation.
    private mutating func rarity(_ deviations: [Double]) -> Double {
        var (largest, second) = (0.0, 0.0)
        for (kind, measured) in deviations.enumerated() {
            let deviation = measured < Self.deviationLeast ? 0 : measured
            let probability = tails[kind].probability(deviation, Self.tailSettings)
            let surprise = -log10(max(probability, 1e-30))
            if surprise > largest {
                (largest, second) = (surprise, largest)
            } else if surprise > second {
                second = surprise
            }
            tails[kind].insert(deviation, Self.tailSettings)
        }
        return (largest + second) / 2
    }

    private mutating func news(_ surprise: Double) -> Double {
        let rarest = log10(min(Double(count), Self.historyMax) + Self.historyPrior)
        let relative = surprise / rarest
        let isNews = wake.allSatisfy { $0 < relative }
        wake[count % Self.wakeLength] = relative
        return isNews ? relative / (1 + relative) : 0
    }
}
