"""R13: state folders that earlier versions wrote are opened and give the results that those versions gave; one of a version
that this one does not know is refused, the version named.

A fixture is an archive of a folder: the pipeline, its posts, the state folder and the outputs of a run that was stopped half way, and
`expected.json`, what the version that wrote it made of all posts in one go. When the format of state changes,
`write_fixture.py` makes another; the old ones stay.
"""

import ctypes
import hashlib
import json
import shutil
from pathlib import Path

from program import Failed, Program, complain, scratch

FIXTURES = Path(__file__).resolve().parent / "fixtures"
# Of these the last row of a key counts: a correction replaces a result.
KEYS = {"tumbling": ("window_start", "brand"), "hopping": ("window_start", "brand"), "cumulative": ("window_end", "brand")}
THREADS = (1, 3)
# Detectors that judge otherwise since: as many rows come out of them as before.
JUDGED_ANEW = {"state-1": ("volume",)}
# Which row of a key raises an alert and which falls into its cool-down is a matter of who is faster.
IN_ORDER = ("alerts",)


def run(_):
    figures = {"cases": 0, "passed": 0, "fixtures": 0}
    with scratch() as folder:
        for fixture in sorted(FIXTURES.glob("*.zip")):
            figures["fixtures"] += 1
            anew = JUDGED_ANEW.get(fixture.stem, ())
            for number, case in enumerate([*(lambda copy, n=n: goes_on(copy, n, anew) for n in THREADS), newer]):
                figures["cases"] += 1
                copy = folder / f"{fixture.stem}-{number}"
                shutil.unpack_archive(fixture, copy)
                try:
                    case(copy)
                    figures["passed"] += 1
                # Whatever ends a case is its failure, not the row's end.
                except Exception as failure:
                    log = copy / "log.txt"
                    complain(
                        f"{fixture.name}, case {number}: {failure!r}", "none", fixture.name,
                        "tools/reliability --rows R13", log.read_text() if log.exists() else "")
    return figures["passed"] == figures["cases"] > 0, figures


def goes_on(folder, threads, anew):
    """The run goes on from the state and ends with the results of the version that wrote it, but of detectors that judge
    anew."""
    program = Program(folder, (folder / "p.yaml").read_text())
    program.start(until_end=True, threads=threads)
    program.wait(60)
    program.check_ledger()
    found, expected = results(folder), json.loads((folder / "expected.json").read_text())
    for name in anew:
        found[name].pop("sha256"), expected[name].pop("sha256")
    differing = sorted(
        name for name in {*found, *expected}
        if found.get(name) != expected.get(name) and (threads == 1 or name not in IN_ORDER))
    if differing:
        raise Failed(f"other results of {differing}")


def newer(folder):
    """A manifest of the next version is refused, and nothing is written."""
    newest = max(folder.glob("state/manifest-*"), key=lambda path: int(path.name[9:]))
    for path in folder.glob("state/manifest-*"):
        if path != newest:
            path.unlink()
    manifest = newest.read_bytes()
    version = int.from_bytes(manifest[8:12], "little") + 1
    content = manifest[28:-8]
    checksum = xxh3(content, version).to_bytes(8, "little")
    newest.write_bytes(manifest[:8] + version.to_bytes(4, "little") + manifest[12:20] + checksum + content + checksum)
    before = {path: path.read_bytes() for path in folder.glob("*.ndjson")}
    program = Program(folder, (folder / "p.yaml").read_text())
    program.start(until_end=True)
    program.wait(30, status=1)
    if "[state.version]" not in program.log or f"format {version}" not in program.log:
        raise Failed("the version was not named")
    if {path: path.read_bytes() for path in folder.glob("*.ndjson")} != before:
        raise Failed("outputs were changed")


def results(folder):
    """Of every output how many rows it has, and a hash of them in an order of their own."""
    found = {}
    for path in sorted(folder.glob("out-*.ndjson")):
        name, rows = path.stem[4:], [json.loads(line) for line in path.read_text().splitlines()]
        if name in KEYS:
            rows = {tuple(row[column] for column in KEYS[name]): row for row in rows}.values()
        lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
        found[name] = {"rows": len(lines), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    return found


def xxh3(data, seed):
    """XXH3 of 64 bits, by the library that the program uses."""
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits_withSeed.restype = ctypes.c_uint64
    return library.XXH3_64bits_withSeed(data, ctypes.c_size_t(len(data)), ctypes.c_uint64(seed))
