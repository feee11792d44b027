"""Whether a query's answer is right: DuckDB computes it from the same events, by a statement of its own."""

import json
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
# Columns that Martlet estimates beyond 1,024 distinct values, and how far they may be off: five standard errors.
ESTIMATED = {f"{part}_{what}" for part in ("total", "rank1", "rank2", "rank3") for what in ("bidders", "auctions")}
TOLERANCE = 0.04
SHOWN = 5


class Answers:
    def __init__(self, events, lookup):
        self.database = duckdb.connect()
        # Milliseconds are written with as many digits as they need; all times are UTC.
        self.database.execute("SET TimeZone = 'UTC'")
        views = (HERE / "views.sql").read_text()
        for name, path in (("$events", events), ("$lookup", lookup)):
            views = views.replace(name, f"'{path}'")
        self.database.execute(views)

    def differences(self, name, output):
        """How many rows the answer has, and a line for each that is missing, unexpected or different."""
        query = (HERE / f"{name}.sql").read_text()
        self.database.execute(f"CREATE OR REPLACE TABLE expected AS {query}")
        columns = self.database.execute("DESCRIBE expected").fetchall()
        names = [column for column, *_ in columns]
        types = {column: kind for column, kind, *_ in columns}
        found = list(self.wrong_columns(output, names))
        if found:
            return 0, found
        self.database.execute(
            f"CREATE OR REPLACE TABLE answer AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = {types})",
            [str(output)])
        for title, left, right in (("missing", "expected", "answer"), ("unexpected", "answer", "expected")):
            found += [f"{title:<12}{row}" for row in self.lacking(left, right, names)]
        return self.database.execute("SELECT count(*) FROM expected").fetchone()[0], found

    def lacking(self, left, right, names):
        """Rows of one table that the other lacks, as often as it does."""
        estimated = [name for name in names if name in ESTIMATED]
        if not estimated:
            return self.database.execute(f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right}").fetchall()
        same = " AND ".join(f"l.{name} = r.{name}" for name in names if name not in ESTIMATED)
        near = " AND ".join(
            f"abs(l.{name} - r.{name}) <= {TOLERANCE} * greatest(l.{name}, r.{name}, 1)" for name in estimated)
        return self.database.execute(f"SELECT * FROM {left} l ANTI JOIN {right} r ON {same} AND {near}").fetchall()

    @staticmethod
    def wrong_columns(output, names):
        """A line for each of the first rows whose columns are others."""
        with open(output, "rb") as file:
            for number, line in zip(range(1, SHOWN + 1), file):
                row = json.loads(line)
                if list(row) != names:
                    yield f"line {number}: columns {list(row)}, expected {names}"
