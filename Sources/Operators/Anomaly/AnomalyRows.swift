import Columnar
import Dataflow
import Detection
import Primitives

/// The rows that an `anomaly` gives, collected into batches.
struct AnomalyRows {
    private static let batchRowsMax = 8_192

    private let plan: AnomalyPlan
    private let floor: EventTime
    private let builders: [ColumnBuilder]
    private let times = ColumnBuilder(.timestamp)

    init(_ plan: AnomalyPlan, floor: EventTime) {
        self.plan = plan
        self.floor = floor
        builders = plan.schema.fields.map { ColumnBuilder($0.type) }
    }

    /// Adds a row, if its score is wanted.
    /// - Parameter time: its event time: an observation is known at the end of its stretch.
    mutating func append(
        _ key: UnsafeRawBufferPointer, _ at: Int64, _ time: Int64, _ value: Double, _ verdict: VolumeDetector.Verdict,
        _ output: OperatorOutput
    ) {
        guard verdict.score >= plan.above else { return }
        let keyCount = plan.keys.count
        RowKeyDecoder.decode(key, into: Array(builders.prefix(keyCount)))
        builders[keyCount].append(at)
        builders[keyCount + 1].append(value)
        builders[keyCount + 2].append(verdict.expected)
        builders[keyCount + 3].append(verdict.surprise)
        builders[keyCount + 4].append(verdict.score)
        times.append(time)
        if times.count >= Self.batchRowsMax { flush(output) }
    }

    mutating func flush(_ output: OperatorOutput) {
        guard times.count > 0 else { return }
        let rowCount = times.count
        output.emitMade(
            RecordBatch(
                schema: plan.schema, columns: builders.map { $0.finish() }, rowCount: rowCount,
                eventTimes: times.finish().asInt64),
            floor: floor)
    }
}
