"""What is around the program goes away and comes back: nothing is lost, nothing comes twice, and it says what it waits for."""

import json
import signal
import time

import pytest
from conftest import ROOT, Receiver, check_ledger, free_port, wait_for

HALF = 20_000
TO_POSTGRES = """
pipeline: outages
sources:
  mentions:
    kafka: {{ brokers: '{brokers}', topics: [mentions], connect_timeout: 2s }}
    schema: %s/schemas/mention.avsc
    event_time: {{ column: created_at, delay: 5s }}
operators:
  slim: {{ from: mentions, select: {{ columns: {{ id: id, likes: metrics.likes }} }} }}
sinks:
  out: {{ from: slim, postgres: {{ url: '{url}', table: post, mode: {mode}, {key} connect_timeout: 2s }} }}
checkpoint: {{ interval: 500ms }}
""" % ROOT
ALERTS = """
pipeline: alerts
sources:
  mentions:
    file: { path: in.ndjson }
    schema: %s/schemas/mention.avsc
    event_time: { column: created_at, delay: 5s }
operators:
  loud:
    from: mentions
    alert: { when: metrics.likes >= 1000, by: [id], message: '{id} has {metrics.likes} likes' }
sinks:
  alerts: { from: loud, webhook: { url: "${RECEIVER}", format: json, timeout: 1s, allow_private: true } }
""" % ROOT


def post(number, likes=None):
    return json.dumps({
        "platform": "x", "id": str(number), "text": "t", "created_at": 1_780_000_000_000 + number,
        "metrics": {"likes": number if likes is None else likes}}).encode()


def count(postgres):
    try:
        return postgres.rows("SELECT count(*) FROM post")[0][0]
    except Exception:
        return 0


def into_postgres(martlet, broker, url, mode="upsert", **options):
    key = "key: [id]," if mode == "upsert" else ""
    file = martlet.folder / "p.yaml"
    file.write_text(TO_POSTGRES.format(brokers=broker.address, url=url, mode=mode, key=key))
    return martlet.pipeline(file, **options)


