import Columnar
import Primitives
import Synchronization

@testable import Dataflow

/// What a sink of a test has been given, and how it behaves.
final class Collected: Sendable {
    private struct State {
        var posts: [Post] = []
        var letters: [DeadLetter] = []
        var counts = SinkCounts()
        var commits = 0
        var isClosed = false
        var batches = 0
    }

    private let state = Mutex(State())

    /// Every row, in the order of arrival.
    var posts: [Post] { state.withLock { $0.posts } }
    var ids: [Int64] { posts.map(\.id) }
    var letters: [DeadLetter] { state.withLock { $0.letters } }
    var counts: SinkCounts { state.withLock { $0.counts } }
    var commits: Int { state.withLock { $0.commits } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    var batches: Int { state.withLock { $0.batches } }

    fileprivate func take(_ batch: RecordBatch) {
        let letters = batch.schema == DeadLetter.schema ? Self.readLetters(batch) : []
        let posts = Post.read(batch)
        state.withLock { state in
            state.posts += posts
            state.letters += letters
            state.counts.received += Int64(batch.selectedCount)
            state.batches += 1
        }
    }

    fileprivate func commit() {
        state.withLock { state in
            state.counts.committed = state.counts.received
            state.commits += 1
        }
    }

    fileprivate func close() { state.withLock { $0.isClosed = true } }

    private static func readLetters(_ batch: RecordBatch) -> [DeadLetter] {
        guard let nodes = batch.columns[0].asBytes, let codes = batch.columns[1].asBytes,
            let reasons = batch.columns[2].asBytes, let offsets = batch.columns[5].asInt64
        else { return [] }
        var letters: [DeadLetter] = []
        batch.forEachRow { row in
            letters.append(
                DeadLetter(
                    code: codes.string(row), reason: reasons.string(row), origin: nodes.string(row), partition: 0,
                    offset: offsets.values[row], bytes: nil))
        }
        return letters
    }

    /// A sink that collects here.
    /// - Parameters:
    ///   - onWrite: called with each batch before it is taken; a fault it throws is the sink's.
    func sink(onWrite: @escaping @Sendable (RecordBatch) throws(Fault) -> Void = { _ in }) -> JobSink {
        JobSink(open: { CollectingSink(self, onWrite) })
    }
}

private final class CollectingSink: Sink {
    private let collected: Collected
    private let onWrite: @Sendable (RecordBatch) throws(Fault) -> Void
    /// The rows of the open epoch.
    private var open: [RecordBatch] = []

    init(_ collected: Collected, _ onWrite: @escaping @Sendable (RecordBatch) throws(Fault) -> Void) {
        self.collected = collected
        self.onWrite = onWrite
    }

    func write(_ batch: RecordBatch) throws(Fault) {
        try onWrite(batch)
        open.append(batch)
        collected.take(batch)
    }

    func prepare(epoch: Int64) -> SinkSnapshot {
        defer { open = [] }
        return SinkSnapshot(rows: open)
    }

    func commit(epoch: Int64) { collected.commit() }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        for batch in snapshot?.rows ?? [] { collected.take(batch) }
    }

    var wantsCommit: Bool { false }
    func close() { collected.close() }
    var counts: SinkCounts { collected.counts }
}
