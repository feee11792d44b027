package import Primitives

/// How far one lane has come in event time, frame by frame, whoever reads them.
///
/// A frame's floor is the latest event time of all frames before it, less the allowed delay. Frames may be decoded out
/// of their order, by several subtasks; a floor is known once every frame before has been published. So the floors, and
/// with them the verdict on late rows, depend on the input alone and not on the number of threads.
package struct LaneProgress: Sendable {
    private let delay: Int64
    /// The next frame to join the whole prefix.
    private var next: Int64 = 0
    /// The latest event time in the whole prefix.
    package private(set) var latest = EventTime.distantPast
    private var published: [Int64: EventTime] = [:]
    private var floors: [Int64: EventTime] = [:]
    private var latestBefore: [Int64: EventTime] = [:]
    /// No floor is earlier: where the stream had got to when the lane woke from idleness.
    package private(set) var least = EventTime.distantPast

    package init(delay: Duration) {
        self.delay = delay.microseconds
    }

    /// Goes on where an earlier run stood.
    package mutating func resume(latest: EventTime, least: EventTime) {
        self.latest = latest
        self.least = least
    }

    /// The watermark after the whole prefix.
    package var watermark: EventTime {
        max(least, latest.advanced(byMicroseconds: -delay))
    }

    /// Takes the latest event time of a frame, `distantPast` for an empty one.
    package mutating func publish(_ sequence: Int64, latest frameLatest: EventTime) {
        published[sequence] = frameLatest
        while let time = published.removeValue(forKey: next) {
            floors[next] = watermark
            latestBefore[next] = latest
            latest = max(latest, time)
            next += 1
        }
    }

    /// The floor of a frame, once it is known. It is told once.
    package mutating func takeFloor(_ sequence: Int64) -> EventTime? {
        floors.removeValue(forKey: sequence)
    }

    /// The latest event time of all frames before one whose floor is known. It is told once.
    package mutating func takeLatestBefore(_ sequence: Int64) -> EventTime {
        latestBefore.removeValue(forKey: sequence) ?? .distantPast
    }

    /// The earliest floor that any of these frames, or any to come, may have.
    package func leastFloor(of waiting: [Int64]) -> EventTime {
        waiting.reduce(watermark) { min($0, floors[$1] ?? $0) }
    }

    /// Raises every floor still to be given: the stream went on while this lane was idle.
    package mutating func raise(to floor: EventTime) {
        least = max(least, floor)
    }
}
