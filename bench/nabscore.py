#!/usr/bin/env python3
"""Scores results of the Numenta Anomaly Benchmark as its own scorer does, standard profile.

    bench/nabscore.py RESULTS-DIR combined_windows.json

RESULTS-DIR holds CATEGORY/DETECTOR_FILE.csv (timestamp, value, anomaly_score). Written from the description in Lavin and
Ahmad, "Evaluating real-time anomaly detection algorithms: the Numenta Anomaly Benchmark" (2015): the first 15 % of a
series (of at most 5,000 rows) count for nothing; a detection in a window earns up to 1, the earlier the more; a window
without one costs 1; a false one costs up to 0.11, less shortly behind a window. One threshold, the best over all series
that are there. 0 is a detector that says nothing, 100 a perfect one.
"""

import csv
import datetime
import json
import math
import sys
from collections import defaultdict
from pathlib import Path

FALSE_POSITIVE, FALSE_NEGATIVE = 0.11, 1.0


def sigmoid(position):
    """What a detection is worth: 1 at the start of a window (-1), 0 at its end (0), -1 far behind it."""
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def weigh(times, windows):
    """For each row what a detection there is worth, and the window it lies in."""
    index = {time: row for row, time in reversed(list(enumerate(times)))}
    edges = [(index[start], index[end]) for start, end in windows]
    weights, inside, previous, row = [], [], None, 0
    for number, (start, end) in [*enumerate(edges), (None, (len(times), len(times) - 1))]:
        for row in range(row, start):
            behind = 4 if previous is None else (row - previous[1]) / (previous[1] - previous[0])
            weights.append(FALSE_POSITIVE * sigmoid(behind))
            inside.append(None)
        for row in range(start, end + 1):
            weights.append(sigmoid(-(end - row + 1) / (end - start + 1)) / sigmoid(-1.0))
            inside.append(number)
        previous, row = (start, end), end + 1
    return weights, inside


def read(results, windows_path):
    """All rows that count, as (score, weight, window, category), and the windows of each category."""
    labels = json.loads(Path(windows_path).read_text())
    rows, categories = [], defaultdict(int)
    for path in sorted(Path(results).rglob("*.csv")):
        category = path.parent.name
        name = next((name for name in labels
                     if name.split("/")[0] == category and path.name.endswith("_" + name.split("/")[1])), None)
        if name is None:
            continue
        with open(path, newline="") as file:
            table = [(row["timestamp"], float(row["anomaly_score"])) for row in csv.DictReader(file)]
        times = [datetime.datetime.fromisoformat(time) for time, _ in table]
        windows = [[datetime.datetime.fromisoformat(edge) for edge in window] for window in labels[name]]
        weights, inside = weigh(times, windows)
        categories[category] += len(windows)
        for row in range(min(int(0.15 * len(table)), 750), len(table)):
            window = None if inside[row] is None else (name, inside[row])
            rows.append((table[row][1], weights[row], window, category))
    return rows, categories


def total(rows, threshold):
    """What the detections from a threshold on are worth, by category; windows without one are not charged yet."""
    sums, best = defaultdict(float), {}
    for score, weight, window, category in rows:
        if score < threshold:
            continue
        if window is None:
            sums[category] += weight
        else:
            best[category, window] = max(best.get((category, window), -FALSE_NEGATIVE), weight)
    for (category, _), weight in best.items():
        sums[category] += weight + FALSE_NEGATIVE
    return sums


def best_threshold(rows):
    worth, best, gained = 0.0, {}, (0.0, 1.1)
    rows = sorted(rows, key=lambda row: -row[0])
    for place, (score, weight, window, _) in enumerate(rows):
        if window is None:
            worth += weight
        else:
            known = best.get(window, -FALSE_NEGATIVE)
            best[window] = max(known, weight)
            worth += best[window] - known
        if place + 1 == len(rows) or rows[place + 1][0] != score:
            gained = max(gained, (worth, score))
    return gained[1]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows, categories = read(*sys.argv[1:])
    threshold = best_threshold(rows)
    sums = total(rows, threshold)
    for category, windows in sorted(categories.items()):
        print(f"{category:24}" + (f"{100 * sums[category] / (2 * windows):6.1f}" if windows else f"{sums[category]:+6.1f} raw"))
    windows = sum(categories.values())
    print(f"{'all':24}{100 * sum(sums.values()) / (2 * windows):6.1f}   threshold {threshold:.4f}, {windows} windows")


if __name__ == "__main__":
    main()
