import Columnar
import Primitives
import Synchronization
import Testing

@testable import Dataflow

@Suite("How runs end, and what bounds them")
struct EndingTests {
    private let key = FieldPath(indices: [1], field: Post.schema.fields[1])

    private func lanes(_ count: Int, frames: Int) -> [[[Post]]] { Post.lanes(count, frames: frames, keys: 37) }

    /// A graph with every kind of stage behind one source.
    private func fullJob(_ source: SimulatedSource, _ out: Collected, _ counts: Collected) -> TestJob {
        var job = TestJob()
        let rows = job.source(source.asJob())
        let judged = job.placed(rows, .judged(FirstOfKey()))
        let keyed = job.placed(rows, .keyed(keys: [key]) { _ in PassOperator() })
        job.sink(job.placed(keyed, .folded(CountByKey())), to: counts.sink())
        job.sink(judged, to: out.sink())
        return job
    }

    private func expectFault(_ code: String, _ job: TestJob, subtasks: Int) {
        let fault = #expect(throws: Fault.self) { try job.run(subtasks: subtasks) }
        #expect(fault?.code == code)
    }

    @Test("a sink that throws ends the run with its fault", arguments: 1...4)
    func failingSink(subtasks: Int) {
        let source = SimulatedSource(lanes: lanes(4, frames: 200), staysOpen: true)
        let out = Collected()
        let other = Collected()
        var job = fullJob(source, out, Collected())
        let failing = Collected()
        job.sink(
            .node(0), .node(1),
            to: failing.sink { _ throws(Fault) in
                if failing.batches == 5 { throw Fault("test.sink", "the disk is full") }
            })
        job.sink(.node(0), to: other.sink())
        expectFault("test.sink", job, subtasks: subtasks)
        #expect(failing.isClosed && out.isClosed && other.isClosed)
        #expect(failing.batches == 5)
        #expect(source.closedReaders == subtasks)
    }

    @Test("a sink that cannot be opened ends the run before anything is read")
    func unopenedSink() {
        let source = SimulatedSource(lanes: lanes(1, frames: 10))
        let out = Collected()
        var job = fullJob(source, out, Collected())
        job.sink(.node(0), to: JobSink(open: { () throws(Fault) in throw Fault("test.open", "no such host") }))
        expectFault("test.open", job, subtasks: 2)
        #expect(source.framesRead == 0)
        #expect(out.isClosed)
    }

    @Test("an operator that throws ends the run with its fault", arguments: 1...4)
    func failingOperator(subtasks: Int) {
        let source = SimulatedSource(lanes: lanes(4, frames: 200), staysOpen: true)
        let out = Collected()
        var job = fullJob(source, out, Collected())
        job.sink(job.local(.node(0)) { _ in FailingOperator() }, to: Collected().sink())
        expectFault("test.operator", job, subtasks: subtasks)
        #expect(out.isClosed)
        #expect(source.closedReaders == subtasks)
    }

    @Test("an operator that cannot be made ends the run with its fault", arguments: 1...3)
    func unmadeOperator(subtasks: Int) {
        let source = SimulatedSource(lanes: lanes(2, frames: 20), staysOpen: true)
        var job = fullJob(source, Collected(), Collected())
        let last = job.local(.node(0)) { context throws(Fault) in
            if context.subtask == context.subtasks - 1 { throw Fault("test.make", "no model") }
            return PassOperator()
        }
        job.sink(last, to: Collected().sink())
        expectFault("test.make", job, subtasks: subtasks)
        #expect(source.closedReaders == subtasks)
    }

    @Test("a source that throws ends the run with its fault", arguments: 1...4)
    func failingSource(subtasks: Int) {
        var script = lanes(1, frames: 30)[0].map { SimulatedSource.Entry(lane: 1, step: .posts($0)) }
        script.append(.init(lane: 1, step: .fault(Fault("test.source", "the broker is gone"))))
        let out = Collected()
        let source = SimulatedSource(script, lanes: 2, staysOpen: true)
        expectFault("test.source", fullJob(source, out, Collected()), subtasks: subtasks)
        #expect(out.isClosed)
        #expect(source.closedReaders == subtasks)
    }

    @Test("a record that cannot be decoded ends the run where the source says so")
    func failingRecord() {
        var job = TestJob()
        let source = SimulatedSource([.init(lane: 0, step: .posts([], bad: 1))], lanes: 1)
        job.sink(job.source(source.asJob(onError: .fail)), to: Collected().sink())
        expectFault("source.bad_record", job, subtasks: 1)
    }

