"""Inputs and references: those of bench/make-data, and the first events of them for slow peers."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

from checkout import shared_folder

HERE = Path(__file__).resolve().parent
INPUTS = {"W1": "m2m.json", "W2": "m2m.json", "W3": "m2m.json", "W4": "m2m.json", "W5": "ads2m.json", "WK": "m2m.json"}
ALL = 2_000_000


def prefix_folder(folder, events):
    return folder / f"first-{events}" if events else folder


def reference_name(workload):
    return "ref-w2.csv" if workload == "WK" else f"ref-{workload.lower()}.csv"


def make(path, command):
    """Runs a command that writes a file; it has its name only once it is whole."""
    if not path.exists():
        part = path.with_suffix(".part")
        subprocess.run([*map(str, command), part], cwd=path.parent, check=True, stdout=subprocess.DEVNULL)
        part.rename(path)


def prepare(folder, workload, events):
    """The input and the reference of a workload over its first events (None: all), made where they are missing."""
    place = prefix_folder(folder, events)
    place.mkdir(exist_ok=True)
    source, reference = place / INPUTS[workload], place / reference_name(workload)
    if events and not source.exists():
        part = source.with_suffix(".part")
        with open(folder / source.name, "rb") as whole, open(part, "wb") as first:
            first.writelines(islice(whole, events))
        part.rename(source)
    lookup = place / "ads_map.json"
    if not lookup.exists():
        lookup.write_bytes((folder / "ads_map.json").read_bytes())
    if workload == "W4" and events:
        tags = place / "ref-w4-tags.csv"
        if not tags.exists():
            subprocess.run(
                [sys.executable, HERE / "reference_w4.py", source, reference, tags.with_suffix(".part")], check=True)
            tags.with_suffix(".part").rename(tags)
    elif workload != "W4" and not reference.exists():
        script = shared_folder().resolve() / "bench/reference.py"
        make(reference, [sys.executable, script, "W2" if workload == "WK" else workload, source.name])
    return source, reference, lookup
