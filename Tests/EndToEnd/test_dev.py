"""`dev`: a shipped pipeline on embedded parts, as a newcomer meets it."""

import os
import re
import time

import psycopg
import pytest
from conftest import ROOT, check_ledger


FILE = ROOT / "pipelines/brand-listening.yaml"


def test_brand_listening(scratch, martlet):
    """Rollups form in Postgres while it runs, the address it prints is served, and it ends by itself with 0."""
    # Where the user who runs Postgres can reach it.
    state = scratch / "dev"
    run = martlet.start(
        "dev", FILE, "--for", "20s", "--rate", "500", "--http", "127.0.0.1:0",
        "--state", state, "--summary", martlet.folder / "summary.json")
    try:
        run.finish(120)
        said = run.out + run.err
        assert run.status == 0, said
        check_ledger(run.summary)
        assert run.summary["sources"]["mentions"]["read"] > 5_000
        address = re.search(r"postgres(?:ql)?://\S+?(?=['\" \n])", said)[0]
        with psycopg.connect(address) as connection:
            rows = connection.execute("SELECT brand, sum(mentions) FROM brand_rollup_1m GROUP BY 1").fetchall()
        assert rows and all(brand and mentions > 0 for brand, mentions in rows)
    finally:
        stopped = martlet("dev", FILE, "--stop", "--state", state)
        assert stopped.status == 0, stopped.err


def test_again(scratch, martlet):
    """A second session starts with new topics, beside the tables and the state of the first, which was killed."""
    state = scratch / "dev"
    try:
        first = martlet.start("dev", FILE, "--rate", "500", "--http", "127.0.0.1:0", "--state", state)
        deadline = time.monotonic() + 60
        while not list((state / "state").glob("manifest-*")):
            assert time.monotonic() < deadline and first.process.poll() is None, "no checkpoint"
            time.sleep(0.1)
        first.process.kill()
        first.process.wait()
        again = martlet.start(
            "dev", FILE, "--for", "5s", "--rate", "500", "--http", "127.0.0.1:0", "--state", state, "--summary",
            martlet.folder / "summary.json")
        again.finish(120)
        assert again.status == 0, again.out + again.err
        check_ledger(again.summary)
        assert again.summary["sinks"]["rollups"]["committed"] > 0
    finally:
        stopped = martlet("dev", FILE, "--stop", "--state", state)
        assert stopped.status == 0, stopped.err


def test_folder_out_of_reach(martlet):
    """A folder that the user who runs Postgres cannot enter is named, with what to do."""
    if os.geteuid() != 0:
        pytest.skip("only root runs Postgres as another user")
    run = martlet("dev", FILE, "--for", "5s", "--state", martlet.folder / "dev")
    assert run.status == 1 and "cannot reach" in run.err and "--state" in run.err
