import Primitives

/// The level of a series at each hour of the day and of the week, UTC, newer days counting more.
struct SeasonalLevels: Sendable, Hashable {
    static let daySlots = 24
    static let slots = daySlots * 8
    private static let hour: Int64 = 3_600_000_000
    private static let dayRate = 0.3
    private static let weekRate = 0.3

    /// First those of the day, then those of the week, from the epoch's Thursday on.
    var levels = [Double](repeating: 0, count: slots)
    var seen = [Int32](repeating: 0, count: slots)

    /// The level of the hour, where it was seen before.
    func expected(at time: Int64) -> (day: Double?, week: Double?) {
        let (day, week) = Self.slots(time)
        return (seen[day] > 0 ? levels[day] : nil, seen[week] > 0 ? levels[week] : nil)
    }

    mutating func insert(_ value: Double, at time: Int64) {
        let (day, week) = Self.slots(time)
        learn(day, value, Self.dayRate)
        learn(week, value, Self.weekRate)
    }

    var memoryFootprint: Int { levels.capacity * 8 + seen.capacity * 4 }

    private mutating func learn(_ slot: Int, _ value: Double, _ rate: Double) {
        if seen[slot] < .max { seen[slot] += 1 }
        levels[slot] += max(rate, 1 / Double(seen[slot])) * (value - levels[slot])
    }

    private static func slots(_ time: Int64) -> (day: Int, week: Int) {
        let hours = time.dividedDown(by: hour)
        let weekSlots = Int64(daySlots) * 7
        let week = Int(hours - hours.dividedDown(by: weekSlots) * weekSlots)
        return (week % daySlots, daySlots + week)
    }
}
