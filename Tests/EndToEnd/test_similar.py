"""`similar` on generated edits of real posts, by the bench script on few of them."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT

POSTS = 20_000
EDITS = ("retweet", "url", "word")


@pytest.fixture(scope="session")
def folder(scratch):
    return scratch / "similar"


def bench(folder, shared, *options):
    """The script's status, its figures, and the groups that the run gave."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench/similar", folder, "--posts", str(POSTS), "--hours", "6", "--runs", "1",
         "--json", *options],
        env=os.environ | {"MARTLET_SHARED": str(shared)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode in (0, 3), done.stderr
    rows = [json.loads(line) for line in open(folder / f"{POSTS}-6h-1/out.ndjson")]
    return done.returncode, json.loads(done.stdout), {row["id"]: row["similar_group"] for row in rows}


@pytest.fixture(scope="session")
def grouped(folder, shared):
    return bench(folder, shared)


def test_edits_are_found_and_little_else(grouped):
    status, found, groups = grouped
    assert status == 0, found
    assert len(groups) == POSTS
    for kind in EDITS:
        assert found["kinds"][kind]["posts"] > POSTS // 10
        assert found["kinds"][kind]["recall"] >= 0.97, kind
        assert found["kinds"][kind]["precision"] >= 0.99, kind
    assert found["kinds"]["all"]["precision"] >= 0.99
    assert found["exact_due"] > 1_000 and found["exact"] >= 0.98


def test_the_groups_do_not_depend_on_the_threads(grouped, folder, shared):
    _, _, groups = bench(folder, shared, "--threads", "2", "--sample", "1")
    assert groups == grouped[2]


def test_too_few_in_a_group_are_found_out(folder, shared):
    """Where nearly all words must be the same, a changed word is missed, and the script says so."""
    status, found, _ = bench(folder, shared, "--similarity", "0.95", "--sample", "1")
    assert status == 3
    assert found["kinds"]["word"]["recall"] < 0.5 < 0.95 < found["kinds"]["retweet"]["recall"]
