import Foundation

/// Prints measurements as a table or as JSON, one object a line.
struct Report {
    var isJSON: Bool

    func begin() {
        guard !isJSON else { return }
        print(row("", "threads", "slowest", "median/s", "fastest", "per core", "peak MiB") + "  unit")
    }

    func add(_ measurement: Measurement) throws {
        if isJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
        } else {
            let rates = measurement.rates
            print(
                row(
                    measurement.name, "\(measurement.threads)", count(rates.least), count(rates.median),
                    count(rates.most), count(measurement.ratePerCore), "\(measurement.peakBytes >> 20)")
                    + "  \(measurement.unit)")
        }
        fflush(nil)
    }

    private func row(_ name: String, _ cells: String...) -> String {
        name.padding(toLength: 14, withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
    }

    /// A number with a comma every three digits.
    private func count(_ value: Double) -> String {
        var digits = "\(Int(value))"
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
            position -= 3
        }
        return digits
    }
}
