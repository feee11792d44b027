import Glibc

/// How quickly what is usual follows what happens, window by window.
///
/// The first windows count alike, so that a baseline of three windows is their plain mean; from then on a window weighs
/// half as much for every half-life since. So window `n` (from 0) enters with the weight max(α, 1 / (n + 1)), where
/// α = 1 − 2^(−window / half-life).
package struct ForgettingRate: Sendable, Hashable {
    /// The weight of a window once many were seen.
    package let alpha: Double
    /// The last window that enters as one of a plain mean.
    private let lastPlain: Double

    /// - Parameters:
    ///   - window: how long a window is; in the same unit as the half-life.
    ///   - halfLife: above zero.
    package init(window: Double, halfLife: Double) {
        alpha = 1 - exp2(-window / halfLife)
        lastPlain = (1 / alpha - 1).rounded(.down)
    }

    /// With what weight a window enters.
    package func weight(_ window: UInt32) -> Double {
        max(alpha, 1 / (Double(window) + 1))
    }

    /// What is left of a mean from one window after another, in which and since which nothing came: the product of
    /// 1 − weight over the windows behind `from` up to `to`.
    package func survival(from: UInt32, to: UInt32) -> Double {
        guard to > from else { return 1 }
        let (from, to) = (Double(from), Double(to))
        let plain = min(to, lastPlain)
        // Of a plain mean the factors are n / (n + 1), of which all but the ends cancel.
        let share = plain > from ? (from + 1) / (plain + 1) : 1
        let forgetting = to - max(from, lastPlain)
        return forgetting > 0 ? share * pow(1 - alpha, forgetting) : share
    }
}
