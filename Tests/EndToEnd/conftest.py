"""The real parts that the built program is driven with: a broker, a Postgres cluster, a receiver of webhooks.

Each is started once for all tests, on ports of the loopback interface that are free, and ended by its process id.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
SHARED = Path(os.environ.get("MARTLET_SHARED") or ROOT.parent / "shared")
TIMEOUT_SECONDS = 180


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the workloads at their full size of 2,000,000 events")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def shared():
    """The folder of real data and workloads beside the checkout."""
    if not (SHARED / "bench/generate.py").exists():
        pytest.skip(f"no data in {SHARED}; set MARTLET_SHARED to the folder that holds data/ and bench/")
    return SHARED


@pytest.fixture(scope="session")
def scratch():
    """A folder that the user who runs Postgres can reach; its path is short, for a socket's sake."""
    folder = Path(tempfile.mkdtemp(prefix="martlet-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Broker:
    """A Kafka-compatible broker of its own; its topics last as long as it does."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.address = self.start()

    def start(self):
        return subprocess.run(
            [ROOT / "tools/broker", "start", self.folder, str(self.port)], check=True, stdout=subprocess.PIPE, text=True
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


@pytest.fixture(scope="session")
def broker(scratch):
    broker = Broker(scratch / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def own_broker(scratch):
    """A broker that a test may stop."""
    broker = Broker(scratch / f"broker-{free_port()}")
    yield broker
    broker.signal(signal.SIGCONT)
    broker.stop()


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


@pytest.fixture(scope="session")
def postgres(scratch):
    postgres = Postgres(scratch / "postgres")
    yield postgres
    postgres.stop("immediate")


@pytest.fixture
def own_postgres(scratch):
    """A cluster that a test may stop."""
    postgres = Postgres(scratch / f"postgres-{free_port()}")
    yield postgres
    postgres.stop("immediate")


class Receiver:
    """A receiver of webhooks that answers by a script, then with 200."""

    def __init__(self, port=0):
        self.requests, self.answers = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = receiver.answers.pop(0) if receiver.answers else (200, {}, b"ok")
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
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts/secret-path"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


class Run:
    """One run of the program, ended or going on."""

    def __init__(self, arguments, folder, environment):
        self.summary_path = folder / "summary.json"
        self.state = folder / "state"
        self.process = subprocess.Popen(
            [ROOT / ".build/release/martlet", *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)} | {k: str(v) for k, v in environment.items()})

    def finish(self, timeout=TIMEOUT_SECONDS):
        try:
            self.out, self.err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.out, self.err = self.process.communicate()
            pytest.fail(f"it did not end in {timeout} s; it said:\n{self.err}")
        self.status = self.process.returncode
        return self

    def terminate(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    @property
    def summary(self):
        return json.loads(self.summary_path.read_text())

    @property
    def parked(self):
        """Dead letters that no sink has read, and rows that receivers refused."""
        paths = [self.state / name for name in ("dead_letters.ndjson", "parked.ndjson")]
        return [json.loads(line) for path in paths if path.exists() for line in path.read_text().splitlines()]


@pytest.fixture
def martlet(tmp_path):
    """Runs the program in a folder of its own."""
    runs = []

    def start(*arguments, **environment):
        runs.append(Run(arguments, tmp_path, environment))
        return runs[-1]

    def run(*arguments, **environment):
        return start(*arguments, **environment).finish()

    def run_pipeline(file, *options, wait=True, **environment):
        """`run FILE` with a summary and a state folder; checks that the ledger balances by its own numbers."""
        started = start(
            "run", file, "--summary", tmp_path / "summary.json", "--state", tmp_path / "state", *options, **environment)
        return started.finish() if wait else started

    run.start, run.pipeline, run.folder = start, run_pipeline, tmp_path
    yield run
    for started in runs:
        if started.process.poll() is None:
            started.process.kill()
            started.process.communicate()


def wait_for(condition, what, seconds=60):
    """Looks until it holds; what a run shows elsewhere is the only sign of its progress."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {seconds} s"
        time.sleep(0.05)


def check_ledger(summary):
    """The equalities of the ledger, computed here from its numbers."""
    for name, line in summary["sources"].items():
        assert line["read"] == line["decoded"] + line["dead_letter"], name
    for name, line in summary["edges"].items():
        assert line["sent"] == line["received"], name
    for name, line in summary["operators"].items():
        parts = ("passed", "filtered", "duplicate", "late", "dead_letter", "folded", "held")
        assert line["received"] == sum(line[part] for part in parts), name
    for name, line in summary["sinks"].items():
        assert line["received"] == line["committed"] + line["parked"] + line["held"], name
    assert summary["balanced"] is True
