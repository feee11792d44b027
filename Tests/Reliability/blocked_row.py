"""R8: a sink takes nothing for a while, and the source could go on for ever: memory stays within what the file allows,
nothing is dropped, and what has waited arrives.
"""

import json
import re
import threading
import time
from pathlib import Path

import pipeline
from fault_proxy import FaultProxy
from live_topic import PARTITIONS, LiveTopic
from oracle import Oracle
from parts import Broker, Postgres, Receiver
from post_log import PostLog
from program import Failed, Program, complain, first_seed, scratch, wait_for

# Seconds of silence, posts, posts towards the receiver (one request each).
SIZES = {"quick": (4, 60_000, 6_000), "default": (20, 400_000, 50_000), "long": (600, 2_000_000, 200_000)}
MIB = 1 << 20
MEMORY = 256 * MIB
MARGIN = 1.1
TEXT = "what a day, " * 45
CASES = "into_postgres", "from_kafka", "webhook", "to_kafka"


def run(size):
    figures = {"cases": 0, "passed": 0, "lost": 0, "duplicated": 0, "wrong_rows": 0, "cap_mib": MEMORY // MIB}
    peaks, drains = {}, {}
    with scratch() as folder:
        postgres = Postgres(folder / "postgres")
        try:
            for number, name in enumerate(CASES):
                case = Case(folder / name, postgres, first_seed() + number, *SIZES[size])
                figures["cases"] += 1
                try:
                    for figure, value in case.run(name).items():
                        figures[figure] += value
                    figures["passed"] += 1
                # Whatever ends a case is its failure, not the row's end.
                except Exception as failure:
                    complain(
                        f"{name}: {failure!r}", case.seed, name, f"SEED={case.seed} tools/reliability --rows R8",
                        case.program.log if case.program else "")
                finally:
                    case.end()
                peaks[name], drains[name] = case.peak // MIB, case.drain_seconds
        finally:
            postgres.stop("immediate")
    figures |= {"peak_rss_mib": max(peaks.values()), "drain_seconds": max(drains.values()), "dropped": figures["lost"]}
    return figures["passed"] == figures["cases"], {**figures, "peaks": peaks, "drains": drains}


class Case:
    def __init__(self, folder, postgres, seed, silence, posts, requests):
        self.folder, self.postgres, self.seed = folder, postgres, seed
        self.silence, self.posts, self.requests = silence, posts, requests
        self.oracle, self.program, self.ends = Oracle(), None, []
        self.peak, self.drain_seconds = 0, 0
        folder.mkdir()

    def run(self, name):
        result = getattr(self, name)()
        self.program.check_ledger(self.oracle.records)
        if any(result.values()):
            raise Failed(f"{result}")
        if self.peak > MEMORY * MARGIN:
            raise Failed(f"{self.peak // MIB} MiB at the most, where {MEMORY // MIB} MiB are allowed")
        return result

    def end(self):
        if self.program:
            self.program.kill()
        for end in reversed(self.ends):
            end()
        self.postgres.execute("DROP TABLE IF EXISTS archive, martlet_commit")

    def into_postgres(self):
        """The way to the server takes bytes and forwards none."""
        self._write_file(self.posts)
        return self._behind_proxy(pipeline.file())

    def from_kafka(self):
        broker = self._broker()
        topic = LiveTopic(broker, self.seed, self.oracle, text=TEXT)
        topic.write(self.posts)
        topic.flush()
        return self._behind_proxy(pipeline.kafka(broker.address))

    def webhook(self):
        """A receiver that takes requests and never answers."""
        self._write_file(self.requests)
        receiver = Receiver()
        self.ends.append(receiver.stop)
        asked, answers = threading.Event(), threading.Event()

        def before_answer():
            asked.set()
            answers.wait(600)

        receiver.before_answer = before_answer
        self._start({"hook": {"from": "wide", "webhook": {
            "url": receiver.url, "format": "json", "timeout": "2s", "allow_private": True}}}, pipeline.file())
        self._watch(answers.set, asked.is_set)
        ids = {headers["webhook-id"]: json.loads(body)["data"]["id"] for _, headers, body, _ in receiver.requests}
        return self.oracle.compare({"ids": [int(number) for number in ids.values()]})

    def to_kafka(self):
        """The broker stands still."""
        self._write_file(self.posts)
        broker = self._broker()
        broker.create("echo", PARTITIONS)
        self._start({"echo": {"from": "wide", "kafka": {
            "brokers": broker.address, "topic": "echo", "connect_timeout": "20s"}}}, pipeline.file(), first_commit=True)
        broker.signal(19)
        self._watch(lambda: broker.signal(18), lambda: True)
        # A reader drops what it has seen, by the names of the messages.
        rows = {}
        for message in broker.read("echo", PARTITIONS):
            headers = dict(message.headers())
            rows[headers["martlet-epoch"], headers["martlet-sequence"]] = int(json.loads(message.value())["id"])
        return self.oracle.compare({"ids": list(rows.values())})

    def _broker(self):
        broker = Broker(self.folder / "broker")
        self.ends += [broker.stop, lambda: broker.signal(18)]
        return broker

    def _write_file(self, count):
        PostLog(self.seed, text=TEXT).write(self.folder / "posts.ndjson", count, self.oracle)

    def _behind_proxy(self, source):
        proxy = FaultProxy(self.postgres.port)
        self.ends.append(proxy.stop)
        url = self.postgres.url.replace(f":{self.postgres.port}/", f":{proxy.port}/")
        self._start({"archive": {"from": "wide", "postgres": {
            "url": url, "table": "archive", "mode": "append", "connect_timeout": "5s"}}}, source, first_commit=True)
        proxy.hold()
        self._watch(proxy.release, lambda: True)
        rows = self.postgres.rows("SELECT id::bigint FROM archive")
        return self.oracle.compare({"ids": [row[0] for row in rows]})

    def _start(self, sinks, source, first_commit=False):
        self.program = Program(self.folder, pipeline.posts(source, sinks, resources={"memory": "256MiB"}))
        self.program.start(until_end=True)
        if first_commit:
            wait_for(lambda: self.program.epoch > 0, "a first commit", 30, self.program.process)

    def _watch(self, release, has_begun):
        """Looks at memory while nothing is taken, and until the end; how long the end took to come."""
        wait_for(has_begun, "the first row", 30, self.program.process)
        ends = time.monotonic() + self.silence
        while time.monotonic() < ends:
            if self.program.process.poll() is not None:
                raise Failed("it ended while its sink took nothing")
            self._look()
        release()
        released = time.monotonic()
        while self.program.process.poll() is None:
            if time.monotonic() - released > 300:
                raise Failed("what had waited did not arrive within 300 s")
            self._look()
        self.program.wait(1)
        self.drain_seconds = round(time.monotonic() - released, 1)

    def _look(self):
        """The most bytes that the process has had in memory."""
        try:
            status = Path(f"/proc/{self.program.process.pid}/status").read_text()
        except OSError:
            return
        if found := re.search(r"VmHWM:\s+(\d+) kB", status):
            self.peak = max(self.peak, int(found[1]) * 1024)
        time.sleep(0.05)
