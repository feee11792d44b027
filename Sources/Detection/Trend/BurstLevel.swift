import Glibc

/// What is usual of one term: the mean and variance of its counts a window.
///
/// Exponentially weighted, after Finch, "Incremental calculation of weighted mean and variance" (2009); windows without
/// the term are caught up with at once. 12 bytes.
package struct BurstLevel: Sendable, Hashable, BitwiseCopyable {
    package var mean: Float = 0
    package var variance: Float = 0
    /// The last window that it has taken.
    package var window: UInt32 = 0

    package init() {}

    package init(mean: Float, variance: Float, window: UInt32) {
        self.mean = mean
        self.variance = variance
        self.window = window
    }

    /// The level after windows without the term.
    package func idle(until window: UInt32, _ rate: ForgettingRate) -> BurstLevel {
        guard window > self.window else { return self }
        let left = rate.survival(from: self.window, to: window)
        let (mean, variance) = (Double(self.mean), Double(self.variance))
        // Zeros shrink the second moment as they shrink the mean.
        return BurstLevel(
            mean: Float(mean * left), variance: Float(variance * left + mean * mean * left * (1 - left)),
            window: window)
    }

    /// Takes the count of the next window.
    package mutating func insert(_ count: Double, window: UInt32, _ rate: ForgettingRate) {
        let weight = rate.weight(window)
        let change = count - Double(mean)
        mean += Float(weight * change)
        variance = Float((1 - weight) * (Double(variance) + weight * change * change))
        self.window = window
    }

    /// How many standard deviations a count lies above what is usual.
    ///
    /// Schubert, Weiler and Kriegel, "SigniTrend: scalable detection of emerging topics in textual streams by hashed
    /// significance thresholds" (2014): (x − m) / s, where the mean is taken for no less than `least`, so that what is
    /// rare does not burst at its second mention. The variance is taken for no less than chance alone gives a count: m.
    /// Four places are kept: terms with the same history are equals, and not ranked by the last digits of a float.
    package func score(_ count: Double, least: Double) -> Double {
        let usual = max(Double(mean), least)
        let score = (count - usual) / max(Double(variance), usual).squareRoot()
        return (score * 10_000).rounded() / 10_000
    }
}
