/// A point on the timeline of the data: microseconds since 1970-01-01T00:00:00Z, as Arrow's and Kafka's clocks count,
/// without leap seconds.
@usableFromInline
package struct EventTime: Hashable, Comparable, Sendable {
    @usableFromInline package var microseconds: Int64

    @inlinable
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Before every record: a watermark that has not moved yet.
    package static let distantPast = EventTime(microseconds: .min)
    /// After every record: the watermark of a source that has ended.
    package static let distantFuture = EventTime(microseconds: .max)

    @inlinable
    package static func < (left: EventTime, right: EventTime) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This time plus a number of microseconds; the two ends of the timeline stay where they are.
    package func advanced(byMicroseconds delta: Int64) -> EventTime {
        if self == .distantPast || self == .distantFuture { return self }
        let (sum, overflow) = microseconds.addingReportingOverflow(delta)
        guard overflow else { return EventTime(microseconds: sum) }
        return delta > 0 ? .distantFuture : .distantPast
    }
}

extension Duration {
    /// The whole microseconds of this duration, clamped to what 64 bits hold.
    @usableFromInline package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds > 0 ? .max : .min }
        return scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000).partialValue
    }
}
