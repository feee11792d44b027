import CRdKafka
package import Primitives

/// A message with everything that it carries, copied; for tests and small looks into a topic.
package struct KafkaMessage: Sendable {
    package var partition: Int32
    package var offset: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    /// In the order of the message.
    package var headers: [(name: String, value: [UInt8])]

    /// The value of a header as text.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }
}

/// Reads a topic from its beginning to its present end.
package enum TopicContents {
    package static func read(brokers: String, topic: String, patienceSeconds: Int64 = 10) throws(Fault)
        -> [KafkaMessage]
    {
        let reports = KafkaReports(clock: SystemClock(), secrets: [], send: { _ in })
        let settings = KafkaSourceSettings(
            endpoint: KafkaEndpoint(
                brokers: brokers, properties: KafkaProperties(), patienceSeconds: patienceSeconds),
            topics: [topic], start: .earliest)
        let partitions = try PartitionDiscovery.run(settings, untilEnd: true, positions: [:], reports: reports)
        var cursors = partitions.enumerated().map { PartitionCursor($0.element, lane: $0.offset) }
        let consumer = try KafkaConsumer(
            endpoint: settings.endpoint, clientName: "martlet", topics: [topic], reports: reports, wake: {})
        for cursor in cursors where !cursor.isDone { try consumer.start(cursor) }
        defer { for cursor in cursors { consumer.stop(cursor) } }

        var found: [KafkaMessage] = []
        let deadline = reports.now + patienceSeconds * 1_000_000_000
        while !cursors.allSatisfy(\.isDone) {
            guard reports.now < deadline else {
                throw KafkaFault.unreachable(
                    brokers: brokers, seconds: patienceSeconds, last: consumer.client.events.last?.text)
            }
            consumer.client.poll()
            guard let message = rd_kafka_consume_queue(consumer.queue, 100) else { continue }
            defer { rd_kafka_message_destroy(message) }
            guard let index = cursors.firstIndex(where: { $0.partition == message.pointee.partition }) else { continue }
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                if cursors[index].accept(offset: message.pointee.offset) == .take { found.append(copy(message)) }
            case RD_KAFKA_RESP_ERR__PARTITION_EOF: cursors[index].reachedEnd(offset: message.pointee.offset)
            default: break
            }
        }
        return found
    }

    private static func copy(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> KafkaMessage {
        let fields = message.pointee
        var headers: [(name: String, value: [UInt8])] = []
        var list: OpaquePointer?
        if rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
                let bytes = [UInt8](UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))
                headers.append((name.map { String(cString: $0) } ?? "", bytes))
            }
        }
        return KafkaMessage(
            partition: fields.partition, offset: fields.offset,
            key: fields.key.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: fields.key_len)) },
            value: fields.payload.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: fields.len)) },
            headers: headers)
    }
}
