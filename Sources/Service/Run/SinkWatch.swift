import Columnar
import Dataflow
import Formats
package import Primitives
import Synchronization

/// Keeps the newest rows of each sink for those who look on: the dashboard and `dev`.
package final class SinkWatch: Sendable {
    /// Rows kept of each sink.
    static let rowsMax = 8
    /// A look at a sink's rows is taken at most this often, so that it costs a busy sink nothing.
    private static let intervalNanoseconds: Int64 = 250_000_000

    private struct Look {
        var time: Int64
        var rows: [[UInt8]]
    }

    private let clock: any WallClock
    private let looks = Mutex<[String: Look]>([:])

    package init(clock: any WallClock) {
        self.clock = clock
    }

    /// The newest rows of a sink as JSON objects, the newest last.
    package func rows(of sink: String) -> [[UInt8]] {
        looks.withLock { $0[sink]?.rows ?? [] }
    }

    func note(_ batch: RecordBatch, of sink: String, _ writer: JSONRowWriter) {
        let now = clock.monotonicNanoseconds()
        let count = batch.selectedCount
        guard count > 0 else { return }
        let isDue = looks.withLock { looks in
            // A batch that fills the window always counts less than the rows of a quiet sink.
            guard let look = looks[sink] else { return true }
            return now - look.time >= Self.intervalNanoseconds || look.rows.count < Self.rowsMax
        }
        guard isDue else { return }
        let rows = (max(0, count - Self.rowsMax)..<count).map { index in
            var text: [UInt8] = []
            writer.append(row: batch.selection?[index] ?? index, of: batch, to: &text)
            return text
        }
        looks.withLock { looks in
            let kept = (looks[sink]?.rows ?? []) + rows
            looks[sink] = Look(time: now, rows: Array(kept.suffix(Self.rowsMax)))
        }
    }
}

/// A sink whose rows are looked at on their way.
final class WatchedSink: Sink {
    private let sink: any Sink
    private let name: String
    private let watch: SinkWatch
    private let writer: JSONRowWriter

    init(_ sink: any Sink, name: String, schema: Schema, watch: SinkWatch) {
        self.sink = sink
        self.name = name
        self.watch = watch
        writer = JSONRowWriter(schema: schema)
    }

    var counts: SinkCounts { sink.counts }

    func write(_ batch: RecordBatch) throws(Fault) {
        watch.note(batch, of: name, writer)
        try sink.write(batch)
    }

    func prepare(epoch: Int64) throws(Fault) -> SinkSnapshot { try sink.prepare(epoch: epoch) }
    func commit(epoch: Int64) throws(Fault) { try sink.commit(epoch: epoch) }
    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) throws(Fault) {
        try sink.restore(snapshot, epoch: epoch)
    }

    var wantsCommit: Bool { sink.wantsCommit }
    var isFull: Bool { sink.isFull }
    func tick() throws(Fault) { try sink.tick() }
    func finish() throws(Fault) -> SinkSnapshot? { try sink.finish() }
    func close() { sink.close() }
}
