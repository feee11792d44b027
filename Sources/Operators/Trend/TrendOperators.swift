import Columnar
import Dataflow
import Primitives

/// Folds frames and ranks in one place.
final class WholeTrend: Operator {
    private var folder: TermFolder
    private let terms: TrendState

    init(_ plan: TrendPlan, _ refusal: RowRefusal) {
        folder = TermFolder(plan, refusal)
        terms = TrendState(plan)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) { terms.take(folder.fold(frame, output)) }
    func advance(to watermark: EventTime, _ output: OperatorOutput) { terms.advance(to: watermark, output) }
    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) { terms.tick(monotonicNanoseconds, output) }
    func stop(_ output: OperatorOutput) { terms.stop(output) }
    var state: (any OperatorState)? { terms }
    var memoryFootprint: Int { terms.memoryFootprint }
}

/// The first half: reads the terms of its frames and sends each frame's on, every term once.
final class FoldTrend: Operator {
    private var folder: TermFolder
    private let partial: PartialTerms

    init(_ plan: TrendPlan, _ refusal: RowRefusal) {
        folder = TermFolder(plan, refusal)
        partial = PartialTerms()
    }

    func process(_ frame: Frame, _ output: OperatorOutput) {
        let terms = folder.fold(frame, output)
        if !terms.terms.isEmpty { output.emitPartial(partial.write(terms)) }
    }
}

/// The second half: counts and ranks what all subtasks send.
final class MergeTrend: Operator {
    private let partial = PartialTerms()
    private let terms: TrendState

    init(_ plan: TrendPlan) {
        terms = TrendState(plan)
    }

    func process(_ frame: Frame, _ output: OperatorOutput) { terms.take(partial.read(frame.batch.compacted())) }
    func advance(to watermark: EventTime, _ output: OperatorOutput) { terms.advance(to: watermark, output) }
    func tick(_ monotonicNanoseconds: Int64, _ output: OperatorOutput) { terms.tick(monotonicNanoseconds, output) }
    func stop(_ output: OperatorOutput) { terms.stop(output) }
    var state: (any OperatorState)? { terms }
    var memoryFootprint: Int { terms.memoryFootprint }
}

/// Makes the halves of a `trend`.
///
/// A ranking is over all terms, so one subtask has the last word in any case. It gets what the others have read,
/// parted into terms, hashed and folded: the work that grows with posts and their texts. What is left, one counter to
/// find for each term of a frame, is little; and no second exchange is needed for the best of every subtask.
struct TrendFoldingFactory: FoldingFactory {
    let plan: TrendPlan

    func makeWhole(_ context: SubtaskContext) -> any Operator { WholeTrend(plan, RowRefusal(context)) }
    func makeFold(_ context: SubtaskContext) -> any Operator { FoldTrend(plan, RowRefusal(context)) }
    func makeMerge(_ context: SubtaskContext) -> any Operator { MergeTrend(plan) }
    var partialSchema: Schema { PartialTerms.schema }
}
