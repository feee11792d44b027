import Primitives
import Testing

@testable import Dataflow

private func at(_ microseconds: Int64) -> EventTime { EventTime(microseconds: microseconds) }

@Suite("Sources that meet")
struct JoinedSourcesTests {
    /// A source whose one lane falls silent after a post at `time`, and says so for ever.
    private func quiet(_ job: TestJob, time: Int64) -> SimulatedSource {
        SimulatedSource(
            [
                .init(lane: 0, step: .posts([Post(id: 1, key: "quiet", time: time)])),
                .init(lane: 0, step: .advance(milliseconds: 5_000)),
            ], lanes: 1, clock: job.clock, staysOpen: true)
    }

    @Test("a source that has fallen silent does not hold back the one that it is joined with", arguments: 1...3)
    func follows(subtasks: Int) throws {
        var job = TestJob()
        let busy = SimulatedSource(
            [.init(lane: 0, step: .posts([Post(id: 2, key: "busy", time: 1_000)]))], lanes: 1, clock: job.clock,
            staysOpen: true)
        let trace = Trace()
        let one = job.source(quiet(job, time: 10).asJob(idle: .seconds(1)))
        let two = job.source(busy.asJob(delay: .microseconds(100)))
        let traced = job.local(job.union([one, two]), make: trace.make)
        job.sink(traced, to: Collected().sink())
        let run = job.makeRun(subtasks: subtasks)
        let watcher = NamedThread("watcher") {
            let pace = WaitingLock()
            // Until the silent source has followed, or for twenty seconds.
            for _ in 0..<4_000 {
                if run.ledger().watermarks.allSatisfy({ $0.counts == at(900) }) { break }
                pace.withLock { pace.wait(milliseconds: 5) }
            }
            pace.withLock { pace.wait(milliseconds: 50) }
            run.stop()
        }
        let ledger = try job.finish(run)
        watcher.join()
        #expect(ledger.watermarks.map(\.counts) == [at(900), at(900)])
        #expect(trace.events().last == .watermark(at(900)))
    }

    @Test("a silent source follows nobody whose rows it never meets")
    func apart() throws {
        let shared = JobShared(joinedJob(isJoined: false), settings, park: { _, _ in })
        #expect(shared.joinedSources == [[], [], [], [], []])
        let joined = JobShared(joinedJob(isJoined: true), settings, park: { _, _ in })
        #expect(joined.joinedSources == [[1], [0], [], [], []])
    }

    @Test("a source follows only while it is wholly idle, and wakes where it has got to")
    func wakes() {
        let progress = SourceProgress(lanes: 2, subtasks: 2, delay: .zero)
        progress.publish(lane: 0, sequence: 0, latest: at(10))
        progress.promise(subtask: 0, lanes: [0], waiting: [:])
        progress.rest(subtask: 1)
        progress.follow(at(500))
        #expect(progress.watermark == at(10))
        progress.rest(subtask: 0)
        progress.follow(at(500))
        progress.follow(at(400))
        progress.follow(.distantFuture)
        #expect(progress.watermark == at(500))
        progress.wake(subtask: 0, lane: 0)
        progress.follow(at(900))
        progress.publish(lane: 0, sequence: 1, latest: at(20))
        #expect(progress.takeFloor(lane: 0, sequence: 1) == at(500))
    }

    private var settings: JobSettings {
        JobSettings(subtasks: 1, clock: VirtualClock(), renderRow: { _, _ in [] })
    }

    private func joinedJob(isJoined: Bool) -> Job {
        var job = TestJob()
        let one = job.source(SimulatedSource([], lanes: 1).asJob())
        let two = job.source(SimulatedSource([], lanes: 1).asJob())
        let all = isJoined ? job.union([one, two]) : job.local(one) { _ in PassOperator() }
        job.sink(all, two, to: Collected().sink())
        job.sink(two, to: Collected().sink())
        return Job(pipeline: "test", nodes: job.nodes)
    }
}
