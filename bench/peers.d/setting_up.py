"""Installs what the peers need: a Python environment each, Debian packages, two programs of our own."""

import shutil
import subprocess
import sys
from pathlib import Path

from checkout import ROOT
from measuring import fail

HERE = Path(__file__).resolve().parent
KAFKA_RUNTIME = ROOT / ".deps/lib"


def run(command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))}:\n{done.stdout[-2000:]}")


def compile_program(peer, folder):
    source, program = HERE / peer.program, folder / peer.name
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return
    print(f"peers: compiling {source.name}", file=sys.stderr)
    if source.suffix == ".cpp":
        run(["g++", "-O3", "-march=native", "-std=c++20", "-o", program, source, "-lsimdjson"])
    else:
        # Linked with Debian's library, run with the newer one, as the product is.
        run(["gcc", "-O2", "-o", program, source, "-lrdkafka", f"-Wl,-rpath,{KAFKA_RUNTIME}"])


def install_packages(peer, folder):
    """An environment of its own: what two peers need of others does not fit together."""
    environment = folder / peer.name
    wanted, installed = "\n".join(peer.packages), environment / "installed.txt"
    if installed.exists() and installed.read_text() == wanted:
        return
    print(f"peers: installing {', '.join(peer.packages)} into {environment}", file=sys.stderr)
    if not (environment / "bin/python").exists():
        run([sys.executable, "-m", "venv", environment])
    run([environment / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *peer.packages])
    installed.write_text(wanted)


def set_up(peer, folder):
    folder.mkdir(parents=True, exist_ok=True)
    if peer.system and shutil.which("java") is None:
        print(f"peers: installing {', '.join(peer.system)}", file=sys.stderr)
        run(["apt-get", "update", "-q"])
        run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *peer.system])
    if peer.packages:
        install_packages(peer, folder)
    elif peer.program:
        compile_program(peer, folder)


def command(peer, folder, workload, source, output, lookup):
    """How a peer is asked for a workload."""
    if peer.name == "limit":
        return [folder / "limit", workload, source, output]
    if peer.name == "consume":
        return [folder / "consume", *source.split("/")[:2], 4]
    return [folder / peer.name / "bin/python", HERE / peer.program, workload, source, output, lookup, peer.threads]
