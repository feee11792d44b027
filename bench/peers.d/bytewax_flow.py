"""W1 to W5 from a file and WK from Kafka in Bytewax, one worker.

Bytewax has no dedupe: W3 keeps the last time of each id in a stateful step, in 256 parts that forget after 65 s.
"""

import json
import re
import sys
import time
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
import bytewax.operators.windowing as windowing
import orjson
from bytewax.connectors.files import FileSink, FileSource
from bytewax.dataflow import Dataflow
from bytewax.run import cli_main

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
PARTS, HORIZON_MS, FORGET_MS, PRUNE_MS = 256, 60_000, 65_000, 10_000


def time_of(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)


def start_ms(window, seconds):
    return round(START.timestamp() * 1000) + window * seconds * 1000


def windows(step, stream, length, time_getter, delay, builder, folder):
    """The folded value of each key and tumbling window.

    The watermark also moves with the wall clock, and drops rows while the machine is busy elsewhere: so it stands still.
    """
    return windowing.fold_window(
        step, stream, windowing.EventClock(time_getter, timedelta(seconds=delay), now_getter=lambda: START),
        windowing.TumblingWindower(timedelta(seconds=length), START), builder, folder, lambda left, right: left,
        ordered=False).down


def first_of_id(stream):
    def keep(state, mention):
        seen, prune_at = state or ({}, 0)
        now, identifier = mention["created_at"], mention["id"]
        last = seen.get(identifier)
        seen[identifier] = now
        if now >= prune_at:
            for old in [key for key, at in seen.items() if at < now - FORGET_MS]:
                del seen[old]
            prune_at = now + PRUNE_MS
        is_first = last is None or now - last > HORIZON_MS
        return (seen, prune_at), mention if is_first else None

    keyed = op.map("by_part", stream, lambda mention: (str(hash(mention["id"]) % PARTS), mention))
    return op.filter_map("first", op.stateful_map("seen", keyed, keep), lambda item: item[1])


def rollup(stream, score, delay):
    def project(mention):
        metrics = mention["metrics"]
        return (f'{mention["brand"]},{mention["platform"]}', (
            time_of(mention["created_at"]), metrics["likes"] + metrics["shares"] + metrics["comments"],
            mention["author"]["followers"], metrics["likes"], score(mention) if score else 0.0))

    def fold(total, row):
        total[0] += 1
        total[1] += row[1]
        total[2] += row[2]
        total[3] = max(total[3], row[3])
        total[4] += row[4]
        return total

    def row(item):
        key, (window, (count, engagement, followers, likes, scores)) = item
        text = f"{key},{start_ms(window, 10)},{count},{engagement},{followers / count!r},{likes}"
        return key, f"{text},{scores / count!r}" if score else text

    rows = windows(
        "windows", op.map("project", stream, project), 10, lambda row: row[0], delay, lambda: [0, 0, 0, 0, 0.0], fold)
    return op.map("rows", rows, row)


def hashtag_counts(stream, delay):
    hashtag = re.compile(r"#(\w+)")

    def tags(mention):
        at = time_of(mention["created_at"])
        return [(tag.lower(), at) for tag in hashtag.findall(mention["text"])]

    counts = windows(
        "tag_windows", op.flat_map("tags", stream, tags), 60, lambda at: at, delay, lambda: 0,
        lambda count, _: count + 1)
    return op.map("tag_rows", counts, lambda item: (item[0], f"{item[0]},{start_ms(item[1][0], 60)},{item[1][1]}"))


def english(mention):
    if mention["lang"] == "en":
        metrics = mention["metrics"]
        engagement = metrics["likes"] + metrics["shares"] + metrics["comments"]
        return "", f'{mention["id"]},{mention["brand"]},{engagement}'
    return None


def views(stream, lookup):
    campaigns = {row["ad_id"]: row["campaign_id"] for row in map(json.loads, open(lookup))}

    def view(ad):
        return (campaigns[ad["ad_id"]], time_of(ad["event_time"])) if ad["event_type"] == "view" else None

    counts = windows(
        "windows", op.filter_map("views", stream, view), 10, lambda at: at, 5, lambda: 0, lambda count, _: count + 1)
    return op.map("rows", counts, lambda item: (item[0], f"{item[0]},{start_ms(item[1][0], 10)},{item[1][1]}"))


def records(flow, workload, source):
    if workload != "WK":
        return op.map("decode", op.input("in", flow, FileSource(source)), orjson.loads)
    from bytewax.connectors.kafka import KafkaSource
    from confluent_kafka import OFFSET_BEGINNING

    brokers, topic, _ = source.split("/")
    kafka = KafkaSource([brokers], [topic], tail=False, starting_offset=OFFSET_BEGINNING, batch_size=1000)
    return op.map("decode", op.input("in", flow, kafka), lambda message: orjson.loads(message.value))


workload, source, output, lookup, _ = sys.argv[1:]
flow = Dataflow("peer")
stream = records(flow, workload, source)
if workload == "W1":
    result = op.filter_map("english", stream, english)
elif workload == "W5":
    result = views(stream, lookup)
elif workload in ("W2", "WK"):
    result = rollup(stream, None, 5)
else:
    # A stateful step hands its rows on key by key: they are further out of order behind it.
    unique, score = first_of_id(stream), None
    if workload == "W4":
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        score = lambda mention: analyzer.polarity_scores(mention["text"])["compound"]  # noqa: E731
        op.output("tags_out", hashtag_counts(unique, 8), FileSink(f"{output}.tags"))
    result = rollup(unique, score, 8)
op.output("out", result, FileSink(output))
started = time.monotonic()
cli_main(flow)
print(time.monotonic() - started)
