import Columnar
import Dataflow
import Primitives

/// A receiver of messages that survives, and that drops what it has seen by its id.
final class SimulatedReceiver {
    /// How often each message came.
    fileprivate(set) var messages: [Int64: Int] = [:]

    /// Takes a message that no run has sent.
    func receive(foreign id: Int64) { messages[id] = 1 }
}

/// Delivers each row as a message from an outbox in the checkpoint, again while the answer is not known; some of them
/// some time after their commit.
final class SimulatedWebhookSink: Sink {
    private let life: Life
    private var open: [RecordBatch] = []
    private var outbox: [RecordBatch] = []
    private(set) var counts = SinkCounts()

    init(_ life: Life) {
        self.life = life
    }

    func write(_ batch: RecordBatch) {
        counts.received += Int64(batch.selectedCount)
        open.append(batch)
    }

    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot {
        try life.pass("webhook prepare")
        outbox += open
        open = []
        return SinkSnapshot(rows: outbox)
    }

    func commit(epoch: Int64) throws(Fault) {
        if life.world.chance(0.3) { return }
        try deliver()
    }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        outbox = snapshot?.rows ?? []
        counts.received += outbox.reduce(0) { $0 + Int64($1.selectedCount) }
        try deliver()
    }

    func finish() throws(Fault) -> SinkSnapshot? {
        guard !outbox.isEmpty else { return nil }
        try life.pass("webhook finish")
        try deliver()
        return SinkSnapshot()
    }

    private func deliver() throws(Fault) {
        let world = life.world
        for id in outbox.flatMap({ EventRows.ids($0) }) {
            var isAnswered = false
            while !isAnswered {
                try life.pass("webhook delivery")
                isAnswered = !world.chance(world.scenario.lostReplies / 4)
                if !isAnswered { world.count(fault: "answer of a receiver lost") }
                world.receiver.messages[id, default: 0] += 1
            }
        }
        let count = outbox.reduce(0) { $0 + Int64($1.selectedCount) }
        world.trace.note("delivered", count)
        counts.committed += count
        outbox = []
    }

    var wantsCommit: Bool { open.count > 5 }

    func close() {}
}
