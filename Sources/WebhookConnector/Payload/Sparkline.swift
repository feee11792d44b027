/// A row of numbers as a line of text: `▁▁▂▁▃▇█`.
enum Sparkline {
    private static let steps: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// - Returns: one character a number, from the least to the largest; empty without two numbers.
    static func text(_ values: [Double]) -> String {
        let finite = values.filter(\.isFinite)
        guard finite.count >= 2, let least = finite.min(), let largest = finite.max() else { return "" }
        let range = largest - least
        return String(
            values.map { value in
                guard value.isFinite else { return " " }
                guard range > 0, range.isFinite else { return steps[0] }
                return steps[min(steps.count - 1, Int((value - least) / range * Double(steps.count)))]
            })
    }
}