def check_posts(run, postgres, total):
    """Ended in order, and the table has each post once."""
    run.terminate()
    run.finish(30)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert run.summary["sources"]["mentions"]["read"] == total
    assert run.summary["sinks"]["out"]["committed"] == total
    assert postgres.rows("SELECT count(*), count(DISTINCT id), sum(likes) FROM post") == [
        (total, total, total * (total - 1) // 2)]


def test_broker_hangs(own_broker, own_postgres, martlet):
    """A broker that hangs is waited for."""
    own_broker.produce("mentions", map(post, range(HALF)))
    run = into_postgres(martlet, own_broker, own_postgres.url, wait=False)
    wait_for(lambda: count(own_postgres) == HALF, "the first half")
    own_broker.signal(signal.SIGSTOP)
    time.sleep(3)
    own_broker.signal(signal.SIGCONT)
    own_broker.produce("mentions", map(post, range(HALF, 2 * HALF)), create=False)
    wait_for(lambda: count(own_postgres) == 2 * HALF, "the second half")
    check_posts(run, own_postgres, 2 * HALF)


@pytest.mark.parametrize("mode", ["upsert", "append"])
def test_postgres_restarts(mode, own_broker, own_postgres, martlet):
    """Rows that no commit has answered for are written after the restart, each once."""
    own_broker.produce("mentions", map(post, range(HALF)))
    run = into_postgres(martlet, own_broker, own_postgres.url, mode, wait=False)
    wait_for(lambda: count(own_postgres) > 0, "the first rows")
    own_postgres.stop("immediate")
    own_broker.produce("mentions", map(post, range(HALF, 2 * HALF)), create=False)
    time.sleep(1)
    own_postgres.start()
    wait_for(lambda: count(own_postgres) == 2 * HALF, "all rows")
    check_posts(run, own_postgres, 2 * HALF)


def test_postgres_blocks(own_broker, own_postgres, martlet):
    """A table that somebody has locked holds the run up, and it goes on after."""
    import psycopg

    own_broker.produce("mentions", map(post, range(HALF)))
    run = into_postgres(martlet, own_broker, own_postgres.url, wait=False)
    wait_for(lambda: count(own_postgres) == HALF, "the first half")
    with psycopg.connect(own_postgres.url) as connection:
        connection.execute("LOCK TABLE post IN ACCESS EXCLUSIVE MODE")
        own_broker.produce("mentions", map(post, range(HALF, 2 * HALF)), create=False)
        time.sleep(2)
        assert connection.execute("SELECT count(*) FROM post").fetchone() == (HALF,)
    wait_for(lambda: count(own_postgres) == 2 * HALF, "the second half")
    check_posts(run, own_postgres, 2 * HALF)


def test_nobody_at_the_start(own_broker, postgres, martlet):
    """Without a broker or a database the run fails within its patience, and says which."""
    file = martlet.folder / "p.yaml"
    own_broker.create("mentions", 1)
    nowhere = f"127.0.0.1:{free_port()}"
    for brokers, url, named in (
        (nowhere, postgres.url, nowhere), (own_broker.address, f"postgres://martlet:hidden@{nowhere}/martlet", nowhere)
    ):
        file.write_text(TO_POSTGRES.format(brokers=brokers, url=url, mode="upsert", key="key: [id],"))
        started = time.monotonic()
        run = martlet.pipeline(file)
        assert run.status == 1 and time.monotonic() - started < 10
        assert named.split(":")[1] in run.err, run.err
        assert "hidden" not in run.err


def test_table_of_another_shape(own_broker, postgres, martlet):
    """A table that does not fit is refused before a row is read, with the columns that differ."""
    postgres.execute("CREATE TABLE post (id integer PRIMARY KEY, likes text)")
    own_broker.create("mentions", 1)
    run = into_postgres(martlet, own_broker, postgres.url)
    postgres.execute("DROP TABLE post")
    assert run.status == 1
    assert "column id is integer" in run.err and "column likes is text" in run.err


@pytest.fixture
def loud(martlet):
    """A pipeline of which three of ten posts raise an alert."""
    (martlet.folder / "in.ndjson").write_bytes(b"\n".join(post(n, 1000 + n if n % 3 == 1 else 0) for n in range(10)))
    file = martlet.folder / "alerts.yaml"
    file.write_text(ALERTS)
    return file


def delivered(receiver):
    """The posts whose alerts were taken, in order."""
    return [json.loads(body)["data"]["id"] for _, _, body, status in receiver.requests if status == 200]


@pytest.mark.parametrize("answers", [
    [(500, {}, b"oops"), (503, {}, b"")],
    [(429, {"Retry-After": "1"}, b"slow down")],
    [(408, {}, b""), (502, {}, b"")],
], ids=["5xx", "429", "408"])
def test_receiver_recovers(answers, loud, receiver, martlet):
    """What a receiver could not take is sent again, in order, under the same id."""
    receiver.answers = list(answers)
    run = martlet.pipeline(loud, "--until-end", "--threads", "1", RECEIVER=receiver.url)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert delivered(receiver) == ["1", "4", "7"]
    ids = [headers["webhook-id"] for _, headers, _, _ in receiver.requests]
    assert len(set(ids[: len(answers) + 1])) == 1 and len(set(ids)) == 3
    assert run.summary["sinks"]["alerts"] | {"balanced": True} == {
        "received": 3, "committed": 3, "parked": 0, "held": 0, "balanced": True}
    assert "secret-path" not in run.err


def test_receiver_refuses(loud, receiver, martlet):
    """An alert that is refused for good is parked with the receiver's words; those behind it arrive."""
    receiver.answers = [(200, {}, b""), (400, {}, b"no such channel")]
    run = martlet.pipeline(loud, "--until-end", "--threads", "1", RECEIVER=receiver.url)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert delivered(receiver) == ["1", "7"]
    assert run.summary["sinks"]["alerts"]["parked"] == 1
    (parked,) = run.parked
    assert "no such channel" in parked["reason"] and json.loads(parked["bytes"])["id"] == "4"


def test_receiver_comes_late(loud, martlet):
    """A receiver that is not there yet is waited for."""
    port = free_port()
    run = martlet.pipeline(loud, "--until-end", "--threads", "1", RECEIVER=f"http://127.0.0.1:{port}/", wait=False)
    time.sleep(1)
    receiver = Receiver(port)
    try:
        run.finish(40)
        assert run.status == 0, run.err
        assert delivered(receiver) == ["1", "4", "7"]
    finally:
        receiver.stop()


def test_receiver_never_comes(loud, receiver, martlet):
    """Alerts that nobody takes are held over the end of the run, and the next one delivers them."""
    run = martlet.pipeline(loud, "--threads", "1", RECEIVER=f"http://127.0.0.1:{free_port()}/", wait=False)
    wait_for(lambda: run.process.poll() is None, "the run")
    time.sleep(1)
    run.terminate()
    run.finish(20)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert run.summary["sinks"]["alerts"]["held"] == 3 and not run.parked
    run = martlet.pipeline(loud, "--until-end", "--threads", "1", RECEIVER=receiver.url)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert sorted(delivered(receiver)) == ["1", "4", "7"] and run.summary["sinks"]["alerts"]["held"] == 0
