import Primitives
import TestParts
import Testing

@testable import Dataflow

@Suite("Checkpoints before their time")
struct EarlyCheckpointTests {
    /// Lets a run go on for a second, in which its sink wants a checkpoint as often as it can have one.
    /// - Parameters:
    ///   - subtasks: the first has the source's only lane.
    ///   - isBusy: whether there is a post every millisecond, or every other one.
    /// - Returns: how often rows were committed.
    private func commits(subtasks: Int = 1, isBusy: Bool) throws -> Int {
        var job = TestJob()
        let steps = (0..<2_000).flatMap { number -> [SimulatedSource.Entry] in
            let post = Post(id: Int64(number), key: "key", time: Int64(number))
            return (isBusy ? [] : [SimulatedSource.Entry(lane: 0, step: .pending)])
                + [SimulatedSource.Entry(lane: 0, step: .posts([post]))]
        }
        let source = SimulatedSource(steps, lanes: 1, clock: job.clock, staysOpen: true)
        let rows = EpochRows()
        job.sink(job.source(source.asJob()), to: rows.asJob)
        let run = try job.makeSteppedRun(
            subtasks: subtasks,
            checkpoints: JobCheckpoints(
                store: MemoryCheckpointStore(), interval: .seconds(3_600), start: nil, epoch: 0))
        var commits = 0
        for _ in 0..<1_000 {
            let before = rows.batches.count
            for subtask in 0..<subtasks { _ = try run.step(.subtask(subtask)) }
            job.clock.advance(milliseconds: 1)
            for part in run.parts { if case .sink = part { _ = try run.step(part) } }
            _ = try run.step(.checkpoints)
            if rows.batches.count > before { commits += 1 }
        }
        return commits
    }

    @Test("they take a twentieth of the time of subtasks that have something to do, and more of those that have not")
    func share() throws {
        let busy = try commits(isBusy: true)
        let idle = try commits(isBusy: false)
        #expect((5...60).contains(busy), "\(busy)")
        #expect(idle > 3 * busy, "\(idle) beside \(busy)")
    }

    @Test("a subtask that has nothing to do does not make them cost one that has less")
    func skew() throws {
        #expect((5...60).contains(try commits(subtasks: 2, isBusy: true)))
    }
}
