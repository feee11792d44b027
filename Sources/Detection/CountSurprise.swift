import Glibc

/// How surprising a count is where another was expected.
///
/// Counts of independent posts are Poisson; posts that answer one another are overdispersed, and their counts follow a
/// negative binomial with variance μ + φμ² (Hilbe, "Negative Binomial Regression", 2011). Nothing is kept.
package enum CountSurprise {
    /// Terms summed before what is left is below the last digit.
    private static let termsMax = 100_000

    /// −log₁₀ of the probability of `count` or more where `expected` are; 0 where the count is not above it.
    /// - Parameter overdispersion: φ; 0 for a Poisson process.
    package static func ofExcess(_ count: Double, expected: Double, overdispersion: Double = 0) -> Double {
        guard count > expected, expected >= 0, count.isFinite else { return 0 }
        guard expected > 0 else { return 300 }
        let first = logProbability(count, expected, overdispersion)
        // Each term of the tail is the one before times a ratio below one, since the count is above the mean.
        var (sum, term, next) = (1.0, 1.0, count)
        let size = overdispersion > 0 ? 1 / overdispersion : .infinity
        let odds = size.isFinite ? expected / (expected + size) : 0
        for _ in 0..<termsMax {
            term *= size.isFinite ? odds * (next + size) / (next + 1) : expected / (next + 1)
            next += 1
            sum += term
            if term < sum * 1e-12 { break }
        }
        return min(300, max(0, -(first + log(sum)) / log(10.0)))
    }

    /// By how many standard deviations a count differs from what was expected, of either sign.
    ///
    /// The variance-stabilised difference 2 (√(x + 3/8) − √(μ + 3/8)) of Anscombe ("The transformation of Poisson,
    /// binomial and negative-binomial data", 1948), divided by √(1 + φμ): a few very large counts move it little.
    package static func zScore(_ count: Double, expected: Double, overdispersion: Double = 0) -> Double {
        let (count, expected) = (max(0, count), max(0, expected))
        let difference = 2 * ((count + 0.375).squareRoot() - (expected + 0.375).squareRoot())
        return difference / (1 + max(0, overdispersion) * expected).squareRoot()
    }

    /// The natural logarithm of the probability of exactly this count.
    private static func logProbability(_ count: Double, _ mean: Double, _ overdispersion: Double) -> Double {
        guard overdispersion > 0 else { return count * log(mean) - mean - lgamma(count + 1) }
        let size = 1 / overdispersion
        return lgamma(count + size) - lgamma(size) - lgamma(count + 1)
            + size * log(size / (size + mean)) + count * log(mean / (size + mean))
    }
}
