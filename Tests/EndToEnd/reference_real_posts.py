"""Computes from the raw files what pipelines/real-posts.yaml must put into Postgres. It shares no code with Martlet:
plain Python, the reference implementation of VADER, and Python's own idea of letters for hashtags.
"""

import json
import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

DAY_US = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# A hash sign that no word character stands before, and a word that is not all digits; marks belong to their letters.
HASHTAG = re.compile(r"(?:^|[^\w&])[#＃](?=\w*[^\W\d_])((?:\w|[\u0300-\u036f\u0e31-\u0e4e\u0900-\u097f])+)")


def microseconds(text):
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (time - EPOCH) // timedelta(microseconds=1)


def x_posts(path):
    for line in open(path, encoding="utf-8"):
        event = json.loads(line)
        data, metrics = event["data"], event["data"].get("public_metrics", {})
        users = event.get("includes", {}).get("users", [])
        yield {
            "platform": "x", "id": data["id"], "author": data.get("author_id"), "text": data["text"],
            "lang": data.get("lang") or "und", "time": microseconds(data["created_at"]),
            "reach": users[0].get("public_metrics", {}).get("followers_count") if users else None,
            "engagement": sum(metrics.get(key, 0) for key in ("like_count", "retweet_count", "reply_count")),
        }


def bluesky_posts(path):
    for line in open(path, encoding="utf-8"):
        event = json.loads(line)
        commit = event.get("commit", {})
        if commit.get("collection") != "app.bsky.feed.post" or commit.get("operation") != "create":
            continue
        record = commit["record"]
        yield {
            "platform": "bluesky", "id": f"{event['did']}/{commit['rkey']}", "author": event["did"],
            "text": record.get("text", ""), "lang": (record.get("langs") or ["und"])[0], "time": event["time_us"],
            "reach": None, "engagement": 0,
        }


def floor(time, size):
    return time // size * size


def by_language(posts):
    """(platform, lang, window start) -> the columns of the table, in their order."""
    analyzer = SentimentIntensityAnalyzer()
    groups = defaultdict(list)
    for post in posts:
        groups[post["platform"], post["lang"], floor(post["time"], 30 * DAY_US)].append(post)
    rows = {}
    for key, group in groups.items():
        scores = [analyzer.polarity_scores(post["text"])["compound"] for post in group]
        engagements = [post["engagement"] for post in group]
        known = [post["reach"] for post in group if post["reach"] is not None]
        rows[key] = (
            len(group), len({post["author"] for post in group if post["author"] is not None}), sum(engagements),
            max(engagements), min(engagements), sum(known) / len(known) if known else None, len(known),
            sum(scores) / len(scores), sum(score <= -0.05 for score in scores),
            sum(post["text"].startswith("@") for post in group))
    return rows


def by_hashtag(posts):
    """(hashtag, window start) -> posts and engagement; windows of 14 days, one every 7."""
    rows = defaultdict(lambda: [0, 0])
    for post in posts:
        last = floor(post["time"], 7 * DAY_US)
        for tag in HASHTAG.findall(post["text"]):
            for start in (last, last - 7 * DAY_US):
                rows[tag.lower(), start][0] += 1
                rows[tag.lower(), start][1] += post["engagement"]
    return {key: tuple(value) for key, value in rows.items()}
