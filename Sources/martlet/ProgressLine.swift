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
        let drawing = Drawing(run: run, clock: clock, line: self)
        var thread = pthread_t()
        pthread_create(&thread, nil, { context in
            guard let context else { return nil }
            Unmanaged<Drawing>.fromOpaque(context).takeRetainedValue().draw()
            return nil
        }, Unmanaged.passRetained(drawing).toOpaque())
        pthread_detach(thread)
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
                let watermark = ledger.watermarks.map(\.counts).min() ?? .distantPast
                let time =
                    watermark == .distantPast || watermark == .distantFuture
                    ? "–" : Timestamp.format(watermark.microseconds / 1_000_000 * 1_000_000)
                Terminal.write(
                    "\r\u{1B}[K" + Terminal.dim(
                        "\(LedgerText.grouped(Int64(rate)))/s  read \(LedgerText.grouped(read))  watermark \(time)  "
                            + "committed \(LedgerText.grouped(committed))"), to: .error)
            }
        }
    }
}
