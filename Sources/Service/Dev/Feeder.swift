import Dataflow
import Glibc
import KafkaConnector
import Primitives
import Synchronization

/// Fills a topic from a source, record by record as they are.
final class Feeder: Sendable {
    private let source: any Source
    private let brokers: String
    private let topic: String
    private let clock: any WallClock
    private let report: @Sendable (Fault) -> Void
    private let stopping = Atomic<Bool>(false)

    init(
        _ source: any Source, brokers: String, topic: String, clock: any WallClock,
        report: @escaping @Sendable (Fault) -> Void
    ) {
        self.source = source
        self.brokers = brokers
        self.topic = topic
        self.clock = clock
        self.report = report
    }

    /// Feeds until the source ends or `stop()`. Blocks.
    func run() {
        do throws(Fault) {
            try feed()
        } catch {
            report(error)
        }
    }

    func stop() {
        stopping.store(true, ordering: .relaxed)
    }

    private var isStopping: Bool { stopping.load(ordering: .relaxed) }

    private func feed() throws(Fault) {
        let writer = try TopicWriter(brokers: brokers, topic: topic, clock: clock, report: report)
        let reader = try source.makeReader(subtask: 0, of: 1, wake: {})
        defer { reader.close() }
        while !isStopping {
            switch try reader.next() {
            case .records(let records):
                for record in records.records {
                    while try !writer.write(record.bytes), !isStopping { try writer.flush(milliseconds: 50) }
                }
                try writer.flush(milliseconds: 0)
            case .pending, .caughtUp: try writer.flush(milliseconds: 10)
            case .end:
                while try !writer.flush(milliseconds: 100), !isStopping {}
                return
            }
        }
        try writer.flush(milliseconds: 1_000)
    }
}
