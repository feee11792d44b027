"""What a user types, right and wrong, and what the program answers: text, stream and exit status."""

import json

import pytest
from conftest import ROOT

SHIPPED = sorted((ROOT / "pipelines").glob("*.yaml"))
FAULTY = """
pipeline: faulty
sources:
  mentions:
    file: { path: in.ndjson, rat: 5 }
    schema: %s/schemas/mention.avsc
    event_time: { column: created_att, delay: 5 s }
operators:
  a: { from: mentions, filter: 'auther.id == "x"' }
  b: { from: mentions, dedup: { by: [id], within: 24h } }
sinks:
  out: { from: a, postgres: { url: "${DATABASE}", table: t } }
""" % ROOT
RUNNABLE = """
pipeline: runnable
sources:
  mentions:
    generator: { count: 100, rate: 1000000 }
    schema: %s/schemas/mention.avsc
    event_time: { column: created_at }
operators:
  ids: { from: mentions, select: { columns: { id: id } } }
sinks:
  out:
    from: ids
    postgres: { url: "postgres://martlet:hunter2@127.0.0.1:1/d", table: t, key: [id], connect_timeout: 1s }
""" % ROOT


@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files(file, martlet):
    """Every shipped file is valid and can be explained without the environment of its run."""
    valid = martlet("validate", file)
    assert valid.status == 0 and "valid" in valid.err and valid.out == ""
    found = json.loads(martlet("validate", "--json", file).out)
    assert {finding["code"] for finding in found} <= {"env.undefined"}
    for format, start in (("text", "pipeline "), ("json", "{"), ("dot", "digraph")):
        explained = martlet("explain", file, "--format", format)
        assert explained.status == 0 and explained.out.startswith(start)
    unset = martlet("run", file)
    assert unset.status == 2 and "env.undefined" in unset.err


def test_every_fault_at_once(martlet):
    """All faults of a file, sorted, each with its place, its code and a hint."""
    file = martlet.folder / "faulty.yaml"
    file.write_text(FAULTY.lstrip())
    run = martlet("validate", file)
    assert run.status == 2 and run.out == ""
    for place, code, hint in (
        ("4:30", "file.unknown_key", "did you mean `rate`?"), ("6:27", "schema.column_missing", "`created_at`?"),
        ("6:47", "file.type", "`5s`"), ("8:32", "expression.column_missing", "did you mean `author.id`?"),
        ("9:24", "file.unknown_key", "did you mean `dedupe`?"), ("11:36", "env.undefined", "give it a default"),
    ):
        assert f"{file}:{place}: " in run.err and f"[{code}]" in run.err, place
        assert hint in run.err or code == "env.undefined", hint
    findings = json.loads(martlet("validate", "--json", file).out)
    assert [(f["line"], f["column"]) for f in findings] == sorted((f["line"], f["column"]) for f in findings)
    assert len(findings) >= 6 and all(f["code"] and f["message"] and f["file"] for f in findings)
    assert martlet("run", file).status == martlet("explain", file).status == 2


def test_a_column_that_is_dropped_is_no_finding(martlet):
    """Nothing is said of columns that `select` renames and drops, though nobody reads them."""
    file = martlet.folder / "dropped.yaml"
    file.write_text(RUNNABLE.replace("columns: { id: id }", "rename: { lang: note }, drop: [note, url]"))
    found = martlet("validate", "--json", file)
    assert found.status == 0 and json.loads(found.out) == []


@pytest.mark.parametrize("arguments", [
    ["rnu"], ["run"], ["run", "a", "b"], ["run", "a", "--thread", "2"], ["run", "a", "--threads", "0"],
    ["run", "a", "--set", "novalue"], ["validate"], ["explain", "a", "--format", "xml"], ["run", "absent.yaml"],
], ids=" ".join)
def test_wrong_command_line(arguments, martlet):
    """A wrong command line is refused with status 2 and says why."""
    run = martlet(*arguments)
    assert run.status == 2 and run.out == "" and run.err.strip()


def test_help(martlet):
    """Help and version go to standard output."""
    for arguments in (["--help"], ["run", "--help"], ["validate", "--help"], ["--version"]):
        run = martlet(*arguments)
        assert run.status == 0 and run.out.strip() and run.err == ""
    listed = martlet("--help").out
    assert all(f"  {name} " in listed for name in ("validate", "explain", "run", "dev"))


def test_secrets_stay_hidden(martlet):
    """A password appears in no message, no explanation and no file of the run."""
    file = martlet.folder / "p.yaml"
    file.write_text(RUNNABLE)
    said = [martlet("validate", file), martlet("explain", file), martlet("explain", file, "--format", "json")]
    said.append(martlet.pipeline(file, "--until-end"))
    assert said[-1].status == 1 and "127.0.0.1" in said[-1].err
    assert not any("hunter2" in run.out + run.err for run in said)
    files = [path for path in martlet.folder.rglob("*") if path.is_file() and path != file]
    assert not any(b"hunter2" in path.read_bytes() for path in files)


def test_override(martlet):
    """--set changes a value, and a wrong one is reported under its own name."""
    file = martlet.folder / "p.yaml"
    written = RUNNABLE.replace("\n    postgres:", "\n    file: { path: out.ndjson }\n    #")
    file.write_text(written)
    run = martlet.pipeline(file, "--until-end", "--set", "sources.mentions.generator.count=7")
    assert run.status == 0 and run.summary["sources"]["mentions"]["read"] == 7
    assert len((martlet.folder / "out.ndjson").read_text().splitlines()) == 7
    wrong = martlet("validate", file, "--set", "sources.mentions.generator.count=some")
    assert wrong.status == 2 and "--set sources.mentions.generator.count:1:1" in wrong.err
