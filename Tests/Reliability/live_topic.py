"""A topic that is written while it is read: at once what makes the state large, then at a rate."""

import threading
import time

from post_log import PostLog

PARTITIONS = 4


class LiveTopic:
    def __init__(self, broker, seed, oracle, topic="posts", text="t"):
        from confluent_kafka import Producer

        self.topic, self.oracle = topic, oracle
        self.log = PostLog(seed, lanes=PARTITIONS, text=text)
        broker.create(topic, PARTITIONS)
        self.failed = []
        self.producer = Producer({
            "bootstrap.servers": broker.address, "linger.ms": 20, "compression.codec": "lz4",
            "enable.idempotence": False, "max.in.flight": 1, "queue.buffering.max.messages": 1_000_000, "log_level": 0})
        self.is_done = threading.Event()
        self.thread = threading.Thread(target=self._go_on, daemon=True)

    def write(self, count):
        for _ in range(count):
            lane, record = next(self.log)
            self.oracle.take(record)
            while True:
                try:
                    self.producer.produce(self.topic, record, partition=lane, on_delivery=self._delivered)
                    break
                except BufferError:
                    self.producer.poll(0.1)
        self.producer.poll(0)

    def flush(self):
        if self.producer.flush(60) or self.failed:
            raise OSError(f"the broker did not take all posts: {self.failed[:3]}")

    def start(self, rate):
        self.rate = rate
        self.thread.start()

    def stop(self):
        self.is_done.set()
        self.thread.join()
        self.flush()

    def _go_on(self):
        started, written = time.monotonic(), 0
        while not self.is_done.is_set():
            due = int((time.monotonic() - started) * self.rate) - written
            self.write(max(0, due))
            written += max(0, due)
            self.is_done.wait(0.02)

    def _delivered(self, error, _):
        if error:
            self.failed.append(error)
