import Columnar
import Primitives

/// Holds each frame while the owners of its keys decide which of its rows go on.
///
/// Keys travel, rows stay. Every judge gets one batch of questions for every frame, empty ones too, so that it can
/// follow the numbers of the lane.
final class AskStage: Stage {
    private struct Held {
        var frame: Frame
        /// For each selected row, the judge that was asked.
        var judges: [UInt8]
        var verdicts: [[Bool]?]
    }

    private let asker: any Asker
    private let judgeStage: Int
    private var held: [Int64: Held] = [:]
    private var nextTicket: Int64 = 0
    private var forwarded = EventTime.distantPast
    private var pendingClose: CloseKind?

    init(_ asker: any Asker, judgeStage: Int, index: Int, node: Int, subtask: Subtask, slots: Int) {
        self.asker = asker
        self.judgeStage = judgeStage
        super.init(index: index, node: node, subtask: subtask, slots: slots)
    }

    override func receive(_ frame: Frame, slot: Int) throws(Fault) {
        subtask.tally.ledgers[node].received += Int64(frame.batch.selectedCount)
        let count = subtask.count
        let questions = asker.questions(frame)
        var parts = (0..<count).map { _ in [KeyQuestion]() }
        var judges: [UInt8] = []
        judges.reserveCapacity(questions.count)
        for question in questions {
            let judge = KeyGroup.owner(hash: question.high, subtasks: count)
            parts[judge].append(question)
            judges.append(UInt8(truncatingIfNeeded: judge))
        }
        let ticket = nextTicket
        nextTicket += 1
        held[ticket] = Held(frame: frame, judges: judges, verdicts: Array(repeating: nil, count: count))
        for judge in 0..<count {
            let batch = QuestionBatch(
                lane: frame.lane, sequence: frame.sequence, floor: frame.floor, asker: subtask.index, ticket: ticket,
                questions: parts[judge])
            try subtask.send(.questions(stage: judgeStage, batch), to: judge)
        }
    }

    func receive(_ verdicts: VerdictBatch) throws(Fault) {
        guard var entry = held.removeValue(forKey: verdicts.ticket) else { return }
        entry.verdicts[verdicts.judge] = verdicts.passes
        guard entry.verdicts.allSatisfy({ $0 != nil }) else {
            held[verdicts.ticket] = entry
            return
        }
        try release(entry)
        try forwardWatermark()
        if held.isEmpty, let kind = pendingClose {
            pendingClose = nil
            try finish(kind)
        }
    }

    private func release(_ entry: Held) throws(Fault) {
        let batch = entry.frame.batch
        var kept = SelectionBuilder(capacity: batch.selectedCount)
        var cursors = Array(repeating: 0, count: subtask.count)
        var index = 0
        batch.forEachRow { row in
            let judge = Int(entry.judges[index])
            index += 1
            if entry.verdicts[judge]?[cursors[judge]] == true { kept.append(row) }
            cursors[judge] += 1
        }
        let selection = kept.finish()
        subtask.tally.ledgers[node].passed += Int64(selection.count)
        subtask.tally.ledgers[node].duplicate += Int64(batch.selectedCount - selection.count)
        try forward(entry.frame.with(batch.filtered(selection)))
    }

    override func advance(to watermark: EventTime) throws(Fault) {
        try forwardWatermark()
    }

    /// A watermark must not pass a frame that still waits for its verdicts.
    private func forwardWatermark() throws(Fault) {
        let safe = held.values.reduce(watermark) { min($0, $1.frame.floor) }
        guard safe > forwarded else { return }
        forwarded = safe
        for judge in 0..<subtask.count {
            try subtask.send(.watermark(stage: judgeStage, slot: subtask.index, safe), to: judge)
        }
        try forward(safe)
    }

    override func close(_ kind: CloseKind) throws(Fault) {
        guard held.isEmpty else {
            pendingClose = kind
            return
        }
        try finish(kind)
    }

    private func finish(_ kind: CloseKind) throws(Fault) {
        for judge in 0..<subtask.count {
            try subtask.send(.close(stage: judgeStage, slot: subtask.index, kind), to: judge)
        }
        try forward(kind)
    }
}
