import Primitives

/// The parts of timestamps and durations.
enum TimeKernels {
    /// A part of a time. Months, days of the week and of the year count from zero, as CEL has it; `getDate` from one.
    enum Part: String, Sendable {
        case year = "getFullYear"
        case month = "getMonth"
        case date = "getDate"
        case dayOfMonth = "getDayOfMonth"
        case dayOfWeek = "getDayOfWeek"
        case dayOfYear = "getDayOfYear"
        case hours = "getHours"
        case minutes = "getMinutes"
        case seconds = "getSeconds"
        case milliseconds = "getMilliseconds"
    }

    /// - Parameter zone: seconds east of UTC.
    static func part(_ part: Part, zone: Int64) -> @Sendable (Frame, Vector) -> Vector {
        { frame, time in
            let lane = time.ints
            let output = NumberOutput<Int64>(rows: frame.rowCount)
            for row in 0..<frame.rowCount { output.values[row] = value(part, lane[row] &+ zone &* 1_000_000) }
            return output.finish(as: .int)
        }
    }

    private static func value(_ part: Part, _ microseconds: Int64) -> Int64 {
        let (day, time) = microseconds.quotientAndRemainder(dividingDownBy: 86_400_000_000)
        switch part {
        case .hours: return time / 3_600_000_000
        case .minutes: return time / 60_000_000 % 60
        case .seconds: return time / 1_000_000 % 60
        case .milliseconds: return time / 1_000 % 1_000
        case .dayOfWeek:
            // 1970-01-01 was a Thursday.
            return (day + 4).quotientAndRemainder(dividingDownBy: 7).remainder
        default: break
        }
        let date = Timestamp.civil(daysSinceEpoch: day)
        return switch part {
        case .year: date.year
        case .month: date.month - 1
        case .date: date.day
        case .dayOfMonth: date.day - 1
        default: day - Timestamp.daysSinceEpoch(year: date.year, month: 1, day: 1)
        }
    }

    /// The whole of a duration in a unit, or its milliseconds beyond the second.
    static func part(ofDuration part: Part) -> @Sendable (Frame, Vector) -> Vector {
        { frame, duration in
            let lane = duration.ints
            let output = NumberOutput<Int64>(rows: frame.rowCount)
            for row in 0..<frame.rowCount {
                let value = lane[row]
                output.values[row] =
                    switch part {
                    case .hours: value / 3_600_000_000
                    case .minutes: value / 60_000_000
                    case .seconds: value / 1_000_000
                    default: value / 1_000 % 1_000
                    }
            }
            return output.finish(as: .int)
        }
    }

    /// Seconds east of UTC of a fixed zone, `+02:00`, `-09:30`, `02:00` or `UTC`; `nil` for any other text.
    static func zoneOffset(_ text: String) -> Int64? {
        if ["UTC", "Z", "GMT", ""].contains(text) { return 0 }
        var bytes = Array(text.utf8)
        var sign: Int64 = 1
        if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") {
            sign = bytes.removeFirst() == UInt8(ascii: "-") ? -1 : 1
        }
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int64($0) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
