"""R1: the program is killed at random under load, again and again; then everything is compared."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from kill_oracle import write_log

ROOT = Path(__file__).resolve().parent.parent.parent
# Kills, records of one campaign, records a second and file.
SIZES = {"quick": (6, 200_000, 12_000), "default": (200, 1_200_000, 12_000), "long": (4_000, 4_000_000, 12_000)}
LANES = 3
RECOVERY_SECONDS_MAX = 5
PIPELINE = """
pipeline: killed
checkpoint: { interval: 1s }
sources:
  posts:
    file: { path: 'posts-*.ndjson', rate: %(rate)d }
    schema: %(root)s/schemas/mention.avsc
    event_time: { column: created_at, delay: 5s }
operators:
  kept: { from: posts, filter: 'metrics.likes > 10' }
  unique: { from: kept, dedupe: { by: [platform, id], within: 1h, keys: 2000000 } }
  by_brand:
    from: unique
    aggregate:
      window: { tumbling: 10s }
      by: [brand]
      columns: { n: count(), total: sum(metrics.likes), most: max(metrics.likes) }
      emit: { early: 300ms }
  slim: { from: unique, select: { columns: { id: id } } }
sinks:
  rollups: { from: by_brand, postgres: { url: '%(url)s', table: rollup, connect_timeout: 2s } }
  archive: { from: slim, file: { path: out.ndjson } }
