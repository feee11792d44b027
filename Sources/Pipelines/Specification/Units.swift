import Primitives

/// Durations and sizes as pipeline files write them.
package enum Units {
    private static let durations: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let sizes: [(suffix: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
    ]
    /// A hundred years: what is longer is a slip, and would overflow sums of times.
    private static let millisecondsMax: Int64 = 100 * 366 * 86_400_000

    /// Reads `250ms`, `5s`, `1m`, `24h` or `7d`; `nil` for anything else, and for more than a hundred years.
    package static func duration(_ text: String) -> Duration? {
        guard let (count, suffix) = split(text), let unit = durations.first(where: { $0.suffix == suffix }) else {
            return nil
        }
        let (total, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow, total <= millisecondsMax else { return nil }
        return .milliseconds(total)
    }

    /// Reads `64KiB` or `1GiB`, up to TiB, or `512B`; `nil` for anything else.
    package static func byteSize(_ text: String) -> Int64? {
        guard let (count, suffix) = split(text), let unit = sizes.first(where: { $0.suffix == suffix }) else {
            return nil
        }
        let (total, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : total
    }

    /// A duration in the largest unit that says it exactly: `90s`, `1m`, `24h`, `7d`; microseconds are cut off.
    package static func format(_ duration: Duration) -> String {
        let milliseconds = duration.microseconds / 1_000
        guard milliseconds != 0 else { return "0s" }
        // Days only from two on: people write 24h.
        for (suffix, unit) in durations.reversed() where milliseconds % unit == 0 {
            if suffix == "d", milliseconds / unit < 2 { continue }
            return "\(milliseconds / unit)\(suffix)"
        }
        return "\(milliseconds)ms"
    }

    /// A size for people, three digits or so, rounded up: `1.5GiB`, `512B`.
    package static func format(bytes: Int64) -> String {
        for (suffix, unit) in sizes.dropLast().reversed() where bytes >= unit {
            let (whole, rest) = bytes.quotientAndRemainder(dividingBy: unit)
            guard whole < 100, rest > 0 else { return "\(rest > 0 ? whole + 1 : whole)\(suffix)" }
            // Safe: rest < 2^40, so ten times it fits.
            let tenths = (rest * 10 + unit - 1) / unit
            return tenths == 10 ? "\(whole + 1)\(suffix)" : "\(whole).\(tenths)\(suffix)"
        }
        return "\(bytes)B"
    }

    /// A size that holds at least so many bytes, as a pipeline file takes it: whole MiB, or GiB from ten on.
    package static func budget(bytes: Int64) -> String {
        let gibibyte: Int64 = 1 << 30
        let (suffix, unit) = bytes >= 10 * gibibyte ? ("GiB", gibibyte) : ("MiB", 1 << 20)
        return "\(bytes / unit + (bytes % unit > 0 ? 1 : 0))\(suffix)"
    }

    private static func split(_ text: String) -> (Int64, String)? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty, let count = Int64(digits) else { return nil }
        return (count, String(text.dropFirst(digits.count)))
    }
}
