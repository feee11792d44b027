package import Columnar
package import Dataflow
import Synchronization

/// A destination that shows rows once their epoch is committed, and that outlives the runs.
package final class EpochRows: Sendable {
    private struct State {
        var batches: [RecordBatch] = []
        var epoch: Int64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var batches: [RecordBatch] { state.withLock { $0.batches } }
    package var asJob: JobSink { JobSink { OutboxSink(self) } }

    private func commit(_ batches: [RecordBatch], epoch: Int64) {
        state.withLock { state in
            guard epoch > state.epoch else { return }
            state.epoch = epoch
            state.batches += batches
        }
    }

    private final class OutboxSink: Sink {
        private let target: EpochRows
        private var open: [RecordBatch] = []
        private var prepared: [RecordBatch] = []
        private(set) var counts = SinkCounts()

        init(_ target: EpochRows) {
            self.target = target
        }

        func write(_ batch: RecordBatch) {
            counts.received += Int64(batch.selectedCount)
            open.append(batch)
        }

        /// Asks for a checkpoint as often as it can.
        var wantsCommit: Bool { !open.isEmpty }

        func prepare(epoch: Int64) -> SinkSnapshot {
            prepared = open
            open = []
            return SinkSnapshot(rows: prepared)
        }

        func commit(epoch: Int64) {
            target.commit(prepared, epoch: epoch)
            counts.committed = counts.received
            prepared = []
        }

        func restore(_ snapshot: SinkSnapshot?, epoch: Int64) { target.commit(snapshot?.rows ?? [], epoch: epoch) }
        func close() {}
    }
}
