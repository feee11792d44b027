"""librdkafka's own brokers in this process, which answer with errors on command: real sockets, the real protocol.

Its functions are declared in rdkafka_mock.h of librdkafka. A partition keeps its newest 5 MB.
"""

import ctypes

from parts import ROOT, Broker

API_KEYS = {"Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "ApiVersions": 18, "InitProducerId": 22}
# Kafka's protocol guide, "Error Codes"; a negative number is librdkafka's own: here a connection that ends.
ERRORS = {
    "connection ends": -195, "UNKNOWN_SERVER_ERROR": -1, "OFFSET_OUT_OF_RANGE": 1, "CORRUPT_MESSAGE": 2,
    "UNKNOWN_TOPIC_OR_PARTITION": 3, "LEADER_NOT_AVAILABLE": 5, "NOT_LEADER_OR_FOLLOWER": 6, "REQUEST_TIMED_OUT": 7,
    "BROKER_NOT_AVAILABLE": 8, "REPLICA_NOT_AVAILABLE": 9, "MESSAGE_TOO_LARGE": 10, "NETWORK_EXCEPTION": 13,
    "COORDINATOR_LOAD_IN_PROGRESS": 14, "COORDINATOR_NOT_AVAILABLE": 15, "NOT_COORDINATOR": 16,
    "NOT_ENOUGH_REPLICAS": 19, "NOT_ENOUGH_REPLICAS_AFTER_APPEND": 20, "TOPIC_AUTHORIZATION_FAILED": 29,
    "CLUSTER_AUTHORIZATION_FAILED": 31, "UNSUPPORTED_VERSION": 35, "OUT_OF_ORDER_SEQUENCE_NUMBER": 45,
    "INVALID_PRODUCER_EPOCH": 47, "KAFKA_STORAGE_ERROR": 56, "UNKNOWN_PRODUCER_ID": 59, "FENCED_LEADER_EPOCH": 74,
    "UNKNOWN_LEADER_EPOCH": 75, "OFFSET_NOT_AVAILABLE": 78, "PREFERRED_LEADER_NOT_AVAILABLE": 80,
    "THROTTLING_QUOTA_EXCEEDED": 89}


class MockCluster:
    def __init__(self, brokers=3):
        library = self.library = ctypes.CDLL(str(ROOT / ".deps/lib/librdkafka.so.1"))
        for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new", "rd_kafka_mock_get_requests"):
            getattr(library, name).restype = ctypes.c_void_p
        library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        library.rd_kafka_mock_request_api_key.restype = ctypes.c_int16
        text = ctypes.create_string_buffer(512)
        configuration = ctypes.c_void_p(library.rd_kafka_conf_new())
        library.rd_kafka_conf_set(configuration, b"log_level", b"0", text, ctypes.c_size_t(512))
        self.client = ctypes.c_void_p(library.rd_kafka_new(0, configuration, text, ctypes.c_size_t(512)))
        if not self.client.value:
            raise OSError(text.value.decode())
        self.cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(self.client, brokers))
        self.brokers = range(1, brokers + 1)
        self.address = library.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()

    read, produce = Broker.read, Broker.produce

    def create(self, topic, partitions, leader):
        self._check(self.library.rd_kafka_mock_topic_create(self.cluster, topic.encode(), partitions, 1))
        for partition in range(partitions):
            self.lead(topic, partition, leader)

    def delete(self, topic):
        self._check(self.library.rd_kafka_mock_topic_delete(self.cluster, topic.encode()))

    def first_offsets(self, topic, partitions):
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "bounds", "log_level": 0})
        found = [consumer.get_watermark_offsets(TopicPartition(topic, number), 10)[0] for number in range(partitions)]
        consumer.close()
        return found

    def lead(self, topic, partition, broker):
        self._check(
            self.library.rd_kafka_mock_partition_set_leader(self.cluster, topic.encode(), partition, broker))

    def fail(self, api, error, count, broker=None):
        """The next requests of a kind, to one broker or to any, are answered with an error."""
        key, code = ctypes.c_int16(API_KEYS[api]), ERRORS[error]
        if broker is None:
            errors = (ctypes.c_int * count)(*[code] * count)
            self.library.rd_kafka_mock_push_request_errors_array(self.cluster, key, ctypes.c_size_t(count), errors)
        else:
            pairs = [ctypes.c_int(value) for _ in range(count) for value in (code, 0)]
            self._check(self.library.rd_kafka_mock_broker_push_request_error_rtts(
                self.cluster, ctypes.c_int32(broker), key, ctypes.c_size_t(count), *pairs))
        self.library.rd_kafka_mock_start_request_tracking(self.cluster)

    def waiting_errors(self, broker, api):
        """How many of a broker's errors no request has met yet."""
        count = ctypes.c_size_t()
        self._check(self.library.rd_kafka_mock_broker_error_stack_cnt(
            self.cluster, ctypes.c_int32(broker), ctypes.c_int16(API_KEYS[api]), ctypes.byref(count)))
        return count.value

    def end_of_errors(self, api):
        """Takes back what no request has met; how many requests of the kind there were."""
        key = API_KEYS[api]
        self.library.rd_kafka_mock_clear_request_errors(self.cluster, ctypes.c_int16(key))
        count = ctypes.c_size_t()
        requests = ctypes.c_void_p(self.library.rd_kafka_mock_get_requests(self.cluster, ctypes.byref(count)))
        of_kind = sum(
            self.library.rd_kafka_mock_request_api_key(ctypes.c_void_p(request)) == key
            for request in ctypes.cast(requests, ctypes.POINTER(ctypes.c_void_p))[:count.value])
        self.library.rd_kafka_mock_request_destroy_array(requests, count)
        self.library.rd_kafka_mock_stop_request_tracking(self.cluster)
        self.library.rd_kafka_mock_clear_requests(self.cluster)
        return of_kind

    def set_up(self, broker, is_up):
        function = "rd_kafka_mock_broker_set_up" if is_up else "rd_kafka_mock_broker_set_down"
        self._check(getattr(self.library, function)(self.cluster, ctypes.c_int32(broker)))

    def set_delay(self, broker, milliseconds):
        self._check(self.library.rd_kafka_mock_broker_set_rtt(self.cluster, ctypes.c_int32(broker), milliseconds))

    def stop(self):
        if not self.cluster:
            return
        self.library.rd_kafka_mock_cluster_destroy(self.cluster)
        self.library.rd_kafka_destroy(self.client)
        self.cluster = None

    @staticmethod
    def _check(error):
        if error:
            raise OSError(f"the mock cluster refuses with {error}")
