"""R9: alerts are delivered to a receiver that fails, by a program that is killed; every one must arrive, in order."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

from faulty_receiver import SECRET, FaultyReceiver, slack_rows

ROOT = Path(__file__).resolve().parent.parent.parent
# Kills, incidents, posts a second. Each incident is three rows; a seventh of them goes to PagerDuty too, and as many to
# Slack: 1,300 incidents are 5,000 deliveries.
SIZES = {"quick": (3, 200, 60), "default": (10, 1_300, 60), "long": (200, 26_000, 120)}
EVERY = 7
REFUSED_EVERY = 50
DUPLICATE_SHARE_MAX = 0.001
STATUSES = ["open", "escalate", "resolve"]
PIPELINE = """
pipeline: delivering
checkpoint: { interval: 1s }
sources:
  posts:
    file: { path: posts.ndjson, rate: %(rate)d }
    schema: %(root)s/schemas/mention.avsc
    event_time: { column: created_at, delay: 1s }
operators:
  incidents:
    from: posts
    alert:
      when: metrics.likes > 10
      resolve: metrics.likes <= 10
      escalate: { critical: metrics.likes > 50 }
      value: metrics.likes
      by: [brand]
      quiet: 3s
      cooldown: 0s
      title: 'On {brand} & <co>'
      message: '{brand} has {metrics.likes} likes: {text}'
  paged: { from: incidents, filter: brand.startsWith("paged") }
  chatted: { from: incidents, filter: brand.startsWith("chatted") }
sinks:
  hook:
    from: incidents
    webhook: { url: '%(url)s/hook', secret: %(secret)s, timeout: 5s, allow_private: true }
  pager:
    from: paged
    webhook:
      { url: '%(url)s/pagerduty', format: pagerduty, routing_key: 0123456789abcdef0123456789abcdef, timeout: 5s,
        links: { Dash: 'https://dash.example/{brand}' }, allow_private: true }
  chat:
    from: chatted
    webhook:
      { url: '%(url)s/slack', format: slack, timeout: 5s, links: { Dash: 'https://dash.example/{brand}' },
        allow_private: true }
