import Columnar
import Primitives

/// A bounded queue of batches from the subtasks to the thread of one sink.
final class SinkQueue: @unchecked Sendable {
    // Sendable: every field is guarded by `lock`.

    /// What the sink's thread finds.
    enum Item {
        case batches([(edge: Int, batch: RecordBatch)])
        case nothing
        /// Every subtask has closed its end and nothing is left.
        case end
    }

    private let lock = WaitingLock()
    private var batches: [(edge: Int, batch: RecordBatch)] = []
    private var rows = 0
    private var openSenders: Int
    private let rowCapacity: Int

    /// - Parameter rowCapacity: rows that may wait; a batch enters while there are fewer.
    init(senders: Int, rowCapacity: Int) {
        openSenders = senders
        self.rowCapacity = rowCapacity
    }

    /// Puts a batch in; `false` if the queue is full.
    func offer(_ batch: RecordBatch, edge: Int) -> Bool {
        lock.withLock {
            guard rows < rowCapacity else { return false }
            batches.append((edge, batch))
            rows += batch.selectedCount
            lock.signal()
            return true
        }
    }

    /// One subtask will send nothing more.
    func close() {
        lock.withLock {
            openSenders -= 1
            lock.signal()
        }
    }

    /// Everything that waits, after waiting for something for at most `milliseconds`.
    func take(milliseconds: Int) -> Item {
        lock.withLock {
            if batches.isEmpty && openSenders > 0 { lock.wait(milliseconds: milliseconds) }
            if !batches.isEmpty {
                defer {
                    batches = []
                    rows = 0
                }
                return .batches(batches)
            }
            return openSenders == 0 ? .end : .nothing
        }
    }
}
