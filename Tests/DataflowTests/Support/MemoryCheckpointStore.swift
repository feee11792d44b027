import Columnar
import Primitives
import Synchronization

@testable import Dataflow

/// Keeps checkpoints for as long as it lives.
final class MemoryCheckpointStore: CheckpointStore {
    private struct State {
        var head: CheckpointHead?
        /// By operator: what was added, the newest first.
        var rows: [String: [StateRows]] = [:]
        var sinks: [String: SinkSnapshot] = [:]
    }

    private let state = Mutex(State())

    func open(report: @Sendable (Fault) -> Void) throws(Fault) -> Checkpoint? {
        state.withLock { $0.head }.map { Checkpoint(head: $0) }
    }

    func restore(
        node: String, keyGroups: Range<Int>, _ body: (StateRows) throws(Fault) -> Void
    ) throws(Fault) {
        for rows in state.withLock({ $0.rows[node] ?? [] }) { try body(rows) }
    }

    func restoreSink(_ name: String) throws(Fault) -> SinkSnapshot? { state.withLock { $0.sinks[name] } }

    func commit(_ draft: CheckpointDraft) throws(Fault) {
        state.withLock { state in
            if draft.isWhole { state.rows = [:] }
            for part in draft.parts {
                let node = draft.head.operators[part.node].name
                for change in part.changes {
                    switch change {
                    case .add(let rows): state.rows[node, default: []].insert(rows, at: 0)
                    case .replace(let rows):
                        state.rows[node]?.removeAll { $0.table == rows.table && $0.bucket == rows.bucket }
                        state.rows[node, default: []].insert(rows, at: 0)
                    case .drop(let table, let bucket):
                        state.rows[node]?.removeAll { $0.table == table && $0.bucket == bucket }
                    }
                }
            }
            for (sink, snapshot) in zip(draft.head.sinks, draft.sinks) { state.sinks[sink.name] = snapshot }
            state.head = draft.head
        }
    }

    func amend(_ head: CheckpointHead, sinks: [SinkSnapshot]) {
        state.withLock { state in
            for (sink, snapshot) in zip(head.sinks, sinks) { state.sinks[sink.name] = snapshot }
            state.head = head
        }
    }

    func maintain() {}
    var newestEpoch: Int64 { state.withLock { $0.head?.epoch ?? 0 } }
    var byteCount: Int64 { 0 }
    func close() {}
}
