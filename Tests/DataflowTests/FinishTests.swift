import Columnar
import Primitives
import Synchronization
import TestParts
import Testing

@testable import Dataflow

@Suite("What sinks deliver after the last commit")
struct FinishTests {
    /// A receiver that takes some messages of a run, and outlives the runs.
    private final class Receiver: Sendable {
        let messages = Mutex<[Int64]>([])

        func sink(takes count: Int) -> JobSink { JobSink { OutboxSink(self, takes: count) } }
    }

    /// Delivers nothing before the end of a run, and then as much as the receiver takes.
    private final class OutboxSink: Sink {
        private let receiver: Receiver
        private let takes: Int
        private var outbox: [RecordBatch] = []
        private(set) var counts = SinkCounts()
        let wantsCommit = false

        init(_ receiver: Receiver, takes: Int) {
            self.receiver = receiver
            self.takes = takes
        }

        func write(_ batch: RecordBatch) {
            counts.received += Int64(batch.selectedCount)
            outbox += (0..<batch.selectedCount).map { row in
                batch.selecting(SelectionVector([UInt32(batch.selection?[row] ?? row)])).compacted()
            }
        }

        func prepare(epoch: Int64) -> SinkSnapshot { SinkSnapshot(rows: outbox) }
        func commit(epoch: Int64) {}

        func restore(_ snapshot: SinkSnapshot?, epoch: Int64) {
            outbox = snapshot?.rows ?? []
            counts.received = Int64(outbox.count)
        }

        func finish() -> SinkSnapshot? {
            let taken = outbox.prefix(takes).flatMap { Post.read($0) }.map(\.id)
            guard !taken.isEmpty else { return nil }
            receiver.messages.withLock { $0 += taken }
            counts.committed += Int64(taken.count)
            outbox.removeFirst(taken.count)
            return SinkSnapshot(rows: outbox)
        }

        func close() {}
    }

    @Test("the last checkpoint says what is left: the next run delivers that and nothing again")
    func delivered() throws {
        let posts = (0..<10).map { Post(id: Int64($0), key: "k", time: Int64($0)) }
        let store = MemoryCheckpointStore()
        let receiver = Receiver()
        for (run, takes) in [4, 0, 5, 9].enumerated() {
            let start = try store.open { _ in }
            let source = ReplayableSource([[posts]], start: start, seed: UInt64(run))
            var job = TestJob()
            job.sink(job.source(source.asJob()), to: receiver.sink(takes: takes))
            let checkpoints = JobCheckpoints(
                store: store, interval: .seconds(3_600), start: start, epoch: start?.head.epoch ?? 0)
            let ledger = try job.makeRun(subtasks: 1, checkpoints: checkpoints).run()
            let counts = try #require(ledger.sinks.first?.counts)
            #expect(counts.received == 10 && counts.committed == Int64(receiver.messages.withLock { $0.count }))
            let head = try #require(try store.open { _ in }?.head)
            #expect(head.sinks[0].counts == counts && head.ledger.sinks[0].counts == counts)
        }
        #expect(receiver.messages.withLock { $0 } == Array(0..<10))
    }
}
