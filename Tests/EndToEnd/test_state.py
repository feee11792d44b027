"""`martlet state`: a state folder is described, verified and exported, and never changed."""

import fcntl
import json

import pytest
from conftest import ROOT

PIPELINE = """
pipeline: kept
sources:
  mentions:
    generator: { count: 3000, rate: 1000000, start: "2026-01-01T00:00:00Z" }
    schema: %s/schemas/mention.avsc
    event_time: { column: created_at, delay: 2s }
operators:
  unique: { from: mentions, dedupe: { by: [platform, id], within: 1h } }
  by_brand:
    from: unique
    aggregate: { window: { tumbling: 10s }, by: [brand], columns: { mentions: count() } }
sinks:
  out: { from: by_brand, file: { path: out.ndjson } }
""" % ROOT


@pytest.fixture
def state(martlet):
    """The state folder of a run that has ended."""
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE)
    assert martlet.pipeline(file, "--until-end").status == 0
    return martlet.folder / "state"


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_described(martlet, state):
    """Text, JSON, verification and export agree, while the folder is in use, and leave it as it was."""
    before = contents(state)
    with open(state / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text, described = martlet("state", state), martlet("state", state, "--json")
        verified = martlet("state", state, "--verify")
        exported = martlet("state", state, "--export", "unique", "--table", "keys")
    assert [run.status for run in (text, described, verified, exported)] == [0] * 4
    assert text.out.startswith("pipeline kept, state format 1\n") and "operator by_brand (aggregate)" in text.out
    found = json.loads(described.out)
    assert found["pipeline"] == "kept" and found["damaged"] == []
    newest = next(iter(found["checkpoints"].values()))
    assert newest["readable"] and newest["finished"]
    keys = found["operators"]["unique"]["tables"]["keys"]
    rows = [json.loads(line) for line in exported.out.splitlines()]
    assert len(rows) == sum(bucket["rows"] for bucket in keys.values()) > 0
    for name, bucket in keys.items():
        part = martlet("state", state, "--export", "unique", "--table", "keys", "--bucket", name)
        assert len(part.out.splitlines()) == bucket["rows"]
    assert contents(state) == before


def test_damaged(martlet, state):
    """A flipped bit in any segment is named, with status 3."""
    for path in state.glob("*.segment"):
        whole = path.read_bytes()
        path.write_bytes(whole[:-30] + bytes([whole[-30] ^ 4]) + whole[-29:])
        run = martlet("state", state, "--verify")
        assert run.status == 3 and path.name in run.err and "[state.damaged]" in run.err
        path.write_bytes(whole)
    assert martlet("state", state, "--verify").status == 0


def test_refused(martlet, state):
    """What is not there is said to be so, and is not made."""
    absent = martlet("state", martlet.folder / "absent")
    assert absent.status == 1 and "[state.none]" in absent.err and not (martlet.folder / "absent").exists()
    operator = martlet("state", state, "--export", "uniqe")
    assert operator.status == 1 and "`unique`" in operator.err
    assert martlet("state", state, "--table", "keys").status == 2
