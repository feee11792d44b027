"""What sees effects as a reader outside would: one that polls a table, and a receiver of alerts."""

import json
import multiprocessing
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg

POLL_SECONDS = 0.004
WINDOW_MICROSECONDS = 10_000_000


def now_us():
    return time.time_ns() // 1_000


def poll(url, partitions, changes, ended):
    """Looks at the probes' rows: (time, probe, the newest record in it) whenever one has changed, and every look."""
    newest, gaps, last = {}, [], None
    names = [f"probe-{lane}" for lane in range(partitions)]
    with psycopg.connect(url, autocommit=True) as connection:
        while not ended.is_set():
            started = time.monotonic()
            # The window that is open and the one before it, by the primary key.
            start = now_us() // WINDOW_MICROSECONDS * 10
            try:
                rows = connection.execute(
                    "SELECT brand, max(newest) FROM latency WHERE brand = ANY(%s) AND platform = 'x' AND window_start = "
                    "ANY(ARRAY[to_timestamp(%s), to_timestamp(%s)]) GROUP BY brand",
                    (names, start, start - 10), prepare=True).fetchall()
            except psycopg.errors.UndefinedTable:
                time.sleep(0.1)
                continue
            seen = now_us()
            if last is not None:
                gaps.append(seen - last)
            last = seen
            for name, value in rows:
                if value > newest.get(name, 0):
                    newest[name] = value
                    changes.send((seen, name, value))
            time.sleep(max(0.0, POLL_SECONDS - (time.monotonic() - started)))
    changes.send((sorted(gaps), time.process_time()))


class Reader:
    """A reader of the table in a process of its own; `seen` are its changes."""

    def __init__(self, url, partitions):
        receiving, sending = multiprocessing.Pipe(duplex=False)
        self.ended, self.seen, self.summary = multiprocessing.Event(), [], None
        self.process = multiprocessing.Process(target=poll, args=(url, partitions, sending, self.ended), daemon=True)
        self.process.start()
        sending.close()
        self.thread = threading.Thread(target=self.collect, args=(receiving,))
        self.thread.start()

    def collect(self, receiving):
        try:
            while True:
                item = receiving.recv()
                if isinstance(item[0], list):
                    self.summary = item
                else:
                    self.seen.append(item)
        except EOFError:
            pass

    def stop(self):
        """The times between two looks in order, and the processor seconds of the reader."""
        self.ended.set()
        self.process.join()
        self.thread.join()
        return self.summary


class Receiver:
    """Takes alerts; `seen` are (time, the record's time)."""

    def __init__(self):
        seen = self.seen = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body are written apart: together with late acknowledgements that would cost 40 ms an answer.
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                at = now_us()
                seen.append((at, int(re.sub(r"\D", "", json.loads(body)["data"]["message"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
