import Columnar
import Dataflow
import Primitives

extension MicroBenchmark {
    /// Rows of five columns to the owners of their keys; with one thread nothing travels.
    static let exchange = MicroBenchmark(name: "exchange", unit: "rows") { mentions, threads throws(Fault) in
        let job = try OperatorJob(
            mentions, columnsOf: Self.windowOperator, threads: threads, keys: ["brand"]
        ) { PassingOperator() }
        return Trial(
            count: mentions.count, run: { () throws(Fault) in try job.run() },
            mistake: { Trial.expect("rows", job.rows.rowCount, mentions.count) })
    }
}

/// Gives every row on as it came.
private final class PassingOperator: Operator {
    func process(_ frame: Frame, _ output: OperatorOutput) {
        output.ledger.passed += Int64(frame.batch.selectedCount)
        output.emit(frame)
    }
}
