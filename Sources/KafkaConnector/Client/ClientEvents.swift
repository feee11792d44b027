import CRdKafka
import Primitives
import Synchronization

/// What librdkafka tells from threads of its own: lost connections, errors, log lines.
final class ClientEvents: Sendable {
    /// A failure that a connection or the client as a whole met.
    struct Failure: Sendable {
        var error: rd_kafka_resp_err_t
        var text: String
    }

    private struct State {
        var connected: Set<String> = []
        var losses = 0
        var last: Failure?
        var refusal: Failure?
        var fatal: Failure?
    }

    private let state = Mutex(State())
    private let reports: KafkaReports
    /// Log lines of every level are passed on: somebody has asked for them with the property `debug`.
    private let isVerbose: Bool

    init(reports: KafkaReports, isVerbose: Bool = false) {
        self.reports = reports
        self.isVerbose = isVerbose
    }

    /// How often an established connection has ended.
    var losses: Int { state.withLock { $0.losses } }
    /// The newest failure of a connection.
    var last: Failure? { state.withLock { $0.last } }
    /// The broker does not accept who we say we are.
    var refusal: Failure? { state.withLock { $0.refusal } }
    /// The client cannot go on.
    var fatal: Failure? { state.withLock { $0.fatal } }

    /// A connection of the client has changed its state.
    func brokerChanged(_ broker: String, state name: String) {
        state.withLock { state in
            if name == "UP" {
                state.connected.insert(broker)
            } else if name == "DOWN", state.connected.remove(broker) != nil {
                state.losses += 1
            }
        }
    }

    func failed(_ error: rd_kafka_resp_err_t, _ text: String) {
        let failure = Failure(error: error, text: text)
        state.withLock { state in
            switch error {
            case RD_KAFKA_RESP_ERR__FATAL: state.fatal = state.fatal ?? failure
            case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL,
                RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
                state.refusal = failure
                state.last = failure
            // This one only says that there is no other connection left; the failure before it says why.
            case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: state.last = state.last ?? failure
            default: state.last = failure
            }
        }
        switch error {
        // The readers and the sink say themselves when a broker is lost, with what that means.
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TIMED_OUT,
            RD_KAFKA_RESP_ERR__FATAL:
            break
        default:
            reports.report(KafkaFault.of(error, text), key: "error \(error.rawValue)")
        }
    }

    func logged(level: Int32, facility: String, _ text: String) {
        if isVerbose {
            reports.report(
                Fault("kafka.client_log", "\(facility): \(text)", domain: .external), key: "\(facility) \(text)")
            return
        }
        // 4 is a warning of syslog's. Failed connections arrive as errors too.
        guard level <= 4, facility != "FAIL", facility != "ERROR", facility != "FATAL" else { return }
        reports.report(
            Fault("kafka.client_log", "the kafka client warns", detail: "\(facility): \(text)", domain: .external),
            key: "log \(facility)")
    }
}
