"""Rows that the simulation answers: the runtime, the operators and the store that ship, on simulated surroundings."""

import re

import simulation

SEEDS = {"quick": 600, "default": 6_000, "long": 120_000}
KILL_SEEDS = {"quick": (3, 2), "default": (40, 4), "long": (400, 8)}
DISK_SEEDS = {"quick": (3, 11), "default": (20, 3), "long": (200, 1)}
MUTATIONS = {"quick": (20, 500), "default": (60, 1_500), "long": (600, 3_000)}
CANARY_SEEDS = {"quick": 150, "default": 600, "long": 3_000}


def seeds(size):
    """R3: each seed is a log, a pipeline, and everything that goes wrong; some are run twice and must be alike."""
    program = simulation.build()
    figures, complaints = simulation.run(program, "--seeds", SEEDS[size])
    simulation.tell(complaints)
    if figures is None:
        return False, {"died": True}
    again, complaints = simulation.run(program, "--seeds", min(300, SEEDS[size]), "--twice")
    simulation.tell(complaints)
    once, _ = simulation.run(program, "--seeds", min(300, SEEDS[size]))
    repeatable = bool(again and once) and again["failures"] == 0 and again["hash"] == once["hash"]
    return figures["failures"] == 0 and repeatable, {**figures, "repeatable": repeatable}


def kill_points(size):
    """R2: the process dies once before and after each thing that lasts; a write also dies half done."""
    count, depth = KILL_SEEDS[size]
    return _cases("kill-points", count, depth, "failures")


def disk_faults(size):
    """R5: the k-th operation of the disk fails, for every k: no room, an error, a sync that may not have happened."""
    count, stride = DISK_SEEDS[size]
    return _cases("disk-faults", count, stride, "failures")


def mutations(size):
    """R4: damaged, cut, missing, swapped files: the state as it was, an older checkpoint, or a refusal."""
    count, depth = MUTATIONS[size]
    return _cases("mutations", count, depth, "silent_wrong")


def _cases(mode, count, depth, wrong):
    figures, complaints = simulation.run(simulation.build(), mode, "--seeds", count, "--depth", depth)
    simulation.tell(complaints)
    if figures is None:
        return False, {"died": True}
    return figures[wrong] == 0 and figures["cases"] > 0, figures


def canaries(size):
    """R15: deliberate defects, compiled in by a flag; each must be found."""
    program = simulation.build("-Xswiftc", "-DCANARIES", folder=".build/canaries")
    clean, complaints = simulation.run(program, "--seeds", 50)
    if clean is None or clean["failures"]:
        simulation.tell(complaints)
        return False, {"clean": False}
    caught, missed = {}, []
    for canary in names():
        found = hunt(program, canary, CANARY_SEEDS[size])
        if found:
            caught[canary] = found
        else:
            missed.append(canary)
            print(f"CANARY={canary} was not found")
    figures = {"canaries": len(caught) + len(missed), "caught": len(caught), "by": caught, "missed": missed}
    return not missed and len(caught) >= 12, figures


def names():
    source = (simulation.ROOT / "Sources/Primitives/Canary.swift").read_text()
    return re.findall(r"^\s+case (\w+)$", source, re.MULTILINE)


def hunt(program, canary, count):
    """What finds a canary: a row's mode and its first complaint."""
    hunts = [["--seeds", 60], ["--seeds", count, "--from", 60], ["mutations", "--seeds", 10, "--depth", 200]]
    for arguments in hunts:
        figures, complaints = simulation.run(program, *arguments, canary=canary)
        if figures is None:
            return f"{' '.join(map(str, arguments))}: the process died"
        if figures.get("failures") or figures.get("silent_wrong"):
            return complaints[0][:160] if complaints else "failed"
    return None
