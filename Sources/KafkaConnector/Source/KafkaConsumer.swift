import CRdKafka
import Primitives

/// One consumer handle that reads partitions of its choice into one queue, without a consumer group.
///
/// Batches of records keep it alive: librdkafka's messages must be given back before their handle ends.
final class KafkaConsumer: @unchecked Sendable {
    // Sendable: one reader uses it; others only give messages back, which librdkafka allows from any thread.
    let client: KafkaClient
    let queue: OpaquePointer
    private let topics: [OpaquePointer]
    private let wake: Unmanaged<Wake>

    private final class Wake: Sendable {
        let call: @Sendable () -> Void
        init(_ call: @escaping @Sendable () -> Void) { self.call = call }
    }

    /// What a reader prefers unless the file says otherwise.
    static let defaults: [(String, String)] = [
        // How long a broker may hold back an answer for more records to come.
        ("fetch.wait.max.ms", "50"),
        ("fetch.error.backoff.ms", "100"),
        ("reconnect.backoff.max.ms", "2000"),
        ("socket.nagle.disable", "true"),
        ("socket.keepalive.enable", "true"),
        // A connection that went dead without a word is found out in this time.
        ("socket.timeout.ms", "20000"),
        // Off by default in the library: a record damaged on its way must not be read.
        ("check.crcs", "true"),
    ]

    /// What the source relies on.
    static let fixed: [(String, String)] = [
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("enable.partition.eof", "true"),
        ("allow.auto.create.topics", "false"),
        // An offset that is gone is the reader's to judge; the library would jump without a word.
        ("auto.offset.reset", "error"),
    ]

    init(
        endpoint: KafkaEndpoint, clientName: String, topics names: [String], reports: KafkaReports,
        readAhead: ReadAhead = ReadAhead(memory: nil), wake: @escaping @Sendable () -> Void
    ) throws(Fault) {
        client = try KafkaClient(
            .consumer, brokers: endpoint.brokers,
            defaults: Self.defaults + readAhead.properties + [("client.id", clientName)],
            properties: endpoint.properties, fixed: Self.fixed, reports: reports)
        guard let queue = rd_kafka_queue_new(client.handle) else {
            throw Fault("kafka.failed", "no memory for a kafka queue", domain: .internal)
        }
        var topics: [OpaquePointer] = []
        for name in names {
            guard let topic = rd_kafka_topic_new(client.handle, name, nil) else {
                let error = rd_kafka_last_error()
                for topic in topics { rd_kafka_topic_destroy(topic) }
                rd_kafka_queue_destroy(queue)
                throw KafkaFault.of(error, "\(name): \(KafkaFault.text(error))")
            }
            topics.append(topic)
        }
        self.queue = queue
        self.topics = topics
        self.wake = Unmanaged.passRetained(Wake(wake))
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<Wake>.fromOpaque(opaque).takeUnretainedValue().call()
            }, self.wake.toOpaque())
    }

    deinit {
        rd_kafka_queue_cb_event_enable(queue, nil, nil)
        for topic in topics { rd_kafka_topic_destroy(topic) }
        rd_kafka_queue_destroy(queue)
        wake.release()
    }

    /// The position in the list of names of the topic that a message belongs to.
    func topicIndex(_ topic: OpaquePointer?) -> Int? {
        topics.firstIndex { $0 == topic }
    }

    /// Starts to fetch a partition from its cursor's position.
    func start(_ cursor: PartitionCursor) throws(Fault) {
        guard
            rd_kafka_consume_start_queue(topics[cursor.topic], cursor.partition, cursor.position, queue) == 0
        else {
            let error = rd_kafka_last_error()
            throw KafkaFault.of(error, "\(cursor.topicName) [\(cursor.partition)]: \(KafkaFault.text(error))")
        }
    }

    /// Stops fetching a partition and drops what waits of it.
    func stop(_ cursor: PartitionCursor) {
        _ = rd_kafka_consume_stop(topics[cursor.topic], cursor.partition)
    }

    /// Drops what waits of a partition and fetches it again from its cursor's position; returns at once.
    func refetch(_ cursor: PartitionCursor) {
        _ = rd_kafka_seek(topics[cursor.topic], cursor.partition, cursor.position, 0)
    }

    /// The end of a partition's log as the last answer told it; asks nobody. The greatest number if nothing is known.
    func knownEnd(_ cursor: PartitionCursor) -> Int64 {
        var low: Int64 = 0
        var high: Int64 = 0
        let error = rd_kafka_get_watermark_offsets(client.handle, cursor.topicName, cursor.partition, &low, &high)
        return error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : .max
    }

    /// No more wake-ups from now on.
    func silence() {
        rd_kafka_queue_cb_event_enable(queue, nil, nil)
    }
}
