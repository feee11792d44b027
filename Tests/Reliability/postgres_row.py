"""R7: Postgres crashes, loses connections and answers, refuses, waits and changes shape under a run; then the tables are
compared, and each case must have done its harm.
"""

import contextlib
import os
import random
import time

import pipeline
from fault_proxy import FaultProxy
from kill_row import drop_tables
from oracle import Oracle
from parts import Postgres
from post_log import PostLog
from program import Failed, Program, complain, first_seed, scratch, wait_for
from table_watch import TableWatch

POSTS, RATE = 12_000, 4_000
# How often each case is run at its default size: 60 in all. The quick size runs each once, the long one 20 times as many.
COUNTS = {
    "restart": 6, "terminated": 8, "reply_lost": 8, "reply_lost_and_killed": 4, "request_lost": 6, "cut": 8,
    "half_closed": 2, "slow": 2, "locked": 2, "deadlock": 4, "serialization": 2, "outage": 2, "renamed_column": 1,
    "new_required_column": 1, "new_column": 1, "other_type": 1, "missing_table": 1, "no_permission": 1}


def run(size):
    figures = {"cases": 0, "passed": 0, "lost": 0, "duplicated": 0, "wrong_rows": 0, "backwards": 0, "injected": 0}
    by_case = {}
    with scratch() as folder:
        postgres = Postgres(folder / "postgres")
        try:
            for number, name in enumerate(_names(size)):
                case = Case(folder / f"case-{number}", postgres, first_seed() + number)
                figures["cases"] += 1
                try:
                    for figure, value in case.run(name).items():
                        figures[figure] += value
                    figures["passed"] += 1
                    by_case[name] = by_case.get(name, 0) + 1
                # Whatever ends a case is its failure, not the row's end.
                except Exception as failure:
                    complain(
                        f"{name}: {failure!r}", case.seed, name,
                        f"SEED={case.seed} CASE={name} tools/reliability --rows R7", case.program.log)
                finally:
                    case.end()
        finally:
            postgres.stop("immediate")
    return figures["passed"] == figures["cases"] > 0, {**figures, "by_case": by_case}


def _names(size):
    """The cases in their order; one alone if the environment names it."""
    if os.environ.get("CASE"):
        return [os.environ["CASE"]]
    times = {"quick": lambda count: 1, "default": lambda count: count, "long": lambda count: 20 * count}[size]
    return [name for name, count in COUNTS.items() for _ in range(times(count))]


