import Primitives

/// Owns a share of the keys and answers questions about them in the order of each lane.
final class JudgeStage: Stage {
    private let judge: any Judge
    private let askStage: Int
    private var sequencer = LaneSequencer<QuestionBatch>()

    init(_ judge: any Judge, askStage: Int, index: Int, node: Int, subtask: Subtask, slots: Int) {
        self.judge = judge
        self.askStage = askStage
        super.init(index: index, node: node, subtask: subtask, slots: slots)
    }

    override var state: (any OperatorState)? { judge.state }

    func receive(_ batch: QuestionBatch) throws(Fault) {
        for ready in sequencer.insert(batch, lane: batch.lane, sequence: batch.sequence) {
            let passes = try judge.judge(ready.questions, floor: ready.floor)
            let verdicts = VerdictBatch(judge: subtask.index, ticket: ready.ticket, passes: passes)
            try subtask.send(.verdicts(stage: askStage, verdicts), to: ready.asker)
        }
        try measure()
    }

    override func advance(to watermark: EventTime) throws(Fault) {
        judge.advance(to: watermark)
        try measure()
    }

    override func drain() throws(Fault) {
        // What goes to disk need not be copied for the checkpoint.
        try measure(isToBeCopied: true)
    }

    private func measure(isToBeCopied: Bool = false) throws(Fault) {
        let bytes = judge.memoryFootprint
        subtask.tally.state[node] = bytes
        try keepWithinBudget(bytes, isToBeCopied: isToBeCopied)
    }

    override func close(_ kind: CloseKind) throws(Fault) {}
}
