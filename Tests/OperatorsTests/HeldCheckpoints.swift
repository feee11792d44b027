import Columnar
import Primitives
import Synchronization
import TestParts

@testable import Dataflow

/// Keeps checkpoints for as long as it lives.
final class HeldCheckpoints: CheckpointStore {
    private struct Held {
        var head: CheckpointHead?
        var rows: [String: CapturedRows] = [:]
        var sinks: [String: SinkSnapshot] = [:]
    }

    private let held = Mutex(Held())

    func open(report: @Sendable (Fault) -> Void) throws(Fault) -> Checkpoint? {
        held.withLock { $0.head }.map { Checkpoint(head: $0) }
    }

    func restore(
        node: String, keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault) {
        guard let rows = held.withLock({ $0.rows[node] }) else { return }
        try rows.forEach(keyGroups, body)
    }

    func restoreSink(_ name: String) throws(Fault) -> SinkSnapshot? { held.withLock { $0.sinks[name] } }

    func commit(_ draft: CheckpointDraft) throws(Fault) {
        held.withLock { held in
            if draft.isWhole { held.rows = [:] }
            for part in draft.parts {
                let node = draft.head.operators[part.node]
                held.rows[node.name, default: CapturedRows()].apply(
                    part.changes, subtask: part.subtask, tables: node.tables)
            }
            for (sink, snapshot) in zip(draft.head.sinks, draft.sinks) { held.sinks[sink.name] = snapshot }
            held.head = draft.head
        }
    }

    func amend(_ head: CheckpointHead, sinks: [SinkSnapshot]) {
        held.withLock { held in
            for (sink, snapshot) in zip(head.sinks, sinks) { held.sinks[sink.name] = snapshot }
            held.head = head
        }
    }

    func maintain() {}
    var newestEpoch: Int64 { held.withLock { $0.head?.epoch ?? 0 } }
    var byteCount: Int64 { 0 }
    func close() {}
}

extension EpochRows {
    var rows: [[Cell]] { batches.flatMap(\.cells) }
}
