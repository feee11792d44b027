import Columnar
import Primitives
import Testing

@testable import Dataflow

@Suite("Where every row goes")
struct LedgerTests {
    private let key = FieldPath(indices: [1], field: Post.schema.fields[1])

    @Test("records that cannot be decoded go to `dead_letters` with their node and place", arguments: 1...3)
    func deadLetters(subtasks: Int) throws {
        var job = TestJob()
        let source = SimulatedSource(
            [
                .init(lane: 0, step: .posts(Post.numbered(0..<5), bad: 2)), .init(lane: 1, step: .posts([], bad: 1)),
                .init(lane: 1, step: .posts(Post.numbered(5..<8))),
            ], lanes: 2)
        let (out, letters) = (Collected(), Collected())
        job.sink(job.source(source.asJob()), to: out.sink())
        job.sink(.deadLetters, to: letters.sink())
        let ledger = try job.run(subtasks: subtasks)
        var counts = SourceLedger()
        (counts.read, counts.decoded, counts.deadLetter) = (11, 8, 3)
        #expect(ledger.sources[0].counts == counts)
        #expect(letters.letters.map(\.code) == ["test.bad", "test.bad", "test.bad"])
        #expect(letters.letters.allSatisfy { $0.origin == "source0" })
        #expect(letters.counts.committed == 3)
        #expect(job.parked.count == 0)
    }

    @Test("dead letters that nobody reads are parked, and skipped ones only counted")
    func parked() throws {
        for policy in [JobSource.ErrorPolicy.deadLetter, .skip] {
            var job = TestJob()
            let source = SimulatedSource([.init(lane: 0, step: .posts(Post.numbered(0..<5), bad: 2))], lanes: 1)
            job.sink(job.source(source.asJob(onError: policy)), to: Collected().sink())
            let ledger = try job.run(subtasks: 1)
            #expect(ledger.sources[0].counts.deadLetter == 2)
            #expect(job.parked.count == (policy == .skip ? 0 : 2))
        }
    }

    @Test("rows that operators refuse or put aside reach those who read them", arguments: 1...4)
    func refused(subtasks: Int) throws {
        var job = TestJob()
        let lanes = Post.lanes(3, frames: 20)
        let (out, dead, late, both, sieved) = (Collected(), Collected(), Collected(), Collected(), Collected())
        let source = job.source(SimulatedSource(lanes: lanes, bad: 1, hesitation: 0.1).asJob())
        let refusing = job.placed(source, .keyed(keys: [key]) { _ in RefusingOperator() })
        job.sink(refusing, to: out.sink())
        job.sink(.deadLetters, to: dead.sink())
        job.sink(.late, to: late.sink())
        job.sink(.deadLetters, .late, to: both.sink())
        let exchanged = job.placed(
            .deadLetters,
            .keyed(keys: [FieldPath(indices: [0], field: DeadLetter.schema.fields[0])]) { _ in PassOperator() })
        job.sink(exchanged, to: sieved.sink())
        let ledger = try job.run(subtasks: subtasks)
        let ids = (0..<Int64(600))
        let refusedIDs = ids.filter { $0 % 3 == 0 }
        let lateIDs = ids.filter { $0 % 3 != 0 && $0 % 5 == 0 }
        #expect(out.ids.sorted() == ids.filter { $0 % 3 != 0 && $0 % 5 != 0 })
        #expect(dead.letters.filter { $0.code == "test.refused" }.map(\.offset).sorted() == refusedIDs)
        #expect(dead.letters.filter { $0.code == "test.bad" }.count == 60)
        #expect(late.letters.map(\.offset).sorted() == lateIDs)
        #expect(both.letters.count == refusedIDs.count + 60 + lateIDs.count)
        #expect(sieved.letters.count == refusedIDs.count + 60)
        let counts = ledger.operators.first { $0.name == "operator1" }?.counts
        #expect(counts?.deadLetter == Int64(refusedIDs.count))
        #expect(counts?.late == Int64(lateIDs.count))
    }

    @Test("what fails behind `dead_letters` is parked and goes round in no circle")
    func noCircle() throws {
        final class RefuseAll: Operator {
            func process(_ frame: Frame, _ output: OperatorOutput) {
                output.emitDeadLetters(
                    (0..<frame.batch.selectedCount).map { _ in
                        DeadLetter(code: "test.again", reason: "", origin: "", partition: 0, offset: 0, bytes: nil)
                    })
            }
        }
        var job = TestJob()
        let source = SimulatedSource([.init(lane: 0, step: .posts([], bad: 4))], lanes: 1)
        job.sink(job.source(source.asJob()), to: Collected().sink())
        let refused = job.local(.deadLetters) { _ in RefuseAll() }
        job.sink(refused, to: Collected().sink())
        try job.run(subtasks: 2)
        #expect(job.parked.count == 4)
    }

