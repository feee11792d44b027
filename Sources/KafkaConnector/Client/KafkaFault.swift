import CRdKafka
import Primitives

/// Turns librdkafka's errors into faults that say what to do.
enum KafkaFault {
    /// `RD_KAFKA_RESP_ERR__LOG_TRUNCATION`, newer than the headers.
    static let logTruncation = rd_kafka_resp_err_t(rawValue: -139)

    static func text(_ error: rd_kafka_resp_err_t) -> String {
        rd_kafka_err2str(error).map { String(cString: $0) } ?? "error \(error.rawValue)"
    }

    /// Throws what an error says, unless it says that there is none.
    static func check(_ error: rd_kafka_resp_err_t) throws(Fault) {
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw of(error, text(error)) }
    }

    static func of(_ error: rd_kafka_resp_err_t, _ text: String) -> Fault {
        switch error {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            Fault(
                "kafka.authentication_failed", "the kafka broker refuses the credentials", detail: text,
                hint: "check security.protocol, sasl.mechanism, sasl.username and sasl.password in properties",
                domain: .external)
        case RD_KAFKA_RESP_ERR__SSL:
            Fault(
                "kafka.tls_failed", "no TLS connection to the kafka broker", detail: text,
                hint: "check security.protocol and ssl.ca.location in properties", domain: .external)
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            Fault(
                "kafka.not_authorized", "the kafka broker does not permit this", detail: text,
                hint: "grant the user READ and DESCRIBE on a source's topic, WRITE and DESCRIBE on a sink's",
                domain: .external)
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            Fault(
                "kafka.topic_missing", "the kafka topic or partition does not exist", detail: text,
                hint: "create it, or check whether somebody has deleted it", domain: .external, retry: .backoff)
        default:
            Fault("kafka.failed", "the kafka client met an error", detail: text, domain: .external, retry: .backoff)
        }
    }

    /// Whether asking again cannot help.
    static func isLasting(_ error: rd_kafka_resp_err_t) -> Bool {
        switch error {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__FATAL,
            RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
            RD_KAFKA_RESP_ERR__INVALID_ARG:
            true
        default: false
        }
    }

    /// A partition that ends before the place where reading is to go on.
    static func beyondEnd(_ partition: String, end: Int64, position: Int64) -> Fault {
        Fault(
            "kafka.offset_beyond_end", "the kafka topic holds less than has been read from it",
            detail: "\(partition) ends at \(end), \(position) comes next",
            hint: "the topic was made anew or has lost records; start anew with another state folder",
            domain: .external)
    }

    static func expired(_ partition: String, count: Int64, position: Int64) -> Fault {
        Fault(
            "kafka.records_expired", "the broker deleted records before they were read",
            detail: "\(partition): up to \(count) records from \(position) on",
            hint: "lengthen the topic's retention.ms, or read faster", domain: .external)
    }

    static func unreachable(brokers: String, seconds: Int64, last: String?) -> Fault {
        Fault(
            "kafka.unreachable", "no kafka broker answers at \(brokers)",
            detail: last.map { "after \(seconds) s; last: \($0)" } ?? "after \(seconds) s",
            hint: "check brokers, the network, and security.protocol if the broker wants TLS or SASL",
            domain: .external, retry: .backoff)
    }
}
