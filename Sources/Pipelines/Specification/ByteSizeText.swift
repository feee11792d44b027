/// Sizes as pipeline files write them: `512B`, `64KiB`, `1GiB`.
enum ByteSizeText {
    private static let sizes: [(suffix: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
    ]

    /// Reads a size, up to TiB; `nil` for anything else.
    static func bytes(_ text: String) -> Int64? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let count = Int64(digits), let unit = sizes.first(where: { $0.suffix == text.dropFirst(digits.count) })
        else { return nil }
        let (total, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : total
    }

    /// A size for people, three digits or so, rounded up: `1.5GiB`, `512B`.
    static func format(_ bytes: Int64) -> String {
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
    static func budget(_ bytes: Int64) -> String {
        let gibibyte: Int64 = 1 << 30
        let (suffix, unit) = bytes >= 10 * gibibyte ? ("GiB", gibibyte) : ("MiB", 1 << 20)
        return "\(bytes / unit + (bytes % unit > 0 ? 1 : 0))\(suffix)"
    }
}
