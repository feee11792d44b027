import Columnar
import Dataflow
import Primitives
import Synchronization

/// A sink that keeps its batches, for the answer to be read from them.
final class KeptRows: Sendable {
    private let batches = Mutex<[RecordBatch]>([])

    var sink: JobSink { JobSink(open: { KeepingSink(self) }) }

    var rowCount: Int { batches.withLock { $0.reduce(0) { $0 + $1.selectedCount } } }

    func removeAll() { batches.withLock { $0 = [] } }

    /// The sum of a column of whole numbers.
    func sum(_ column: String) -> Int64 {
        reduce(column, 0) { sum, column, row in sum + (column.asInt64?.values[row] ?? 0) }
    }

    /// The sum of a column of floating-point numbers.
    func total(_ column: String) -> Double {
        reduce(column, 0) { sum, column, row in sum + (column.asFloat64?.values[row] ?? 0) }
    }

    private func reduce<Value>(_ name: String, _ start: Value, _ add: (Value, Column, Int) -> Value) -> Value {
        let batches = batches.withLock { $0 }
        var value = start
        for batch in batches {
            guard let index = batch.schema.index(of: name) else { preconditionFailure("no column \(name)") }
            batch.forEachRow { value = add(value, batch.columns[index], $0) }
        }
        return value
    }

    private final class KeepingSink: Sink {
        private let target: KeptRows
        private(set) var counts = SinkCounts()

        init(_ target: KeptRows) {
            self.target = target
        }

        func restore(_ snapshot: SinkSnapshot?, epoch: Int64) {}

        func write(_ batch: RecordBatch) {
            target.batches.withLock { $0.append(batch) }
            counts.received += Int64(batch.selectedCount)
        }

        func prepare(epoch: Int64) -> SinkSnapshot { SinkSnapshot() }
        func commit(epoch: Int64) { counts.committed = counts.received }
        var wantsCommit: Bool { false }
        func close() {}
    }
}
