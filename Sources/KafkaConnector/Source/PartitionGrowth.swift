import CRdKafka
import Primitives

/// Notices partitions that were added to the source's topics after it was opened.
struct PartitionGrowth {
    private static let intervalNanoseconds: Int64 = 60_000_000_000

    private let source: KafkaSource
    private var next: Int64
    private var reported: Set<String> = []

    init(source: KafkaSource) {
        self.source = source
        next = source.reports.now + Self.intervalNanoseconds
    }

    /// Asks once a minute, which takes a broker's round trip.
    mutating func check(with client: KafkaClient) {
        guard source.reports.now >= next else { return }
        next = source.reports.now + Self.intervalNanoseconds
        for name in source.settings.topics {
            guard let now = BrokerMetadata.partitionCount(client, name, timeoutMilliseconds: 200) else { continue }
            note(name, now)
        }
    }

    private mutating func note(_ name: String, _ now: Int) {
        let known = source.partitions.count { $0.topic == name }
        guard now > known, reported.insert(name).inserted else { return }
        source.reports.report(
            Fault(
                "kafka.partitions_added", "the kafka topic \(name) has new partitions that are not read yet",
                detail: "\(now) now, \(known) when this run began", hint: "restart the pipeline to read them",
                domain: .external),
            key: "partitions \(name)")
    }
}
