import CRdKafka
import Primitives

/// Finds where partitions really end now.
///
/// A broker's answer to "what is your latest offset" is checked by fetching from there. The in-memory broker used in
/// tests and demonstrations answers with the first offset of its last batch plus one; taken at its word, a run until
/// the end would leave out the rest of that batch.
enum EndProbe {
    /// - Parameter ends: the partitions, each with `start` at the end that the broker claims.
    /// - Returns: the end of each partition, in their order.
    static func run(_ ends: [KafkaPartition], with consumer: KafkaConsumer, metadata: BrokerMetadata) throws(Fault)
        -> [Int64]
    {
        let cursors = ends.enumerated().map { PartitionCursor($0.element, lane: $0.offset) }
        defer { for cursor in cursors { consumer.stop(cursor) } }
        for cursor in cursors { try consumer.start(cursor) }
        var found: [Int64?] = Array(repeating: nil, count: cursors.count)
        while found.contains(where: { $0 == nil }) {
            consumer.client.poll()
            guard let message = rd_kafka_consume_queue(consumer.queue, 100) else {
                try metadata.checkDeadline()
                continue
            }
            defer { rd_kafka_message_destroy(message) }
            let topic = consumer.topicIndex(message.pointee.rkt)
            guard
                let index = cursors.firstIndex(where: {
                    $0.topic == topic && $0.partition == message.pointee.partition
                })
            else { continue }
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR__PARTITION_EOF: found[index] = found[index] ?? message.pointee.offset
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                found[index] = found[index] ?? fetchedEnd(cursors[index], message, consumer)
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
                // The log was cut meanwhile; what it claimed is as good as any.
                found[index] = found[index] ?? cursors[index].position
            default:
                try metadata.checkDeadline()
            }
        }
        return zip(found, cursors).map { max($0 ?? $1.position, $1.position) }
    }

    /// The end of the log as the answer said that brought this message.
    private static func fetchedEnd(
        _ cursor: PartitionCursor, _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ consumer: KafkaConsumer
    ) -> Int64 {
        let end = consumer.knownEnd(cursor)
        return end < .max ? max(end, message.pointee.offset + 1) : message.pointee.offset + 1
    }
}