    @Test("a stop in the middle drains, commits and balances", arguments: 1...4, 0..<5)
    func stops(subtasks: Int, seed: UInt64) throws {
        let source = SimulatedSource(
            lanes: lanes(3, frames: 400), sharesLanes: seed % 2 == 0, hesitation: 0.2, seed: seed, staysOpen: true)
        let (out, counts, all) = (Collected(), Collected(), Collected())
        var job = fullJob(source, out, counts)
        final class Box: Sendable { let run = Mutex<JobRun?>(nil) }
        let box = Box()
        let limit = 5 + Int(seed) * 20
        job.sink(.node(0), to: all.sink { _ in if all.batches == limit { box.run.withLock { $0?.stop() } } })
        let made = job.makeRun(subtasks: subtasks)
        box.run.withLock { $0 = made }
        let ledger = try job.finish(made)
        box.run.withLock { $0 = nil }
        // Everything that was read has gone all the way.
        #expect(ledger.sources[0].counts.read == Int64(source.rowsRead))
        #expect(all.posts.count == source.rowsRead)
        #expect(all.counts.committed == Int64(source.rowsRead))
        #expect(counts.posts.reduce(0) { $0 + $1.id } == Int64(source.rowsRead))
        #expect(out.posts.count == Set(all.posts.map(\.key)).count)
        #expect(source.closedReaders == subtasks)
        #expect(all.isClosed && counts.isClosed)
    }

    @Test("a run stopped before it starts reads nothing and ends", arguments: 1...3)
    func stoppedBefore(subtasks: Int) throws {
        let source = SimulatedSource(lanes: lanes(2, frames: 10), staysOpen: true)
        let out = Collected()
        let job = fullJob(source, out, Collected())
        let run = job.makeRun(subtasks: subtasks)
        run.stop()
        try job.finish(run)
        #expect(source.framesRead == 0)
        #expect(out.isClosed)
    }

    @Test("an empty source ends at once and closes every window", arguments: 1...4, [0, 1, 3])
    func empty(subtasks: Int, laneCount: Int) throws {
        let source = SimulatedSource([], lanes: laneCount)
        let (out, counts) = (Collected(), Collected())
        let ledger = try fullJob(source, out, counts).run(subtasks: subtasks)
        #expect(out.posts.isEmpty && counts.posts.isEmpty)
        #expect(ledger.watermarks[0].counts == .distantFuture)
    }

    @Test("a sink commits once more at the end, and by the interval while rows keep coming")
    func commits() throws {
        var job = TestJob()
        var script: [SimulatedSource.Entry] = []
        for frame in lanes(1, frames: 20)[0] {
            script.append(.init(lane: 0, step: .posts(frame)))
            script.append(.init(lane: 0, step: .advance(milliseconds: 100)))
        }
        let out = Collected()
        job.sink(job.source(SimulatedSource(script, lanes: 1, clock: job.clock).asJob()), to: out.sink())
        try job.run(subtasks: 1)
        #expect(out.counts.committed == 200)
        #expect(out.commits >= 1 && out.commits <= 11)
    }

    /// Runs frames of few keys into a sink that is slower than everything else, and returns how many frames were on
    /// their way at most.
    private func mostInFlight(subtasks: Int, _ build: (inout TestJob, JobStream) -> JobStream) throws -> Int {
        final class Most: Sendable { let value = Mutex(0) }
        var job = TestJob()
        job.sinkRowCapacity = 50
        let frames = Post.lanes(4, frames: 200, keys: 1)
        let source = SimulatedSource(lanes: frames)
        let out = Collected()
        let most = Most()
        let pace = WaitingLock()
        let last = build(&job, job.source(source.asJob()))
        job.sink(
            last,
            to: out.sink { _ in
                pace.withLock { pace.wait(milliseconds: 1) }
                let inFlight = source.framesRead - out.posts.count / 10
                most.value.withLock { $0 = max($0, inFlight) }
            })
        try job.run(subtasks: subtasks)
        #expect(out.posts.count == 8_000)
        return most.value.withLock { $0 }
    }

    @Test("a slow sink makes the source wait", arguments: 1...4)
    func slowSink(subtasks: Int) throws {
        let most = try mostInFlight(subtasks: subtasks) { job, source in job.local(source) { _ in PassOperator() } }
        #expect(most <= 60)
    }

    @Test("a slow sink makes every source wait, whoever owns the keys", arguments: 2...4)
    func slowSinkBehindExchange(subtasks: Int) throws {
        let most = try mostInFlight(subtasks: subtasks) { [key] job, source in
            job.placed(source, .keyed(keys: [key]) { _ in PassOperator() })
        }
        #expect(most <= 150)
    }

    @Test("a slow sink makes every source wait through two exchanges", arguments: 2...4)
    func slowSinkBehindTwoExchanges(subtasks: Int) throws {
        let most = try mostInFlight(subtasks: subtasks) { [key] job, source in
            let one = job.placed(source, .keyed(keys: [key]) { _ in PassOperator() })
            return job.placed(one, .keyed(keys: []) { _ in PassOperator() })
        }
        #expect(most <= 150)
    }
}
