import Glibc

/// A share now against a share before: of the posts of a brand, how many are negative.
///
/// The two-proportion z-test with the pooled variance (Fleiss, Levin and Paik, "Statistical Methods for Rates and
/// Proportions", 2003), each side given half a success and half a failure, so that a handful of posts proves little.
/// Four numbers a key.
package struct ProportionShift: Sendable, Hashable {
    /// Of how many now, how many have the property.
    package var count: Double
    package var matching: Double
    /// The same for what is usual.
    package var usualCount: Double
    package var usualMatching: Double

    package init(matching: Double, of count: Double, usualMatching: Double, of usualCount: Double) {
        self.count = max(0, count)
        self.matching = min(max(0, matching), self.count)
        self.usualCount = max(0, usualCount)
        self.usualMatching = min(max(0, usualMatching), self.usualCount)
    }

    package var share: Double { count > 0 ? matching / count : 0 }
    package var usualShare: Double { usualCount > 0 ? usualMatching / usualCount : 0 }

    /// Standard deviations by which the share is above the usual one; negative below it.
    package var zScore: Double {
        let (now, before) = (count + 1, usualCount + 1)
        let (share, usual) = ((matching + 0.5) / now, (usualMatching + 0.5) / before)
        let pooled = (matching + usualMatching + 1) / (now + before)
        let deviation = (pooled * (1 - pooled) * (1 / now + 1 / before)).squareRoot()
        return deviation > 0 ? (share - usual) / deviation : 0
    }

    /// −log₁₀ of the probability of so many matches or more at the usual share: the exact tail of the binomial, which
    /// holds for few posts too; 0 where the share has not risen.
    package var surprise: Double {
        let usual = (usualMatching + 0.5) / (usualCount + 1)
        guard count > 0, share > usual, usual > 0, usual < 1 else { return 0 }
        let first =
            lgamma(count + 1) - lgamma(matching + 1) - lgamma(count - matching + 1)
            + matching * log(usual) + (count - matching) * log(1 - usual)
        var (sum, term, next) = (1.0, 1.0, matching)
        while next < count && term > sum * 1e-12 {
            term *= (count - next) / (next + 1) * usual / (1 - usual)
            next += 1
            sum += term
        }
        return max(0, -(first + log(sum)) / log(10.0))
    }
}
