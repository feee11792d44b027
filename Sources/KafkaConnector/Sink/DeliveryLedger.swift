import CRdKafka

/// What became of messages that were handed to librdkafka. Filled on the thread that polls, and read there.
final class DeliveryLedger {
    /// A message that will not arrive.
    struct Failure {
        var error: rd_kafka_resp_err_t
        var text: String
        var partition: Int32
        var value: [UInt8]?
    }

    private(set) var delivered: Int64 = 0
    private(set) var failed: Int64 = 0
    private var failures: [Failure] = []

    /// The failures since the last call.
    func takeFailures() -> [Failure] {
        defer { failures = [] }
        return failures
    }

    func note(_ message: UnsafePointer<rd_kafka_message_t>) {
        let error = message.pointee.err
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else {
            delivered += 1
            return
        }
        failed += 1
        let value = message.pointee.payload.map { payload in
            [UInt8](UnsafeRawBufferPointer(start: payload, count: message.pointee.len))
        }
        failures.append(
            Failure(
                error: error, text: KafkaFault.text(error), partition: message.pointee.partition, value: value))
    }
}
