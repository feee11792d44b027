/// What VADER says of a text, rounded as its reference rounds.
package struct VaderScores: Sendable, Hashable {
    /// The valence of the whole text, from −1 (most negative) to 1 (most positive), to 4 decimals.
    package var compound: Double
    /// The share of the text that is positive, 0 to 1, to 3 decimals.
    package var positive: Double
    /// The share of the text that is neutral, 0 to 1, to 3 decimals.
    package var neutral: Double
    /// The share of the text that is negative, 0 to 1, to 3 decimals.
    package var negative: Double

    package init(compound: Double, positive: Double, neutral: Double, negative: Double) {
        self.compound = compound
        self.positive = positive
        self.neutral = neutral
        self.negative = negative
    }

    /// A text without words.
    static let none = VaderScores(compound: 0, positive: 0, neutral: 0, negative: 0)

    /// The nearest number of `1 / scale` steps, as Python's `round` finds it: by the exact value of the double, and of
    /// two equally near the even one. `value` is between −1 and 1, `scale` a power of ten below 10⁶.
    static func rounded(_ value: Double, scale: Double) -> Double {
        let scaled = value.magnitude * scale
        // What the multiplication lost; `scaled + lost` is the exact product.
        let lost = (-scaled).addingProduct(value.magnitude, scale)
        var steps = scaled.rounded(.down)
        let fraction = scaled - steps
        let isTie = fraction == 0.5 && lost == 0
        if isTie {
            if steps.truncatingRemainder(dividingBy: 2) != 0 { steps += 1 }
        } else if fraction > 0.5 || (fraction == 0.5 && lost > 0) {
            steps += 1
        }
        return value < 0 ? -(steps / scale) : steps / scale
    }
}