"""


def run(size):
    program = Path(os.environ.get("MARTLET_PROGRAM") or ROOT / ".build/release/martlet")
    if not program.exists():
        print(f"R1 needs {program}: swift build -c release --product martlet", file=sys.stderr)
        return False, {"missing": str(program)}
    kills, records, rate = SIZES[size]
    folder = Path(tempfile.mkdtemp(prefix="martlet-", dir="/tmp"))
    folder.chmod(0o755)
    figures = {"kills": 0, "campaigns": 0, "lost": 0, "duplicated": 0, "wrong_rows": 0, "backwards": 0, "failed": 0}
    recoveries = []
    url = subprocess.run(
        [ROOT / "tools/postgres", "start", folder / "postgres", str(free_port())], check=True, stdout=subprocess.PIPE,
        text=True).stdout.strip()
    try:
        while figures["kills"] < kills and not failures(figures):
            seed = int(os.environ.get("SEED", 1)) + figures["campaigns"]
            campaign = Campaign(program, folder / f"campaign-{seed}", url, seed, records, rate)
            campaign.run(kills - figures["kills"])
            for name, value in campaign.figures.items():
                figures[name] += value
            recoveries += campaign.recoveries
            figures["campaigns"] += 1
    finally:
        subprocess.run([ROOT / "tools/postgres", "stop", folder / "postgres", "immediate"], check=True)
        shutil.rmtree(folder, ignore_errors=True)
    recoveries.sort()
    if recoveries:
        figures["recovery_p50_seconds"] = round(recoveries[len(recoveries) // 2], 2)
        figures["recovery_p99_seconds"] = round(recoveries[min(len(recoveries) - 1, len(recoveries) * 99 // 100)], 2)
    passed = not failures(figures) and figures["kills"] > 0
    return passed and figures.get("recovery_p99_seconds", 99) <= RECOVERY_SECONDS_MAX, figures


def failures(figures):
    return sum(figures[name] for name in ("lost", "duplicated", "wrong_rows", "backwards", "failed"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Campaign:
    """One log, read by runs that are killed until one may read it to its end."""

    def __init__(self, program, folder, url, seed, records, rate):
        self.program, self.folder, self.url, self.seed = program, folder, url, seed
        self.random = random.Random(seed)
        folder.mkdir()
        paths = [folder / f"posts-{lane}.ndjson" for lane in range(LANES)]
        self.expected = write_log(paths, records, seed)
        (folder / "p.yaml").write_text(PIPELINE % {"rate": rate, "root": ROOT, "url": url})
        self.figures = {"kills": 0, "lost": 0, "duplicated": 0, "wrong_rows": 0, "backwards": 0, "failed": 0}
        self.recoveries, self.crashes = [], []
        self.reader = Reader(url)

    def run(self, kills):
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS rollup, martlet_commit")
        self.reader.start()
        killed = None
        while True:
            process = self.start()
            wants_kill = self.figures["kills"] < kills
            killed, ended = self.watch(process, killed, wants_kill)
            if ended:
                break
        self.reader.stop()
        self.figures["backwards"] = self.reader.backwards
        if process.returncode != 0:
            self.fail(f"the last run ended with {process.returncode}")
            return
        self.compare()

    def start(self):
        threads = self.random.choice([1, 2, 2, 3])
        self.log = open(self.folder / "log.txt", "a")
        return subprocess.Popen(
            [self.program, "run", "p.yaml", "--until-end", "--threads", str(threads), "--state", "state",
             "--summary", "summary.json"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)

    def watch(self, process, killed, wants_kill):
        """Waits until it is time to kill it, or it has ended; notes how long the first commit took since the kill."""
        before = self.newest_epoch()
        started = time.monotonic()
        lives = self.random.uniform(0.2, 4)
        while process.poll() is None:
            now = time.monotonic()
            if killed is not None and self.newest_epoch() > before:
                self.recoveries.append(now - killed)
                killed = None
            if wants_kill and now - started >= lives:
                process.kill()
                process.wait()
                self.figures["kills"] += 1
                self.crashes.append(round(now - started, 3))
                # A run that was killed before its first commit has not recovered: the time goes on.
                return killed if killed is not None else now, False
            time.sleep(0.01)
        return None, True

    def newest_epoch(self):
        try:
            names = os.listdir(self.folder / "state")
        except FileNotFoundError:
            return 0
        return max((int(name[9:]) for name in names if name.startswith("manifest-") and name[9:].isdigit()), default=0)

    def compare(self):
        import psycopg

        with open(self.folder / "out.ndjson") as file:
            ids = [int(json.loads(row)["id"]) for row in file]
        with psycopg.connect(self.url) as connection:
            found = connection.execute(
                "SELECT (extract(epoch FROM window_start) * 1000)::bigint, brand, n, total, most FROM rollup").fetchall()
        result = self.expected.compare(ids, {(row[0], row[1]): tuple(row[2:]) for row in found})
        summary = json.loads((self.folder / "summary.json").read_text())
        read = summary["sources"]["posts"]["read"]
        if not summary["balanced"] or read != self.expected.records:
            self.fail(f"the ledger says {read} of {self.expected.records} records, balanced {summary['balanced']}")
        self.figures.update(result)
        if any(result.values()) or self.figures["backwards"]:
            self.fail(f"{result}, {self.figures['backwards']} windows seen going back")

    def fail(self, what):
        self.figures["failed"] += 1
        print(
            f"SEED={self.seed} CRASH_AT={self.crashes} CMD='SEED={self.seed} tools/reliability --rows R1'\n  {what}",
            file=sys.stderr)
        self.log.close()
        print((self.folder / "log.txt").read_text()[-2_000:], file=sys.stderr)


class Reader:
    """Reads the table all the time, as a dashboard does, and sees whether a window goes back."""

    def __init__(self, url):
        self.url, self.backwards, self.is_done = url, 0, False
        self.thread = threading.Thread(target=self.read, daemon=True)

    def start(self):
        self.thread.start()

    def stop(self):
        self.is_done = True
        self.thread.join()

    def read(self):
        import psycopg

        seen = {}
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self.is_done:
                try:
                    rows = connection.execute("SELECT window_start, brand, n FROM rollup").fetchall()
                except psycopg.errors.UndefinedTable:
                    rows = []
                for start, brand, count in rows:
                    if count < seen.get((start, brand), 0):
                        self.backwards += 1
                    seen[start, brand] = count
                time.sleep(0.1)
