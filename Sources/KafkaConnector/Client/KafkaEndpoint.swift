import Dataflow
import Primitives

/// What every part of the connector reads from a pipeline file: the brokers, the properties, the patience.
struct KafkaEndpoint: Sendable {
    var brokers: String
    var properties: KafkaProperties
    /// How long to wait for a broker when opening, in seconds.
    var patienceSeconds: Int64

    static let fields: [FieldSpec] = [
        FieldSpec(
            "brokers", .string, required: true,
            doc: "Where to find the cluster: one or more `host:port`, separated by commas.",
            example: "localhost:9092"),
        FieldSpec(
            "properties", .map(.string),
            doc: "librdkafka's own settings by their own names, for TLS, SASL and tuning.",
            example: "{ security.protocol: SASL_SSL }", secret: true),
        FieldSpec(
            "connect_timeout", .duration, default: "30s",
            doc: "How long to wait for a broker at the start before giving up."),
    ]

    /// Properties that neither a source nor a sink leaves to the file.
    static let owned = [
        "bootstrap.servers": "say it in brokers",
        "metadata.broker.list": "say it in brokers",
        "plugin.library.paths": "a pipeline file cannot load native code",
    ]

    static func read(_ settings: Settings, owned: [String: String], _ faults: FaultCollector) -> KafkaEndpoint {
        let brokers = settings["brokers"]?.string ?? ""
        if brokers.allSatisfy({ $0 == " " || $0 == "," }) {
            faults.report(
                Fault(
                    "kafka.brokers_empty", "no kafka broker is named", hint: "write host:port, for example kafka:9092"),
                at: settings["brokers"]?.path ?? settings.path)
        }
        let properties = KafkaProperties.read(
            settings["properties"], owned: Self.owned.merging(owned) { $1 }, faults)
        let patience = settings["connect_timeout"]?.duration?.components.seconds ?? 30
        return KafkaEndpoint(brokers: brokers, properties: properties, patienceSeconds: max(1, patience))
    }

    /// Checks a topic's name by Kafka's rule: letters, digits, `.`, `_` and `-`, at most 249 of them.
    static func checkTopic(_ name: String, at path: [String], _ faults: FaultCollector) {
        let isLegal = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard !isLegal || name.isEmpty || name.utf8.count > 249 || name == "." || name == ".." else { return }
        faults.report(
            Fault(
                "kafka.topic_invalid", "\"\(name)\" cannot be the name of a kafka topic",
                hint: "use letters, digits, '.', '_' and '-'; patterns are not supported, list the topics"),
            at: path)
    }
}
