"""Brokers that answer with errors: every kind of request that a run makes, with every error that Kafka documents for it;
brokers that go, come back, move and are slow. One run lives through all of it, or starts again where it must end.
"""

import time

from echo import PARTITIONS, POSTS, Echo, new_producer, produce
from mock_cluster import MockCluster
from program import Failed, wait_for

# Who leads `posts`, and who `echo`: so only the run's source and only its sink meet the errors meant for them.
SOURCE, SINK, OTHER = 1, 2, 3
MATRIX = {
    "Fetch": [
        "connection ends", "NOT_LEADER_OR_FOLLOWER", "OFFSET_OUT_OF_RANGE", "UNKNOWN_SERVER_ERROR", "CORRUPT_MESSAGE",
        "UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE", "REQUEST_TIMED_OUT", "BROKER_NOT_AVAILABLE",
        "REPLICA_NOT_AVAILABLE", "KAFKA_STORAGE_ERROR", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH",
        "OFFSET_NOT_AVAILABLE", "THROTTLING_QUOTA_EXCEEDED", "TOPIC_AUTHORIZATION_FAILED"],
    "Produce": [
        "connection ends", "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "REQUEST_TIMED_OUT", "UNKNOWN_SERVER_ERROR",
        "CORRUPT_MESSAGE", "UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE", "NOT_LEADER_OR_FOLLOWER",
        "BROKER_NOT_AVAILABLE", "MESSAGE_TOO_LARGE", "NETWORK_EXCEPTION", "NOT_ENOUGH_REPLICAS", "KAFKA_STORAGE_ERROR",
        "TOPIC_AUTHORIZATION_FAILED", "OUT_OF_ORDER_SEQUENCE_NUMBER", "INVALID_PRODUCER_EPOCH", "UNKNOWN_PRODUCER_ID"],
    "ListOffsets": [
        "connection ends", "NOT_LEADER_OR_FOLLOWER", "UNKNOWN_SERVER_ERROR", "UNKNOWN_TOPIC_OR_PARTITION",
        "LEADER_NOT_AVAILABLE", "REQUEST_TIMED_OUT", "KAFKA_STORAGE_ERROR", "OFFSET_NOT_AVAILABLE",
        "TOPIC_AUTHORIZATION_FAILED"],
    "Metadata": [
        "connection ends", "LEADER_NOT_AVAILABLE", "UNKNOWN_SERVER_ERROR", "UNKNOWN_TOPIC_OR_PARTITION",
        "REQUEST_TIMED_OUT", "BROKER_NOT_AVAILABLE", "TOPIC_AUTHORIZATION_FAILED"],
    "ApiVersions": ["connection ends", "UNSUPPORTED_VERSION", "REQUEST_TIMED_OUT"],
    "InitProducerId": [
        "connection ends", "COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR",
        "REQUEST_TIMED_OUT", "CLUSTER_AUTHORIZATION_FAILED"],
}
# What a run asks once, when it starts.
AT_START = ("ListOffsets", "Metadata", "ApiVersions", "InitProducerId")
# After these only a person can help: the run may end with a fault that says so, and the next one goes on.
LASTING = (
    "TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "UNSUPPORTED_VERSION", "INVALID_PRODUCER_EPOCH",
    "OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_TOPIC_OR_PARTITION")
# After these the client library gives messages up, and a run parks them: told, kept, and sent again by `redrive`.
REFUSED = ("MESSAGE_TOO_LARGE", "UNKNOWN_SERVER_ERROR", "NETWORK_EXCEPTION")
BURSTS = (1, 4)


def names(size):
    matrix = [
        f"{api} {error} {burst}" for api, errors in MATRIX.items()
        for error in (errors[:2] if size == "quick" else errors) for burst in (BURSTS[1:] if size == "quick" else BURSTS)]
    brokers = ["down SOURCE", "down SINK", "move posts", "move echo"]
    if size != "quick":
        brokers += ["down OTHER", "down all", "slow SOURCE", "slow SINK", "move posts", "move echo"]
    return [*matrix, *brokers, "topic new_partitions", "topic records_gone"]


