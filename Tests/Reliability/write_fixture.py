#!/usr/bin/env python3
"""Writes a state folder for the row R13 of the scoreboard, by the version that is built.

    .deps/python/bin/python Tests/Reliability/write_fixture.py NAME    into Tests/Reliability/fixtures/NAME.zip

To be run when the format of state changes, before the change, and once more after it.
"""

import json
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "EndToEnd")]

from oracle import Oracle
from parts import ROOT
from post_log import PostLog
from program import Program, scratch, wait_for
from upgrade_row import FIXTURES, results

POSTS, STEP_MS, RATE, SEED = 1_000, 100, 600, 1
TIMES = {"times": "epoch_ms"}
COLUMNS = {
    "n": "count()", "total": "sum(metrics.likes)", "most": "max(metrics.likes)", "mean": "avg(metrics.likes)",
    "authors": "count_distinct(author.id)", "half": "quantile(metrics.likes, 0.5)", "top": "top_k(author.id, 3)"}


def aggregate(window, by="brand"):
    return {"from": "unique", "aggregate": {"window": window, "by": [by], "columns": COLUMNS}}


# Every operator that keeps state.
OPERATORS = {
    "kept": {"from": "posts", "filter": "metrics.likes > 10"},
    "unique": {"from": "kept", "dedupe": {"by": ["platform", "id"], "within": "24h"}},
    "tumbling": aggregate({"tumbling": "10s", "lateness": "5s"}),
    "hopping": aggregate({"hopping": {"size": "20s", "every": "5s"}}),
    "cumulative": aggregate({"cumulative": {"size": "1h", "step": "5m"}}),
    "session": aggregate({"session": "2s", "lateness": "5s"}, by="author.id"),
    "loud": {"from": "unique", "filter": "metrics.likes >= 800"},
    "quiet": {"from": "unique", "filter": "metrics.likes < 100"},
    "joined": {"from": ["loud", "quiet"], "join": {"on": ["brand"], "within": "2s", "kind": "left"}},
    "pairs": {"from": "joined", "select": {"columns": {"id": "id", "right": "right_id"}}},
    "alerts": {"from": "unique", "alert": {
        "when": "metrics.likes >= 900", "by": ["brand"], "cooldown": "20s", "message": "{brand}: {metrics.likes}"}},
    "incidents": {"from": "unique", "alert": {
        "when": "metrics.likes >= 700", "resolve": "metrics.likes < 500", "by": ["brand", "platform"],
        "group": ["brand"], "for": "300ms", "quiet": "2s", "cooldown": "1s", "update": "3s", "value": "metrics.likes",
        "message": "{brand}: {metrics.likes}"}},
    "bursts": {"from": "unique", "trend": {
        "phrases_of": "text", "by": ["brand"], "window": "10s", "lateness": "10s", "least": 1, "terms": 1000,
        "post": "id"}},
    "volume": {"from": "unique", "anomaly": {"by": ["brand"], "every": "5s"}},
    "crises": {"from": "unique", "crisis": {"by": ["brand"], "engagement": ["metrics.likes"], "text": "text"}},
    "grouped": {"from": "unique", "similar": {"text": "text", "id": "id", "within": "6h"}},
    "stories": {"from": "grouped", "select": {"columns": {
        "id": "id", "group": "similar_group", "count": "similar_count"}}},
}
SHOWN = ("tumbling", "hopping", "cumulative", "session", "pairs", "alerts", "incidents", "bursts", "volume",
         "crises", "stories")


def pipeline():
    sinks = {f"out_{name}": {"from": name, "file": {"path": f"out-{name}.ndjson", **TIMES}} for name in SHOWN}
    return json.dumps({
        "pipeline": "fixture", "checkpoint": {"interval": "200ms"},
        "sources": {"posts": {
            "file": {"path": "posts.ndjson", "rate": RATE}, "schema": "mention.avsc",
            "event_time": {"column": "created_at", "delay": "5s"}}},
        "operators": OPERATORS, "sinks": sinks}, indent=1)


def main(name):
    target = FIXTURES / f"{name}.zip"
    if target.exists():
        sys.exit(f"{target} is there already")
    with scratch() as folder:
        whole, half = (Program(folder / part, pipeline()) for part in ("whole", "half"))
        for program in (whole, half):
            PostLog(SEED, step_ms=STEP_MS, authors=40, text="what a day at the counter").write(
                program.folder / "posts.ndjson", POSTS, Oracle())
            shutil.copy(ROOT / "schemas/mention.avsc", program.folder)
        whole.start(until_end=True, threads=1)
        whole.wait(60)
        half.start(threads=1)
        wait_for(lambda: half.epoch >= 4, "some checkpoints", 30, half.process)
        half.stop()
        (half.folder / "expected.json").write_text(json.dumps(results(whole.folder), indent=1) + "\n")
        for name in ("log.txt", "summary.json", "state/lock"):
            (half.folder / name).unlink(missing_ok=True)
        FIXTURES.mkdir(exist_ok=True)
        shutil.make_archive(str(target.with_suffix("")), "zip", half.folder)
        print(f"{target}: {target.stat().st_size} bytes, epoch {half.epoch}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["--help"])
