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
    private var rowsSinceMeasured = 0
    /// Rows after which state is counted, however short the time: it may have grown by some ten MiB.
    private static let rowsPerMeasurement = 131_072
    /// What waits until the operator has emitted what it left over, in order.
    private var waiting: [Event] = []
    private(set) var isHolding = false

    private enum Event {
        case frame(Frame)
        case advance(EventTime)
        case close(CloseKind)
        /// The operator has taken note of it; the stages behind have not.
        case forwardWatermark(EventTime)
        case forwardClose(CloseKind)
    }

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

    override var holds: Bool { isHolding }
    override var isClosed: Bool { super.isClosed && !isHolding }

    override func receive(_ frame: Frame, slot: Int) throws(Fault) {
        if countsReceived { output.ledger.received += Int64(frame.batch.selectedCount) }
        // Partial rows have been looked at where they were made.
        let isBehind = countsReceived && frame.floor < lateFloor
        try take(.frame(isBehind ? frame.with(floor: lateFloor) : frame))
    }

    override func drain() throws(Fault) {
        guard !isClosed, !isHolding else { return }
        try drainWork()
        try flush()
        // What goes to disk need not be copied for the checkpoint.
        try measure(isToBeCopied: true)
    }

    private func drainWork() throws(Fault) {
        #if CANARIES
            if Canary.isOn(.forgetDrain) { return }
        #endif
        try work.drain(output)
    }

    override func advance(to watermark: EventTime) throws(Fault) { try take(.advance(watermark)) }
    override func close(_ kind: CloseKind) throws(Fault) { try take(.close(kind)) }

    override func tick(_ monotonicNanoseconds: Int64) throws(Fault) {
        guard !isClosed, !isHolding else { return }
        try work.tick(monotonicNanoseconds, output)
        try flush()
        guard monotonicNanoseconds - lastMeasured >= 250_000_000 else { return }
        lastMeasured = monotonicNanoseconds
        try measure()
    }

    override func proceed() throws(Fault) {
        try work.proceed(output)
        try flush()
        while !work.hasMore, !waiting.isEmpty { try handle(waiting.removeFirst()) }
        guard !work.hasMore else { return }
        isHolding = false
        subtask.shared.barrier?.arrived()
        if subtask.isDraining { try drain() }
    }

    private func take(_ event: Event) throws(Fault) {
        if isHolding { waiting.append(event) } else { try handle(event) }
    }

    private func handle(_ event: Event) throws(Fault) {
        switch event {
        case .frame(let frame):
            try work.process(frame, output)
            // What comes late in a drain must not stay behind.
            if subtask.isDraining { try drainWork() }
            try flush()
            rowsSinceMeasured += frame.batch.selectedCount
            if rowsSinceMeasured >= Self.rowsPerMeasurement { try measure() }
        case .advance(let watermark):
            try work.advance(to: watermark, output)
            try flush()
            try finish(.forwardWatermark(watermark))
        case .close(let kind):
            if kind == .stopped { try work.stop(output) }
            try flush()
            try measure()
            try finish(.forwardClose(kind))
        case .forwardWatermark(let watermark): try forward(watermark.advanced(byMicroseconds: -work.watermarkDelay))
        case .forwardClose(let kind): try forward(kind)
        }
    }

    /// Does something once the operator has left nothing over.
    private func finish(_ event: Event) throws(Fault) {
        if work.hasMore { waiting.insert(event, at: 0) } else { try handle(event) }
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
        guard work.hasMore, !isHolding else { return }
        isHolding = true
        // No checkpoint is taken before everything is out.
        subtask.shared.barrier?.sent()
    }

    /// Counts the state; a node may have another half in this subtask, so it is added to what is there.
    private func measure(isToBeCopied: Bool = false) throws(Fault) {
        rowsSinceMeasured = 0
        let bytes = work.memoryFootprint
        subtask.tally.state[node] += bytes - footprint
        footprint = bytes
        try keepWithinBudget(bytes, isToBeCopied: isToBeCopied)
    }
}
