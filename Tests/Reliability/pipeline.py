"""The pipeline that rows run on real parts: filter, dedupe, two windows and an alert, into the sinks that a row asks for."""

import json

from parts import ROOT

OPERATORS = {
    "kept": {"from": "posts", "filter": "metrics.likes > 10"},
    "unique": {"from": "kept", "dedupe": {"by": ["platform", "id"], "within": "24h", "keys": 4_000_000}},
    "by_brand": {"from": "unique", "aggregate": {
        "window": {"tumbling": "10s"}, "by": ["brand"],
        "columns": {"n": "count()", "total": "sum(metrics.likes)", "most": "max(metrics.likes)"},
        "emit": {"early": "300ms"}}},
    "by_author": {"from": "unique", "aggregate": {
        "window": {"tumbling": "24h"}, "by": ["author.id"], "columns": {"n": "count()", "total": "sum(metrics.likes)"}}},
    "slim": {"from": "unique", "select": {"columns": {"id": "id"}}},
    "wide": {"from": "unique", "select": {"columns": {"id": "id", "text": "text"}}},
    "loud": {"from": "unique", "alert": {
        "when": "metrics.likes >= 998", "by": ["id"], "message": "{id} has {metrics.likes} likes"}},
}


def kafka(brokers, **settings):
    return {"kafka": {"brokers": brokers, "topics": ["posts"], "connect_timeout": "20s", **settings}}


def file(path="posts.ndjson", **settings):
    return {"file": {"path": str(path), **settings}}


def posts(source, sinks, **sections):
    """The whole file; `sinks` by their names, `sections` such as `resources`. Operators that nobody reads are left out."""
    text = {
        "pipeline": "posts", "checkpoint": {"interval": "1s"},
        "sources": {"posts": {
            **source, "schema": str(ROOT / "schemas/mention.avsc"),
            "event_time": {"column": "created_at", "delay": "5s"}}},
        "operators": {}, "sinks": sinks, **sections}
    wanted = [sink["from"] for sink in sinks.values()]
    while wanted:
        name = wanted.pop()
        if name in OPERATORS:
            text["operators"][name] = OPERATORS[name]
            wanted.append(OPERATORS[name]["from"])
    return json.dumps(text, indent=1)


def tables(url, *names):
    """Sinks into Postgres: `rollup`, `author`, `archive`, `alert`, `letter`; all of them if none is named."""
    streams = {
        "rollup": "by_brand", "author": "by_author", "archive": "slim", "alert": "loud", "letter": "dead_letters"}
    sinks = {}
    for name in names or streams:
        settings = {"url": url, "table": name, "connect_timeout": "5s"}
        if name in ("archive", "alert", "letter"):
            settings["mode"] = "append"
        sinks[name] = {"from": streams[name], "postgres": settings}
    return sinks


def copy():
    return {"copy": {"from": "slim", "file": {"path": "copy.ndjson"}}}


def hook(url, **settings):
    return {"hook": {"from": "loud", "webhook": {
        "url": url, "format": "json", "timeout": "2s", "allow_private": True, **settings}}}


def found_tables(postgres):
    """What the tables hold, as the oracle names it; a table that is not there is left out."""
    queries = {
        "windows": "SELECT (extract(epoch FROM window_start) * 1000)::bigint, brand, n, total, most FROM rollup",
        "authors": "SELECT (extract(epoch FROM window_start) * 1000)::bigint, author_id, n, total FROM author",
        "ids": "SELECT id::bigint FROM archive", "loud": "SELECT id::bigint FROM alert",
        "broken": "SELECT count(*) FROM letter"}
    found = {}
    for name, query in queries.items():
        table = query.split()[-1]
        if not postgres.rows(f"SELECT to_regclass('{table}')")[0][0]:
            continue
        rows = postgres.rows(query)
        if name in ("windows", "authors"):
            found[name] = {row[:2]: row[2:] for row in rows}
        else:
            found[name] = rows[0][0] if name == "broken" else [row[0] for row in rows]
    return found


def found_copy(folder):
    with open(folder / "copy.ndjson") as lines:
        return {"ids": [int(json.loads(line)["id"]) for line in lines]}
