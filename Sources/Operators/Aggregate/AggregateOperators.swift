import Columnar
import Dataflow
import Primitives

/// Folds rows and emits results in one place.
final class WholeAggregate: Operator {
    private let groups: AggregateState
    private var folder: PaneFolder
    private var clock: EmissionClock?

    init(_ plan: AggregatePlan, _ refusal: RowRefusal, spills: SpillFolder?) {
        clock = EmissionClock(every: plan.earlyEmission)
        groups = AggregateState(plan, spills: spills)
        folder = PaneFolder(plan, refusal)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        folder.fold(frame, into: &groups.store, output)
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault) {
        try groups.advance(to: watermark, output)
    }

    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) throws(Fault) {
        if clock?.isDue(monotonicNanoseconds) == true { try groups.showAll(output) }
    }

    func stop(_ output: OperatorOutput) throws(Fault) { try groups.stop(output) }
    var hasMore: Bool { groups.hasMore }
    func proceed(_ output: OperatorOutput) throws(Fault) { try groups.proceed(output) }
    var state: (any OperatorState)? { groups }
    var memoryFootprint: Int { groups.store.memoryFootprint }
}

/// The first half: folds the rows of its subtask and sends each pane on once it has closed, or grown large, or is to
/// be shown early. Thousands of rows of one busy key leave as one partial row.
final class FoldAggregate: Operator {
    /// Groups in one pane that are sent on without waiting for its end.
    private static let paneGroupsMax = 131_072
    /// The same where each row is a group of its own: what fits the second cache.
    private static let paneRowsMax = 8_192
    /// Bytes that the first halves of all subtasks may hold together before they send everything on; less where state
    /// has less than eight times as much. A key may be in each of them, so that many threads would otherwise hold many
    /// times what the keys need.
    static let bytesMax = 64 << 20
    /// With fewer, every few rows would travel.
    private static let bytesMin = 1 << 20
    /// Frames between two measurements: they walk over the whole state.
    private static let framesPerMeasurement = 32

    private let bytesMax: Int
    private var framesSinceMeasured = 0
    private let plan: AggregatePlan
    private let partial: PartialRows
    private var store: PaneStore
    private var folder: PaneFolder
    private var worth = FoldingWorth()
    private var clock: EmissionClock?

    init(_ plan: AggregatePlan, _ context: SubtaskContext) {
        self.plan = plan
        clock = EmissionClock(every: plan.earlyEmission)
        let refusal = RowRefusal(context)
        let share = min(Self.bytesMax, (context.stateMemory ?? .max) / 8)
        bytesMax = max(Self.bytesMin, share / context.subtasks)
        partial = PartialRows(plan)
        store = PaneStore(plan)
        folder = PaneFolder(plan, refusal)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        folder.fold(frame, into: &store, output)
        let groupsMax = store.looksKeysUp ? Self.paneGroupsMax : Self.paneRowsMax
        flush(output) { $0.groupCount > groupsMax }
        framesSinceMeasured += 1
        guard framesSinceMeasured >= Self.framesPerMeasurement else { return }
        framesSinceMeasured = 0
        if store.memoryFootprint > bytesMax { flush(output) { _ in true } }
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) {
        let size = plan.window.paneSize
        flush(output) { watermark == .distantFuture || $0.slot.start + size <= watermark.microseconds }
    }

    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) {
        if clock?.isDue(monotonicNanoseconds) == true { flush(output) { _ in true } }
    }

    func stop(_ output: OperatorOutput) {
        flush(output) { _ in true }
    }

    func drain(_ output: OperatorOutput) {
        flush(output) { _ in true }
    }

    var memoryFootprint: Int { store.memoryFootprint }

    private func flush(_ output: OperatorOutput, where isDue: (Pane) -> Bool) {
        for slot in store.slots {
            guard let pane = store[slot], isDue(pane) else { continue }
            for rows in partial.write(pane) { output.emitPartial(rows) }
            store.remove(slot)
            worth.note(pane)
            store.looksKeysUp = worth.isGiven
        }
    }
}

/// The second half: merges the partial rows of the keys it owns and emits results.
final class MergeAggregate: Operator {
    private let partial: PartialRows
    private let groups: AggregateState
    private var clock: EmissionClock?

    init(_ plan: AggregatePlan, spills: SpillFolder?) {
        clock = EmissionClock(every: plan.earlyEmission, isBehindHalves: true)
        partial = PartialRows(plan)
        groups = AggregateState(plan, spills: spills)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        partial.merge(frame.batch.compacted(), into: &groups.store)
    }

    func advance(to watermark: EventTime, _ output: OperatorOutput) throws(Fault) {
        try groups.advance(to: watermark, output)
    }

    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) throws(Fault) {
        if clock?.isDue(monotonicNanoseconds) == true { try groups.showAll(output) }
    }

    func stop(_ output: OperatorOutput) throws(Fault) { try groups.stop(output) }
    var hasMore: Bool { groups.hasMore }
    func proceed(_ output: OperatorOutput) throws(Fault) { try groups.proceed(output) }
    var state: (any OperatorState)? { groups }
    var memoryFootprint: Int { groups.store.memoryFootprint }
}

/// Makes the halves of an `aggregate`.
struct AggregateFoldingFactory: FoldingFactory {
    let plan: AggregatePlan

    func makeWhole(_ context: SubtaskContext) -> any Operator {
        WholeAggregate(plan, RowRefusal(context), spills: context.spills)
    }

    func makeFold(_ context: SubtaskContext) -> any Operator {
        FoldAggregate(plan, context)
    }

    func makeMerge(_ context: SubtaskContext) -> any Operator { MergeAggregate(plan, spills: context.spills) }
    var partialSchema: Schema { plan.partialSchema }
}
