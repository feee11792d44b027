import CRdKafka
package import Primitives

/// librdkafka's own brokers in this process, for tests: real sockets on the loopback, faults on command. A partition
/// keeps its newest 5 MB.
package final class MockKafkaCluster: @unchecked Sendable {
    // Sendable: the library's functions for it take its lock.
    private let client: KafkaClient
    private let cluster: OpaquePointer

    package init(brokers: Int = 1) throws(Fault) {
        client = try KafkaClient(
            .producer, brokers: "", defaults: [], properties: KafkaProperties(), fixed: [],
            reports: KafkaReports(clock: SystemClock(), secrets: [], send: { _ in }))
        guard let cluster = rd_kafka_mock_cluster_new(client.handle, Int32(clamping: brokers)) else {
            throw Fault("kafka.mock", "the mock cluster does not start", domain: .internal)
        }
        self.cluster = cluster
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
    }

    /// What a client names as its brokers.
    package var brokers: String { rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? "" }

    package func createTopic(_ name: String, partitions: Int) throws(Fault) {
        try KafkaFault.check(rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), 1))
    }

    /// Which broker, from 1 on, leads a partition.
    package func setLeader(_ topic: String, _ partition: Int32, broker: Int32) throws(Fault) {
        try KafkaFault.check(rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker))
    }

    /// Makes a broker, from 1 on, drop its connections and accept none, or serve again.
    package func setBroker(_ broker: Int32, isUp: Bool) throws(Fault) {
        try KafkaFault.check(
            isUp ? rd_kafka_mock_broker_set_up(cluster, broker) : rd_kafka_mock_broker_set_down(cluster, broker))
    }

    /// Makes the next requests of a kind fail, one error each. Kinds and errors are numbered as in Kafka's protocol.
    package func failNext(request: Int16, errors: [Int32]) {
        let errors = errors.map { rd_kafka_resp_err_t(rawValue: $0) }
        rd_kafka_mock_push_request_errors_array(cluster, request, errors.count, errors)
    }
}
