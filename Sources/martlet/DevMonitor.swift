import Dataflow
import Glibc
import Primitives
import Service
import Synchronization

/// Tells what happens in a `dev` run, every few seconds: how much comes in, how far event time is, what rows form.
/// Ends the run when its time is over.
final class DevMonitor: Sendable {
    private static let interval: Int64 = 5

    private let session: DevLook
    private let clock: any WallClock
    private let seconds: Int64?
    private let request: StopRequest
    private let isStopped = Atomic<Bool>(false)

    /// What it needs of the session; the rest belongs to the main thread.
    private struct DevLook: Sendable {
        var run: PipelineRun
        var watch: SinkWatch
        var sinks: [String]
    }

    init(_ session: DevSession, clock: any WallClock, length: Duration?, _ request: StopRequest) {
        self.session = DevLook(run: session.run, watch: session.watch, sinks: session.tables.map(\.sink))
        self.clock = clock
        seconds = length.map { max(1, $0.components.seconds) }
        self.request = request
        _ = NamedThread("monitor") { self.watch() }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
    }

    private func watch() {
        let started = clock.monotonicNanoseconds()
        var lastTime = started
        var lastRead: Int64 = 0
        var second: Int64 = 0
        while !isStopped.load(ordering: .relaxed) {
            second += 1
            while clock.monotonicNanoseconds() < started + second * 1_000_000_000 {
                usleep(20_000)
                if isStopped.load(ordering: .relaxed) { return }
            }
            if let seconds, second >= seconds { return request.stop() }
            guard second % Self.interval == 0, let ledger = session.run.ledger else { continue }
            let now = clock.monotonicNanoseconds()
            let read = ledger.sources.reduce(0) { $0 + $1.counts.read }
            tell(second, Double(read - lastRead) / (Double(now - lastTime) / 1e9), ledger)
            lastTime = now
            lastRead = read
        }
    }

    private func tell(_ second: Int64, _ rate: Double, _ ledger: JobLedger) {
        let read = ledger.sources.reduce(0) { $0 + $1.counts.read }
        let watermark = ledger.watermarks.map(\.counts).min() ?? .distantPast
        var lines = [
            "\(second)s  \(LedgerText.grouped(Int64(rate)))/s  read \(LedgerText.grouped(read))  watermark "
                + WatermarkText.render(watermark)
        ]
        for sink in session.sinks {
            let committed = ledger.sinks.first { $0.name == sink }?.counts.committed ?? 0
            lines.append("  \(sink): \(LedgerText.grouped(committed)) rows committed")
            for row in session.watch.rows(of: sink).suffix(2) {
                lines.append(Terminal.dim("    " + String(decoding: row, as: UTF8.self)))
            }
        }
        Terminal.say(lines.joined(separator: "\n"))
    }
}
