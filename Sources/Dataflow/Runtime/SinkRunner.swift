import Columnar
import Primitives

/// One sink's side of a run: writes what the subtasks send, prepares and commits epoch by epoch, and closes it.
///
/// With checkpoints an epoch ends at its marker and is committed once its checkpoint is durable; between the two
/// nothing is written. Without, an epoch ends by the clock.
final class SinkRunner {
    private let node: Int
    private let sink: any Sink
    private let queue: SinkQueue
    private let shared: JobShared
    private let interval: Int64
    private var receivedByEdge: [Int: Int64] = [:]
    /// What earlier runs had counted, less what the sink has taken back of it.
    private var base = SinkCounts()
    private var dirtySince: Int64?
    private var epoch: Int64 = 0
    /// The epoch that waits for its checkpoint, and whether it is the last.
    private var prepared: (epoch: Int64, isLast: Bool)?
    private(set) var isDone = false

    init(node: Int, sink: any Sink, queue: SinkQueue, shared: JobShared) {
        self.node = node
        self.sink = sink
        self.queue = queue
        self.shared = shared
        interval = shared.settings.commitInterval.microseconds * 1_000
    }

    /// Brings the destination to where the run starts from.
    func restore(_ checkpoints: JobCheckpoints, name: String) throws(Fault) {
        guard let start = checkpoints.start, let found = start.head.sinks.first(where: { $0.name == name }) else {
            try sink.restore(nil, epoch: checkpoints.epoch)
            return
        }
        try sink.restore(checkpoints.store.restoreSink(name), epoch: start.head.epoch)
        let returned = sink.counts.received
        base = found.counts
        base.committed += base.held - returned
        base.received -= returned
    }

    /// Does what there is to do; `false` if that was nothing, and `wait()` may be called.
    func step() throws(Fault) -> Bool {
        if let (epoch, isLast) = prepared {
            guard isDurable(epoch) else { return false }
            try sink.commit(epoch: epoch)
            prepared = nil
            if isLast { try finish() }
            publish()
            return true
        }
        if isHeldBack {
            shared.barrier?.requestCommit(isUrgent: true)
            try sink.tick()
            publish()
            return false
        }
        switch queue.take() {
        case .batches(let batches):
            for (edge, batch) in batches {
                receivedByEdge[edge, default: 0] += Int64(batch.selectedCount)
                try sink.write(batch)
            }
            dirtySince = dirtySince ?? shared.settings.clock.monotonicNanoseconds()
        case .marker(let epoch): try prepare(epoch, isLast: false)
        case .nothing:
            try sink.tick()
            try commitIfDue()
            publish()
            return false
        case .end: try prepare(shared.barrier?.epoch ?? epoch + 1, isLast: true)
        }
        try commitIfDue()
        publish()
        return true
    }

    /// Waits until something comes or may have become due.
    func wait() {
        // What waits for a sink that may take nothing now would end its wait at once, again and again: two sinks kept
        // two cores busy that the checkpoint needed.
        if prepared != nil {
            queue.waitToBeWoken(milliseconds: 1)
        } else if isHeldBack {
            queue.waitToBeWoken(milliseconds: 10)
        } else {
            // Rows that wait may soon be due.
            queue.wait(milliseconds: dirtySince == nil ? 10 : 5)
        }
    }

    /// Ends the sink of a run that ends as it is.
    func close() {
        guard !isDone else { return }
        isDone = true
        sink.close()
        publish()
    }

    /// Ends the sink of a run that has come to its end.
    private func finish() throws(Fault) {
        let left = try sink.finish()
        shared.barrier?.finish(
            left.map { SinkCapture(snapshot: $0, counts: counts, receivedByEdge: receivedByEdge) }, node: node)
        close()
    }

    private func prepare(_ epoch: Int64, isLast: Bool) throws(Fault) {
        #if CANARIES
            var snapshot = try sink.prepare(epoch: epoch)
            if Canary.isOn(.emptyOutbox) { snapshot.rows = [] }
        #else
            let snapshot = try sink.prepare(epoch: epoch)
        #endif
        self.epoch = epoch
        prepared = (epoch, isLast)
        dirtySince = nil
        shared.barrier?.deposit(
            SinkCapture(snapshot: snapshot, counts: counts, receivedByEdge: receivedByEdge), node: node)
    }

    /// Whether rows stay in the queue, where they hold up those who send more: the sink is full, and no checkpoint
    /// waits for them. Once the inputs have ended none will come before the last one, which takes all there is.
    private var isHeldBack: Bool {
        guard let barrier = shared.barrier, sink.isFull else { return false }
        return barrier.phase == .open && !barrier.isClosing && !queue.hasMarker
    }

    private func isDurable(_ epoch: Int64) -> Bool {
        #if CANARIES
            if Canary.isOn(.commitBeforeDurable) { return true }
        #endif
        return shared.barrier.map { $0.durableEpoch >= epoch } ?? true
    }

    private func commitIfDue() throws(Fault) {
        guard prepared == nil else { return }
        if let barrier = shared.barrier {
            if sink.wantsCommit { barrier.requestCommit() }
            return
        }
        guard let since = dirtySince else { return }
        let isDue = shared.settings.clock.monotonicNanoseconds() - since >= interval
        if isDue || sink.wantsCommit { try prepare(epoch + 1, isLast: false) }
    }

    private var counts: SinkCounts {
        var sum = sink.counts
        sum.received += base.received
        sum.committed += base.committed
        sum.parked += base.parked
        return sum
    }

    private func publish() {
        shared.publish(counts, node: node, receivedByEdge: receivedByEdge)
    }
}
