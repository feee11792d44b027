import CRdKafka
package import Primitives

/// Creates and lists topics. Blocks; for commands and tests.
package struct KafkaAdmin {
    private let client: KafkaClient
    private let brokers: String
    private let reports: KafkaReports
    private let patienceSeconds: Int64

    /// - Parameter properties: librdkafka's own settings, for TLS and SASL.
    package init(
        brokers: String, properties: [(name: String, value: String)] = [], patienceSeconds: Int64 = 30,
        clock: any WallClock = SystemClock()
    ) throws(Fault) {
        self.brokers = brokers
        self.patienceSeconds = patienceSeconds
        let properties = KafkaProperties(properties: properties.map { .init(name: $0.name, value: $0.value) })
        reports = KafkaReports(clock: clock, secrets: properties.secrets, send: { _ in })
        // A consumer, because a producer's questions about topics may create them.
        client = try KafkaClient(
            .consumer, brokers: brokers, defaults: [], properties: properties,
            fixed: [("allow.auto.create.topics", "false")], reports: reports)
    }

    /// Every topic with the number of its partitions, by name.
    package func topics() throws(Fault) -> [(name: String, partitions: Int)] {
        let metadata = BrokerMetadata(
            client: client, brokers: brokers, reports: reports, patienceSeconds: patienceSeconds)
        return try metadata.allTopics().map { ($0.name, $0.partitions.count) }.sorted { $0.name < $1.name }
    }

    /// Creates a topic.
    /// - Returns: whether it is new; `false`: it existed.
    @discardableResult
    package func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(Fault) -> Bool {
        var topic: OpaquePointer?
        let message = withErrorBuffer { buffer, size in
            topic = rd_kafka_NewTopic_new(
                name, Int32(clamping: partitions), Int32(clamping: replication), buffer, size)
            return topic != nil
        }
        guard topic != nil else {
            throw Fault("kafka.topic_invalid", "the kafka topic \"\(name)\" cannot be made", detail: message)
        }
        defer { rd_kafka_NewTopic_destroy(topic) }
        // Waits for the brokers to be there at all, and says so if they are not.
        _ = try topics()

        guard let queue = rd_kafka_queue_new(client.handle) else { return false }
        defer { rd_kafka_queue_destroy(queue) }
        rd_kafka_CreateTopics(client.handle, &topic, 1, nil, queue)
        guard let event = rd_kafka_queue_poll(queue, Int32(clamping: patienceSeconds * 1_000)) else {
            throw KafkaFault.unreachable(brokers: brokers, seconds: patienceSeconds, last: nil)
        }
        defer { rd_kafka_event_destroy(event) }
        let error = rd_kafka_event_error(event)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaFault.of(error, rd_kafka_event_error_string(event).map { String(cString: $0) } ?? "")
        }
        return try Self.outcome(event, name)
    }

    private static func outcome(_ event: OpaquePointer, _ name: String) throws(Fault) -> Bool {
        var count = 0
        guard let result = rd_kafka_event_CreateTopics_result(event),
            let topics = rd_kafka_CreateTopics_result_topics(result, &count), count > 0
        else { return false }
        switch rd_kafka_topic_result_error(topics[0]) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return true
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return false
        case let error:
            let text = rd_kafka_topic_result_error_string(topics[0]).map { String(cString: $0) }
            throw KafkaFault.of(error, "\(name): \(text ?? KafkaFault.text(error))")
        }
    }
}
