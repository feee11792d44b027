import Glibc

/// A series' own scale: its running median and interquartile range.
///
/// Of whole numbers it is no finer than half of what chance makes of counts, √mean (Poisson): where most stretches have
/// none, the quartiles are all 0, and a single post would be as far away as a hundred.
/// Each quartile climbs or falls by a step for each value, so that as many values lie below it as should (stochastic
/// approximation of a quantile, Robbins and Monro, 1951). The first 50 values are sorted instead.
struct RunningScale: Sendable, Hashable {
    static let firstMax = 50
    private static let step = 0.002
    private static let countShare = 0.5
    /// Below a count of one there is no chance to speak of.
    private static let countLeast = 0.1
    private static let shares = [0.25, 0.5, 0.75]
    /// The range is at least this part of the median: a series that stands still is not infinitely precise.
    private static let leastShare = 0.01
    private static let least = 1e-6

    /// The first values, ascending.
    var first: [Double] = []
    var quartiles = [0.0, 0.0, 0.0]
    var range = 0.0
    var count = 0
    /// Whether every value so far was a whole number, and none below zero.
    var isCounts = true
    var mean = 0.0

    /// A value on the scale; before any is known, its own place is zero.
    func scaled(_ value: Double) -> Double {
        count == 0 ? 0 : asinh((value - quartiles[1]) / range)
    }

    /// The value at a place of the scale.
    func value(_ scaled: Double) -> Double {
        count == 0 ? 0 : quartiles[1] + sinh(scaled) * range
    }

    mutating func insert(_ value: Double) {
        if count < Self.firstMax {
            let place = first.firstIndex { $0 > value } ?? first.count
            first.insert(value, at: place)
            quartiles = Self.shares.map { first[Int($0 * Double(first.count - 1))] }
            if count == Self.firstMax - 1 { first = [] }
        } else {
            let step = max(Self.step, 1 / Double(count + 1))
            for (index, share) in Self.shares.enumerated() {
                quartiles[index] += step * range * 2 * (share - (value < quartiles[index] ? 1 : 0))
            }
        }
        count += 1
        if value < 0 || value != value.rounded() { isCounts = false }
        if isCounts { mean += max(Self.step, 1 / Double(count)) * (value - mean) }
        range = max(quartiles[2] - quartiles[0], abs(quartiles[1]) * Self.leastShare, Self.least)
        if isCounts { range = max(range, Self.countShare * (mean + Self.countLeast).squareRoot()) }
    }
}