"""
# Ways to write an address of this machine.
PRIVATE = ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]


def run(size):
    program = Path(os.environ.get("MARTLET_PROGRAM") or ROOT / ".build/release/martlet")
    if not program.exists():
        print(f"R9 needs {program}: swift build -c release --product martlet", file=sys.stderr)
        return False, {"missing": str(program)}
    kills, incidents, rate = SIZES[size]
    seed = int(os.environ.get("SEED", 1))
    folder = Path(tempfile.mkdtemp(prefix="martlet-delivery-"))
    receiver = FaultyReceiver(seed)
    delivery = Delivering(program, folder, receiver, seed, incidents, rate)
    try:
        delivery.run(kills)
        figures = delivery.figures()
        figures |= private_addresses(program, folder / "private", receiver)
        figures |= closed_address(program, folder / "closed")
    finally:
        receiver.stop()
        shutil.rmtree(folder, ignore_errors=True)
    wrong = delivery.wrong(figures)
    if wrong:
        print(
            f"SEED={seed} CRASH_AT={delivery.crashes} CMD='SEED={seed} tools/reliability --rows R9 --size {size}'\n"
            f"  {', '.join(wrong)}\n  {receiver.complaints[:5]}\n{delivery.log_tail}", file=sys.stderr)
    return not wrong, figures


def brand(number):
    kind = {0: "paged", 1: "chatted"}.get(number % EVERY, "plain")
    return f"{kind}-{number}"


def write_posts(path, incidents, rate, seed, quiet=60):
    """Two posts an incident, a second apart, so many a second that the file lasts as long as in event time; then some
    of quiet."""
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    texts = random.Random(seed)
    posts = []
    for number in range(incidents):
        for second, likes in ((0, 20), (1, 100)):
            at = start + timedelta(seconds=second + number * 2 / rate)
            text = "\u00e4<!channel>&" * texts.randrange(1, 600)
            posts.append((at, {"brand": brand(number), "metrics": {"likes": likes}, "text": text}))
    end = posts[-1][0]
    for second in range(quiet):
        posts.append((end + timedelta(seconds=second), {"brand": "filler", "metrics": {"likes": 0}, "text": ""}))
    posts.sort(key=lambda post: post[0])
    with open(path, "w") as file:
        for number, (at, post) in enumerate(posts):
            record = {"platform": "x", "id": str(number), "created_at": at.isoformat(), "lang": "en",
                      "author": {"id": "a"}, "hashtags": []} | post
            record["metrics"] |= {"shares": 0, "comments": 0}
            file.write(json.dumps(record) + "\n")


class Delivering:
    """One log, read by runs that are killed until one may deliver everything."""

    def __init__(self, program, folder, receiver, seed, incidents, rate):
        self.program, self.folder, self.receiver, self.incidents = program, folder, receiver, incidents
        self.random, self.crashes, self.log_tail, self.failed = random.Random(seed), [], "", []
        write_posts(folder / "posts.ndjson", incidents, rate, seed)
        (folder / "p.yaml").write_text(
            PIPELINE % {"rate": rate, "root": ROOT, "url": receiver.url, "secret": SECRET})
        self.refused = {brand(number) for number in range(0, incidents, REFUSED_EVERY)}

    def run(self, kills):
        # A receiver that refuses some ends for good: they are parked, and sent again in the end.
        self.receiver.refuses = lambda row: row["brand"] in self.refused and row["status"] == "resolve"
        while True:
            process = self.start("run", "--until-end")
            if len(self.crashes) < kills:
                lives = self.random.uniform(0.4, 3.5)
                try:
                    process.wait(lives)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    self.crashes.append(round(lives, 2))
                    self.receiver.forget_waits()
                    continue
            if process.wait(1_200) != 0:
                return self.fail(f"a run ended with {process.returncode}")
            if self.summary_holds_nothing():
                break
        self.receiver.refuses = lambda row: False
        if self.start("redrive").wait(300) != 0:
            self.fail("redrive failed")

    def start(self, command, *options):
        with open(self.folder / "log.txt", "a") as log:
            return subprocess.Popen(
                [self.program, command, "p.yaml", "--threads", "2", "--state", "state", "--summary", "summary.json",
                 *options], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)

    def summary_holds_nothing(self):
        summary = json.loads((self.folder / "summary.json").read_text())
        if not summary["balanced"]:
            self.fail("the ledger does not balance")
        return all(sink["held"] == 0 for sink in summary["sinks"].values())

    def fail(self, what):
        self.failed.append(what)
        self.log_tail = (self.folder / "log.txt").read_text()[-2_000:]

    def figures(self):
        receiver = self.receiver
        numbers = range(self.incidents)
        expected = Counter((brand(number), status) for number in numbers for status in STATUSES)
        hook = Counter((row["brand"], row["status"]) for _, row in receiver.hook)
        paged = {brand(number) for number in numbers if brand(number).startswith("paged")}
        events = Counter((event["payload"]["custom_details"]["brand"], event["payload"]["custom_details"]["status"])
                         for event in receiver.pagerduty)
        expected_events = Counter({key: 1 for key in expected if key[0] in paged})
        chatted = sum(1 for name, _ in expected if name.startswith("chatted"))
        chat = sum(slack_rows(message) for message in receiver.slack)
        extra = (hook - expected).total() + (events - expected_events).total() + max(0, chat - chatted)
        total = expected.total() + expected_events.total() + chatted
        ids = Counter(name for name, _ in receiver.hook)
        return {
            "deliveries": total, "kills": len(self.crashes),
            "lost": (expected - hook).total() + (expected_events - events).total() + max(0, chatted - chat),
            "duplicates": extra, "duplicate_percent": round(100 * extra / total, 3),
            "other_ids": len(ids) - len(hook), "out_of_order": self.out_of_order(),
            "slack_messages": len(receiver.slack), "slack_rows": chat, **receiver.counts, "failed": len(self.failed)}

    def out_of_order(self):
        """Incidents whose rows were first seen in another order than they happened in."""
        def count(rows):
            seen = {}
            for name, status in rows:
                if status not in seen.setdefault(name, []):
                    seen[name].append(status)
            return sum(statuses != STATUSES[:len(statuses)] for statuses in seen.values())

        return count((row["brand"], row["status"]) for _, row in self.receiver.hook) + count(
            (event["dedup_key"], event["payload"]["custom_details"]["status"]) for event in self.receiver.pagerduty)

    def wrong(self, figures):
        """What does not hold of what is promised."""
        none = ("lost", "other_ids", "out_of_order", "bad_signatures", "limit_violations", "rate_violations",
                "early_retries", "failed", "private_reached", "after_closing")
        wrong = [f"{name} {figures[name]}" for name in none if figures[name]]
        if figures["duplicates"] > max(1, DUPLICATE_SHARE_MAX * figures["deliveries"]):
            wrong.append(f"duplicates {figures['duplicates']}")
        if figures["refused"] < len(self.refused) or figures["faults"] == 0:
            wrong.append("the receiver did not fail as it should")
        return wrong + self.failed


SMALL = """
pipeline: small
checkpoint: { interval: 0s }
sources:
  posts: { file: { path: posts.ndjson }, schema: %s/schemas/mention.avsc, event_time: { column: created_at } }
sinks:
"""


def small_run(program, folder, sinks):
    folder.mkdir()
    write_posts(folder / "posts.ndjson", 1, 1_000, 0, quiet=1)
    (folder / "p.yaml").write_text(SMALL % ROOT + sinks)
    with open(folder / "log.txt", "w") as log:
        return subprocess.run(
            [program, "run", "p.yaml", "--until-end", "--state", "state"], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=log, timeout=120).returncode


def private_addresses(program, folder, receiver):
    """Addresses of this machine, however they are written, are not reached unless that is allowed."""
    port = receiver.server.server_port

    def attempt(number):
        url = f"http://{PRIVATE[number]}:{port}/private-{number}"
        sink = f"  s: {{ from: posts, webhook: {{ url: '{url}', give_up_after: 1s }} }}\n"
        small_run(program, folder.with_name(f"private-{number}"), sink)

    with ThreadPoolExecutor() as pool:
        list(pool.map(attempt, range(len(PRIVATE))))
    return {"private_addresses": len(PRIVATE), "private_reached": receiver.counts["private"]}


def closed_address(program, folder):
    """After 410 nothing more is sent."""
    receiver = FaultyReceiver(0)
    receiver.answer = lambda *_: receiver.hook.append(1) or (410, None, b"gone")
    try:
        sink = f"  s: {{ from: posts, webhook: {{ url: '{receiver.url}/hook', allow_private: true }} }}\n"
        status = small_run(program, folder, sink)
    finally:
        receiver.stop()
    return {"after_closing": len(receiver.hook) - 1 if status == 0 else -1}
