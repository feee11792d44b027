"""The simulation, built as it ships or with its canaries, and run."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def build(*options, folder=".build"):
    """Builds the simulation and returns its path. Only the floors that it stands on are built."""
    subprocess.run(
        ["swift", "build", "-c", "release", "--product", "Simulation", "--scratch-path", folder, *options], cwd=ROOT,
        check=True, stdout=sys.stderr, env={**os.environ, "MARTLET_FLOORS": "4"})
    return ROOT / folder / "release/Simulation"


def run(program, *arguments, canary=None, timeout=3_600):
    """Runs it; returns its figures, `None` if it died, and what it complained of."""
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    if canary:
        environment["MARTLET_CANARY"] = canary
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=timeout)
    lines = done.stdout.strip().splitlines()
    figures = json.loads(lines[-1]) if done.returncode in (0, 3) and lines else None
    return figures, done.stderr.strip().splitlines()


def tell(complaints):
    for complaint in complaints[:40]:
        print(complaint, file=sys.stderr)
