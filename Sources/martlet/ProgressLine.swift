import Dataflow
import Glibc
import Primitives
import Service
import Synchronization

/// Shows on a terminal, once a second, how far a run has come; silent elsewhere.
final class ProgressLine: Sendable {
    private let isStopped = Atomic<Bool>(false)

    init(_ run: PipelineRun, clock: any WallClock) {
        guard Terminal.isInteractive else { return }
        _ = NamedThread("progress") { Drawing(run: run, clock: clock, line: self).draw() }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
    }

    private final class Drawing {
        private let run: PipelineRun
        private let clock: any WallClock
        private let line: ProgressLine
        private var lastRead: Int64 = 0
        private var lastTime: Int64

        init(run: PipelineRun, clock: any WallClock, line: ProgressLine) {
            self.run = run
            self.clock = clock
            self.line = line
            lastTime = clock.monotonicNanoseconds()
        }

        func draw() {
            while true {
                sleep(1)
                guard !line.isStopped.load(ordering: .relaxed) else { return }
                guard let ledger = run.ledger else { continue }
                let now = clock.monotonicNanoseconds()
                let read = ledger.sources.reduce(0) { $0 + $1.counts.read }
                let rate = Double(read - lastRead) / (Double(now - lastTime) / 1e9)
                lastRead = read
                lastTime = now
                let committed = ledger.sinks.reduce(0) { $0 + $1.counts.committed }
                let time = WatermarkText.render(ledger.watermarks.map(\.counts).min() ?? .distantPast)
                Terminal.write(
                    "\r\u{1B}[K"
                        + Terminal.dim(
                            "\(LedgerText.grouped(Int64(rate)))/s  read \(LedgerText.grouped(read))  watermark \(time)  "
                                + "committed \(LedgerText.grouped(committed))"), to: .error)
            }
        }
    }
}
