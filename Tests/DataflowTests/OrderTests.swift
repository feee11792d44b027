import Columnar
import Primitives
import Synchronization
import Testing

@testable import Dataflow

@Suite("Order and exchange")
struct OrderTests {
    private let key = FieldPath(indices: [1], field: Post.schema.fields[1])

    /// Frames of random posts with many repeats of a key.
    private func frames(_ random: inout RandomSource, count: Int, firstID: Int64 = 0) -> [[Post]] {
        var id = firstID
        return (0..<count).map { _ in
            (0..<random.below(12)).map { _ in
                id += 1
                return Post(id: id, key: "k\(random.below(150))", time: id)
            }
        }
    }

    @Test(
        "the first row of each key passes in the order of the lane, at any number of threads", arguments: 1...4, 0..<6)
    func firstOfSharedLane(subtasks: Int, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let frames = frames(&random, count: 100)
        var job = TestJob()
        let source = SimulatedSource(lanes: [frames], sharesLanes: true, hesitation: 0.5, seed: seed &* 31)
        let out = Collected()
        job.sink(job.placed(job.source(source.asJob()), .judged(FirstOfKey())), to: out.sink())
        let ledger = try job.run(subtasks: subtasks)
        var seen: Set<String> = []
        let expected = frames.joined().filter { seen.insert($0.key).inserted }.map(\.id)
        #expect(out.ids.sorted() == expected)
        #expect(ledger.operators[0].counts.duplicate == Int64(frames.joined().count - expected.count))
    }

    @Test("of the rows of a key in several lanes exactly one passes, and it is the first of its lane", arguments: 1...4)
    func firstOfLanes(subtasks: Int) throws {
        for seed in UInt64(0)..<6 {
            var random = RandomSource(seed: seed)
            let lanes = (0..<5).map { frames(&random, count: 40, firstID: $0 * 10_000) }
            var job = TestJob()
            let source = SimulatedSource(lanes: lanes, hesitation: 0.3, seed: seed)
            let out = Collected()
            job.sink(job.placed(job.source(source.asJob()), .judged(FirstOfKey())), to: out.sink())
            try job.run(subtasks: subtasks)
            let firsts = Set(
                lanes.flatMap { lane in
                    var seen: Set<String> = []
                    return lane.joined().filter { seen.insert($0.key).inserted }.map(\.id)
                })
            #expect(Set(out.posts.map(\.key)).count == out.posts.count)
            #expect(Set(out.posts.map(\.key)) == Set(lanes.joined().joined().map(\.key)))
            #expect(out.ids.allSatisfy(firsts.contains))
        }
    }

    @Test("judging keeps its order behind a filter, a judge and an exchange", arguments: 1...4, 0..<3)
    func chainedJudges(subtasks: Int, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let frames = frames(&random, count: 80)
        var job = TestJob()
        let source = SimulatedSource(lanes: [frames], sharesLanes: true, hesitation: 0.4, seed: seed)
        let out = Collected()
        let sieved = job.local(job.source(source.asJob())) { _ in SieveOperator { $0.id % 3 != 0 } }
        let judged = job.placed(sieved, .judged(FirstOfKey()))
        let again = job.placed(judged, .judged(FirstOfKey()))
        let keyed = job.placed(again, .keyed(keys: [key]) { _ in PassOperator() })
        let last = job.placed(keyed, .judged(FirstOfKey()))
        job.sink(last, to: out.sink())
        let ledger = try job.run(subtasks: subtasks)
        var seen: Set<String> = []
        let expected = frames.joined().filter { $0.id % 3 != 0 && seen.insert($0.key).inserted }.map(\.id)
        #expect(out.ids.sorted() == expected)
        #expect(ledger.operators.dropFirst(2).allSatisfy { $0.counts.duplicate == 0 })
    }

    @Test("two ways from one source can meet again before a judge", arguments: 1...4)
    func diamond(subtasks: Int) throws {
        var random = RandomSource(seed: 3)
        let frames = frames(&random, count: 60)
        var job = TestJob()
        let out = Collected()
        let source = job.source(SimulatedSource(lanes: [frames], sharesLanes: true, hesitation: 0.2).asJob())
        let even = job.local(source) { _ in SieveOperator { $0.id % 2 == 0 } }
        let odd = job.local(source) { _ in SieveOperator { $0.id % 2 == 1 } }
        let all = job.union([even, odd, source])
        job.sink(job.placed(all, .judged(FirstOfKey())), to: out.sink())
        try job.run(subtasks: subtasks)
        #expect(Set(out.posts.map(\.key)) == Set(frames.joined().map(\.key)))
        #expect(Set(out.posts.map(\.key)).count == out.posts.count)
    }

