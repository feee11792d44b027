import Primitives

/// Durations as CEL writes them, of several parts and with fractions: `1h30m`, `1.5s`, `-250ms`. `d` is an addition to
/// CEL, so that a duration reads alike everywhere in a pipeline file.
extension DurationText {
    /// The microseconds of a text; `nil` if it is no duration or out of range.
    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var index = 0
        var isNegative = false
        if let first = text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            index = 1
        }
        if text.count == index + 1, text[index] == UInt8(ascii: "0") { return 0 }
        guard index < text.count else { return nil }
        var total: Int64 = 0
        while index < text.count {
            guard let part = part(text, &index) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            if overflow { return nil }
            total = sum
        }
        if isNegative { total = -total }
        return TimeArithmetic.durationRange.contains(total) ? total : nil
    }

    /// One number with its unit.
    private static func part(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int64? {
        var whole: Int64 = 0
        var fraction = 0.0
        var digits = 0
        while index < text.count, ExpressionLexer.isDigit(text[index]) {
            let (scaled, overflow) = whole.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = scaled.addingReportingOverflow(Int64(text[index] - 48))
            if overflow || overflowed { return nil }
            whole = sum
            digits += 1
            index += 1
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            var scale = 0.1
            while index < text.count, ExpressionLexer.isDigit(text[index]) {
                fraction += Double(text[index] - 48) * scale
                scale /= 10
                digits += 1
                index += 1
            }
        }
        guard digits > 0 else { return nil }
        let start = index
        while index < text.count, !ExpressionLexer.isDigit(text[index]), text[index] != UInt8(ascii: ".") { index += 1 }
        let name = UnsafeBufferPointer(rebasing: text[start..<index])
        // A thousandth of what is counted.
        if name.elementsEqual("ns".utf8) { return whole / 1_000 }
        let unit = units.first {
            name.elementsEqual($0.name.utf8) || $0.microseconds == 1 && name.elementsEqual("µs".utf8)
        }
        guard let unit = unit?.microseconds else { return nil }
        let extra = Int64((fraction * Double(unit)).rounded())
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        let (sum, overflowed) = product.addingReportingOverflow(extra)
        return overflow || overflowed ? nil : sum
    }

    /// Seconds with as many digits of a fraction as needed, `1.5s`, as CEL writes a duration.
    static func append(_ microseconds: Int64, to output: inout BytesOutput) {
        if microseconds < 0 { output.append(UInt8(ascii: "-")) }
        let magnitude = microseconds.magnitude
        output.append(String(magnitude / 1_000_000))
        var fraction = magnitude % 1_000_000
        if fraction != 0 {
            output.append(UInt8(ascii: "."))
            var scale: UInt64 = 100_000
            while fraction != 0 {
                output.append(UInt8(48 + fraction / scale))
                fraction %= scale
                scale /= 10
            }
        }
        output.append(UInt8(ascii: "s"))
    }
}
