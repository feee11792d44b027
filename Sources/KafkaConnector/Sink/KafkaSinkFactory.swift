package import Columnar
package import Dataflow
package import Primitives

/// Writes rows to a Kafka topic.
package struct KafkaSinkFactory: SinkFactory {
    package init() {}

    package var spec: ComponentSpec {
        ComponentSpec(
            name: "kafka",
            summary: "Writes rows to a Kafka topic.",
            doc: """
                An idempotent producer writes each row once and waits for every replica. Each message carries the \
                headers `martlet-pipeline` and `martlet-sequence`, so that a reader can drop what a restarted run \
                writes again. From `dead_letters`, the value is the record as it came and the headers `martlet-code`, \
                `martlet-reason`, `martlet-origin`, `martlet-partition`, `martlet-offset` and `martlet-node` say what \
                was wrong with it. A message that the broker refuses for good is parked.
                """,
            kind: .object(KafkaSinkSettings.fields),
            example: """
                kafka:
                  brokers: localhost:9092
                  topic: social.mentions.rejected
                """)
    }

    package func validate(_ settings: Settings, schema: Schema, key: [String], _ faults: FaultCollector) {
        _ = KafkaSinkSettings.read(settings, schema: schema, key: key, faults)
    }

    package func open(_ settings: Settings, _ context: SinkContext) throws(Fault) -> any Sink {
        let faults = FaultCollector()
        let settings = KafkaSinkSettings.read(settings, schema: context.schema, key: context.key, faults)
        if let first = faults.faults.first { throw first.fault }
        return try KafkaSink(settings: settings, context: context)
    }
}
