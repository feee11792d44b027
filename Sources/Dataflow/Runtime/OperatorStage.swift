import Columnar
import Primitives

/// Runs an operator on the frames of this subtask.
final class OperatorStage: Stage {
    private let work: any Operator
    private let output: OperatorOutput
    /// Whether it is the first half of the node, which counts what the node receives.
    private let countsReceived: Bool
    /// Bytes of state as last counted; counting walks over the state, so it is not done with every frame.
    private var footprint = 0
    private var lastMeasured: Int64 = 0

    init(
        _ work: any Operator, index: Int, node: Int, subtask: Subtask, slots: Int, countsReceived: Bool = true,
        isBehindExchange: Bool = false
    ) {
        self.work = work
        self.countsReceived = countsReceived
        output = OperatorOutput(lane: Lane(node: node, index: subtask.index), relabels: isBehindExchange)
        super.init(index: index, node: node, subtask: subtask, slots: slots)
    }

    override var state: (any OperatorState)? { work.state }

    override func receive(_ frame: Frame, slot: Int) throws(Fault) {
        if countsReceived { output.ledger.received += Int64(frame.batch.selectedCount) }
        // Partial rows have been looked at where they were made.
        let isBehind = countsReceived && frame.floor < lateFloor
        try work.process(isBehind ? frame.with(floor: lateFloor) : frame, output)
        // What comes late in a drain must not stay behind.
        if subtask.isDraining { try drainWork() }
        try flush()
    }

    override func drain() throws(Fault) {
        guard !isClosed else { return }
        try drainWork()
        try flush()
    }

    private func drainWork() throws(Fault) {
        #if CANARIES
            if Canary.isOn(.forgetDrain) { return }
        #endif
        try work.drain(output)
    }

    override func advance(to watermark: EventTime) throws(Fault) {
        try work.advance(to: watermark, output)
        try flush()
        try forward(watermark.advanced(byMicroseconds: -work.watermarkDelay))
    }

    override func close(_ kind: CloseKind) throws(Fault) {
        if kind == .stopped { try work.stop(output) }
        try flush()
        try measure()
        try forward(kind)
    }

    override func tick(_ monotonicNanoseconds: Int64) throws(Fault) {
        guard !isClosed else { return }
        try work.tick(monotonicNanoseconds, output)
        try flush()
        guard monotonicNanoseconds - lastMeasured >= 250_000_000 else { return }
        lastMeasured = monotonicNanoseconds
        try measure()
    }

    private func flush() throws(Fault) {
        for frame in output.takeFrames() { try forward(frame) }
        let deadLetters = output.takeDeadLetters()
        if !deadLetters.isEmpty { try subtask.send(deadLetters, to: .deadLetters, from: node) }
        #if CANARIES
            let late = Canary.isOn(.swallowLate) ? [] : output.takeLate()
        #else
            let late = output.takeLate()
        #endif
        if !late.isEmpty { try subtask.send(late, to: .late, from: node) }
        subtask.tally.add(output.ledger, node: node)
        output.ledger = OperatorLedger()
    }

    /// Counts the state; a node may have another half in this subtask, so it is added to what is there.
    private func measure() throws(Fault) {
        let bytes = work.memoryFootprint
        subtask.tally.state[node] += bytes - footprint
        footprint = bytes
        try keepWithinBudget(bytes)
    }
}
