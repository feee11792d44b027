import CRdKafka
package import Primitives

/// Writes records to a topic as they are; for filling one by hand. Used from one thread.
package final class TopicWriter {
    private let ledger = DeliveryLedger()
    private let producer: KafkaProducer

    /// - Parameters:
    ///   - topic: must exist.
    ///   - report: told what a person may want to know.
    package init(
        brokers: String, topic: String, clock: any WallClock, report: @escaping @Sendable (Fault) -> Void
    ) throws(Fault) {
        producer = try KafkaProducer(
            endpoint: KafkaEndpoint(brokers: brokers, properties: KafkaProperties(), patienceSeconds: 30),
            clientName: "martlet", topic: topic, ledger: ledger,
            reports: KafkaReports(clock: clock, secrets: [], send: report), patienceSeconds: 30)
    }

    /// Records that the broker has taken.
    package var delivered: Int64 { ledger.delivered }

    /// Hands one record over.
    /// - Returns: `false`: there is no room now; serve what waits with `flush`, and try again.
    package func write(_ value: UnsafeRawBufferPointer?) throws(Fault) -> Bool {
        let error = producer.produce(value: value, key: nil, headers: [])
        switch error {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return true
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: return false
        default: throw KafkaFault.of(error, KafkaFault.text(error))
        }
    }

    /// Sends what waits, for at most some milliseconds.
    /// - Returns: whether everything has arrived.
    @discardableResult
    package func flush(milliseconds: Int32) throws(Fault) -> Bool {
        producer.flush(milliseconds: milliseconds)
        if let failure = ledger.takeFailures().first { throw KafkaFault.of(failure.error, failure.text) }
        return producer.waiting == 0
    }
}
