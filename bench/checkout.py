"""Where the parts of a checkout lie that the benchmark scripts need."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def use_test_python():
    """Goes on in the Python environment of the tests, where DuckDB and the Kafka client are."""
    python = ROOT / ".deps/python/bin/python"
    if Path(sys.prefix) == python.parent.parent:
        return
    if not python.exists():
        sys.exit(f"{Path(sys.argv[0]).name}: no Python environment in .deps/python; run tools/setup --tests")
    os.execv(python, [str(python), *sys.argv])


def shared_folder():
    """The folder of workloads and data: MARTLET_SHARED, else the folder `shared` beside the checkout."""
    folder = Path(os.environ.get("MARTLET_SHARED") or ROOT.parent / "shared")
    if not (folder / "bench/generate.py").exists():
        sys.exit(f"{Path(sys.argv[0]).name}: no workloads in {folder}; set MARTLET_SHARED to the folder that holds bench/")
    return folder
