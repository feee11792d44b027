package import Columnar
package import Primitives

/// One operator's work within one subtask. Used from that subtask's thread alone; its state is its own.
package protocol Operator: AnyObject {
    /// Works on a frame. Emits at most one frame of the same lane and sequence, which may be empty.
    func process(_ frame: Frame, _ output: OperatorOutput) throws(Fault)

    /// Every row still to come happened at `watermark` or later, or is late.
    func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault)

    /// Called every few milliseconds of the wall clock, for results that do not wait for the watermark.
    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) throws(Fault)

    /// How far what it emits may lie behind its watermark, in microseconds: what stands behind it is told a watermark
    /// earlier by this.
    var watermarkDelay: Int64 { get }

    /// The run stops before its input has ended; what may be shown of open windows is shown now.
    func stop(_ output: OperatorOutput) throws(Fault)

    /// A checkpoint is about to be taken: sends on what it keeps only to save messages, so that no other subtask's
    /// state lacks it.
    func drain(_ output: OperatorOutput) throws(Fault)

    /// Whether it has left over some of what it was to emit. Until `proceed` has emitted that, nothing else is asked of
    /// it: what is made bit by bit needs no more memory than the receivers take.
    var hasMore: Bool { get }

    /// Goes on with what was left over.
    func proceed(_ output: OperatorOutput) throws(Fault)

    /// What it keeps that must survive a restart; `nil` if nothing.
    var state: (any OperatorState)? { get }

    /// Bytes of state it holds.
    var memoryFootprint: Int { get }
}

extension Operator {
    package func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault) {}
    package func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) throws(Fault) {}
    package var watermarkDelay: Int64 { 0 }
    package func stop(_ output: OperatorOutput) throws(Fault) {}
    package func drain(_ output: OperatorOutput) throws(Fault) {}
    package var hasMore: Bool { false }
    package func proceed(_ output: OperatorOutput) throws(Fault) {}
    package var state: (any OperatorState)? { nil }
    package var memoryFootprint: Int { 0 }
}

/// Where an operator's results go, and its side of the ledger.
package final class OperatorOutput {
    /// Frames emitted since the runtime last took them.
    package private(set) var frames: [Frame] = []
    package private(set) var late: [DeadLetter] = []
    package private(set) var deadLetters: [DeadLetter] = []
    package var ledger = OperatorLedger()
    private let lane: Lane
    private let relabels: Bool
    private var nextSequence: Int64 = 0

    /// - Parameters:
    ///   - lane: the lane of rows that the operator makes by itself.
    ///   - relabels: whether frames that are passed on join that lane too. So it must be behind an exchange, where
    ///     each subtask sees only a part of every lane's frames.
    package init(lane: Lane, relabels: Bool = false) {
        self.lane = lane
        self.relabels = relabels
    }

    /// Passes a frame on in its own lane.
    package func emit(_ frame: Frame) {
        guard relabels else {
            frames.append(frame)
            return
        }
        append(frame.batch, floor: frame.floor)
    }

    /// Sends rows that the operator made (a window's result) in the subtask's own lane.
    package func emitMade(_ batch: RecordBatch, floor: EventTime) {
        append(batch, floor: floor)
        ledger.made += Int64(batch.selectedCount)
    }

    /// Sends partial rows to the second half of the operator; they are no rows of the stream and are not counted.
    package func emitPartial(_ batch: RecordBatch) {
        append(batch, floor: .distantPast)
    }

    private func append(_ batch: RecordBatch, floor: EventTime) {
        frames.append(Frame(batch: batch, lane: lane, sequence: nextSequence, floor: floor))
        nextSequence += 1
    }

    /// Refuses rows for good, each with its reason; counts them.
    package func emitDeadLetters(_ letters: [DeadLetter]) {
        deadLetters.append(contentsOf: letters)
        ledger.deadLetter += Int64(letters.count)
    }

    /// Puts rows aside that came after their window had closed; counts them.
    package func emitLate(_ letters: [DeadLetter]) {
        late.append(contentsOf: letters)
        ledger.late += Int64(letters.count)
    }

    /// The frames emitted since the last call.
    package func takeFrames() -> [Frame] {
        defer { frames.removeAll(keepingCapacity: true) }
        return frames
    }

    /// The late rows since the last call.
    package func takeLate() -> [DeadLetter] {
        defer { late.removeAll() }
        return late
    }

    /// The refused rows since the last call.
    package func takeDeadLetters() -> [DeadLetter] {
        defer { deadLetters.removeAll() }
        return deadLetters
    }
}
