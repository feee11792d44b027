"""The surroundings of a test: a broker, a Postgres cluster and a receiver, each started once for all tests, and runs of
the built program.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from parts import ROOT, Broker, Postgres, Receiver, free_port

sys.path.insert(0, str(ROOT / "bench"))
SHARED = Path(os.environ.get("MARTLET_SHARED") or ROOT.parent / "shared")
TIMEOUT_SECONDS = 180


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the workloads at their full size of 2,000,000 events")


@pytest.fixture(scope="session")
def shared():
    """The folder of real data and workloads beside the checkout."""
    if not (SHARED / "bench/generate.py").exists():
        pytest.skip(f"no data in {SHARED}; set MARTLET_SHARED to the folder that holds data/ and bench/")
    return SHARED


@pytest.fixture(scope="session")
def scratch():
    """A folder that the user who runs Postgres can reach; its path is short, for a socket's sake."""
    folder = Path(tempfile.mkdtemp(prefix="martlet-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def broker(scratch):
    broker = Broker(scratch / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def own_broker(scratch):
    """A broker that a test may stop."""
    broker = Broker(scratch / f"broker-{free_port()}")
    yield broker
    broker.signal(signal.SIGCONT)
    broker.stop()


@pytest.fixture(scope="session")
def postgres(scratch):
    postgres = Postgres(scratch / "postgres")
    yield postgres
    postgres.stop("immediate")


@pytest.fixture
def own_postgres(scratch):
    """A cluster that a test may stop."""
    postgres = Postgres(scratch / f"postgres-{free_port()}")
    yield postgres
    postgres.stop("immediate")


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


class Run:
    """One run of the program, ended or going on."""

    def __init__(self, arguments, folder, environment):
        self.summary_path = folder / "summary.json"
        self.state = folder / "state"
        self.process = subprocess.Popen(
            [ROOT / ".build/release/martlet", *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)} | {k: str(v) for k, v in environment.items()})

    def finish(self, timeout=TIMEOUT_SECONDS):
        try:
            self.out, self.err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.out, self.err = self.process.communicate()
            pytest.fail(f"it did not end in {timeout} s; it said:\n{self.err}")
        self.status = self.process.returncode
        return self

    def terminate(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    @property
    def summary(self):
        return json.loads(self.summary_path.read_text())

    @property
    def parked(self):
        """Dead letters that no sink has read, and rows that receivers refused."""
        paths = [self.state / name for name in ("dead_letters.ndjson", "parked.ndjson")]
        return [json.loads(line) for path in paths if path.exists() for line in path.read_text().splitlines()]


@pytest.fixture
def martlet(tmp_path):
    """Runs the program in a folder of its own."""
    runs = []

    def start(*arguments, **environment):
        runs.append(Run(arguments, tmp_path, environment))
        return runs[-1]

    def run(*arguments, **environment):
        return start(*arguments, **environment).finish()

    def run_pipeline(file, *options, wait=True, **environment):
        """`run FILE` with a summary and a state folder; checks that the ledger balances by its own numbers."""
        started = start(
            "run", file, "--summary", tmp_path / "summary.json", "--state", tmp_path / "state", *options, **environment)
        return started.finish() if wait else started

    run.start, run.pipeline, run.folder = start, run_pipeline, tmp_path
    yield run
    for started in runs:
        if started.process.poll() is None:
            started.process.kill()
            started.process.communicate()


def wait_for(condition, what, seconds=60):
    """Looks until it holds; what a run shows elsewhere is the only sign of its progress."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {seconds} s"
        time.sleep(0.05)


def check_ledger(summary):
    """The equalities of the ledger, computed here from its numbers."""
    for name, line in summary["sources"].items():
        assert line["read"] == line["decoded"] + line["dead_letter"], name
    for name, line in summary["edges"].items():
        assert line["sent"] == line["received"], name
    for name, line in summary["operators"].items():
        parts = ("passed", "filtered", "duplicate", "late", "dead_letter", "folded", "held")
        assert line["received"] == sum(line[part] for part in parts), name
    for name, line in summary["sinks"].items():
        assert line["received"] == line["committed"] + line["parked"] + line["held"], name
    assert summary["balanced"] is True
