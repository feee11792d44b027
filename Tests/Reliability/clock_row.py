"""R10: the wall clock jumps, stands still and runs backwards, and posts are of every kind of day: windows follow event time
alone, in UTC.
"""

import json
import random
import time
from datetime import datetime, timezone
from pathlib import Path

import pipeline
from oracle import Oracle
from post_log import PostLog
from program import Failed, Missing, Program, complain, first_seed, scratch, wait_for

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
POSTS, STEP_MS, RATE = 6_000, 20, 5_000
ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
# What the posts' two minutes have in their middle.
DAYS = {
    "spring forward, Europe": "2026-03-29T01:00:00", "fall back, Europe": "2026-10-25T01:00:00",
    "spring forward, America": "2026-03-08T10:00:00", "fall back, America": "2026-11-01T09:00:00",
    "half an hour forward, Lord Howe": "2026-10-03T15:30:00", "start of a leap day": "2028-02-29T00:00:00",
    "end of a leap day": "2028-03-01T00:00:00", "no leap day in 2100": "2100-03-01T00:00:00",
    "a leap second": "2017-01-01T00:00:00", "end of a year": "2026-01-01T00:00:00", "ten years on": "2036-11-25T12:00:00",
    "ten years ago": "2016-11-25T12:00:00", "the epoch": "1970-01-01T00:00:00", "32 bits of seconds": "2038-01-19T03:14:08"}
# What the wall clock does, one order after another: an offset to the real one, a moment it stands still at, or a speed.
CLOCKS = {
    "an hour on": ["+0", "+3600"], "an hour back": ["+0", "-3600"], "ten years on": ["+0", "+315360000"],
    "ten years back": ["+0", "-315360000"], "forth and back": ["+3600", "-3600"] * 5,
    "backwards, second by second": [f"-{seconds}" for seconds in range(10)],
    "standing still": ["+0", "2026-06-01 12:00:00"], "standing still before the epoch": ["1969-12-31 23:59:59"],
    "ten times as fast": ["+0 x10"], "ten times as slow": ["+0 x0.1"],
    "into summer time": ["@2026-03-29 00:59:59"], "out of summer time": ["@2026-10-25 00:59:59"],
    "into a leap day": ["@2028-02-28 23:59:59"]}
QUICK = ["fall back, Europe", "end of a leap day", "the epoch", "an hour back", "standing still", "ten years on, killed"]


def run(size):
    if not FAKETIME.exists():
        raise Missing(f"{FAKETIME} is missing: tools/setup --tests")
    names = QUICK if size == "quick" else [*DAYS, *(f"{name}{how}" for name in CLOCKS for how in ("", ", killed"))]
    figures = {"cases": 0, "passed": 0, "lost": 0, "duplicated": 0, "wrong_rows": 0}
    with scratch() as folder:
        _check_that_clocks_turn(folder)
        for number, name in enumerate(names * (20 if size == "long" else 1)):
            seed = first_seed() + number
            case = Case(folder / f"case-{number}", seed, ZONES[number % len(ZONES)])
            figures["cases"] += 1
            try:
                for figure, value in case.run(name).items():
                    figures[figure] += value
                figures["passed"] += 1
            # Whatever ends a case is its failure, not the row's end.
            except Exception as failure:
                complain(
                    f"{name} in {case.zone}: {failure!r}", seed, name, f"SEED={seed} tools/reliability --rows R10",
                    case.program.log if case.program else "")
            finally:
                case.end()
    return figures["passed"] == figures["cases"], figures


def _check_that_clocks_turn(folder):
    """Posts that are made in the present are made ten years on: the program sees the clock that it is given."""
    text = json.loads(pipeline.posts({"generator": {"count": 5, "rate": 1_000}}, pipeline.copy()))
    text["operators"] = {}
    text["sinks"]["copy"]["from"] = "posts"
    program = Program(folder / "clock", json.dumps(text), environment("+315360000", folder / "clock"))
    program.start(until_end=True)
    program.wait(30)
    years = {json.loads(row)["created_at"][:4] for row in (program.folder / "copy.ndjson").read_text().splitlines()}
    if years != {str(datetime.now(timezone.utc).year + 10)}:
        raise Missing(f"the clock of the program cannot be turned: its posts are of {years}")


def environment(order, folder, zone="UTC"):
    """The clock as a program sees it; writing another order to the file `clock` of the folder turns it."""
    folder.mkdir(exist_ok=True)
    (folder / "clock").write_text(order + "\n")
    return {
        "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"), "FAKETIME_NO_CACHE": "1",
        # Linux has the monotonic clock follow nobody's orders. What the library does to waits by it is right but where
        # the other clock is negative: there it makes them hours long.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0" if order.startswith("1969") else "1",
        "TZ": zone}


class Case:
    def __init__(self, folder, seed, zone):
        self.folder, self.seed, self.zone = folder, seed, zone
        self.random, self.oracle, self.program = random.Random(seed), Oracle(), None

    def run(self, name):
        clock, is_killed, _ = name.partition(", killed")
        orders = CLOCKS.get(clock, ["+0"])
        middle = datetime.fromisoformat(DAYS.get(name, "2026-05-29T00:00:00")).replace(tzinfo=timezone.utc)
        self.folder.mkdir()
        PostLog(
            self.seed, step_ms=STEP_MS, origin_ms=int(middle.timestamp() * 1_000) - POSTS * STEP_MS // 2,
        ).write(self.folder / "posts.ndjson", POSTS, self.oracle)
        sinks = {**pipeline.copy(), **{
            table: {"from": stream, "file": {"path": f"{table}.ndjson", "times": "epoch_ms"}}
            for table, stream in (("rollup", "by_brand"), ("author", "by_author"), ("letter", "dead_letters"))}}
        text = pipeline.posts(pipeline.file(rate=RATE), sinks, checkpoint={"interval": "200ms"})
        self.program = Program(self.folder, text, environment(orders[0], self.folder, self.zone))
        self.program.start(until_end=True)
        for order in orders[1:]:
            time.sleep(self.random.uniform(0.05, 0.25))
            (self.folder / "clock").write_text(order + "\n")
        if is_killed:
            self._kill()
        self.program.wait(60)
        self.program.check_ledger()
        result = self.oracle.compare(self._found())
        if any(result.values()):
            raise Failed(f"{result}")
        return result

    def _kill(self):
        """The next run begins by another clock."""
        wait_for(lambda: self.program.epoch > 0, "a first checkpoint", 20, self.program.process)
        self.program.kill()
        (self.folder / "clock").write_text(self.random.choice(["-3600", "+3600", "-315360000", "2026-06-01 12:00:00"]))
        self.program.start(until_end=True)

    def _found(self):
        def rows(table):
            return [json.loads(line) for line in (self.folder / f"{table}.ndjson").read_text().splitlines()]

        # Of several results of a window the last counts.
        return {
            **pipeline.found_copy(self.folder), "broken": len(rows("letter")),
            "windows": {
                (row["window_start"], row["brand"]): (row["n"], row["total"], row["most"]) for row in rows("rollup")},
            "authors": {(row["window_start"], row["author_id"]): (row["n"], row["total"]) for row in rows("author")}}

    def end(self):
        if self.program:
            self.program.kill()
