/// RFC 3339 timestamps and the proleptic Gregorian calendar, both ways, over bytes.
///
/// The day arithmetic is Howard Hinnant's "chrono-compatible low-level date algorithms".
package enum Timestamp {
    /// Reads an RFC 3339 time such as `2026-01-01T00:00:00.123Z` or `…+02:00`; a space may stand for the `T`.
    ///
    /// - Returns: microseconds since the epoch, digits beyond them cut off; `nil` if the text is anything else.
    package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 20, text[4] == dash, text[7] == dash, text[13] == colon, text[16] == colon else {
            return nil
        }
        guard text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t") || text[10] == UInt8(ascii: " ") else {
            return nil
        }
        guard let century = digits(text, 0), let years = digits(text, 2), let month = digits(text, 5),
            let day = digits(text, 8), let hour = digits(text, 11), let minute = digits(text, 14),
            let second = digits(text, 17)
        else { return nil }
        let year = century * 100 + years
        guard (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year), hour < 24, minute < 60,
            second <= 60
        else { return nil }

        var index = 19
        var fraction: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            var scale: Int64 = 100_000
            while index < text.count, let digit = digit(text[index]) {
                fraction += digit * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard index < text.count, let offset = zoneOffsetSeconds(text, &index), index == text.count else { return nil }
        // Safe: four-digit years keep every term far below 2^63.
        let days = daysSinceEpoch(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return seconds * 1_000_000 + fraction
    }

    /// Reads an RFC 3339 time from a string; see the other overload.
    package static func parse(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    /// Appends a time as RFC 3339 in UTC, with as few digits of a second as say it exactly: none, three or six.
    package static func append(_ microseconds: Int64, to output: inout [UInt8]) {
        let (dayIndex, inDay) = microseconds.quotientAndRemainder(dividingDownBy: 86_400_000_000)
        let (year, month, day) = civil(daysSinceEpoch: dayIndex)
        let second = inDay / 1_000_000
        let fraction = inDay % 1_000_000
        appendPadded(year, width: 4, to: &output)
        output.append(dash)
        appendPadded(month, width: 2, to: &output)
        output.append(dash)
        appendPadded(day, width: 2, to: &output)
        output.append(UInt8(ascii: "T"))
        appendPadded(second / 3_600, width: 2, to: &output)
        output.append(colon)
        appendPadded(second / 60 % 60, width: 2, to: &output)
        output.append(colon)
        appendPadded(second % 60, width: 2, to: &output)
        if fraction != 0 {
            output.append(UInt8(ascii: "."))
            if fraction % 1_000 == 0 {
                appendPadded(fraction / 1_000, width: 3, to: &output)
            } else {
                appendPadded(fraction, width: 6, to: &output)
            }
        }
        output.append(UInt8(ascii: "Z"))
    }

    /// A time as RFC 3339 in UTC.
    package static func format(_ microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        append(microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The calendar date of a day counted from 1970-01-01.
    package static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// The day counted from 1970-01-01 of a calendar date.
    package static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.dividedDown(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static let dash = UInt8(ascii: "-")
    private static let colon = UInt8(ascii: ":")

    private static func digit(_ byte: UInt8) -> Int64? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? Int64(value) : nil
    }

    private static func digits(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        guard index + 1 < text.count, let tens = digit(text[index]), let ones = digit(text[index + 1]) else {
            return nil
        }
        return tens * 10 + ones
    }

    private static func zoneOffsetSeconds(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int64? {
        switch text[index] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            index += 1
            return 0
        case UInt8(ascii: "+"), dash:
            let sign: Int64 = text[index] == dash ? -1 : 1
            guard index + 5 < text.count, text[index + 3] == colon, let hours = digits(text, index + 1),
                let minutes = digits(text, index + 4), hours < 24, minutes < 60
            else { return nil }
            index += 6
            return sign * (hours * 3_600 + minutes * 60)
        default:
            return nil
        }
    }

    private static func daysIn(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func appendPadded(_ value: Int64, width: Int, to output: inout [UInt8]) {
        if value < 0 { output.append(dash) }
        let magnitude = value.magnitude
        var scale: UInt64 = 1
        var size = 1
        while size < width || magnitude / scale >= 10 {
            scale *= 10
            size += 1
        }
        while scale > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude / scale % 10))
            scale /= 10
        }
    }
}
