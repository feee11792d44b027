import Columnar
import Dataflow
import Detection
import Primitives

/// The rows that an `anomaly` gives, collected into batches.
struct AnomalyRows {
    private static let batchRowsMax = 8_192

    private let plan: AnomalyPlan
    private let made: MadeRows

    init(_ plan: AnomalyPlan, floor: EventTime) {
        self.plan = plan
        made = MadeRows(plan.schema, floor: floor)
    }

    /// Adds a row, if its score is wanted.
    /// - Parameter time: its event time: an observation is known at the end of its stretch.
    func append(
        _ key: UnsafeRawBufferPointer, _ at: Int64, _ time: Int64, _ value: Double, _ verdict: VolumeDetector.Verdict,
        _ output: OperatorOutput
    ) {
        guard verdict.score >= plan.above else { return }
        let (keyCount, builders) = (plan.keys.count, made.builders)
        RowKeyDecoder.decode(key, into: Array(builders.prefix(keyCount)))
        builders[keyCount].append(at)
        builders[keyCount + 1].append(value)
        builders[keyCount + 2].append(verdict.expected)
        builders[keyCount + 3].append(verdict.surprise)
        builders[keyCount + 4].append(verdict.score)
        made.endRow(at: time)
        if made.count >= Self.batchRowsMax { flush(output) }
    }

    func flush(_ output: OperatorOutput) { made.flush(output) }
}
