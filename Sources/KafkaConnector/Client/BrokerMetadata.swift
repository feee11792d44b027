import CRdKafka
import Primitives

/// A topic as the brokers describe it.
struct TopicDescription: Sendable {
    var name: String
    /// The numbers of its partitions, ascending.
    var partitions: [Int32]
    var error: rd_kafka_resp_err_t = RD_KAFKA_RESP_ERR_NO_ERROR

    var isMissing: Bool {
        error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
            || error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION
    }
}

/// Questions to the brokers that wait for their answer; each gives up at a deadline.
struct BrokerMetadata {
    let client: KafkaClient
    let brokers: String
    let reports: KafkaReports
    /// How long to wait for a broker, in seconds.
    let patienceSeconds: Int64
    private let deadline: Int64

    init(client: KafkaClient, brokers: String, reports: KafkaReports, patienceSeconds: Int64) {
        self.client = client
        self.brokers = brokers
        self.reports = reports
        self.patienceSeconds = patienceSeconds
        deadline = reports.now + patienceSeconds * 1_000_000_000
    }

    /// Every topic that the brokers show us. Asking creates none.
    func allTopics() throws(Fault) -> [TopicDescription] {
        try retrying { timeout in Self.fetch(client, nil, timeout) }
    }

    /// One topic; its `error` says whether it exists. The client must be a consumer, whose questions create no topic.
    func topic(_ name: String) throws(Fault) -> TopicDescription {
        guard let topic = rd_kafka_topic_new(client.handle, name, nil) else {
            throw KafkaFault.of(rd_kafka_last_error(), KafkaFault.text(rd_kafka_last_error()))
        }
        defer { rd_kafka_topic_destroy(topic) }
        let found = try retrying { (timeout) -> Answer<TopicDescription> in
            switch Self.fetch(client, topic, timeout) {
            case .failure(let error): return .failure(error)
            case .success(let topics):
                guard let found = topics.first else { return .failure(RD_KAFKA_RESP_ERR__TIMED_OUT) }
                // Brokers say this while they start or move a partition.
                if found.error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE { return .failure(found.error) }
                return .success(found)
            }
        }
        guard found.error == RD_KAFKA_RESP_ERR_NO_ERROR || found.isMissing else {
            throw KafkaFault.of(found.error, "\(name): \(KafkaFault.text(found.error))")
        }
        return found
    }

    /// Where the logs of partitions begin and end.
    func bounds(_ partitions: [(topic: String, partition: Int32)]) throws(Fault) -> [LogBounds] {
        try retrying { timeout in
            switch LogBounds.ask(client, partitions, timeoutMilliseconds: timeout) {
            case .bounds(let bounds): .success(bounds)
            case .error(let error): .failure(error)
            }
        }
    }

    /// For each partition the offset of the first record written at a time or later; `nil`: there is none yet.
    func offsets(_ partitions: [(topic: String, partition: Int32)], since milliseconds: Int64) throws(Fault) -> [Int64?]
    {
        guard let list = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count)) else { return [] }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (topic, partition) in partitions { _ = rd_kafka_topic_partition_list_add(list, topic, partition) }
        return try retrying { timeout in
            for index in partitions.indices { list.pointee.elems[index].offset = milliseconds }
            let error = rd_kafka_offsets_for_times(client.handle, list, timeout)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(error) }
            for index in partitions.indices where list.pointee.elems[index].err != RD_KAFKA_RESP_ERR_NO_ERROR {
                return .failure(list.pointee.elems[index].err)
            }
            return .success(
                partitions.indices.map { index in
                    let offset = list.pointee.elems[index].offset
                    return offset >= 0 ? offset : nil
                })
        }
    }

    /// How many partitions a topic has now; `nil` if nobody answers in time. Asks once.
    static func partitionCount(_ client: KafkaClient, _ name: String, timeoutMilliseconds: Int32) -> Int? {
        guard let topic = rd_kafka_topic_new(client.handle, name, nil) else { return nil }
        defer { rd_kafka_topic_destroy(topic) }
        guard case .success(let topics) = fetch(client, topic, timeoutMilliseconds), let found = topics.first,
            found.error == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return nil }
        return found.partitions.count
    }

    /// Throws once the wait has been long enough.
    func checkDeadline() throws(Fault) {
        if let refusal = client.events.refusal { throw reports.redacted(KafkaFault.of(refusal.error, refusal.text)) }
        guard reports.now >= deadline else { return }
        throw reports.redacted(
            KafkaFault.unreachable(brokers: brokers, seconds: patienceSeconds, last: client.events.last?.text))
    }

    private enum Answer<Value> {
        case success(Value)
        case failure(rd_kafka_resp_err_t)
    }

    /// Asks until there is an answer or the deadline has come; the wait is told, and its end.
    private func retrying<Value>(_ ask: (Int32) -> Answer<Value>) throws(Fault) -> Value {
        var hasWaited = false
        while true {
            let left = max(1, (deadline - reports.now) / 1_000_000)
            switch ask(Int32(clamping: min(left, 2_000))) {
            case .success(let value):
                if hasWaited {
                    reports.report(
                        Fault("kafka.broker_found", "a kafka broker answers at \(brokers)", domain: .external))
                }
                return value
            case .failure(let error):
                client.poll()
                if KafkaFault.isLasting(error) { throw KafkaFault.of(error, KafkaFault.text(error)) }
                let last = client.events.last?.text ?? KafkaFault.text(error)
                hasWaited = true
                reports.report(
                    Fault(
                        "kafka.waiting", "waiting for a kafka broker at \(brokers)", detail: last, domain: .external,
                        retry: .backoff))
                try checkDeadline()
                // A refusal that came at once must not be asked again at once.
                client.poll(milliseconds: Int32(clamping: min(left, 200)))
            }
        }
    }

    private static func fetch(_ client: KafkaClient, _ topic: OpaquePointer?, _ timeout: Int32)
        -> Answer<[TopicDescription]>
    {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(client.handle, topic == nil ? 1 : 0, topic, &answer, timeout)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else { return .failure(error) }
        defer { rd_kafka_metadata_destroy(answer) }
        let topics = UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt))
        return .success(
            topics.map { topic in
                let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
                return TopicDescription(
                    name: topic.topic.map { String(cString: $0) } ?? "", partitions: partitions.map(\.id).sorted(),
                    error: topic.err)
            })
    }
}
