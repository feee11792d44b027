import Columnar
import Primitives

/// One piece of the graph within one subtask: it takes frames, watermarks and closings from its slots and hands its
/// own to its targets. Every subtask builds the same stages in the same order, so a number names a stage everywhere.
class Stage {
    /// Its number, the same in every subtask.
    let index: Int
    /// The node of the job it works for.
    let node: Int
    unowned let subtask: Subtask
    var targets: [StageTarget] = []
    /// No frame's floor is taken for less.
    var lateFloor = EventTime.distantPast
    private var watermarks: WatermarkMerger
    private var openSlots: Int
    /// Whether frames of one lane may come by several ways.
    private let isJunction: Bool
    private var wasStopped = false
    /// Its number with the governor of memory, if it keeps state that it can spill.
    private lazy var holder = subtask.shared.governor?.register()

    /// - Parameter slots: inputs that send watermarks and closings of their own.
    init(index: Int, node: Int, subtask: Subtask, slots: Int) {
        self.index = index
        self.node = node
        self.subtask = subtask
        watermarks = WatermarkMerger(inputs: slots)
        openSlots = slots
        isJunction = slots > 1
    }

    /// What the stage keeps that must survive a restart.
    var state: (any OperatorState)? { nil }

    /// Goes on where an earlier run stood, its state restored.
    final func resume(at watermark: EventTime) throws(Fault) {
        watermarks.resume(at: watermark)
        try state?.resume(at: watermark)
    }

    /// Spills what the budget has no room for.
    /// - Parameters:
    ///   - bytes: the memory that its state takes.
    ///   - isToBeCopied: whether a checkpoint is about to copy state.
    final func keepWithinBudget(_ bytes: Int, isToBeCopied: Bool = false) throws(Fault) {
        guard let governor = subtask.shared.governor, let holder else { return }
        let excess = governor.report(
            holder, bytes: bytes, spillable: state?.spillableBytes ?? 0, isToBeCopied: isToBeCopied)
        guard excess > 0 else { return }
        do throws(Fault) {
            try state?.spill(excess)
        } catch {
            var fault = error
            fault.detail = ["`\(subtask.job.nodes[node].name)` spills", error.detail].compactMap(\.self)
                .joined(separator: ": ")
            throw fault
        }
    }

    /// Whether it has left over some of what it was to send on; what comes meanwhile waits.
    var holds: Bool { false }

    /// Goes on with what was left over.
    func proceed() throws(Fault) {}

    /// A checkpoint is about to be taken: sends on what is kept only to save messages.
    func drain() throws(Fault) {}

    var isClosed: Bool { openSlots == 0 }
    var watermark: EventTime { watermarks.merged }

    final func receiveWatermark(_ watermark: EventTime, slot: Int) throws(Fault) {
        guard let merged = watermarks.advance(slot, to: watermark) else { return }
        try advance(to: merged)
    }

    final func receiveClose(_ kind: CloseKind) throws(Fault) {
        openSlots -= 1
        if kind == .stopped { wasStopped = true }
        guard openSlots == 0 else { return }
        try close(wasStopped ? .stopped : .ended)
    }

    /// Takes a frame of a stage in the same subtask.
    final func enter(_ frame: Frame, slot: Int) throws(Fault) {
        var frame = frame
        frame.input = slot
        if isJunction { frame.lane = frame.lane.branching(node: node, slot: slot) }
        try receive(frame, slot: slot)
    }

    /// Works on a frame.
    func receive(_ frame: Frame, slot: Int) throws(Fault) {
        preconditionFailure("a stage says what it does with a frame")
    }

    /// The merged watermark has moved.
    func advance(to watermark: EventTime) throws(Fault) {
        try forward(watermark)
    }

    /// Every slot has closed.
    func close(_ kind: CloseKind) throws(Fault) {
        try forward(kind)
    }

    func tick(_ monotonicNanoseconds: Int64) throws(Fault) {}

    final func forward(_ frame: Frame) throws(Fault) {
        for target in targets { try target.send(frame, subtask) }
    }

    final func forward(_ watermark: EventTime) throws(Fault) {
        for target in targets { try target.send(watermark) }
    }

    final func forward(_ kind: CloseKind) throws(Fault) {
        for target in targets { try target.send(kind) }
    }
}

/// Where a stage's frames go next, within the same subtask.
enum StageTarget {
    case stage(Stage, slot: Int, edge: Int?)
    /// The queue of a sink.
    case sink(Int, edge: Int)

    func send(_ frame: Frame, _ subtask: Subtask) throws(Fault) {
        switch self {
        case .stage(let stage, let slot, let edge):
            let rows = Int64(frame.batch.selectedCount)
            if let edge { subtask.tally.edges[edge].sent += rows }
            try stage.enter(frame, slot: slot)
            if let edge { subtask.tally.edges[edge].received += rows }
        case .sink(let sink, let edge):
            guard frame.batch.selectedCount > 0 else { return }
            subtask.tally.edges[edge].sent += Int64(frame.batch.selectedCount)
            subtask.send(frame.batch, toSink: sink, edge: edge)
        }
    }

    func send(_ watermark: EventTime) throws(Fault) {
        if case .stage(let stage, let slot, _) = self { try stage.receiveWatermark(watermark, slot: slot) }
    }

    func send(_ kind: CloseKind) throws(Fault) {
        if case .stage(let stage, _, _) = self { try stage.receiveClose(kind) }
    }
}