    @Test("an exchange brings every row to the one owner of its key, rows of a lane in order", arguments: 1...4)
    func exchange(subtasks: Int) throws {
        struct Seen: Sendable {
            var owners: [String: Set<Int>] = [:]
            var order: [String: [Int64]] = [:]
        }
        final class Watch: Operator {
            let note: @Sendable ([Post]) -> Void
            init(_ note: @escaping @Sendable ([Post]) -> Void) { self.note = note }
            func process(_ frame: Frame, _ output: OperatorOutput) {
                note(Post.read(frame.batch))
                output.ledger.passed += Int64(frame.batch.selectedCount)
                output.emit(frame)
            }
        }
        final class Log: Sendable { let seen = Mutex(Seen()) }
        var random = RandomSource(seed: 9)
        let lanes = (0..<3).map { frames(&random, count: 60, firstID: $0 * 10_000) }
        let log = Log()
        var job = TestJob()
        let out = Collected()
        let sieved = job.local(job.source(SimulatedSource(lanes: lanes, hesitation: 0.2).asJob())) { _ in
            SieveOperator { $0.id % 7 != 0 }
        }
        let keyed = job.placed(
            sieved,
            .keyed(keys: [key]) { context in
                let subtask = context.subtask
                return Watch { posts in
                    log.seen.withLock { seen in
                        for post in posts {
                            seen.owners[post.key, default: []].insert(subtask)
                            seen.order[post.key, default: []].append(post.id)
                        }
                    }
                }
            })
        job.sink(keyed, to: out.sink())
        try job.run(subtasks: subtasks)
        let seen = log.seen.withLock { $0 }
        #expect(seen.owners.values.allSatisfy { $0.count == 1 })
        if subtasks > 1 { #expect(Set(seen.owners.values.joined()).count == subtasks) }
        for ids in seen.order.values {
            for lane in 0..<Int64(3) {
                let own = ids.filter { $0 / 10_000 == lane }
                #expect(own == own.sorted())
            }
        }
        #expect(out.ids.sorted() == lanes.joined().joined().map(\.id).filter { $0 % 7 != 0 }.sorted())
    }

    @Test("without a key all rows meet in one subtask")
    func noKey() throws {
        final class Owners: Sendable { let subtasks = Mutex<Set<Int>>([]) }
        final class Note: Operator {
            let owners: Owners
            let subtask: Int
            init(_ owners: Owners, _ subtask: Int) {
                self.owners = owners
                self.subtask = subtask
            }
            func process(_ frame: Frame, _ output: OperatorOutput) {
                if frame.batch.selectedCount > 0 { owners.subtasks.withLock { _ = $0.insert(subtask) } }
                output.ledger.passed += Int64(frame.batch.selectedCount)
                output.emit(frame)
            }
        }
        let owners = Owners()
        var job = TestJob()
        let lanes = Post.lanes(4, frames: 1)
        let out = Collected()
        let all = job.placed(
            job.source(SimulatedSource(lanes: lanes).asJob()), .keyed(keys: []) { Note(owners, $0.subtask) })
        job.sink(all, to: out.sink())
        try job.run(subtasks: 4)
        #expect(owners.subtasks.withLock { $0.count } == 1)
        #expect(out.ids.sorted() == Array(0..<40))
    }

    @Test("folding before the exchange counts every row once", arguments: 1...4)
    func folded(subtasks: Int) throws {
        var random = RandomSource(seed: 5)
        let lanes = (0..<4).map { frames(&random, count: 50, firstID: $0 * 10_000) }
        var job = TestJob()
        let out = Collected()
        let counted = job.placed(
            job.source(SimulatedSource(lanes: lanes, hesitation: 0.2).asJob()), .folded(CountByKey()))
        job.sink(counted, to: out.sink())
        let ledger = try job.run(subtasks: subtasks)
        var expected: [String: Int64] = [:]
        for post in lanes.joined().joined() { expected[post.key, default: 0] += 1 }
        #expect(Dictionary(uniqueKeysWithValues: out.posts.map { ($0.key, $0.id) }) == expected)
        #expect(ledger.operators[0].counts.folded == Int64(lanes.joined().joined().count))
        #expect(ledger.operators[0].counts.made == Int64(expected.count))
        // The state of both halves is counted, in every subtask.
        #expect(ledger.state.map(\.counts) == [subtasks == 1 ? 10 : subtasks * 1_010])
    }
}
