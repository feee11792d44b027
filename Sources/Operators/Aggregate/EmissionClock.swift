/// When open windows are shown early: at the multiples of an interval, so that all subtasks show theirs at about the
/// same time and one commit takes them.
struct EmissionClock {
    /// How long what the first halves send is given to arrive before the second ones show it, in nanoseconds.
    private static let passage: Int64 = 20_000_000

    private let interval: Int64
    private let offset: Int64
    /// The number of the interval in which windows were last shown.
    private var last = Int64.min

    /// - Parameters:
    ///   - microseconds: the interval; `nil`: windows are not shown early, and there is no clock.
    ///   - isBehindHalves: whether others send at the multiples what is then shown.
    init?(every microseconds: Int64?, isBehindHalves: Bool = false) {
        guard let microseconds else { return nil }
        let (nanoseconds, isTooLong) = microseconds.multipliedReportingOverflow(by: 1_000)
        interval = isTooLong ? .max : nanoseconds
        offset = isBehindHalves ? min(Self.passage, interval / 2) : 0
    }

    /// Whether it is time; `true` once an interval.
    /// - Parameter now: on the monotonic clock, in nanoseconds.
    mutating func isDue(_ now: Int64) -> Bool {
        let number = (now - offset) / interval
        guard number > last else { return false }
        last = number
        return true
    }
}
