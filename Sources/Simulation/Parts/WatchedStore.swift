import Dataflow
import Primitives

/// The store of checkpoints that ships, on the simulated disk; the oracle is told where each epoch's input ends.
final class WatchedStore: CheckpointStore, @unchecked Sendable {
    // Sendable: one thread runs the whole simulation.
    private let life: Life
    private let store: LocalCheckpointStore

    init(_ life: Life, _ disk: SimulatedDisk) throws(Fault) {
        self.life = life
        store = try LocalCheckpointStore(disk: disk, directory: "state", pipeline: "simulated", diskBudget: nil)
    }

    func open(report: @Sendable (Fault) -> Void) throws(Fault) -> Checkpoint? { try store.open(report: report) }

    func restore(
        node: String, keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault) {
        try store.restore(node: node, keyGroups: keyGroups, body)
    }

    func restoreSink(_ name: String) throws(Fault) -> SinkSnapshot? { try store.restoreSink(name) }

    func commit(_ draft: CheckpointDraft) throws(Fault) {
        // Before it is durable, since the process may die between the two. An epoch that is not is begun again.
        if !life.isZombie {
            life.world.positions[draft.head.epoch] = draft.head.sources[0].lanes.map { Int($0.position) ?? -1 }
        }
        try store.commit(draft)
        if !life.isZombie { life.world.durableEpoch = draft.head.epoch }
        life.world.trace.note("checkpoint", draft.head.epoch, Int64(draft.parts.count))
    }

    func amend(_ head: CheckpointHead, sinks: [SinkSnapshot]) throws(Fault) {
        try store.amend(head, sinks: sinks)
        life.world.trace.note("amended", head.epoch)
    }

    func maintain() throws(Fault) { try store.maintain() }
    var newestEpoch: Int64 { store.newestEpoch }
    var byteCount: Int64 { store.byteCount }
    func close() { store.close() }
}
