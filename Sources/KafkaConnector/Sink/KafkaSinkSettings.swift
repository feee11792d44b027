import Columnar
import Dataflow
import Primitives

/// The settings of a Kafka sink, read and checked against the rows that will come.
struct KafkaSinkSettings {
    var endpoint: KafkaEndpoint
    var topic: String
    var key: MessageKey

    static let fields: [FieldSpec] =
        [
            FieldSpec(
                "topic", .string, required: true, doc: "The topic to write; it must exist.",
                example: "social.mentions.rejected"),
            FieldSpec(
                "key", .either([.column, .list(.column)]), default: "the columns that identify a row",
                doc: "The column or columns that make a message's key, and with it its partition: one as plain text, "
                    + "several as a JSON array."),
            FieldSpec(
                "format", .choice(["json"]), default: "json",
                doc: "How a row is written. Dead letters are always written as the bytes that came."),
        ] + KafkaEndpoint.fields

    private static let owned = [
        "enable.idempotence": "it is always on, so that a retry writes nothing twice",
        "acks": "it is always all, so that what is written stays",
        "request.required.acks": "acks is always all, so that what is written stays",
        "message.timeout.ms": "a broker that is away is waited for",
        "delivery.timeout.ms": "a broker that is away is waited for",
        "enable.gapless.guarantee": "it would end the run where a single message is refused",
        "transactional.id": "transactions are not supported",
        "delivery.report.only.error": "every delivery is counted",
    ]

    static func read(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) -> KafkaSinkSettings
    {
        let endpoint = KafkaEndpoint.read(settings, owned: owned, faults)
        let topic = settings["topic"]?.string ?? ""
        KafkaEndpoint.checkTopic(topic, at: settings["topic"]?.path ?? settings.path, faults)
        let given = settings["key"]
        var columns = (given?.list ?? given.map { [$0] } ?? []).map { (name: $0.string ?? "", path: $0.path) }
        if given == nil { columns = key.map { ($0, settings.path) } }
        return KafkaSinkSettings(
            endpoint: endpoint, topic: topic, key: MessageKey(columns, schema: schema, faults))
    }
}
