"""Checks what came out of a run against its reference."""

import csv
import json
import subprocess
from collections import Counter
from pathlib import Path

from checkout import ROOT

WIDTHS = {"W1": 3, "W2": 7, "W3": 7, "W4": 8, "W4-TAGS": 3, "W5": 3}


class WrongAnswer(Exception):
    """The text says how it differs."""


def compare(workload, result, reference):
    compared = subprocess.run(
        [ROOT / "bench/compare", workload, result, reference], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if compared.returncode != 0:
        raise WrongAnswer(compared.stdout)


def gather(output, has_changes, width, path):
    """A peer's result, one file or a folder of parts, as one CSV file with a header of numbers.

    A file of changes has a header, and behind each row its time and whether it came (1) or went (-1).
    """
    parts, rows = sorted(output.glob("part-*")) if output.is_dir() else [output], Counter()
    for part in parts:
        with open(part, newline="", encoding="utf-8") as lines:
            reader = csv.reader(lines)
            if has_changes:
                next(reader, None)
            for row in reader:
                rows[tuple(row[:width])] += int(row[-1]) if has_changes else 1
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(range(width))
        for row, count in rows.items():
            writer.writerows([row] * count)


def check_peer(peer, workload, output, reference):
    name = "W2" if workload == "WK" else workload
    gathered = output.with_name("gathered.csv")
    gather(output, peer.has_changes, WIDTHS[name], gathered)
    compare(name, gathered, reference)
    if workload == "W4":
        gather(Path(f"{output}.tags"), peer.has_changes, WIDTHS["W4-TAGS"], gathered)
        compare("W4-TAGS", gathered, reference.with_name("ref-w4-tags.csv"))


def check_martlet(workload, output, reference):
    if workload == "W4" and reference.name == "ref-w3.csv":
        # Over all events W4 is W3 with a column more, whose reference would take minutes to make.
        rest = output.with_name("without-sentiment.ndjson")
        with open(output) as rows, open(rest, "w") as kept:
            for row in map(json.loads, rows):
                del row["sentiment_avg"]
                kept.write(json.dumps(row) + "\n")
        compare("W3", rest, reference)
        return
    compare("W2" if workload == "WK" else workload, output, reference)
    if workload == "W4":
        compare("W4-TAGS", output.with_name("tags.ndjson"), reference.with_name("ref-w4-tags.csv"))
