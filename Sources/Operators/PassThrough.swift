import Columnar
import Dataflow

/// Passes every frame on as it is.
final class PassThrough: Operator {
    func process(_ frame: Frame, _ output: OperatorOutput) {
        output.ledger.passed += Int64(frame.batch.selectedCount)
        output.emit(frame)
    }
}