class Session:
    def __init__(self, folder, seed):
        self.cluster = MockCluster()
        self.cluster.create("posts", PARTITIONS, SOURCE)
        self.cluster.create("echo", PARTITIONS, SINK)
        self.echo = Echo(folder, self.cluster.address, seed)
        self.echo.write()
        self.echo.start()
        self.echo.await_all(time.monotonic())

    def run(self, name):
        kind, what = name.split(" ", 1)
        if kind in ("down", "move", "slow", "topic"):
            return getattr(self, kind)(what)
        error, burst = what.rsplit(" ", 1)
        return self.answer(kind, error, int(burst))

    def answer(self, api, error, count):
        """The next requests of a kind meet an error each."""
        parked = len(self.echo.parked)
        if api in AT_START:
            self._answer_at_start(api, error, count)
        else:
            broker = SINK if api == "Produce" else SOURCE
            self.cluster.fail(api, error, count, broker)
            self._pass(time.monotonic(), error)
            ends = time.monotonic() + 20
            while self.cluster.waiting_errors(broker, api):
                if time.monotonic() > ends:
                    raise Failed("not every error was met")
                self._pass(time.monotonic(), error)
        if len(self.echo.parked) > parked and error not in (*LASTING, *REFUSED):
            raise Failed(f"{len(self.echo.parked) - parked} posts were refused for good")

    def _answer_at_start(self, api, error, count):
        self.echo.program.stop()
        self.cluster.fail(api, error, count)
        started = time.monotonic()
        self.echo.start()
        self._pass(started, error)
        if self.cluster.end_of_errors(api) == 0:
            raise Failed("no error was met")

    def _pass(self, since, error):
        self.echo.write()
        self.echo.await_all(since, may_end=error in LASTING)

    def down(self, what):
        brokers = list(self.cluster.brokers) if what == "all" else [globals()[what]]
        for broker in brokers:
            self.cluster.set_up(broker, False)
        time.sleep(1.5)
        for broker in brokers:
            self.cluster.set_up(broker, True)
        self._heal()

    def move(self, topic):
        """Another broker leads; then the first one again."""
        home = SOURCE if topic == "posts" else SINK
        for leader in (OTHER, home):
            for partition in range(PARTITIONS):
                self.cluster.lead(topic, partition, leader)
            self._heal()

    def slow(self, what):
        self.cluster.set_delay(globals()[what], 700)
        self.echo.write()
        time.sleep(2)
        self.cluster.set_delay(globals()[what], 0)
        self._heal()

    def topic(self, what):
        """What the topic becomes while no run reads it."""
        self.echo.program.stop()
        getattr(self, what)()
        self.echo.start()
        self._heal()

    def records_gone(self):
        """The broker deletes posts before they are read: told, and reading goes on after them."""
        gone = [next(self.echo.log) for _ in range(POSTS)]
        ends = produce(self.echo.producer, gone)
        # More than the brokers keep, which the oracle knows as broken records.
        fillers = [(partition, b"x" * 900_000) for partition in range(PARTITIONS) for _ in range(8)]
        produce(self.echo.producer, fillers)
        for _, record in fillers:
            self.echo.oracle.take(record)
        first = self.cluster.first_offsets("posts", PARTITIONS)
        if any(first[partition] < end for partition, end in ends.items()):
            raise Failed("the brokers still have the posts")
        self.echo.start()
        wait_for(lambda: "[kafka.records_expired]" in self.log, "word of the posts that are gone", 30)
        self.echo.program.stop()

    def new_partitions(self):
        """The topic has more partitions, which are read from their beginnings. The mock brokers cannot add any: the topic
        is made again with all that was in it.
        """
        self.cluster.delete("posts")
        self.cluster.create("posts", 2 * PARTITIONS, SOURCE)
        written = self.echo.written
        more = [next(self.echo.log) for _ in range(POSTS)]
        for _, record in more:
            self.echo.oracle.take(record)
        # Another producer: the first one would not believe in the new partitions for minutes.
        self.echo.producer = new_producer(self.cluster.address)
        produce(self.echo.producer, written + [(lane + PARTITIONS, record) for lane, record in more])

    def _heal(self):
        self._pass(time.monotonic(), None)

    def compare(self):
        return self.echo.compare()

    def end(self):
        self.echo.end()
        self.cluster.stop()

    @property
    def log(self):
        return self.echo.program.log

    @property
    def recoveries(self):
        return self.echo.recoveries
