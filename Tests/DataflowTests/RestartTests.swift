import Columnar
import Primitives
import Synchronization
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
            let source = ReplayableSource(lanes, crashAfter: crashAt, seed: random.next())
            var job = TestJob()
            let posts = job.source(source.asJob())
            let sieved = job.local(posts) { _ in SieveOperator { $0.id % 3 != 0 } }
            job.sink(sieved, to: passed.sink())
            let counted = job.placed(posts, .folded(CountByKey()), shape: StateShape(kind: "count", facts: []))
            job.sink(counted, to: counts.sink())
            let start = try store.open { _ in }
            if let start {
                let lanes = start.head.sources[0].lanes.map { ($0.name, $0.position) }
                source.resume(Dictionary(uniqueKeysWithValues: lanes))
            }
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

/// Lanes of frames that can be read again from any frame on, and that crash the run after some.
final class ReplayableSource: Source {
    private struct State {
        var next: [Int]
        var handed = 0
        var random: RandomSource
        var posts: [Lane: [Int64: [Post]]] = [:]
    }

    let laneCount: Int
    let sharesLanes = false
    let isBounded = false
    private let lanes: [[[Post]]]
    private let crashAfter: Int?
    private let state: Mutex<State>

    init(_ lanes: [[[Post]]], crashAfter: Int?, seed: UInt64) {
        self.lanes = lanes
        self.crashAfter = crashAfter
        laneCount = lanes.count
        state = Mutex(State(next: lanes.map { _ in 0 }, random: RandomSource(seed: seed)))
    }

    func resume(_ positions: [String: String]) {
        state.withLock { state in
            for (lane, position) in positions { state.next[Int(lane) ?? 0] = Int(position) ?? 0 }
        }
    }

    func laneName(_ lane: Int) -> String { "\(lane)" }

    func makeReader(subtask: Int, of subtasks: Int, wake: @escaping @Sendable () -> Void) -> any SourceReader {
        ReplayingReader(self, lanes: (0..<laneCount).filter { $0 % subtasks == subtask })
    }

    func asJob() -> JobSource {
        JobSource(
            source: self, makeDecoder: { ReplayingDecoder(self) }, delay: .microseconds(20), idle: nil,
            onError: .deadLetter)
    }

    fileprivate func take(_ own: [Int], sequences: inout [Int: Int64]) throws(Fault) -> SourceEvent {
        let (event, hasCrashed) = state.withLock { state -> (SourceEvent, Bool) in
            if state.random.below(4) == 0 { return (.pending, false) }
            let open = own.filter { state.next[$0] < lanes[$0].count }
            guard !open.isEmpty else { return (.end, false) }
            if let crashAfter, state.handed >= crashAfter { return (.end, true) }
            let lane = open[state.random.below(open.count)]
            let posts = lanes[lane][state.next[lane]]
            state.next[lane] += 1
            state.handed += 1
            let sequence = sequences[lane, default: 0]
            sequences[lane] = sequence + 1
            state.posts[Lane(node: 0, index: lane), default: [:]][sequence] = posts
            let records = posts.indices.map { RawRecord(bytes: nil, offset: Int64($0)) }
            return (
                .records(
                    RawRecords(
                        lane: lane, sequence: sequence, origin: "", partition: 0, records: records, isPadded: false,
                        release: {})), false
            )
        }
        if hasCrashed { throw Fault("test.crash", "the run is killed") }
        return event
    }

    fileprivate func positions(_ own: [Int]) -> [(lane: Int, position: String)] {
        state.withLock { state in own.map { ($0, "\(state.next[$0])") } }
    }

    fileprivate func posts(of records: RawRecords) -> [Post] {
        state.withLock { $0.posts[Lane(node: 0, index: records.lane)]?.removeValue(forKey: records.sequence) ?? [] }
    }
}

private final class ReplayingReader: SourceReader {
    let lanes: [Int]
    private let source: ReplayableSource
    private var sequences: [Int: Int64] = [:]

    init(_ source: ReplayableSource, lanes: [Int]) {
        self.source = source
        self.lanes = lanes
    }

    func next() throws(Fault) -> SourceEvent { try source.take(lanes, sequences: &sequences) }
    func positions() -> [(lane: Int, position: String)] { source.positions(lanes) }
    func close() {}
}

private final class ReplayingDecoder: Decoder {
    let schema = Post.schema
    private let source: ReplayableSource

    init(_ source: ReplayableSource) {
        self.source = source
    }

    func decode(_ records: RawRecords) -> DecodedRecords {
        DecodedRecords(batch: Post.batch(source.posts(of: records)), rejected: [])
    }
}

/// A destination that shows rows once their epoch is committed, and that outlives the runs.
final class EpochRows: Sendable {
    private struct State {
        var committed: [Post] = []
        var epoch: Int64 = 0
    }

    private let state = Mutex(State())
    var committed: [Post] { state.withLock { $0.committed } }

    func sink() -> JobSink { JobSink { OutboxSink(self) } }

    fileprivate func commit(_ posts: [Post], epoch: Int64) {
        state.withLock { state in
            guard epoch > state.epoch else { return }
            state.epoch = epoch
            state.committed += posts
        }
    }

    private final class OutboxSink: Sink {
        private let rows: EpochRows
        private var open: [RecordBatch] = []
        private var prepared: [RecordBatch] = []
        private(set) var counts = SinkCounts()

        init(_ rows: EpochRows) {
            self.rows = rows
        }

        func write(_ batch: RecordBatch) {
            counts.received += Int64(batch.selectedCount)
            open.append(batch)
        }

        /// Asks for a checkpoint as often as it can.
        var wantsCommit: Bool { !open.isEmpty }

        func prepare(epoch: Int64) -> SinkSnapshot {
            prepared = open
            open = []
            return SinkSnapshot(rows: prepared)
        }

        func commit(epoch: Int64) {
            rows.commit(prepared.flatMap { Post.read($0) }, epoch: epoch)
            counts.committed = counts.received
            prepared = []
        }

        func restore(_ snapshot: SinkSnapshot?, epoch: Int64) {
            rows.commit((snapshot?.rows ?? []).flatMap { Post.read($0) }, epoch: epoch)
        }

        func close() {}
    }
}
