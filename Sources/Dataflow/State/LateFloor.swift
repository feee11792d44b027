import Primitives

/// What windows have forgotten stays forgotten when a file allows rows more lateness than the one before.
///
/// An operator whose watermark stood at `w` under the lateness `a` has dropped what ended by `w − a`. Under a longer
/// `b` a row could reach such a window again and begin it anew, with itself alone: a wrong result in place of a right
/// one. Rows are therefore taken to come behind a watermark of at least `w + b − a`, where they are late; once the
/// real one is there nothing is left to remember.
enum LateFloor {
    /// The fact by which a checkpoint tells how long that lasts, in microseconds.
    static let factName = "late floor"
    private static let latenessName = "lateness"

    /// Where the floor of an operator's frames is at least, going on from a checkpoint.
    static func after(_ found: OperatorCheckpoint, as shape: StateShape) -> EventTime {
        let told = found.shape.value(factName).flatMap { Int64($0) } ?? .min
        var floor = EventTime(microseconds: told)
        if found.watermark != .distantPast, let before = lateness(found.shape), let now = lateness(shape), now > before
        {
            floor = max(floor, found.watermark.advanced(byMicroseconds: now - before))
        }
        return floor > found.watermark ? floor : .distantPast
    }

    /// A shape as a checkpoint keeps it.
    static func told(_ shape: StateShape, floor: EventTime, watermark: EventTime) -> StateShape {
        guard floor > watermark else { return shape }
        var told = shape
        told.facts.append(StateShape.Fact(factName, "\(floor.microseconds)", onChange: .migrate))
        return told
    }

    private static func lateness(_ shape: StateShape) -> Int64? {
        shape.value(latenessName).flatMap { DurationText.microseconds($0) }
    }
}

extension StateShape {
    fileprivate func value(_ name: String) -> String? { facts.first { $0.name == name }?.value }

    /// The facts that a file decides; what a checkpoint adds of its own is left out.
    package var ofFile: StateShape {
        StateShape(kind: kind, version: version, facts: facts.filter { $0.name != LateFloor.factName })
    }
}
