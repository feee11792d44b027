"""Real parts that the built program is driven with: a broker, a Postgres cluster, a receiver of webhooks.

Each runs on a port of the loopback interface that is free, and is ended by its process id.
"""

import os
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """A Kafka-compatible broker of its own; its topics last as long as it does."""

    def __init__(self, folder, port=None, advertised=None):
        self.folder, self.port, self.advertised = folder, port or free_port(), advertised
        self.address = self.start()

    def start(self):
        ports = [str(port) for port in (self.port, self.advertised) if port]
        return subprocess.run(
            [ROOT / "tools/broker", "start", self.folder, *ports], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def stop(self):
        subprocess.run([ROOT / "tools/broker", "stop", self.folder], check=True)

    def signal(self, number):
        os.kill(int((self.folder / "broker.pid").read_text()), number)

    def create(self, topic, partitions=4):
        from confluent_kafka.admin import AdminClient, NewTopic

        admin = AdminClient({"bootstrap.servers": self.address})
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(20)

    def produce(self, topic, records, partitions=4, create=True):
        """Writes records, bytes or None, to the partitions in turn; a pair names its partition first."""
        from confluent_kafka import Producer

        if create:
            self.create(topic, partitions)
        failed = []
        producer = Producer({
            "bootstrap.servers": self.address, "linger.ms": 20, "compression.codec": "lz4",
            "message.max.bytes": 20_000_000, "queue.buffering.max.messages": 1_000_000})
        for number, record in enumerate(records):
            partition, value = record if isinstance(record, tuple) else (number % partitions, record)
            while True:
                try:
                    producer.produce(
                        topic, value, partition=partition,
                        on_delivery=lambda error, _: failed.append(error) if error else None)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(60) == 0 and not failed, failed[:3]

    def read(self, topic, partitions=4, count=None):
        """Every message of a topic, or the first `count`."""
        from confluent_kafka import Consumer, KafkaError, TopicPartition

        consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": "tests", "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "enable.partition.eof": True})
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
        found, ended = [], set()
        while len(ended) < partitions and (count is None or len(found) < count):
            message = consumer.poll(20)
            assert message is not None, f"{topic} is silent"
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                ended.add(message.partition())
            else:
                found.append(message)
        consumer.close()
        return found


class Postgres:
    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = self.start()

    def start(self):
        return subprocess.run(
            [ROOT / "tools/postgres", "start", self.folder, str(self.port)], check=True, stdout=subprocess.PIPE,
            text=True).stdout.strip()

    def stop(self, mode="fast"):
        subprocess.run([ROOT / "tools/postgres", "stop", self.folder, mode], check=True)

    def rows(self, query):
        import psycopg

        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()

    def execute(self, statement):
        import psycopg

        with psycopg.connect(self.url) as connection:
            connection.execute(statement)


class Receiver:
    """A receiver of webhooks that answers by a script, then with 200."""

    def __init__(self, port=0):
        self.requests, self.answers = [], []
        # What happens between a request and its answer.
        self.before_answer = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body are written apart: together with late acknowledgements that would cost 40 ms an answer.
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = receiver.answers.pop(0) if receiver.answers else (200, {}, b"ok")
                receiver.before_answer()
                receiver.requests.append((self.path, dict(self.headers.items()), body, status))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        # A client may be killed while it asks.
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts/secret-path"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
