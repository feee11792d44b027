"""W1, W2, W3 and W5 in DuckDB, as one SQL statement over the whole file."""

import sys
import time

import duckdb

MENTION = (
    "id: 'VARCHAR', platform: 'VARCHAR', author: 'STRUCT(id VARCHAR, followers BIGINT)', text: 'VARCHAR', "
    "lang: 'VARCHAR', created_at: 'BIGINT', brand: 'VARCHAR', "
    "metrics: 'STRUCT(likes BIGINT, shares BIGINT, comments BIGINT)'")
AD = "ad_id: 'VARCHAR', event_type: 'VARCHAR', event_time: 'BIGINT'"
ENGAGEMENT = "metrics.likes + metrics.shares + metrics.comments"
ROLLUP = f"""
    SELECT brand, platform, created_at // 10000 * 10000 AS window_start, count(*), sum({ENGAGEMENT}),
        avg(author.followers), max(metrics.likes)
    FROM {{}} GROUP BY brand, platform, window_start"""
FIRST_OF_ID = """
    (SELECT * FROM mentions QUALIFY coalesce(
        created_at - lag(created_at) OVER (PARTITION BY id ORDER BY created_at) > 60000, true))"""
QUERIES = {
    "W1": f"SELECT id, brand, {ENGAGEMENT} FROM mentions WHERE lang = 'en'",
    "W2": ROLLUP.format("mentions"),
    "W3": ROLLUP.format(FIRST_OF_ID),
    "W5": """
        SELECT campaign_id, event_time // 10000 * 10000 AS window_start, count(*)
        FROM ads JOIN campaigns USING (ad_id) WHERE event_type = 'view' GROUP BY campaign_id, window_start""",
}

workload, source, output, lookup, threads = sys.argv[1:]
database = duckdb.connect(config={"threads": int(threads), "preserve_insertion_order": False})
for view, path, columns in (("mentions", source, MENTION), ("ads", source, AD)):
    database.execute(
        f"CREATE VIEW {view} AS SELECT * FROM read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})")
database.execute(f"CREATE TABLE campaigns AS SELECT * FROM read_json('{lookup}', format = 'newline_delimited')")
started = time.monotonic()
database.execute(f"COPY ({QUERIES[workload]}) TO '{output}' (FORMAT csv, HEADER false)")
print(time.monotonic() - started)