class Case:
    def __init__(self, folder, postgres, seed):
        self.folder, self.postgres, self.seed = folder, postgres, seed
        self.random, self.oracle = random.Random(seed), Oracle()
        self.proxy = FaultProxy(postgres.port)
        folder.mkdir()
        PostLog(seed).write(folder / "posts.ndjson", POSTS, self.oracle)
        url = postgres.url.replace(f":{postgres.port}/", f":{self.proxy.port}/")
        self.program = Program(folder, pipeline.posts(
            pipeline.file(rate=RATE), pipeline.tables(url, "rollup", "archive", "alert", "letter"),
            checkpoint={"interval": "300ms"}))
        # What the harm is counted by, where the proxy does not do it.
        self.injected = 0

    def run(self, name):
        watch = TableWatch(self.postgres.url)
        watch.start()
        try:
            self.program.start(until_end=True)
            wait_for(lambda: self._count() > 0, "the first rows", 20, self.program.process)
            getattr(self, name)()
            if self.program.process.poll() is None or self.program.process.returncode == 0:
                self.program.wait(90)
        finally:
            watch.stop()
        self.program.check_ledger()
        result = self.oracle.compare(pipeline.found_tables(self.postgres))
        result |= {"backwards": watch.backwards, "injected": self.injected + self.proxy.injected}
        if result["injected"] == 0:
            raise Failed("no harm was done")
        if any(result[figure] for figure in ("lost", "duplicated", "wrong_rows", "backwards")):
            raise Failed(f"{result}")
        return result

    def end(self):
        self.program.kill()
        self.proxy.stop()
        with contextlib.suppress(Exception):
            self.postgres.execute("ALTER ROLE martlet RESET ALL")
        drop_tables(self.postgres)

    def _count(self):
        if not self.postgres.rows("SELECT to_regclass('archive')")[0][0]:
            return 0
        return self.postgres.rows("SELECT count(*) FROM archive")[0][0]

    def _pause(self, least, most):
        time.sleep(self.random.uniform(least, most))

    def _is_running(self):
        return self.program.process.poll() is None

    # MARK: the server and the way to it

    def restart(self):
        self._pause(0, 1)
        self.postgres.stop("immediate")
        self._pause(0, 0.5)
        self.postgres.start()
        self.injected += 1

    def outage(self):
        """An outage of ten minutes, scaled down: everything that can wait is full long before its end."""
        self._pause(0, 0.5)
        self.postgres.stop()
        self._pause(5, 8)
        self.postgres.start()
        self.injected += 1

    def terminated(self):
        """Sessions are ended every so often."""
        every = self.random.uniform(0.05, 0.6)
        end = time.monotonic() + 3
        while self._is_running() and time.monotonic() < end:
            self.injected += len(self.postgres.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'martlet%'"))
            time.sleep(every)

    def _at_commits(self, action):
        several = [self.random.choice([action, "pass"]) for _ in range(20)]
        self.proxy.commits = ["pass"] * self.random.randrange(3) + [action] + several
        wait_for(lambda: self.proxy.injected > 0 or not self._is_running(), action, 20)

    def reply_lost(self):
        """COMMIT arrives, its answer does not."""
        self._at_commits("lose_reply")

    def reply_lost_and_killed(self):
        """The next run must find out whether the last COMMIT arrived."""
        self._at_commits("lose_reply")
        self.program.kill()
        self.proxy.commits = []
        self.program.start(until_end=True)

    def request_lost(self):
        self._at_commits("lose_request")

    def half_closed(self):
        self._at_commits("half_close")

    def cut(self):
        """Connections end after some bytes, whatever is under way."""
        self.proxy.limits = [int(2 ** self.random.uniform(4, 15)) for _ in range(12)]
        self.proxy.cut()

    def slow(self):
        self.proxy.delay_seconds = self.random.uniform(0.02, 0.08)
        self.injected += 1
        self._pause(2, 3)
        self.proxy.delay_seconds = 0

    # MARK: other sessions

    def locked(self):
        """Somebody holds rows that are to be replaced."""
        for _ in range(3):
            with self._session() as session:
                self.injected += len(self._lock_newest(session))
                self._pause(0.3, 1)

    def deadlock(self):
        """Somebody holds rows and asks for the marker, which the run holds while it asks for the rows."""
        self.postgres.execute(f"ALTER ROLE martlet SET deadlock_timeout = '{self.random.choice([60, 5_000])}ms'")
        self.proxy.cut()
        before = self._deadlocks()
        end = time.monotonic() + 15
        while self._is_running() and self._deadlocks() == before and time.monotonic() < end:
            with contextlib.suppress(Exception), self._session() as session:
                session.execute(f"SET deadlock_timeout = '{self.random.choice([10, 5_000])}ms'")
                self._lock_newest(session)
                session.execute("SELECT FROM martlet_commit FOR UPDATE")
        self.proxy.injected = 0
        # The statistics follow a moment later.
        wait_for(lambda: self._deadlocks() > before, "a deadlock", 5)
        self.injected += self._deadlocks() - before

    def serialization(self):
        """Every session is serializable, and others change the same rows."""
        self.postgres.execute("ALTER ROLE martlet SET default_transaction_isolation = 'serializable'")
        self.proxy.cut()
        self.proxy.injected = 0
        before = self._said("could not serialize")
        while self._is_running() and self._said("could not serialize") == before:
            with contextlib.suppress(Exception), self._session() as session:
                session.execute("SELECT sum(n) FROM rollup")
                session.execute(
                    "UPDATE rollup SET n = n WHERE window_start = (SELECT max(window_start) FROM rollup)")
                # Longer than from one commit of the run to the next, which has to wait, and then is refused.
                time.sleep(0.4)
        self.injected += self._said("could not serialize") - before

    def _session(self):
        import psycopg

        return psycopg.connect(self.postgres.url)

    def _lock_newest(self, session):
        return session.execute(
            "SELECT n FROM rollup ORDER BY window_start DESC, brand DESC LIMIT 10 FOR UPDATE").fetchall()

    def _deadlocks(self):
        return self._said("deadlock detected")

    def _said(self, words):
        return (self.postgres.folder / "postgres.log").read_text(errors="replace").count(words)

    # MARK: the table changes

    def _drift(self, change, repair, words):
        """The run ends and says why; once the table is mended the next one goes on, and nothing is lost."""
        self.postgres.execute(change)
        self.program.wait(30, status=1)
        if not all(word in self.program.log for word in words):
            raise Failed(f"it ended without the words {words}")
        self.postgres.execute(repair)
        self.program.start(until_end=True)
        self.injected += 1

    def renamed_column(self):
        self._drift(
            "ALTER TABLE rollup RENAME COLUMN most TO peak", "ALTER TABLE rollup RENAME COLUMN peak TO most",
            ["postgres.", "most"])

    def new_required_column(self):
        self._drift(
            "ALTER TABLE archive ADD COLUMN team integer NOT NULL DEFAULT 1;"
            "ALTER TABLE archive ALTER COLUMN team DROP DEFAULT",
            "ALTER TABLE archive DROP COLUMN team", ["postgres.", "team"])

    def new_column(self):
        """A column that a row can do without is nobody's business."""
        self.postgres.execute("ALTER TABLE rollup ADD COLUMN note text")
        self.injected += 1

    def other_type(self):
        self._drift(
            "ALTER TABLE rollup ALTER COLUMN total TYPE timestamptz USING to_timestamp(total)",
            "ALTER TABLE rollup ALTER COLUMN total TYPE bigint USING extract(epoch FROM total)::bigint",
            ["postgres.", "total"])

    def missing_table(self):
        self._drift(
            "ALTER TABLE archive RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO archive",
            ["postgres.", "archive"])

    def no_permission(self):
        """The table becomes read-only."""
        self._drift(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE insufficient_privilege USING MESSAGE = 'no'; END$$;"
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON rollup EXECUTE FUNCTION refuse()",
            "DROP TRIGGER refuse ON rollup; DROP FUNCTION refuse", ["postgres.permission"])
