import Primitives

/// The level of a series at each half-hour of the day and of the week, UTC, newer days counting more.
struct SeasonalLevels: Sendable, Hashable {
    static let daySlots = 48
    static let slots = daySlots * 8
    private static let halfHour: Int64 = 1_800_000_000
    private static let dayRate = 0.2
    private static let weekRate = 0.4

    /// First those of the day, then those of the week, from the epoch's Thursday on.
    var levels = [Double](repeating: 0, count: slots)
    var seen = [Int32](repeating: 0, count: slots)

    /// The level of the half-hour, where it was seen before.
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
        let halfHours = time.dividedDown(by: halfHour)
        let weekSlots = Int64(daySlots) * 7
        let week = Int(halfHours - halfHours.dividedDown(by: weekSlots) * weekSlots)
        return (week % daySlots, daySlots + week)
    }
}
