import Columnar
import Primitives

/// What one subtask tells another. Stages have the same number in every subtask.
enum Message: Sendable {
    case frame(stage: Int, slot: Int, Frame)
    case watermark(stage: Int, slot: Int, EventTime)
    case close(stage: Int, slot: Int, CloseKind)
    case questions(stage: Int, QuestionBatch)
    case verdicts(stage: Int, VerdictBatch)

    var isQuestion: Bool { if case .questions = self { true } else { false } }

    /// Whether it takes one of the sender's credits. What answers or ends something must never wait for room.
    var takesCredit: Bool {
        switch self {
        case .frame, .questions: true
        case .watermark, .close, .verdicts: false
        }
    }
}

/// Why no more frames come.
enum CloseKind: Sendable {
    /// The input has been read to its end.
    case ended
    /// The run stops before that.
    case stopped
}

/// The keys of one frame that belong to one judge.
struct QuestionBatch: Sendable {
    var lane: Lane
    var sequence: Int64
    var floor: EventTime
    /// The subtask that asks, and its number for the frame.
    var asker: Int
    var ticket: Int64
    var questions: [KeyQuestion]
}

/// The answers to one batch of questions, in its order.
struct VerdictBatch: Sendable {
    var judge: Int
    var ticket: Int64
    var passes: [Bool]
}
