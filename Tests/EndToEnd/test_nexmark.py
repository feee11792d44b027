"""The Nexmark queries against a batch database, row for row, on few events."""

import subprocess
import sys

import pytest
from conftest import ROOT, check_ledger

NEXMARK = ROOT / "bench/nexmark"
QUERIES = sorted((path.stem for path in NEXMARK.glob("q*.yaml")), key=lambda name: int(name[1:]))
EVENTS = 20_000
# At this rate they last a minute: several windows, and sittings that end.
RATE = 300


@pytest.fixture(scope="session")
def nexmark(scratch):
    """The events, the side input, and what the answers must be."""
    sys.path.insert(0, str(NEXMARK))
    from answers import Answers

    folder = scratch / "nexmark"
    folder.mkdir()
    generate(folder / "events.ndjson", seed=7)
    (folder / "side_input.csv").write_text("key,value\n" + "".join(f"{key},{key * 7}\n" for key in range(0, 10_000, 3)))
    return folder, Answers(folder / "events.ndjson", folder / "side_input.csv")


def generate(path, seed):
    subprocess.run(
        [NEXMARK / "generate", path, "--events", str(EVENTS), "--seed", str(seed), "--rate", str(RATE)], check=True)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", QUERIES)
def test_query(name, threads, nexmark, martlet):
    folder, answers = nexmark
    output = martlet.folder / "out.ndjson"
    run = martlet.pipeline(
        NEXMARK / f"{name}.yaml", "--until-end", "--threads", threads, INPUT=folder / "events.ndjson", OUTPUT=output,
        LOOKUP=folder / "side_input.csv")
    assert run.status == 0, run.err
    count, found = answers.differences(name, output)
    assert count > 0 and not found, found[:5]
    check_ledger(run.summary)


def test_a_wrong_answer_is_found(nexmark, martlet):
    folder, answers = nexmark
    output = martlet.folder / "out.ndjson"
    run = martlet.pipeline(
        NEXMARK / "q2.yaml", "--until-end", INPUT=folder / "events.ndjson", OUTPUT=output)
    assert run.status == 0, run.err
    rows = output.read_text().splitlines(keepends=True)
    output.write_text("".join(rows[1:]))
    assert len(answers.differences("q2", output)[1]) == 1
    output.write_text("".join(rows + rows[:1]))
    assert len(answers.differences("q2", output)[1]) == 1


def test_a_seed_gives_the_same_events(nexmark):
    folder, _ = nexmark
    generate(folder / "again.ndjson", seed=7)
    assert (folder / "again.ndjson").read_bytes() == (folder / "events.ndjson").read_bytes()
    generate(folder / "other.ndjson", seed=8)
    assert (folder / "other.ndjson").read_bytes() != (folder / "events.ndjson").read_bytes()
