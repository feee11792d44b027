/// Durations as text. A pipeline file writes one number and one unit: `250ms`, `5s`, `1m`, `24h`, `7d`.
package enum DurationText {
    /// The units in microseconds, the largest first.
    package static let units: [(name: String, microseconds: Int64)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1),
    ]
    /// A hundred years: what is longer is a slip, and would overflow sums of times.
    private static let settingMax: Int64 = 100 * 366 * 86_400_000_000

    /// In the largest unit that says it exactly.
    package static func format(_ microseconds: Int64) -> String {
        if microseconds == 0 { return "0s" }
        for unit in units where microseconds % unit.microseconds == 0 {
            // Days only from two on: people write 24h.
            if unit.name == "d" && abs(microseconds) < 2 * unit.microseconds { continue }
            return "\(microseconds / unit.microseconds)\(unit.name)"
        }
        return "\(microseconds)us"
    }

    package static func format(_ duration: Duration) -> String { format(duration.microseconds) }

    /// Reads what `format` wrote; `nil` for anything else.
    package static func microseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isNumber || $0 == "-" }
        guard let count = Int64(digits), let unit = units.first(where: { $0.name == text.dropFirst(digits.count) })
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.microseconds)
        return overflow ? nil : product
    }

    /// Reads a duration as people set it: from milliseconds to a hundred years, without a sign; `nil` for anything
    /// else.
    package static func setting(_ text: String) -> Duration? {
        guard text.first != "-", !text.hasSuffix("us"), let microseconds = microseconds(text),
            microseconds <= settingMax
        else { return nil }
        return .microseconds(microseconds)
    }
}
