"""The built program in a folder of its own, what it has committed, and what is said where it fails."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from parts import ROOT

PROGRAM = Path(os.environ.get("MARTLET_PROGRAM") or ROOT / ".build/release/martlet")


class Missing(Exception):
    """Something that a row needs is not there."""


class Failed(Exception):
    """A case did not come out as it must."""


@contextmanager
def scratch():
    """A folder that the user who runs Postgres can reach; its path is short, for a socket's sake."""
    folder = Path(tempfile.mkdtemp(prefix="martlet-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Program:
    """Runs of one pipeline file, one after another or two at once."""

    def __init__(self, folder, text, environment=None):
        if not PROGRAM.exists():
            raise Missing(f"{PROGRAM} is missing: swift build -c release --product martlet")
        self.folder, self.state = folder, folder / "state"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})}
        self.process = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "p.yaml").write_text(text)

    def start(self, *options, until_end=False, threads=2):
        options = [*map(str, options), "--threads", str(threads), *(["--until-end"] if until_end else [])]
        with open(self.folder / "log.txt", "a") as log:
            self.process = subprocess.Popen(
                # By way of `env`: a library that is preloaded from the start hides the arguments from a Swift program.
                ["env", PROGRAM, "run", "p.yaml", "--state", "state", "--summary", "summary.json", *options], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=self.environment)
        return self.process

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def wait(self, seconds, status=0):
        """Waits for its end."""
        try:
            found = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"it did not end within {seconds} s") from None
        if found != status:
            raise Failed(f"it ended with status {found} in place of {status}")

    def stop(self, seconds=30):
        """Ends it in order."""
        self.process.terminate()
        self.wait(seconds)

    @property
    def log(self):
        path = self.folder / "log.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def epoch(self):
        """The newest checkpoint, 0 for none."""
        try:
            names = os.listdir(self.state)
        except FileNotFoundError:
            return 0
        return max((int(name[9:]) for name in names if name.startswith("manifest-") and name[9:].isdigit()), default=0)

    @property
    def summary(self):
        return json.loads((self.folder / "summary.json").read_text())

    def check_ledger(self, records=None):
        """The ledger of the last run balances, and has read so many records, if that is known."""
        summary = self.summary
        read = summary["sources"]["posts"]["read"]
        if not summary["balanced"] or (records is not None and read != records):
            raise Failed(f"the ledger says {read} of {records} records, balanced: {summary['balanced']}")


def wait_for(condition, what, seconds=30, process=None):
    """Looks until it holds; a process that must not end meanwhile is looked at too."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not after {seconds} s")
        if process is not None and process.poll() is not None and not condition():
            raise Failed(f"{what}: it ended with status {process.returncode}")
        time.sleep(0.02)


def complain(what, seed, crash_at, command, log=""):
    print(f"SEED={seed} CRASH_AT={crash_at} CMD='{command}'\n  {what}", file=sys.stderr)
    if log:
        print(log[-2_000:], file=sys.stderr)
    sys.stderr.flush()


def first_seed():
    return int(os.environ.get("SEED", 1))


def percentile(sorted_values, percent):
    return sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)]
