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
                Rows wait for a commit, which the sink asks for within 50 ms; then an idempotent producer writes each \
                once and waits for every replica. Headers say of each message which row it is: `martlet-pipeline`, \
                `martlet-sink`, `martlet-run` (when the state began, in microseconds since 1970), `martlet-epoch` (of \
                the commit: 1, 2, 3 …) and `martlet-sequence` (0, 1, 2 … in the epoch). A run that starts again after \
                a crash writes the rows of its checkpoint's epoch again, with the same headers, so that a reader can \
                drop what it has seen. From `dead_letters`, the value is the record as it came and the headers \
                `martlet-code`, `martlet-reason`, `martlet-origin`, `martlet-partition`, `martlet-offset` and \
                `martlet-node` say what was wrong with it. A message that the broker refuses for good is parked.
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
