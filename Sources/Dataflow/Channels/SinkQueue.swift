import Columnar
import Primitives

/// A bounded queue of batches from the subtasks to the thread of one sink, parted into epochs by markers.
final class SinkQueue: @unchecked Sendable {
    // Sendable: every field is guarded by `lock`.

    /// What the sink's thread finds.
    enum Item {
        case batches([(edge: Int, batch: RecordBatch)])
        /// Everything before belongs to this epoch or an earlier one.
        case marker(epoch: Int64)
        case nothing
        /// Every subtask has closed its end and nothing is left.
        case end
    }

    private let lock = WaitingLock()
    private var batches: [(edge: Int, batch: RecordBatch)] = []
    private var rows = 0
    private var bytes = 0
    /// An epoch's end, and how many of the batches lie before it. There is at most one: the next checkpoint begins only
    /// when the sink has answered for this one.
    private var marker: (epoch: Int64, after: Int)?
    private var isWoken = false
    private var openSenders: Int
    private let rowCapacity: Int
    private let byteCapacity: Int

    /// - Parameters:
    ///   - rowCapacity: rows that may wait; a batch enters while there are fewer.
    ///   - byteCapacity: memory that they may take; likewise.
    init(senders: Int, rowCapacity: Int, byteCapacity: Int = .max) {
        openSenders = senders
        self.rowCapacity = rowCapacity
        self.byteCapacity = byteCapacity
    }

    /// Whether an epoch ends among what waits.
    var hasMarker: Bool { lock.withLock { marker != nil } }

    /// Puts a batch in; `false` if the queue is full.
    func offer(_ batch: RecordBatch, edge: Int) -> Bool {
        lock.withLock {
            guard rows < rowCapacity, bytes < byteCapacity else { return false }
            batches.append((edge, batch))
            rows += batch.selectedCount
            bytes += batch.memoryFootprint
            lock.signal()
            return true
        }
    }

    /// Marks the end of an epoch behind everything that waits; always enters.
    func mark(epoch: Int64) {
        lock.withLock {
            marker = (epoch, batches.count)
            lock.signal()
        }
    }

    /// Ends the sink's wait, now or as soon as it begins.
    func wake() {
        lock.withLock {
            isWoken = true
            lock.signal()
        }
    }

    /// Waits until something has come, `wake()` was called, or the time is over.
    func wait(milliseconds: Int) {
        lock.withLock {
            if batches.isEmpty && marker == nil && openSenders > 0 && !isWoken { lock.wait(milliseconds: milliseconds) }
            isWoken = false
        }
    }

    /// Waits until `wake()` was called or the time is over, whatever lies in the queue: for a sink that may take
    /// nothing until its epoch is durable.
    func waitToBeWoken(milliseconds: Int) {
        lock.withLock {
            if !isWoken { lock.wait(milliseconds: milliseconds) }
            isWoken = false
        }
    }

    /// One subtask will send nothing more.
    func close() {
        lock.withLock {
            openSenders -= 1
            lock.signal()
        }
    }

    /// What waits, up to the end of the epoch.
    func take() -> Item {
        lock.withLock {
            if let marker, marker.after == 0 {
                self.marker = nil
                return .marker(epoch: marker.epoch)
            }
            guard !batches.isEmpty else { return openSenders == 0 ? .end : .nothing }
            guard let marker else {
                defer {
                    batches = []
                    rows = 0
                    bytes = 0
                }
                return .batches(batches)
            }
            defer {
                for (_, batch) in batches.prefix(marker.after) {
                    rows -= batch.selectedCount
                    bytes -= batch.memoryFootprint
                }
                batches.removeFirst(marker.after)
                self.marker = (marker.epoch, 0)
            }
            return .batches(Array(batches.prefix(marker.after)))
        }
    }
}
