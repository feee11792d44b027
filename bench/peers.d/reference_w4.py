"""The reference of W4: the first of each id within 60 s, scored by the reference implementation of VADER.

    reference_w4.py MENTIONS ROWS TAGS    writes the two results as CSV
"""

import csv
import json
import re
import sys
from collections import Counter, defaultdict

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

HASHTAG = re.compile(r"#(\w+)")
source, rows_path, tags_path = sys.argv[1:]
mentions = [json.loads(line) for line in open(source, encoding="utf-8")]
mentions.sort(key=lambda mention: mention["created_at"])
analyzer, last, groups, tags = SentimentIntensityAnalyzer(), {}, defaultdict(list), Counter()
for mention in mentions:
    at, metrics = mention["created_at"], mention["metrics"]
    before = last.get(mention["id"])
    last[mention["id"]] = at
    if before is not None and at - before <= 60_000:
        continue
    groups[mention["brand"], mention["platform"], at // 10_000 * 10_000].append((
        metrics["likes"] + metrics["shares"] + metrics["comments"], mention["author"]["followers"], metrics["likes"],
        analyzer.polarity_scores(mention["text"])["compound"]))
    tags.update((tag.lower(), at // 60_000 * 60_000) for tag in HASHTAG.findall(mention["text"]))
with open(rows_path, "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["brand", "platform", "w", "c", "e", "f", "m", "s"])
    for key, rows in groups.items():
        engagement, followers, likes, scores = zip(*rows)
        count = len(rows)
        writer.writerow([*key, count, sum(engagement), sum(followers) / count, max(likes), sum(scores) / count])
with open(tags_path, "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["hashtag", "w", "c"])
    writer.writerows([*key, count] for key, count in tags.items())
