"""What an event costs in instructions: counted, not timed, so that a busy machine says the same as an idle one."""

import json
import random
import re
import subprocess

import pytest
from conftest import ROOT

# Instructions of an event on the way from file to file, start and end of the process left out: when they were last set
# 5,513, 6,460 and 8,574; what is let through is a tenth more. Valgrind has no AVX-512: simdjson takes its AVX2 path.
MOST = {"w1": 6_100, "w2": 7_100, "w3": 9_450}
FEW, MANY = 5_000, 25_000


def mentions(count):
    """Seeded posts, 500 a second; one in fifty again."""
    random.seed(6)
    made = []
    for number in range(count):
        if made and random.random() < 0.02:
            made.append(random.choice(made[-1_000:]))
            continue
        likes = int(random.expovariate(0.01))
        made.append(json.dumps({
            "platform": random.choice(["x", "bluesky", "mastodon", "reddit"]), "id": f"{number:019d}",
            "author": {"id": f"u{random.randrange(10_000)}", "followers": random.randrange(100_000)},
            "text": "The new release is out and it is so much better than the last one " * random.randrange(1, 4),
            "lang": random.choice(["en", "de"]), "created_at": 1_780_000_000_000 + 2 * number,
            "brand": f"brand-{int(random.triangular(0, 200, 0))}",
            "metrics": {"likes": likes, "shares": likes // 10, "comments": likes // 20}}))
    return made


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program without its debugging information, which valgrind 3.19 cannot read."""
    stripped = tmp_path_factory.mktemp("program") / "martlet"
    subprocess.run(["strip", "-o", stripped, ROOT / ".build/release/martlet"], check=True)
    return stripped


def instructions(program, workload, lines, folder):
    folder.mkdir()
    (folder / "in.ndjson").write_text("".join(f"{line}\n" for line in lines))
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "run",
         ROOT / f"bench/pipelines/{workload}.yaml", "--until-end", "--threads", "1", "--state", folder / "state",
         "--summary", folder / "summary.json"],
        env={"INPUT": folder / "in.ndjson", "OUTPUT": folder / "out.ndjson", "HOME": folder, "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["balanced"] and summary["sources"]["mentions"]["decoded"] == len(lines)
    return int(re.search(r"Collected\s*:\s*(\d+)", run.stderr)[1])


@pytest.mark.parametrize("workload", MOST)
def test_instructions_of_an_event(workload, program, tmp_path):
    """The path of an event has not become longer."""
    lines = mentions(MANY)
    few = instructions(program, workload, lines[:FEW], tmp_path / "few")
    many = instructions(program, workload, lines, tmp_path / "many")
    cost = (many - few) / (MANY - FEW)
    assert cost <= MOST[workload], f"{cost:,.0f} instructions an event"
