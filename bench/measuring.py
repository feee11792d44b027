"""Runs a program with all that it starts, and says what the whole tree took."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.1
TIMEOUT_SECONDS = 900
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass
class Figures:
    """What a run took; `memory` is the largest sum over its processes, in MiB."""

    seconds: float
    cpu_seconds: float
    memory: float
    output: str


class RunFailed(Exception):
    """It ended with another status than 0, or not in time; the text is the end of what it said."""


def session_of(pid):
    try:
        # After the name, which may hold anything but ends at the last bracket: state, parent, group, session.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, IndexError):
        return None


def processes(session):
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and session_of(name) == session]


def resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def cpu_seconds(pid):
    """What a process that is not ours to wait for has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def reap_rest(session):
    """Ends what the program has left behind; its processor seconds."""
    total = 0.0
    for pid in processes(session):
        try:
            os.kill(pid, signal.SIGKILL)
            _, _, usage = os.wait4(pid, 0)
            total += usage.ru_utime + usage.ru_stime
        except (ChildProcessError, ProcessLookupError):
            pass  # Another of them has waited for it.
    return total


def measure(command, folder, cores=None, **environment):
    """Runs a command to its end, on the first `cores` of the machine."""
    # What loses its parent comes to us, so that its time is counted too.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    errors_path = Path(folder) / "errors.txt"
    started = time.monotonic()
    with open(errors_path, "w") as errors:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=os.environ | {k: str(v) for k, v in environment.items()},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, allowed))
    peak, ended = 0, threading.Event()

    def watch():
        nonlocal peak
        while not ended.wait(SAMPLE_SECONDS):
            peak = max(peak, sum(map(resident, processes(process.pid))))
            if time.monotonic() - started > TIMEOUT_SECONDS:
                process.kill()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        ended.set()
        watcher.join()
    cpu = usage.ru_utime + usage.ru_stime + reap_rest(process.pid)
    if process.returncode != 0:
        raise RunFailed(f"status {process.returncode}: {errors_path.read_text()[-2000:]}")
    return Figures(seconds, cpu, max(peak, usage.ru_maxrss * 1024) / 2**20, output)


def spread(values, form="{:,.0f}"):
    """`median (minimum–maximum)`."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return f"{form.format(median)} ({form.format(ordered[0])}–{form.format(ordered[-1])})"


def end_in_order():
    """SIGTERM ends the tool like Ctrl-C: what it has started ends too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def fail(text, status=1):
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr)
    sys.exit(status)
