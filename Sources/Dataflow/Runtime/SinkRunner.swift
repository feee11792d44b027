import Columnar
import Primitives

/// The thread of one sink: writes what the subtasks send, commits often enough, and closes it.
struct SinkRunner {
    let node: Int
    let sink: any Sink
    let queue: SinkQueue
    let shared: JobShared

    func run() throws(Fault) {
        var receivedByEdge: [Int: Int64] = [:]
        var dirtySince: Int64?
        let interval = shared.settings.commitInterval.microseconds * 1_000
        defer {
            sink.close()
            shared.publish(sink.counts, node: node, receivedByEdge: receivedByEdge)
        }
        while !shared.isAborting {
            let item = queue.take(milliseconds: 10)
            switch item {
            case .batches(let batches):
                for (edge, batch) in batches {
                    receivedByEdge[edge, default: 0] += Int64(batch.selectedCount)
                    try sink.write(batch)
                }
                dirtySince = dirtySince ?? shared.settings.clock.monotonicNanoseconds()
            case .nothing: sink.tick()
            case .end:
                try sink.commit(epoch: 0)
                return
            }
            if let since = dirtySince, shared.settings.clock.monotonicNanoseconds() - since >= interval {
                try sink.commit(epoch: 0)
                dirtySince = nil
            }
            shared.publish(sink.counts, node: node, receivedByEdge: receivedByEdge)
        }
    }
}
