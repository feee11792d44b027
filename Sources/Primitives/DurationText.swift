/// Durations as a pipeline file writes them: `250ms`, `5s`, `1m`, `24h`, `7d`.
package enum DurationText {
    private static let units: [(suffix: String, microseconds: Int64)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1),
    ]

    /// In the largest unit that says it exactly.
    package static func format(_ microseconds: Int64) -> String {
        if microseconds == 0 { return "0s" }
        for unit in units where microseconds % unit.microseconds == 0 {
            // A day is only said of whole numbers of them that people count in days.
            if unit.suffix == "d" && abs(microseconds) < 2 * unit.microseconds { continue }
            return "\(microseconds / unit.microseconds)\(unit.suffix)"
        }
        return "\(microseconds)us"
    }

    /// Reads what `format` wrote; `nil` for anything else.
    package static func microseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isNumber || $0 == "-" }
        guard let count = Int64(digits), let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) })
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.microseconds)
        return overflow ? nil : product
    }
}
