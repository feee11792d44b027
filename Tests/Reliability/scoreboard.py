"""Runs the rows that are asked for and shows what came out."""

import argparse
import json
import sys
import time

import kill_row
import simulation_rows
import webhook_row

SIZES = ("quick", "default", "long")
ROWS = {
    "R1": ("random kill -9 under load", kill_row.run),
    "R2": ("kill points", simulation_rows.kill_points),
    "R3": ("deterministic simulation", simulation_rows.seeds),
    "R4": ("damaged state", simulation_rows.mutations),
    "R5": ("failing disk", simulation_rows.disk_faults),
    "R9": ("delivery of alerts", webhook_row.run),
    "R15": ("canaries", simulation_rows.canaries),
}


def main(description):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS)
    parser.add_argument("--rows", default=",".join(ROWS), help="names, with commas between them")
    parser.add_argument("--size", choices=SIZES, default="default")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    names = options.rows.split(",")
    for name in names:
        if name not in ROWS:
            parser.error(f"no row {name}; there are {', '.join(ROWS)}")
    results = []
    for name in names:
        title, run = ROWS[name]
        print(f"{name:4} {title} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        passed, figures = run(options.size)
        results.append({
            "row": name, "title": title, "pass": passed, "size": options.size,
            "wall_seconds": round(time.monotonic() - started, 1), **figures})
        print(line(results[-1]), flush=True)
    if options.json:
        with open(options.json, "w") as file:
            for result in results:
                file.write(json.dumps(result) + "\n")
    return 0 if all(result["pass"] for result in results) else 3


def line(result):
    hidden = ("row", "title", "pass", "size")
    figures = ", ".join(
        f"{name} {value}" for name, value in result.items() if name not in hidden and not isinstance(value, (dict, list)))
    return f"{result['row']:4} {'pass' if result['pass'] else 'FAIL'}  {result['title']}: {figures}"
