import Dataflow
import Primitives

/// The settings of a Kafka source, read and checked.
struct KafkaSourceSettings: Sendable {
    /// Where to begin without a position to go on from.
    enum Start: Sendable, Equatable {
        case earliest
        case latest
        /// The first record written at this time or later, in milliseconds since the epoch.
        case time(Int64)
    }

    var endpoint: KafkaEndpoint
    var topics: [String]
    var start: Start

    static let fields: [FieldSpec] =
        [
            FieldSpec(
                "topics", .either([.string, .list(.string)]), required: true,
                doc: "The topics to read; all their partitions, shared out among the threads.",
                example: "[social.mentions]"),
            FieldSpec(
                "start", .string, default: "earliest",
                doc: "Where to begin the first time: `earliest`, `latest`, or a time in RFC 3339 "
                    + "(the first record written then or later).",
                example: "2026-01-01T00:00:00Z"),
        ] + KafkaEndpoint.fields

    private static let owned = [
        "enable.auto.commit": "positions are kept in checkpoints",
        "auto.commit.enable": "positions are kept in checkpoints",
        "auto.commit.interval.ms": "positions are kept in checkpoints",
        "enable.auto.offset.store": "positions are kept in checkpoints",
        "offset.store.method": "positions are kept in checkpoints",
        "enable.partition.eof": "it is always on",
        "auto.offset.reset": "say it in start",
        "allow.auto.create.topics": "a source creates no topic",
        "partition.assignment.strategy": "partitions are shared out by martlet itself",
        "group.instance.id": "partitions are shared out by martlet itself",
    ]

    static func read(_ settings: Settings, _ faults: FaultCollector) -> KafkaSourceSettings {
        let endpoint = KafkaEndpoint.read(settings, owned: owned, faults)
        var topics: [String] = []
        let given = settings["topics"]
        for entry in given?.list ?? given.map({ [$0] }) ?? [] {
            let name = entry.string ?? ""
            KafkaEndpoint.checkTopic(name, at: entry.path, faults)
            if topics.contains(name) {
                faults.report(
                    Fault("kafka.topic_repeated", "the topic \"\(name)\" is listed twice", hint: "list it once"),
                    at: entry.path)
            }
            topics.append(name)
        }
        if topics.isEmpty {
            faults.report(
                Fault("kafka.topics_empty", "no kafka topic is named", hint: "write topics: [name]"),
                at: given?.path ?? settings.path)
        }
        return KafkaSourceSettings(endpoint: endpoint, topics: topics, start: start(settings["start"], faults))
    }

    private static func start(_ setting: Settings?, _ faults: FaultCollector) -> Start {
        switch setting?.string {
        case nil, "earliest": return .earliest
        case "latest": return .latest
        case .some(let text):
            if let time = Timestamp.parse(text) {
                // Kafka counts milliseconds; a record of the cut-off part of one would be too early.
                let (quotient, remainder) = time.quotientAndRemainder(dividingBy: 1_000)
                return .time(max(0, remainder > 0 ? quotient + 1 : quotient))
            }
            faults.report(
                Fault(
                    "kafka.start_invalid", "\"\(text)\" is not a place to start",
                    hint: "write earliest, latest or a time such as 2026-01-01T00:00:00Z"),
                at: setting?.path ?? [])
            return .earliest
        }
    }
}
