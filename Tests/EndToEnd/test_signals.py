"""A run that is stopped, in order or by force, at a random moment of its work."""

import random
import signal
import time

import pytest
from conftest import ROOT, check_ledger
from test_outages import into_postgres, post, wait_for

TOTAL = 400_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_stop_in_order(number, own_broker, postgres, martlet):
    """What had been read is committed, the ledger balances, and the run says 0."""
    own_broker.produce("mentions", map(post, range(TOTAL)))
    postgres.execute("DROP TABLE IF EXISTS post")
    run = into_postgres(martlet, own_broker, postgres.url, wait=False)
    wait_for(lambda: postgres.rows("SELECT to_regclass('post')")[0][0], "the table")
    time.sleep(random.uniform(0, 1))
    run.terminate(number)
    run.finish(30)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert run.summary["sources"]["mentions"]["dead_letter"] == 0
    committed = run.summary["sinks"]["out"]["committed"]
    assert committed == run.summary["sources"]["mentions"]["read"]
    assert postgres.rows("SELECT count(*) FROM post") == [(committed,)]


def test_kill_and_run_again(own_broker, postgres, martlet):
    """After kill -9 the same command finishes the work: the table is that of a run that nobody killed."""
    own_broker.produce("mentions", map(post, range(TOTAL)))
    postgres.execute("DROP TABLE IF EXISTS post")
    for _ in range(3):
        run = into_postgres(martlet, own_broker, postgres.url, wait=False)
        time.sleep(random.uniform(0.1, 1.2))
        run.process.kill()
        run.finish(10)
    options = ["--until-end"]
    run = martlet.pipeline(martlet.folder / "p.yaml", *options)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert postgres.rows("SELECT count(*), count(DISTINCT id), sum(likes) FROM post") == [
        (TOTAL, TOTAL, TOTAL * (TOTAL - 1) // 2)]


def test_stop_behind_a_blocked_sink(own_broker, postgres, martlet):
    """A sink that is held up does not keep a run from ending; what it could not write is counted."""
    import psycopg

    own_broker.produce("mentions", map(post, range(TOTAL)))
    postgres.execute("DROP TABLE IF EXISTS post")
    run = into_postgres(martlet, own_broker, postgres.url, wait=False)
    wait_for(lambda: postgres.rows("SELECT to_regclass('post')")[0][0], "the table")
    with psycopg.connect(postgres.url) as connection:
        connection.execute("LOCK TABLE post IN ACCESS EXCLUSIVE MODE")
        run.terminate()
        time.sleep(1)
        connection.rollback()
    run.finish(30)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert postgres.rows("SELECT count(*) FROM post") == [(run.summary["sinks"]["out"]["committed"],)]


def test_quiet_partition_does_not_hold_windows(own_broker, martlet):
    """With three partitions silent, the windows of the fourth close after the idle time."""
    minute = 60_000
    file = martlet.folder / "p.yaml"
    file.write_text(f"""
pipeline: quiet
sources:
  mentions:
    kafka: {{ brokers: '{own_broker.address}', topics: [mentions] }}
    schema: {ROOT}/schemas/mention.avsc
    event_time: {{ column: created_at, delay: 0s, idle: 1s }}
operators:
  counts: {{ from: mentions, aggregate: {{ window: {{ tumbling: 1s }}, columns: {{ posts: count() }} }} }}
sinks: {{ out: {{ from: counts, file: {{ path: out.ndjson }} }} }}
""")
    own_broker.produce("mentions", ((0, post(number)) for number in range(0, minute, 100)))
    run = martlet.pipeline(file, wait=False)
    out = martlet.folder / "out.ndjson"
    # The last second stays open: nothing says that it is over.
    wait_for(lambda: out.exists() and len(out.read_text().splitlines()) == 59, "59 windows", seconds=20)
    run.terminate()
    run.finish(20)
    assert run.status == 0, run.err
    check_ledger(run.summary)
