"""A run that reads a topic and writes another, and everybody around it: who writes, who reads back, who counts."""

import json
import threading
import time

import pipeline
from oracle import Oracle
from post_log import PostLog
from program import Failed, Program, wait_for

PARTITIONS = 2
POSTS = 60
RECOVERY_SECONDS_MAX = 10


class Echo:
    """From the topic `posts` into the topic `echo` and a file, on brokers at an address."""

    def __init__(self, folder, address, seed):
        self.address = address
        self.oracle, self.log = Oracle(), PostLog(seed, lanes=PARTITIONS)
        self.recoveries = []
        self.written = []
        self.producer = new_producer(address)
        self.reader = EchoReader(address)
        self.reader.start()
        self.program = Program(folder, pipeline.posts(
            pipeline.kafka(address), {**pipeline.copy(), "echo": {"from": "slim", "kafka": {
                "brokers": address, "topic": "echo", "connect_timeout": "20s"}}}))

    def write(self, posts=POSTS):
        for _ in range(posts):
            lane, record = next(self.log)
            self.oracle.take(record)
            self.written.append((lane, record))
        produce(self.producer, self.written[-posts:])

    def start(self):
        self.program.start(threads=1)

    def await_all(self, since, may_end=False):
        """Waits until every post has come through or is parked, and notes how long that took since a moment.

        - `may_end`: the run may end with a fault of its own words; then it is started again.
        """
        wait_for(lambda: self._is_whole(may_end), "every post", 60)
        seconds = time.monotonic() - since
        self.recoveries.append(seconds)
        if seconds > RECOVERY_SECONDS_MAX:
            raise Failed(f"it took {seconds:.1f} s to recover")

    def _is_whole(self, may_end):
        status = self.program.process.poll()
        if status is not None:
            if not may_end or status != 1 or "run failed: " not in self.program.log or "[kafka." not in self.program.log:
                raise Failed(f"it ended with status {status}")
            self.start()
        return self.oracle.ids <= self.reader.ids | self.parked

    @property
    def parked(self):
        path = self.program.state / "parked.ndjson"
        if not path.exists():
            return set()
        letters = [json.loads(line) for line in path.read_text().splitlines()]
        return {int(json.loads(letter["bytes"])["id"]) for letter in letters}

    def compare(self, is_ended=False):
        """Ends the run in order; lost and repeated posts in both outputs. Of a topic, repeats are told by their names."""
        if not is_ended:
            self.program.stop()
        rows = list(self.reader.rows.values()) + list(self.parked)
        figures = self.oracle.compare({"ids": rows})
        for name, value in self.oracle.compare(pipeline.found_copy(self.program.folder)).items():
            figures[name] += value
        return figures

    def end(self):
        self.program.kill()
        self.reader.stop()
        self.producer.purge()


def new_producer(address):
    from confluent_kafka import Producer

    return Producer({
        "bootstrap.servers": address, "log_level": 0, "linger.ms": 5, "max.in.flight": 1,
        "reconnect.backoff.max.ms": 200, "message.timeout.ms": 120_000})


def produce(producer, records):
    """Writes `(partition, bytes)` to `posts`; returns the offset after the last record of each partition."""
    failed, ends = [], {}

    def delivered(error, message):
        if error:
            failed.append(error)
        else:
            ends[message.partition()] = message.offset() + 1

    for partition, record in records:
        producer.produce("posts", record, partition=partition, on_delivery=delivered)
    if producer.flush(60) or failed:
        raise Failed(f"the broker did not take all posts: {failed[:2]}")
    return ends


class EchoReader:
    """Reads the topic `echo` all the time. A row is known by its headers, however often it comes."""

    def __init__(self, address):
        self.address, self.rows, self.ids, self.repeats = address, {}, set(), 0
        self.is_done = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)

    def start(self):
        self.thread.start()

    def stop(self):
        self.is_done.set()
        self.thread.join()

    def _read(self):
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": "reader", "enable.auto.commit": False, "log_level": 0,
            "auto.offset.reset": "earliest", "reconnect.backoff.max.ms": 200, "fetch.error.backoff.ms": 50})
        consumer.assign([TopicPartition("echo", partition, 0) for partition in range(PARTITIONS)])
        while not self.is_done.is_set():
            message = consumer.poll(0.1)
            if message is None or message.error():
                continue
            headers = dict(message.headers())
            name = (headers["martlet-run"], headers["martlet-epoch"], headers["martlet-sequence"])
            number = int(json.loads(message.value())["id"])
            self.repeats += name in self.rows
            if self.rows.setdefault(name, number) != number:
                # Two rows under one name: a reader would drop the second. It must show up as lost.
                continue
            self.ids.add(number)
        consumer.close()
