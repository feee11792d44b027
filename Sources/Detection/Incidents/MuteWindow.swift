import Primitives

/// A stretch of event time in which nothing is told: once, or every week again. Times are UTC.
package enum MuteWindow: Sendable, Hashable {
    /// From a time up to another, in microseconds since 1970.
    case once(Range<Int64>)
    /// On some days of the week (Monday is 0) from a time of day up to another, in microseconds since midnight. If the
    /// end is not behind the start it lies on the day after.
    case weekly(days: Set<Int>, from: Int64, to: Int64)

    package static let day: Int64 = 86_400_000_000
    private static let week = 7 * day
    /// 1 January 1970 was a Thursday.
    private static let firstMonday = -3 * day

    /// When the window ends that holds a time; `nil` if none does.
    package func end(at time: Int64) -> Int64? {
        switch self {
        case .once(let range):
            return range.contains(time) ? range.upperBound : nil
        case .weekly(let days, let from, let to):
            // No week can be reckoned at the ends of the timeline.
            guard time.magnitude < Int64.max.magnitude / 2 else { return nil }
            let sinceMonday = time - Self.firstMonday
            let week = sinceMonday.dividedDown(by: Self.week) * Self.week
            let length = to > from ? to - from : to - from + Self.day
            // The window that began on Sunday of the week before may still go on.
            for day in -1...6 where days.contains((day + 7) % 7) {
                let start = week + Int64(day) * Self.day + from
                if (start..<start + length).contains(sinceMonday) { return start + length + Self.firstMonday }
            }
            return nil
        }
    }
}

extension [MuteWindow] {
    /// The first time from a given one on that lies in no window; `nil` if there is none within some years.
    package func firstOpen(from time: Int64) -> Int64? {
        var time = time
        // Windows that touch lead from one to the next; those of a week that leave no gap would do so for ever.
        for _ in 0..<1_024 {
            guard let end = compactMap({ $0.end(at: time) }).max() else { return time }
            time = end
        }
        return nil
    }
}
