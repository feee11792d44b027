import Primitives
import TestParts
import Testing

@testable import Dataflow

@Suite("A run stepped part by part")
struct SteppedRunTests {
    @Test("a checkpoint says how far lanes had come when it was captured, though they are read on before it is written")
    func progress() throws {
        let frames = (0..<60).map { (frame: Int) -> [Post] in
            (0..<5).map { (row: Int) -> Post in
                Post(id: Int64(frame * 5 + row), key: "key", time: Int64(frame * 10 + row))
            }
        }
        let source = ReplayableSource([frames], seed: 1)
        let store = MemoryCheckpointStore()
        var job = TestJob()
        let rows = EpochRows()
        job.sink(job.source(source.asJob()), to: rows.asJob)
        let run = try job.makeSteppedRun(
            subtasks: 1,
            checkpoints: JobCheckpoints(store: store, interval: .milliseconds(1), start: nil, epoch: 0))
        func step(_ part: SteppedRun.Part, times: Int) throws {
            for _ in 0..<times { _ = try run.step(part) }
        }
        let sink = try #require(run.parts.first)

        try step(.subtask(0), times: 12)
        job.clock.advance(milliseconds: 2)
        try step(.checkpoints, times: 1)
        // It captures, and reads on.
        try step(.subtask(0), times: 20)
        try step(sink, times: 4)
        try step(.checkpoints, times: 1)

        let lane = try #require(try store.open { _ in }?.head.sources.first?.lanes.first)
        let position = try #require(Int(lane.position))
        #expect((1..<20).contains(position))
        #expect(lane.latest == EventTime(microseconds: Int64((position - 1) * 10 + 4)))
    }

    @Test("it comes to its end by steps alone, and its ledger is closed")
    func end() throws {
        let source = ReplayableSource(
            [[[Post(id: 1, key: "a", time: 1)]], [[Post(id: 2, key: "b", time: 2)]]], seed: 2)
        let rows = EpochRows()
        var job = TestJob()
        job.sink(job.source(source.asJob()), to: rows.asJob)
        let run = try job.makeSteppedRun(
            subtasks: 2,
            checkpoints: JobCheckpoints(
                store: MemoryCheckpointStore(), interval: .seconds(3_600), start: nil, epoch: 0))
        for _ in 0..<1_000 where !run.isDone {
            for part in run.parts { _ = try run.step(part) }
        }
        #expect(run.isDone)
        #expect(run.ledger().isBalanced)
        #expect(Set(rows.committed.map(\.id)) == [1, 2])
    }
}
