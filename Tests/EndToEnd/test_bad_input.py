"""Records that are no records: each is counted with its reason, and its neighbours are not touched."""

import base64
import gzip
import json

import pytest
from conftest import ROOT, check_ledger

GOOD = 200
PIPELINE = """
pipeline: bad-input
sources:
  mentions:
    {source}
    schema: %s/schemas/mention.avsc
    event_time: {{ column: created_at, delay: 5s }}
    on_error: {on_error}
operators:
  shown: {{ from: mentions, select: {{ columns: {{ id: id, text: text, likes: metrics.likes, at: created_at }} }} }}
sinks:
  out: {{ from: shown, file: {{ path: out.ndjson, times: epoch_ms }} }}
""" % ROOT
REJECTS = "  rejects: { from: dead_letters, file: { path: rejects.ndjson } }\n"


def good(number, **changes):
    """A whole record as bytes."""
    record = {
        "platform": "x", "id": str(number), "text": f"post {number}", "created_at": 1_780_000_000_000 + number,
        "metrics": {"likes": number}}
    return json.dumps(record | changes, ensure_ascii=False).encode()


WHOLE = good(0)
BAD = {
    "truncated": (WHOLE[:-5], "json.syntax"),
    "not JSON": (b"hello", "json.syntax"),
    "two objects": (WHOLE + WHOLE, "json.syntax"),
    "an array": (b"[1,2]", "json.type"),
    "a number": (b"42", "json.type"),
    "null": (b"null", "json.type"),
    "invalid UTF-8": (WHOLE.replace(b"post", b"po\xc3\x28st"), "json.syntax"),
    "UTF-8 cut off": (WHOLE.replace(b"post 0", b"post \xf0\x9f\x90"), "json.syntax"),
    "a lone surrogate": (WHOLE.replace(b"post 0", b"post \\ud83d"), "json.syntax"),
    "a control character": (WHOLE.replace(b"post", b"po\x01st"), "json.syntax"),
    "NaN": (good(0, metrics={"likes": float("nan")}), "json.syntax"),
    "text for a number": (good(0, metrics={"likes": "many"}), "json.type"),
    "a fraction for an integer": (WHOLE.replace(b'"likes": 0', b'"likes": 0.5'), "json.type"),
    "beyond 64 bits": (WHOLE.replace(b'"likes": 0', b'"likes": 9223372036854775808'), "json.range"),
    "a huge number": (WHOLE.replace(b'"likes": 0', b'"likes": 1e999'), None),
    "an object for a text": (good(0, text={"a": 1}), "json.type"),
    "no id": (WHOLE.replace(b'"id"', b'"ID"'), "json.missing"),
    "no time": (WHOLE.replace(b'"created_at"', b'"created"'), None),
    "a time that is none": (good(0, created_at="yesterday"), None),
    "deeply nested": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, None),
}


def records():
    """Good records with every bad one between them."""
    bad = [data for data, _ in BAD.values()]
    mixed = []
    for number in range(GOOD):
        mixed.append(good(number))
        if number % 8 == 3 and bad:
            mixed.append(bad.pop(0))
    assert not bad
    return mixed


def original(letter):
    """The record as it came: text, or base64 where it was none; nothing of one without a value."""
    data = letter["bytes"]
    if data is None:
        return None
    return base64.b64decode(data["base64"]) if isinstance(data, dict) else data.encode()


def check(run, folder, rejected):
    """All good rows came out, all bad records are dead letters with their reason."""
    assert run.status == 0, run.err
    check_ledger(run.summary)
    rows = [json.loads(line) for line in (folder / "out.ndjson").read_text().splitlines()]
    assert {row["id"]: row for row in rows} == {
        str(n): {"id": str(n), "text": f"post {n}", "likes": n, "at": 1_780_000_000_000 + n} for n in range(GOOD)}
    assert len(rows) == GOOD
    source = run.summary["sources"]["mentions"]
    assert source["decoded"] == GOOD and source["dead_letter"] == len(rejected)
    found = {original(letter): letter for letter in rejected}
    for name, (data, code) in BAD.items():
        assert data in found, f"{name} is lost"
        letter = found[data]
        assert letter["reason"], name
        assert code is None or letter["code"] == code, (name, letter["code"], letter["reason"])


def rejects(folder):
    return [json.loads(line) for line in (folder / "rejects.ndjson").read_text().splitlines()]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("packed", ["plain", "gzip"])
def test_from_a_file(packed, threads, martlet):
    """Good rows survive their bad neighbours in a file."""
    data = b"\n".join(records())
    (martlet.folder / "in.ndjson").write_bytes(gzip.compress(data) if packed == "gzip" else data)
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE.format(source="file: { path: in.ndjson }", on_error="dead_letter") + REJECTS)
    run = martlet.pipeline(file, "--until-end", "--threads", threads)
    check(run, martlet.folder, rejects(martlet.folder))


