import Columnar
import Primitives
import Synchronization
import TestParts
import Testing

@testable import Dataflow

@Suite("A run that goes on where another ended")
struct RestartTests {
    /// Frames of posts by lane; every post has its lane's key or a shared one.
    private static func lanes(_ count: Int, frames: Int) -> [[[Post]]] {
        (0..<count).map { lane in
            (0..<frames).map { frame in
                (0..<5).map { row in
                    let id = Int64((lane * frames + frame) * 5 + row)
                    return Post(id: id, key: "key\(id % 7)", time: Int64(frame * 10 + row))
                }
            }
        }
    }

    @Test(
        "counts and rows are exact after crashes, at any number of subtasks",
        arguments: [1, 2, 3], [UInt64](0..<12))
    func exact(subtasks: Int, seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let lanes = Self.lanes(3, frames: 40)
        let total = Int64(3 * 40 * 5)
        let store = MemoryCheckpointStore()
        let passed = EpochRows()
        let counts = EpochRows()
        var crashes = 0
        while true {
            let crashAt = crashes < 4 ? 20 + random.below(60) : nil
            let start = try store.open { _ in }
            let source = ReplayableSource(lanes, crashAfter: crashAt, start: start, seed: random.next())
            var job = TestJob()
            let posts = job.source(source.asJob())
            let sieved = job.local(posts) { _ in SieveOperator { $0.id % 3 != 0 } }
            job.sink(sieved, to: passed.asJob)
            let counted = job.placed(posts, .folded(CountByKey()), shape: StateShape(kind: "count", facts: []))
            job.sink(counted, to: counts.asJob)
            let threads = crashes % 2 == 0 ? subtasks : 2
            let run = job.makeRun(
                subtasks: threads,
                checkpoints: JobCheckpoints(
                    store: store, interval: .seconds(3_600), start: start, epoch: start?.head.epoch ?? 0))
            do {
                let ledger = try job.finish(run)
                #expect(ledger.sources[0].counts.read == total)
                #expect(ledger.sinks[0].counts.committed == total - total / 3)
                break
            } catch let fault as Fault where fault.code == "test.crash" {
                crashes += 1
            }
        }
        #expect(crashes > 0)
        let expected = lanes.joined().joined().filter { $0.id % 3 != 0 }.map(\.id).sorted()
        #expect(passed.committed.map(\.id).sorted() == expected)
        var byKey: [String: Int64] = [:]
        for post in lanes.joined().joined() { byKey[post.key, default: 0] += 1 }
        #expect(Dictionary(counts.committed.map { ($0.key, $0.id) }, uniquingKeysWith: +) == byKey)
        #expect(store.restoredEpoch > 1, "there were checkpoints before the last")
    }
}

extension MemoryCheckpointStore {
    var restoredEpoch: Int64 { (try? open { _ in })??.head.epoch ?? 0 }
}

extension ReplayableSource {
    /// - Parameters:
    ///   - lanes: frames of posts by lane.
    ///   - start: where an earlier run had come to.
    convenience init(_ lanes: [[[Post]]], crashAfter: Int? = nil, start: Checkpoint? = nil, seed: UInt64) {
        let found = start?.head.sources[0].lanes ?? []
        self.init(
            lanes.map { $0.map { Post.batch($0) } }, crashAfter: crashAfter,
            positions: Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.position) }), seed: seed)
    }

    func asJob() -> JobSource { asJob(Post.schema, delay: 20) }
}

extension EpochRows {
    var committed: [Post] { batches.flatMap { Post.read($0) } }
}