    @Test("several sources, several sinks and unions: everybody gets every row once", arguments: 1...4)
    func fanOut(subtasks: Int) throws {
        var job = TestJob()
        func lanes(_ base: Int64) -> [[[Post]]] {
            Post.lanes(3, frames: 15, first: base)
        }
        let one = job.source(SimulatedSource(lanes: lanes(0), hesitation: 0.2).asJob())
        let two = job.source(SimulatedSource(lanes: lanes(1_000), sharesLanes: true, hesitation: 0.2).asJob())
        let none = job.source(SimulatedSource([], lanes: 1).asJob())
        let all = job.union([one, two, none, one])
        let outs = (0..<4).map { _ in Collected() }
        job.sink(all, to: outs[0].sink())
        job.sink(all, to: outs[1].sink())
        job.sink(one, two, to: outs[2].sink())
        job.sink(job.placed(all, .judged(FirstOfKey())), to: outs[3].sink())
        let ledger = try job.run(subtasks: subtasks)
        let first = Array(0..<Int64(450))
        let second = Array(1_000..<Int64(1_450))
        #expect(outs[0].ids.sorted() == (first + first + second).sorted())
        #expect(outs[1].ids.sorted() == outs[0].ids.sorted())
        #expect(outs[2].ids.sorted() == first + second)
        #expect(outs[3].posts.count == 5)
        #expect(ledger.edges.count == 4 + 2 + 2 + 1 + 1)
        #expect(ledger.watermarks.allSatisfy { $0.counts == .distantFuture })
    }

    @Test("the ledger of any graph balances, at its end or stopped on the way", arguments: 0..<60)
    func anyGraph(seed: UInt64) throws {
        var random = RandomSource(seed: seed &+ 1_000)
        var job = TestJob()
        job.creditsPerSender = 1 + random.below(4)
        job.sinkRowCapacity = 10 + random.below(300)
        var streams: [JobStream] = []
        for number in 0..<1 + random.below(3) {
            let lanes = (0..<1 + random.below(4)).map { lane in
                (0..<random.below(40)).map { frame in
                    Post.numbered(0..<Int64(random.below(20)), keys: 11) { _ in Int64(frame * 10 + random.below(25)) }
                }
            }
            let source = SimulatedSource(
                lanes: lanes, bad: random.below(2), sharesLanes: random.below(2) == 0, hesitation: random.unit() / 2,
                seed: seed &* 3 &+ UInt64(number))
            streams.append(job.source(source.asJob(idle: random.below(2) == 0 ? .seconds(1) : nil)))
        }
        for _ in 0..<random.below(8) {
            let input = streams[random.below(streams.count)]
            switch random.below(7) {
            case 0: streams.append(job.local(input) { _ in SieveOperator { $0.id % 2 == 0 } })
            case 1: streams.append(job.local(input) { _ in RefusingOperator() })
            case 2: streams.append(job.placed(input, .keyed(keys: [key]) { _ in RefusingOperator() }))
            case 3: streams.append(job.placed(input, .judged(FirstOfKey())))
            case 4: streams.append(job.placed(input, .folded(CountByKey())))
            case 5: streams.append(job.union([input, streams[random.below(streams.count)]]))
            default: streams.append(job.placed(input, .keyed(keys: []) { _ in PassOperator() }))
            }
        }
        if random.below(2) == 0 {
            job.sink(.deadLetters, .late, to: Collected().sink())
            job.sink(job.local(.deadLetters) { _ in PassOperator() }, to: Collected().sink())
        }
        let pace = WaitingLock()
        for stream in streams {
            let isSlow = random.below(4) == 0
            job.sink(
                stream, to: Collected().sink { _ in if isSlow { pace.withLock { pace.wait(milliseconds: 1) } } })
        }
        let run = job.makeRun(subtasks: 1 + random.below(4))
        var stopper: NamedThread?
        if random.below(3) == 0 {
            let wait = random.below(30)
            stopper = NamedThread("stopper") {
                pace.withLock { pace.wait(milliseconds: wait) }
                run.stop()
            }
        }
        try job.finish(run)
        stopper?.join()
    }
}