@pytest.mark.parametrize("threads", [1, 3])
def test_from_kafka(threads, broker, martlet):
    """Good rows survive in a topic, where records may be empty or absent too; positions name the record."""
    topic = f"bad-{threads}"
    mixed = records()
    broker.produce(topic, [*mixed, None, b""], partitions=3)
    file = martlet.folder / "p.yaml"
    source = f"kafka: {{ brokers: '{broker.address}', topics: [{topic}] }}"
    file.write_text(PIPELINE.format(source=source, on_error="dead_letter") + REJECTS)
    run = martlet.pipeline(file, "--until-end", "--threads", threads)
    letters = rejects(martlet.folder)
    assert sorted(letter["code"] for letter in letters if not letter["bytes"]) == ["json.null_payload", "json.syntax"]
    check(run, martlet.folder, letters)
    sent = {(number % 3, number // 3): data for number, data in enumerate([*mixed, None, b""])}
    for letter in letters:
        assert sent[letter["partition"], letter["offset"]] == original(letter)


def test_no_sink_reads_them(martlet):
    """Dead letters that no sink reads lie in the state folder."""
    (martlet.folder / "in.ndjson").write_bytes(b"\n".join(records()))
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE.format(source="file: { path: in.ndjson }", on_error="dead_letter"))
    run = martlet.pipeline(file, "--until-end")
    check(run, martlet.folder, run.parked)


def test_a_run_may_fail_at_the_first(martlet):
    """`on_error: fail` ends the run and says where the record is."""
    (martlet.folder / "in.ndjson").write_bytes(b"\n".join(records()))
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE.format(source="file: { path: in.ndjson }", on_error="fail"))
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 1
    assert "source.bad_record" in run.err and "in.ndjson" in run.err


def test_huge_records(broker, martlet):
    """A record of 10 MB is a row like any other; one above the source's limit is a dead letter with its beginning."""
    large, larger = "x" * 10_000_000, b'{"text":"' + b"y" * 40_000_000 + b'"}'
    (martlet.folder / "in.ndjson").write_bytes(b"\n".join([good(1), good(2, text=large), larger, good(3)]) + b"\n")
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE.format(source="file: { path: in.ndjson }", on_error="dead_letter") + REJECTS)
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 0, run.err
    check_ledger(run.summary)
    rows = [json.loads(line) for line in (martlet.folder / "out.ndjson").read_text().splitlines()]
    assert sorted((row["id"], len(row["text"])) for row in rows) == [("1", 6), ("2", 10_000_000), ("3", 6)]
    (letter,) = rejects(martlet.folder)
    assert letter["code"] == "file.too_large" and letter["bytes"].startswith('{"text":"yyy')


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\xef\xbb\xbf"])
def test_files_without_records(content, martlet):
    """A file without records is a run without rows."""
    (martlet.folder / "in.ndjson").write_bytes(content)
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE.format(source="file: { path: in.ndjson }", on_error="dead_letter"))
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert (martlet.folder / "out.ndjson").read_text() == ""


def test_empty_topic(broker, martlet):
    """A topic without records is a run without rows."""
    broker.create("empty")
    file = martlet.folder / "p.yaml"
    source = f"kafka: {{ brokers: '{broker.address}', topics: [empty] }}"
    file.write_text(PIPELINE.format(source=source, on_error="dead_letter"))
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 0, run.err
    assert run.summary["sources"]["mentions"]["read"] == 0


def test_missing_topic(broker, martlet):
    """A topic that does not exist is named, with one that does."""
    broker.create("mentions-eu")
    file = martlet.folder / "p.yaml"
    source = f"kafka: {{ brokers: '{broker.address}', topics: [mentions-e] }}"
    file.write_text(PIPELINE.format(source=source, on_error="dead_letter"))
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 1
    assert "mentions-e" in run.err and "did you mean mentions-eu" in run.err


def test_damaged_gzip(martlet):
    """Rows before the damage come out, the damage is a dead letter with its place."""
    data = gzip.compress(b"\n".join(good(n) for n in range(20_000)))
    (martlet.folder / "in.ndjson.gz").write_bytes(data[: len(data) // 2])
    file = martlet.folder / "p.yaml"
    file.write_text(PIPELINE.format(source="file: { path: in.ndjson.gz }", on_error="dead_letter"))
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert 0 < run.summary["sources"]["mentions"]["decoded"] < 20_000
    damage, rest = run.parked
    assert damage["code"] == "compression.truncated" and damage["origin"].endswith("in.ndjson.gz")
    assert rest["code"] == "json.syntax"
