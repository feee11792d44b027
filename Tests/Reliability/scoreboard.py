"""Runs the rows that are asked for and shows what came out."""

import argparse
import json
import sys
import time

import blocked_row
import broker_row
import clock_row
import kill_row
import postgres_row
import simulation_rows
import upgrade_row
import webhook_row
from program import Missing

SIZES = ("quick", "default", "long")
ROWS = {
    "R1": ("random kill -9 under load", kill_row.run),
    "R2": ("kill points", simulation_rows.kill_points),
    "R3": ("deterministic simulation", simulation_rows.seeds),
    "R4": ("damaged state", simulation_rows.mutations),
    "R5": ("failing disk", simulation_rows.disk_faults),
    "R6": ("faults of brokers", broker_row.run),
    "R7": ("faults of Postgres", postgres_row.run),
    "R8": ("sinks that take nothing", blocked_row.run),
    "R9": ("delivery of alerts", webhook_row.run),
    "R10": ("wall clocks and days", clock_row.run),
    "R13": ("state of earlier versions", upgrade_row.run),
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
        try:
            passed, figures = run(options.size)
        except Missing as missing:
            print(missing, file=sys.stderr)
            passed, figures = False, {"missing": True}
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
