package import Dataflow
package import Primitives

/// Reads records from the partitions of Kafka topics.
package struct KafkaSourceFactory: SourceFactory {
    package init() {}

    package var spec: ComponentSpec {
        ComponentSpec(
            name: "kafka",
            summary: "Reads the records of Kafka topics.",
            doc: """
                Every partition of every topic is read, in the order of its offsets. Positions are kept in checkpoints, \
                not in a consumer group; a partition that is new since the last checkpoint is read from its \
                beginning. A broker that goes away is waited for; a topic that does not exist is a fault.
                """,
            kind: .object(KafkaSourceSettings.fields),
            example: """
                kafka:
                  brokers: localhost:9092
                  topics: [social.mentions]
                  start: earliest
                """)
    }

    package func validate(_ settings: Settings, _ faults: FaultCollector) {
        _ = KafkaSourceSettings.read(settings, faults)
    }

    package func open(_ settings: Settings, _ context: SourceContext) throws(Fault) -> any Source {
        let faults = FaultCollector()
        let settings = KafkaSourceSettings.read(settings, faults)
        if let first = faults.faults.first { throw first.fault }
        let reports = KafkaReports(
            clock: context.clock, secrets: settings.endpoint.properties.secrets, send: context.report)
        if let warning = KafkaClient.libraryWarning { reports.report(warning) }
        let partitions = try PartitionDiscovery.run(
            settings, untilEnd: context.untilEnd, positions: context.positions, reports: reports)
        return KafkaSource(
            settings: settings, partitions: partitions, untilEnd: context.untilEnd,
            clientName: "martlet-\(context.pipeline)", readAhead: ReadAhead(memory: context.memory), reports: reports)
    }
}
