import CRdKafka

/// Where a partition's log begins and ends, as its leader answers.
///
/// The two are asked for apart. The library's one question for both, `rd_kafka_query_watermark_offsets`, takes the end
/// for the beginning too where the answer about the beginning was an error: every record would look expired.
struct LogBounds {
    /// The offset of the first record that is kept.
    var low: Int64
    /// The offset after the last record.
    var high: Int64

    // Kafka's protocol: these timestamps ask for the first and for the next offset.
    private static let earliest: Int64 = -2
    private static let latest: Int64 = -1

    enum Answer {
        /// In the order of the question.
        case bounds([LogBounds])
        case error(rd_kafka_resp_err_t)
    }

    /// Asks for all partitions at once, each at most once.
    static func ask(
        _ client: KafkaClient, _ partitions: [(topic: String, partition: Int32)], timeoutMilliseconds: Int32
    ) -> Answer {
        guard let list = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count)) else {
            return .error(RD_KAFKA_RESP_ERR__FAIL)
        }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (topic, partition) in partitions { _ = rd_kafka_topic_partition_list_add(list, topic, partition) }
        var found: [[Int64]] = []
        for timestamp in [earliest, latest] {
            for index in partitions.indices { list.pointee.elems[index].offset = timestamp }
            let error = rd_kafka_offsets_for_times(client.handle, list, timeoutMilliseconds)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return .error(error) }
            let answers = partitions.indices.map { list.pointee.elems[$0] }
            for answer in answers where answer.err != RD_KAFKA_RESP_ERR_NO_ERROR { return .error(answer.err) }
            // No offset and no error: the leader did not know. Asked again, it may.
            guard answers.allSatisfy({ $0.offset >= 0 }) else { return .error(RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE) }
            found.append(answers.map(\.offset))
        }
        return .bounds(zip(found[0], found[1]).map { LogBounds(low: $0, high: $1) })
    }
}
