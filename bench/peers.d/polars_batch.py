"""W1, W2, W3 and W5 in Polars: lazy frames over the whole file, collected by the streaming engine."""

import sys
import time

import polars
from polars import col

AUTHOR = polars.Struct({"id": polars.String, "followers": polars.Int64})
METRICS = polars.Struct({"likes": polars.Int64, "shares": polars.Int64, "comments": polars.Int64})
MENTION = {
    "id": polars.String, "platform": polars.String, "author": AUTHOR, "text": polars.String, "lang": polars.String,
    "created_at": polars.Int64, "brand": polars.String, "metrics": METRICS}
AD = {"ad_id": polars.String, "event_type": polars.String, "event_time": polars.Int64}


def metric(name):
    return col("metrics").struct.field(name)


ENGAGEMENT = metric("likes") + metric("shares") + metric("comments")


def window(column):
    return (col(column) // 10_000 * 10_000).alias("window_start")


def rollup(mentions):
    return mentions.group_by("brand", "platform", window("created_at")).agg(
        polars.len().alias("mentions"), ENGAGEMENT.sum().alias("engagement"),
        col("author").struct.field("followers").mean().alias("followers_avg"), metric("likes").max().alias("likes_max"))


def query(workload, source, lookup):
    if workload == "W5":
        views = polars.scan_ndjson(source, schema=AD).filter(col("event_type") == "view")
        campaigns = polars.scan_ndjson(lookup)
        return views.join(campaigns, on="ad_id").group_by("campaign_id", window("event_time")).agg(polars.len())
    mentions = polars.scan_ndjson(source, schema=MENTION)
    if workload == "W1":
        return mentions.filter(col("lang") == "en").select("id", "brand", ENGAGEMENT.alias("engagement"))
    if workload == "W3":
        since = col("created_at") - col("created_at").shift(1).over("id", order_by="created_at")
        mentions = mentions.filter(since.is_null() | (since > 60_000))
    return rollup(mentions)


workload, source, output, lookup, _ = sys.argv[1:]
started = time.monotonic()
query(workload, source, lookup).sink_csv(output, include_header=False)
print(time.monotonic() - started)
