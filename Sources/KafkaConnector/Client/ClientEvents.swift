import CRdKafka
import Glibc
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
        /// Connections that are up, each by the thread that serves it: several may lead to one address.
        var connected: Set<pthread_t> = []
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

    /// A connection has changed its state. librdkafka tells it on the connection's own thread.
    func connectionChanged(to name: String) {
        let connection = pthread_self()
        state.withLock { state in
            switch name {
            case "UP": state.connected.insert(connection)
            // From any of these it has to be made again.
            case "DOWN", "INIT", "TRY_CONNECT":
                if state.connected.remove(connection) != nil { state.losses += 1 }
            default: break
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
