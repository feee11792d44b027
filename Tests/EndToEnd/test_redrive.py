"""Letters that are sent through a pipeline again: each once, where it was refused."""

import json

from conftest import check_ledger

SCHEMA = {
    "type": "record", "name": "post", "fields": [
        {"name": "id", "type": "string"}, {"name": "n", "type": "long"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}

PIPELINE = """
pipeline: mended
sources:
  posts: { file: { path: in.ndjson }, schema: post.avsc, event_time: { column: at } }
operators:
  kept: { from: posts, filter: '%s' }
sinks:
  out: { from: kept, file: { path: out.ndjson } }
"""


def test_redrive(martlet):
    """A row that a mended filter takes passes, once; a record that no schema takes waits again."""
    folder = martlet.folder
    (folder / "post.avsc").write_text(json.dumps(SCHEMA))
    (folder / "in.ndjson").write_text(
        '{"id":"a","n":1,"at":1000}\n{"id":"b","n":"x","at":2000}\n{"id":"c","n":0,"at":3000}\n')
    file = folder / "mended.yaml"
    file.write_text(PIPELINE % "10 / n > 0")
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 0, run.err
    assert {letter["code"] for letter in run.parked} == {"json.type", "expression.division_by_zero"}

    file.write_text(PIPELINE % "n >= 0")
    for _ in range(2):
        again = martlet(
            "redrive", file, "--state", folder / "state", "--summary", folder / "summary.json")
        assert again.status == 0, again.err
        check_ledger(json.loads((folder / "summary.json").read_text()))
        rows = [json.loads(line)["id"] for line in (folder / "out.ndjson").read_text().splitlines()]
        assert rows == ["a", "c"]
        assert [letter["code"] for letter in run.parked] == ["json.type"]
