import Columnar
package import Dataflow
import Formats
import Glibc
import Primitives

/// The sink `console`: rows as JSON lines on standard output.
package struct ConsoleSinkFactory: SinkFactory {
    package init() {}

    package let spec = ComponentSpec(
        name: "console",
        summary: "Writes rows as JSON lines to standard output.",
        doc: "Rows are shown with each commit. They are for people: a run that is killed between a checkpoint and its "
            + "commit does not show that checkpoint's rows again.",
        kind: .object([
            FieldSpec(
                "times", .choice(TimeStyle.allCases.map(\.rawValue)), default: "rfc3339", doc: "How times are written.")
        ]),
        example: "show: { from: by_brand, console: {} }")

    package func open(_ settings: Settings, _ context: SinkContext) -> any Sink {
        ConsoleSink(
            JSONRowWriter(
                schema: context.schema, times: TimeStyle(rawValue: settings["times"]?.string ?? "") ?? .rfc3339),
            clock: context.clock)
    }
}

private final class ConsoleSink: Sink {
    private let rows: JSONRowWriter
    private var pending: [UInt8] = []
    private var pendingRows: Int64 = 0
    private let clock: any WallClock
    private var demand = CommitDemand()
    private(set) var counts = SinkCounts()

    init(_ rows: JSONRowWriter, clock: any WallClock) {
        self.rows = rows
        self.clock = clock
    }

    func restore(_ snapshot: SinkSnapshot?, epoch: Int64) {}

    func write(_ batch: RecordBatch) {
        let before = pending.count
        rows.append(linesOf: batch, to: &pending)
        counts.received += Int64(batch.selectedCount)
        pendingRows += Int64(batch.selectedCount)
        demand.add(bytes: pending.count - before, now: clock.monotonicNanoseconds())
    }

    func prepare(epoch: Int64) -> SinkSnapshot { SinkSnapshot() }

    func commit(epoch: Int64) throws(Fault) {
        try writeAll(STDOUT_FILENO, &pending)
        counts.committed += pendingRows
        pendingRows = 0
        demand.reset()
    }

    var wantsCommit: Bool { demand.isDue(now: clock.monotonicNanoseconds()) }

    func close() {}
}

/// Writes and empties a buffer.
func writeAll(_ descriptor: Int32, _ buffer: inout [UInt8]) throws(Fault) {
    guard SystemFile.write(buffer, to: descriptor) else { throw .system("file.write", "rows cannot be written") }
    buffer.removeAll(keepingCapacity: true)
}
