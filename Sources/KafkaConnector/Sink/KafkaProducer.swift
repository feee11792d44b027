import CRdKafka
import Primitives

/// One idempotent producer for one topic. Used from one thread.
final class KafkaProducer {
    /// A header of a message; name and value are lent for the call.
    struct Header {
        var name: UnsafePointer<CChar>
        var value: UnsafeRawBufferPointer
    }

    let client: KafkaClient
    private let topic: OpaquePointer
    private let ledgerReference: Unmanaged<DeliveryLedger>
    private let arguments: UnsafeMutablePointer<rd_kafka_vu_t>

    private static let headersMax = 12
    private static let argumentsMax = headersMax + 8

    /// What a sink prefers unless the file says otherwise.
    static let defaults: [(String, String)] = [
        ("linger.ms", "20"),
        ("compression.codec", "lz4"),
        // Java's clients place keys by this hash, so that topics of both can be joined by partition.
        ("partitioner", "murmur2_random"),
        // Memory: of the messages that wait for the broker.
        ("queue.buffering.max.kbytes", "32768"),
        ("reconnect.backoff.max.ms", "2000"),
        ("socket.nagle.disable", "true"),
        ("socket.keepalive.enable", "true"),
        ("socket.timeout.ms", "20000"),
    ]

    /// What the sink relies on.
    static let fixed: [(String, String)] = [
        ("enable.idempotence", "true"),
        ("acks", "all"),
        // A broker that is away is waited for, for ever: what waits is not lost, only held.
        ("message.timeout.ms", "0"),
    ]

    /// - Parameters:
    ///   - ledger: learns what becomes of every message.
    ///   - patienceSeconds: how long to look for the brokers and the topic first; `nil`: do not look. Without a look
    ///     the broker may create a topic that is missing.
    init(
        endpoint: KafkaEndpoint, clientName: String, topic name: String, ledger: DeliveryLedger,
        reports: KafkaReports, patienceSeconds: Int64?
    ) throws(Fault) {
        client = try KafkaClient(
            .producer, brokers: endpoint.brokers, defaults: Self.defaults + [("client.id", clientName)],
            properties: endpoint.properties, fixed: Self.fixed, reports: reports
        ) { configuration in
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, _ in
                guard let message, let ledger = message.pointee._private else { return }
                Unmanaged<DeliveryLedger>.fromOpaque(ledger).takeUnretainedValue().note(message)
            }
        }
        if let patienceSeconds {
            let metadata = BrokerMetadata(
                client: client, brokers: endpoint.brokers, reports: reports, patienceSeconds: patienceSeconds)
            let existing = try metadata.allTopics().map(\.name)
            guard existing.contains(name) else {
                throw MissingTopic.fault([name], existing: existing, brokers: endpoint.brokers)
            }
        }
        guard let topic = rd_kafka_topic_new(client.handle, name, nil) else {
            let error = rd_kafka_last_error()
            throw KafkaFault.of(error, "\(name): \(KafkaFault.text(error))")
        }
        self.topic = topic
        ledgerReference = Unmanaged.passRetained(ledger)
        arguments = .allocate(capacity: Self.argumentsMax)
        arguments.initialize(repeating: rd_kafka_vu_t(), count: Self.argumentsMax)
    }

    deinit {
        discard()
        rd_kafka_topic_destroy(topic)
        arguments.deallocate()
        ledgerReference.release()
    }

    /// Gives up every message that has not arrived; the ledger learns of each.
    func discard() {
        _ = rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        flush(milliseconds: 100)
    }

    /// Messages that wait for the broker's answer.
    var waiting: Int { Int(rd_kafka_outq_len(client.handle)) }

    /// Hands over a copy of a message; does not wait.
    ///
    /// - Parameters:
    ///   - partition: `nil`: by the key's hash.
    ///   - timestamp: milliseconds since the epoch; `nil`: now.
    func produce(
        value: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer?, headers: [Header], partition: Int32? = nil,
        timestamp: Int64? = nil
    ) -> rd_kafka_resp_err_t {
        var count = 0
        func next(_ kind: rd_kafka_vtype_t) -> UnsafeMutablePointer<rd_kafka_vu_t> {
            let argument = arguments + count
            argument.pointee.vtype = kind
            count += 1
            return argument
        }
        next(RD_KAFKA_VTYPE_RKT).pointee.u.rkt = topic
        next(RD_KAFKA_VTYPE_MSGFLAGS).pointee.u.i = Int32(RD_KAFKA_MSG_F_COPY)
        next(RD_KAFKA_VTYPE_OPAQUE).pointee.u.ptr = ledgerReference.toOpaque()
        if let partition { next(RD_KAFKA_VTYPE_PARTITION).pointee.u.i32 = partition }
        if let timestamp { next(RD_KAFKA_VTYPE_TIMESTAMP).pointee.u.i64 = timestamp }
        if let key { Self.set(next(RD_KAFKA_VTYPE_KEY), key) }
        if let value { Self.set(next(RD_KAFKA_VTYPE_VALUE), value) }
        for header in headers.prefix(Self.headersMax) {
            let argument = next(RD_KAFKA_VTYPE_HEADER)
            argument.pointee.u.header.name = header.name
            argument.pointee.u.header.val = header.value.baseAddress ?? Self.empty
            argument.pointee.u.header.size = header.value.count
        }
        guard let error = rd_kafka_produceva(client.handle, arguments, count) else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        defer { rd_kafka_error_destroy(error) }
        return rd_kafka_error_code(error)
    }

    /// Sends what waits now and serves delivery reports, for at most some milliseconds.
    func flush(milliseconds: Int32) {
        _ = rd_kafka_flush(client.handle, milliseconds)
    }

    private static func set(_ argument: UnsafeMutablePointer<rd_kafka_vu_t>, _ bytes: UnsafeRawBufferPointer) {
        // An empty value has an address too: without one it would be a null value.
        argument.pointee.u.mem.ptr = UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? empty)
        argument.pointee.u.mem.size = bytes.count
    }

    /// Any address will do.
    private static var empty: UnsafeRawPointer { UnsafeRawPointer(("" as StaticString).utf8Start) }
}
