import CRdKafka
import Primitives

/// One librdkafka handle with its threads and connections.
final class KafkaClient: @unchecked Sendable {
    // Sendable: librdkafka's handle may be used from any thread.
    enum Role {
        case consumer, producer
    }

    let handle: OpaquePointer
    let events: ClientEvents
    private let eventsReference: Unmanaged<ClientEvents>

    /// - Parameters:
    ///   - defaults: what the connector prefers; `properties` may say otherwise.
    ///   - fixed: what the connector relies on.
    ///   - prepare: sets what is not a string, such as callbacks.
    init(
        _ role: Role, brokers: String, defaults: [(String, String)], properties: KafkaProperties,
        fixed: [(String, String)], reports: KafkaReports, prepare: (OpaquePointer) -> Void = { _ in }
    ) throws(Fault) {
        guard let configuration = rd_kafka_conf_new() else {
            throw Fault("kafka.configuration", "no memory for a kafka client", domain: .internal)
        }
        let given = properties.properties.map { ($0.name, $0.value) }
        for (name, value) in defaults + given + fixed + [("bootstrap.servers", brokers)] {
            if let message = KafkaProperties.set(name, value, on: configuration) {
                rd_kafka_conf_destroy(configuration)
                throw reports.redacted(
                    Fault("kafka.configuration", "the kafka client refuses its settings", detail: message))
            }
        }
        events = ClientEvents(reports: reports, isVerbose: given.contains { $0.0 == "debug" })
        eventsReference = Unmanaged.passRetained(events)
        Self.setCallbacks(configuration, eventsReference.toOpaque())
        prepare(configuration)

        var created: OpaquePointer?
        let kind = role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        let message = withErrorBuffer { buffer, size in
            created = rd_kafka_new(kind, configuration, buffer, size)
            return created != nil
        }
        guard let created else {
            // The configuration belongs to the handle only once there is one.
            rd_kafka_conf_destroy(configuration)
            eventsReference.release()
            throw reports.redacted(
                Fault(
                    "kafka.configuration", "the kafka client refuses its settings", detail: message,
                    hint: "check the properties and the files that they name"))
        }
        handle = created
    }

    deinit {
        rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        // Only now does nothing call back any more.
        eventsReference.release()
    }

    /// Serves the callbacks that wait for a thread of ours.
    /// - Returns: how many there were.
    @discardableResult
    func poll(milliseconds: Int32 = 0) -> Int32 {
        rd_kafka_poll(handle, milliseconds)
    }

    /// The version of the library that is loaded, not of the headers.
    static var libraryVersion: String { rd_kafka_version_str().map { String(cString: $0) } ?? "unknown" }

    /// What to say if the loaded library has known faults in what we use: before 2.11 batches may skip records, and
    /// brokers from Kafka 4 on are misread.
    static var libraryWarning: Fault? {
        guard rd_kafka_version() < 0x020b_0000 else { return nil }
        return Fault(
            "kafka.library_old", "the kafka client library \(libraryVersion) is too old to be relied on",
            hint: "run tools/setup, or install librdkafka 2.11 or newer", domain: .external)
    }

    private static func setCallbacks(_ configuration: OpaquePointer, _ events: UnsafeMutableRawPointer) {
        rd_kafka_conf_set_opaque(configuration, events)
        rd_kafka_conf_set_log_cb(configuration) { handle, level, facility, text in
            guard let handle, let text, let opaque = rd_kafka_opaque(handle) else { return }
            Unmanaged<ClientEvents>.fromOpaque(opaque).takeUnretainedValue().logged(
                level: level, facility: facility.map { String(cString: $0) } ?? "", String(cString: text))
        }
        rd_kafka_conf_set_error_cb(configuration) { handle, error, reason, opaque in
            guard let opaque else { return }
            let error = rd_kafka_resp_err_t(rawValue: error)
            var text = reason.map { String(cString: $0) } ?? ""
            if error == RD_KAFKA_RESP_ERR__FATAL, let handle {
                _ = withErrorBuffer { buffer, size in
                    _ = rd_kafka_fatal_error(handle, buffer, size)
                    text = String(cString: buffer)
                    return true
                }
            }
            Unmanaged<ClientEvents>.fromOpaque(opaque).takeUnretainedValue().failed(error, text)
        }
        // The state of the connections is told to interceptors alone, and those are hung in when the handle is made.
        _ = rd_kafka_conf_interceptor_add_on_new(
            configuration, "martlet",
            { handle, _, opaque, _, _ in
                rd_kafka_interceptor_add_on_broker_state_change(
                    handle, "martlet",
                    { _, _, _, _, _, state, opaque in
                        guard let state, let opaque else { return RD_KAFKA_RESP_ERR_NO_ERROR }
                        Unmanaged<ClientEvents>.fromOpaque(opaque).takeUnretainedValue().connectionChanged(
                            to: String(cString: state))
                        return RD_KAFKA_RESP_ERR_NO_ERROR
                    }, opaque)
            }, events)
    }
}
