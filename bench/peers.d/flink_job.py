"""W1 and W2 in Flink SQL, streaming mode, in the client's process."""

import sys
import time

from pyflink.table import EnvironmentSettings, TableEnvironment

SOURCE = """
CREATE TABLE mentions (
    id STRING, platform STRING, author ROW<id STRING, followers BIGINT>, `text` STRING, lang STRING, created_at BIGINT,
    brand STRING, metrics ROW<likes BIGINT, shares BIGINT, comments BIGINT>,
    happened AS TO_TIMESTAMP_LTZ(created_at, 3), WATERMARK FOR happened AS happened - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'json')"""
SINK = "CREATE TABLE results ({}) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv')"
ENGAGEMENT = "metrics.likes + metrics.shares + metrics.comments"
WORKLOADS = {
    "W1": (
        "id STRING, brand STRING, engagement BIGINT", f"SELECT id, brand, {ENGAGEMENT} FROM mentions WHERE lang = 'en'"),
    "W2": (
        "brand STRING, platform STRING, window_start BIGINT, mentions BIGINT, engagement BIGINT, followers_avg DOUBLE, "
        "likes_max BIGINT",
        f"""SELECT brand, platform, 1000 * UNIX_TIMESTAMP(CAST(window_start AS STRING)), COUNT(*), SUM({ENGAGEMENT}),
            AVG(CAST(author.followers AS DOUBLE)), MAX(metrics.likes)
        FROM TABLE(TUMBLE(TABLE mentions, DESCRIPTOR(happened), INTERVAL '10' SECOND))
        GROUP BY brand, platform, window_start, window_end"""),
}

workload, source, output, _, threads = sys.argv[1:]
columns, query = WORKLOADS[workload]
environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
environment.get_config().set("parallelism.default", threads).set("table.local-time-zone", "UTC")
environment.execute_sql(SOURCE.format(source))
environment.execute_sql(SINK.format(columns, output))
started = time.monotonic()
environment.execute_sql(f"INSERT INTO results {query}").wait()
print(time.monotonic() - started)
