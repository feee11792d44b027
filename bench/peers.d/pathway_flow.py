"""W1 to W5 from a file, in Pathway's mode for inputs that end (`static`), and WK from Kafka.

In that mode it asks the broker where partitions end, and the broker of the benchmarks does not say it right. So WK is
read as a stream, windows without a cut-off, until all events have been counted.
"""

import csv
import os
import re
import sys
import time

import pathway as pw
from pathway import this


class Mention(pw.Schema):
    mention: str
    platform: str
    followers: int
    text: str
    lang: str
    created_at: int
    brand: str
    likes: int
    shares: int
    comments: int


class Ad(pw.Schema):
    ad_id: str
    event_type: str
    event_time: int


class Campaign(pw.Schema):
    ad_id: str = pw.column_definition(primary_key=True)
    campaign_id: str


# Nested fields by JSON pointers: a column of objects would cost a Python object a row.
PATHS = {
    "mention": "/id", "followers": "/author/followers", "likes": "/metrics/likes", "shares": "/metrics/shares",
    "comments": "/metrics/comments"}


def records(workload, source):
    if workload == "W5":
        return pw.io.jsonlines.read(source, schema=Ad, mode="static")
    if workload != "WK":
        return pw.io.jsonlines.read(source, schema=Mention, mode="static", json_field_paths=PATHS)
    brokers, topic, _ = source.split("/")
    settings = {"bootstrap.servers": brokers, "group.id": f"peer-{time.time()}", "auto.offset.reset": "earliest"}
    return pw.io.kafka.read(
        settings, topic=topic, format="json", schema=Mention, mode="streaming", json_field_paths=PATHS)


def windows(table, time_column, length, key, **columns):
    return table.windowby(time_column, window=pw.temporal.tumbling(duration=length), instance=key).reduce(
        key=this._pw_instance, window_start=this._pw_window_start, **columns)


def rollup(table, **columns):
    table = table.with_columns(key=pw.make_tuple(table.brand, table.platform))
    rows = windows(
        table, table.created_at, 10_000, table.key, mentions=pw.reducers.count(),
        engagement=pw.reducers.sum(this.likes + this.shares + this.comments),
        followers_avg=pw.reducers.avg(this.followers), likes_max=pw.reducers.max(this.likes), **columns)
    return rows.select(
        brand=this.key[0], platform=this.key[1], window_start=this.window_start, mentions=this.mentions,
        engagement=this.engagement, followers_avg=this.followers_avg, likes_max=this.likes_max,
        **{name: this[name] for name in columns})


def first_of_id(table):
    """The last time of each id decides; what it has kept of an id stays for ever."""
    return table.deduplicate(
        value=table.created_at, instance=table.mention, acceptor=lambda new, old: abs(new - old) > 60_000)


def with_text(table):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer, hashtag = SentimentIntensityAnalyzer(), re.compile(r"#(\w+)")

    @pw.udf(deterministic=True)
    def score(text: str) -> float:
        return analyzer.polarity_scores(text)["compound"]

    @pw.udf(deterministic=True)
    def tags(text: str) -> list[str]:
        return [tag.lower() for tag in hashtag.findall(text)]

    return table.with_columns(score=score(this.text), tags=tags(this.text))


def write_when_counted(table, output, events):
    """Ends the process once the rows count so many events."""
    rows, counted = {}, 0

    def change(key, row, time, is_addition):
        nonlocal counted
        counted += row["mentions"] if is_addition else -row["mentions"]
        if is_addition:
            rows[key] = row
        elif rows.get(key) == row:
            del rows[key]

    def end_if_whole(_):
        if counted < events:
            return
        with open(output, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*next(iter(rows.values())), "time", "diff"])
            writer.writerows([*row.values(), 0, 1] for row in rows.values())
        print(time.monotonic() - started, flush=True)
        os._exit(0)

    pw.io.subscribe(table, on_change=change, on_time_end=end_if_whole)


workload, source, output, lookup, _ = sys.argv[1:]
table = records(workload, source)
if workload == "W1":
    result = table.filter(table.lang == "en").select(
        this.mention, this.brand, engagement=this.likes + this.shares + this.comments)
elif workload == "W5":
    views = table.filter(table.event_type == "view")
    campaigns = pw.io.jsonlines.read(lookup, schema=Campaign, mode="static")
    joined = views.join(campaigns, views.ad_id == campaigns.ad_id).select(views.event_time, campaigns.campaign_id)
    result = windows(joined, joined.event_time, 10_000, joined.campaign_id, views=pw.reducers.count())
elif workload == "W4":
    scored = with_text(first_of_id(table))
    tagged = scored.select(scored.created_at, scored.tags).flatten(this.tags)
    pw.io.csv.write(
        windows(tagged, tagged.created_at, 60_000, tagged.tags, mentions=pw.reducers.count()), f"{output}.tags")
    result = rollup(scored, sentiment_avg=pw.reducers.avg(this.score))
else:
    result = rollup(first_of_id(table) if workload == "W3" else table)
if workload == "WK":
    write_when_counted(result, output, int(source.split("/")[2]))
else:
    pw.io.csv.write(result, output)
started = time.monotonic()
pw.run(monitoring_level=pw.MonitoringLevel.NONE)
print(time.monotonic() - started)
