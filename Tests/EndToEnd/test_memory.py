"""State grows no further than what `explain` announced."""

import json
import re
import time
from pathlib import Path

import pytest
from conftest import check_ledger

KEYS = 1_000_000
MIB = 1 << 20
# What a run holds beside its state: the program, batches on their way, buffers of files.
BESIDE = 96 * MIB
SCHEMA = {
    "type": "record", "name": "Event", "fields": [
        {"name": "id", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}


def high_water(process):
    """The most bytes a process has had in memory, from its own start: `ru_maxrss` would count the parent's too."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


@pytest.mark.parametrize("operator", [
    "aggregate: { window: { tumbling: 1h }, by: [id], columns: { posts: count() }, keys: %d }" % KEYS,
    "dedupe: { by: [id], within: 24h, keys: %d }" % KEYS,
], ids=["aggregate", "dedupe"])
def test_a_million_keys(operator, martlet):
    """A million keys in one window, and in a day's horizon."""
    (martlet.folder / "event.avsc").write_text(json.dumps(SCHEMA))
    with open(martlet.folder / "in.ndjson", "w") as out:
        for number in range(KEYS):
            out.write('{"id":"post-%08d","at":%d}\n' % (number, 1_780_000_000_000 + number))
    file = martlet.folder / "p.yaml"
    file.write_text(f"""
pipeline: keys
sources:
  events: {{ file: {{ path: in.ndjson }}, schema: event.avsc, event_time: {{ column: at, delay: 1s }} }}
operators: {{ kept: {{ from: events, {operator} }} }}
sinks: {{ out: {{ from: kept, file: {{ path: out.ndjson }} }} }}
""")
    explained = json.loads(martlet("explain", file, "--format", "json").out)
    (announced,) = [int(n) for n in re.findall(r'"bytes": ?(\d+)', json.dumps(explained))]
    run = martlet.pipeline(file, "--until-end", "--threads", "2", wait=False)
    peak = 0
    while run.process.poll() is None:
        peak = max(peak, high_water(run.process.pid))
        time.sleep(0.01)
    run.finish()
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert len((martlet.folder / "out.ndjson").read_text().splitlines()) == KEYS
    assert peak <= announced + BESIDE, f"{peak // MIB} MiB, announced {announced // MIB} MiB"
