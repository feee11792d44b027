"""W1, W2, W3 and W5 in Spark, structured streaming that takes what is there in one micro-batch."""

import json
import os
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession, functions
from pyspark.sql.functions import col, expr

MENTION = (
    "id STRING, platform STRING, author STRUCT<id: STRING, followers: BIGINT>, text STRING, lang STRING, "
    "created_at BIGINT, brand STRING, metrics STRUCT<likes: BIGINT, shares: BIGINT, comments: BIGINT>")
AD = "ad_id STRING, event_type STRING, event_time BIGINT"
ENGAGEMENT = "metrics.likes + metrics.shares + metrics.comments"


def timed(rows, column, delay):
    return rows.withColumn("at", functions.timestamp_millis(col(column))).withWatermark("at", delay)


def window_start():
    return functions.unix_millis(col("window.start")).alias("window_start")


def query(spark, workload, source, lookup):
    rows = spark.readStream.schema(AD if workload == "W5" else MENTION).json(source)
    if workload == "W1":
        return rows.filter("lang = 'en'").select("id", "brand", expr(ENGAGEMENT))
    if workload == "W5":
        campaigns = spark.read.schema("ad_id STRING, campaign_id STRING").json(lookup)
        views = timed(rows.filter("event_type = 'view'"), "event_time", "5 seconds")
        counted = views.join(functions.broadcast(campaigns), "ad_id").groupBy(
            functions.window("at", "10 seconds"), "campaign_id").agg(functions.count("*").alias("views"))
        return counted.select("campaign_id", window_start(), "views")
    # Spark has one watermark for the whole query, so that of the dedupe holds the windows back too.
    rows = timed(rows, "created_at", "60 seconds" if workload == "W3" else "5 seconds")
    if workload == "W3":
        rows = rows.dropDuplicatesWithinWatermark(["id"])
    counted = rows.groupBy(functions.window("at", "10 seconds"), "brand", "platform").agg(
        functions.count("*").alias("mentions"), functions.sum(expr(ENGAGEMENT)).alias("engagement"),
        functions.avg("author.followers").alias("followers_avg"), functions.max("metrics.likes").alias("likes_max"))
    return counted.select(
        "brand", "platform", window_start(), "mentions", "engagement", "followers_avg", "likes_max")


def folder_of(source, output):
    """The folder that Spark reads: the input, and an event hours later, without which the last windows stay open."""
    folder, later = Path(f"{output}.in"), 1_767_250_000_000
    folder.mkdir()
    os.symlink(source, folder / "events.json")
    (folder / "later.json").write_text(json.dumps({
        "id": "later", "platform": "x", "created_at": later, "brand": "later", "lang": "", "ad_id": "later",
        "event_type": "view", "event_time": later}) + "\n")
    return str(folder)


workload, source, output, lookup, threads = sys.argv[1:]
spark = SparkSession.builder.master(f"local[{threads}]").config("spark.sql.shuffle.partitions", threads).config(
    "spark.ui.enabled", "false").config("spark.driver.memory", "6g").config(
    "spark.sql.session.timeZone", "UTC").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
started = time.monotonic()
query(spark, workload, folder_of(source, output), lookup).writeStream.outputMode("append").trigger(availableNow=True).option(
    "checkpointLocation", f"{output}.checkpoints").foreachBatch(
    lambda rows, _: rows.write.mode("append").csv(output)).start().awaitTermination()
print(time.monotonic() - started)
spark.stop()
