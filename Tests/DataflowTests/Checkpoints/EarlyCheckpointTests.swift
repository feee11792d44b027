import Primitives
import TestParts
import Testing

@testable import Dataflow

@Suite("Checkpoints before their time")
struct EarlyCheckpointTests {
    /// A source of posts, one a step, before each of which so many milliseconds pass without any; and a sink that wants
    /// a checkpoint as often as it can have one.
    private struct Bench {
        let run: SteppedRun
        let clock: VirtualClock
        let rows = EpochRows()
        let sink: SteppedRun.Part

        init(quietMilliseconds: Int64) throws {
            var job = TestJob()
            let steps = (0..<2_000).flatMap { number -> [SimulatedSource.Entry] in
                let post = SimulatedSource.Entry(
                    lane: 0, step: .posts([Post(id: Int64(number), key: "key", time: Int64(number))]))
                guard quietMilliseconds > 0 else { return [post] }
                return [SimulatedSource.Entry(lane: 0, step: .pending), post]
            }
            let source = SimulatedSource(steps, lanes: 1, clock: job.clock, staysOpen: true)
            job.sink(job.source(source.asJob()), to: rows.asJob)
            run = try job.makeSteppedRun(
                subtasks: 1,
                checkpoints: JobCheckpoints(
                    store: MemoryCheckpointStore(), interval: .seconds(3_600), start: nil, epoch: 0))
            clock = job.clock
            sink = try #require(run.parts.first)
        }

        /// Lets each part of the run do one thing, after which the clock goes on.
        func round(milliseconds: Int64 = 1) throws {
            _ = try run.step(.subtask(0))
            clock.advance(milliseconds: milliseconds)
            _ = try run.step(sink)
            _ = try run.step(.checkpoints)
        }

        /// Runs for a second; each checkpoint pauses it for a few rounds.
        var commits: Int {
            get throws {
                var commits = 0
                for _ in 0..<1_000 {
                    let before = rows.batches.count
                    try round()
                    if rows.batches.count > before { commits += 1 }
                }
                return commits
            }
        }
    }

    @Test("they take a twentieth of the time of subtasks that have something to do, and more of those that have not")
    func share() throws {
        let busy = try Bench(quietMilliseconds: 0).commits
        let idle = try Bench(quietMilliseconds: 1).commits
        #expect((5...60).contains(busy), "\(busy)")
        #expect(idle > 3 * busy, "\(idle) beside \(busy)")
    }
}
