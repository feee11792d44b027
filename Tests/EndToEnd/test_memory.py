"""State grows no further than what `explain` announced, and a run no further than what its file allows."""

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
BUDGET = 256 * MIB
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


def peak_of(run):
    """The most memory of a run, which is waited for."""
    peak = 0
    while run.process.poll() is None:
        peak = max(peak, high_water(run.process.pid))
        time.sleep(0.01)
    run.finish()
    assert run.status == 0, run.err
    check_ledger(run.summary)
    return peak


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
    peak = peak_of(martlet.pipeline(file, "--until-end", "--threads", "2", wait=False))
    assert len((martlet.folder / "out.ndjson").read_text().splitlines()) == KEYS
    assert peak <= announced + BESIDE, f"{peak // MIB} MiB, announced {announced // MIB} MiB"


def many_keys(martlet, keys, rounds, checkpoint="10s"):
    """A pipeline that counts keys which come again and again in windows of 50 minutes, with little memory."""
    (martlet.folder / "event.avsc").write_text(json.dumps(SCHEMA))
    start, rows = 1_780_000_000_000 // 3_000_000 * 3_000_000, keys * rounds
    with open(martlet.folder / "in.ndjson", "w") as out:
        for number in range(rows):
            out.write('{"id":"post-%08d","at":%d}\n' % (number * 7919 % keys, start + number * 6_000_000 // rows))
    file = martlet.folder / "p.yaml"
    file.write_text(f"""
pipeline: many
checkpoint: {{ interval: {checkpoint} }}
resources: {{ memory: 256MiB }}
sources:
  events: {{ file: {{ path: in.ndjson }}, schema: event.avsc, event_time: {{ column: at, delay: 1s }} }}
operators:
  counted:
    from: events
    aggregate:
      window: {{ tumbling: 50m }}
      by: [id]
      columns: {{ posts: count(), first: min(at), last: max(at) }}
      keys: {keys * 2}
sinks: {{ out: {{ from: counted, file: {{ path: out.ndjson }} }} }}
""")
    return file


def check_counts(martlet, keys, rounds):
    """Two windows, each with half of every key's rows."""
    found = {}
    with open(martlet.folder / "out.ndjson") as lines:
        for line in lines:
            row = json.loads(line)
            key = row["id"], row["window_start"]
            assert key not in found, "a result comes once"
            found[key] = row["posts"]
    assert len(found) == 2 * keys and set(found.values()) == {rounds // 2}


@pytest.mark.parametrize("threads", ["1", "2"])
def test_budget(threads, martlet):
    """Millions of keys that come again and again, in a quarter of the memory that they would need."""
    keys, rounds = 1_500_000, 4
    file = many_keys(martlet, keys, rounds)
    (announced,) = [
        node["state"] for node in json.loads(martlet("explain", file, "--format", "json").out)["nodes"]
        if "state" in node]
    assert announced["bytes"] > BUDGET > announced["bytes_in_memory_least"]
    peak = peak_of(martlet.pipeline(file, "--until-end", "--threads", threads, wait=False))
    check_counts(martlet, keys, rounds)
    assert peak <= BUDGET * 1.1, f"{peak // MIB} MiB"


@pytest.mark.parametrize("kind,rows,operator", [
    ("sessions", 2_000_000,
     "aggregate: {{ window: {{ session: 30m }}, by: [id], columns: {{ posts: count() }}, keys: {keys} }}"),
    ("join", 1_000_000, "join: {{ on: [id], within: 30m, rows: {keys} }}"),
], ids=["sessions", "join"])
def test_budget_of_what_waits(kind, rows, operator, martlet):
    """Sessions that are open together, each of two rows, and rows that wait for their partners."""
    (martlet.folder / "event.avsc").write_text(json.dumps(SCHEMA))
    for name in "ab":
        with open(martlet.folder / f"{name}.ndjson", "w") as out:
            for number in range(rows):
                at = 1_780_000_000_000 + number * 900_000 // rows
                out.write('{"id":"post-%08d","at":%d}\n' % (number * 7919 % rows, at))
    source = "{{ file: {{ path: {}.ndjson }}, schema: event.avsc, event_time: {{ column: at, delay: 1s }} }}"
    file = martlet.folder / "p.yaml"
    file.write_text(f"""
pipeline: waiting
resources: {{ memory: 256MiB }}
sources: {{ a: {source.format("a")}, b: {source.format("b")} }}
operators:
  both: {{ from: [a, b], {"union: {}" if kind == "sessions" else operator.format(keys=2 * rows)} }}
  kept: {{ from: both, {operator.format(keys=rows) if kind == "sessions" else "filter: has(id)"} }}
sinks: {{ out: {{ from: kept, file: {{ path: out.ndjson }} }} }}
""")
    peak = peak_of(martlet.pipeline(file, "--until-end", "--threads", "2", wait=False))
    with open(martlet.folder / "out.ndjson") as lines:
        found = [json.loads(line) for line in lines]
    assert len({row["id"] for row in found}) == len(found) == rows
    assert kind != "sessions" or {row["posts"] for row in found} == {2}
    assert peak <= BUDGET * 1.1, f"{peak // MIB} MiB"


def spilled(martlet):
    return sorted((martlet.folder / "state" / "spilled").glob("*.spill"))


def kill_once_spilled(martlet, file):
    """Kills a run once a checkpoint names files of state that memory had no room for."""
    run = martlet.pipeline(file, "--until-end", "--threads", "2", wait=False)
    while run.process.poll() is None:
        described = martlet("state", martlet.folder / "state", "--json")
        if described.status == 0 and json.loads(described.out)["operators"]["counted"]["spilled_files"]:
            break
        time.sleep(0.05)
    assert run.process.poll() is None, "the run ended before it was killed"
    run.process.kill()
    run.process.wait()


def test_killed(martlet):
    """A run goes on with state that lies on disk, and what the killed one left over goes; a damaged file is named."""
    # Enough rows that it does not end while its state is looked at.
    keys, rounds = 1_000_000, 16
    file = many_keys(martlet, keys, rounds, checkpoint="500ms")
    kill_once_spilled(martlet, file)
    left_over = martlet.folder / "state" / "spilled" / "999.spill"
    left_over.write_bytes(b"of a run that was killed")
    text = martlet("state", martlet.folder / "state", "--verify")
    assert text.status == 0 and re.search(r"spilled: \d+ files, \d+ bytes", text.out), text.err

    needed = [path for path in spilled(martlet) if path != left_over]
    whole = {path: path.read_bytes() for path in needed}
    for path, content in whole.items():
        path.write_bytes(content[:100] + bytes([content[100] ^ 4]) + content[101:])
    verified = martlet("state", martlet.folder / "state", "--verify")
    assert verified.status == 3 and any(path.name in verified.err for path in needed), verified.err
    refused = martlet.pipeline(file, "--until-end", "--threads", "2")
    assert refused.status == 1 and "is damaged" in refused.err, refused.err
    assert any(path.name in refused.err for path in needed), refused.err

    for path, content in whole.items():
        path.write_bytes(content)
    run = martlet.pipeline(file, "--until-end", "--threads", "3")
    assert run.status == 0, run.err
    check_ledger(run.summary)
    check_counts(martlet, keys, rounds)
    assert left_over not in spilled(martlet)


def test_disk_budget(martlet):
    """What memory has no room for counts as disk that the file allows."""
    file = many_keys(martlet, 700_000, 2)
    file.write_text(file.read_text().replace("memory: 256MiB", "memory: 256MiB, disk: 2MiB"))
    run = martlet.pipeline(file, "--until-end", "--threads", "2")
    assert run.status == 1 and "state.disk_budget" in run.err and "counted" in run.err, run.err
