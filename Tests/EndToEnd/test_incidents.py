"""Incidents on the built program: each change a row, acknowledged at the run's address, told once across kills."""

import json
import signal
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, check_ledger, free_port, wait_for

PIPELINE = f"""
pipeline: incidents
checkpoint: {{ interval: 500ms }}
sources:
  mentions:
    file: {{ path: in.ndjson, rate: 40 }}
    schema: {ROOT}/schemas/mention.avsc
    event_time: {{ column: created_at, delay: 1s }}
operators:
  loud:
    from: mentions
    alert:
      when: metrics.likes > 10
      resolve: metrics.likes <= 10
      by: [brand]
      quiet: 5s
      update: 10s
      message: '{{brand}} has {{metrics.likes}} likes'
sinks:
  rows: {{ from: loud, postgres: {{ url: "${{DATABASE}}", table: incident }} }}
  alerts: {{ from: loud, webhook: {{ url: "${{RECEIVER}}", allow_private: true }} }}
"""
LOUD, QUIET = 240, 40


@pytest.fixture
def pipeline(martlet):
    """A brand that is loud for four minutes of event time, in six seconds, and then is not."""
    posts = []
    for second in range(LOUD + QUIET):
        posts.append(json.dumps({
            "platform": "x", "id": str(second), "created_at": 1_780_000_000_000 + second * 1_000, "brand": "aurora",
            "metrics": {"likes": 100 if second < LOUD else 0}}))
    (martlet.folder / "in.ndjson").write_text("\n".join(posts))
    file = martlet.folder / "incidents.yaml"
    file.write_text(PIPELINE)
    return file


def ask(port, path, method="GET", **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")
    except OSError:
        return 0, {}


def test_acknowledged_and_killed(pipeline, receiver, own_postgres, martlet):
    """What somebody has acknowledged stays so over a kill, is told of no more, and is resolved once."""
    port = free_port()

    def start():
        return martlet.pipeline(
            pipeline, "--until-end", "--http", f"127.0.0.1:{port}", RECEIVER=receiver.url, DATABASE=own_postgres.url,
            wait=False)

    run = start()
    wait_for(lambda: ask(port, "/incidents")[1].get("incidents"), "an open incident")
    (name, incident), = ask(port, "/incidents")[1]["incidents"].items()
    assert incident["operator"] == "loud" and not incident["acknowledged"]
    path = f"/incidents/{name}/acknowledge?by=ann"
    assert ask(port, "/incidents/incident_0/acknowledge", "POST")[0] == 404
    assert ask(port, path, "POST", Origin="http://elsewhere.example")[0] == 403
    assert ask(port, path, "POST")[0] == 200
    # At once: no checkpoint knows of it.
    run.process.send_signal(signal.SIGKILL)
    run.process.wait()
    run = start()
    run.finish(60)
    assert run.status == 0, run.err
    check_ledger(run.summary)

    rows = own_postgres.rows("SELECT status, incident, alert_id FROM incident ORDER BY at")
    statuses = [status for status, _, _ in rows]
    assert sorted(set(statuses)) == sorted(["open", "acknowledge", "resolve"] + ["update"] * ("update" in statuses))
    titles = {title for title, in own_postgres.rows("SELECT title FROM incident WHERE status = 'acknowledge'")}
    assert titles == {"loud, acknowledged by ann"}
    assert statuses.count("open") == statuses.count("acknowledge") == statuses.count("resolve") == 1
    assert {incident for _, incident, _ in rows} == {name}
    sent = [json.loads(body)["data"] for _, _, body, _ in receiver.requests]
    assert {row["alert_id"] for row in sent} == {alert for _, _, alert in rows}
    order = list(dict.fromkeys(row["status"] for row in sent))
    assert order[0] == "open" and order[-1] == "resolve"


GROUPED = """
      by: [brand, platform]
      group: [brand]
      for: 2s
      cooldown: 0s
"""


def test_shared_incidents_and_kills(martlet, own_postgres, receiver):
    """Incidents that platforms share are the same ones, with the same changes, whether a run is killed or not."""
    posts = []
    for second in range(LOUD):
        for platform, brand in (("x", "aurora"), ("y", "aurora"), ("x", "zephyr")):
            # In turn, with pauses of all that end incidents; a platform that is quiet ends none.
            is_loud = second % 40 < 22 and (second // 5 + len(platform + brand)) % (2 if platform == "x" else 3) == 0
            posts.append(json.dumps({
                "platform": platform, "id": f"{second}-{platform}-{brand}", "brand": brand,
                "created_at": 1_780_000_000_000 + second * 1_000, "metrics": {"likes": 100 if is_loud else 0}}))
    (martlet.folder / "in.ndjson").write_text("\n".join(posts))
    file = martlet.folder / "incidents.yaml"
    file.write_text(PIPELINE.replace("\n      by: [brand]\n", GROUPED).replace("rate: 40", "rate: 120"))
    kept = []
    for kills in (0, 3):
        state = martlet.folder / f"state-{kills}"
        for _ in range(kills):
            run = martlet.pipeline(
                file, "--state", state, RECEIVER=receiver.url, DATABASE=own_postgres.url, wait=False)
            seen = len(receiver.requests)
            wait_for(lambda: len(receiver.requests) > seen, "an alert", 30)
            run.process.send_signal(signal.SIGKILL)
            run.process.wait()
        run = martlet.pipeline(
            file, "--until-end", "--state", state, RECEIVER=receiver.url, DATABASE=own_postgres.url)
        assert run.status == 0, run.err
        kept.append(own_postgres.rows(
            "SELECT alert_id, incident, status, brand, platform, message, at FROM incident ORDER BY at, alert_id"))
        own_postgres.execute("TRUNCATE incident")
        receiver.requests.clear()
    assert kept[0] == kept[1] and len({row[1] for row in kept[0]}) > 4
    assert {row[2] for row in kept[0]} >= {"open", "resolve"} and len({(row[1], row[4]) for row in kept[0]}) > 4


def test_replay_tells_nothing_new(pipeline, receiver, own_postgres, martlet):
    """The same input in a run that knows nothing of the first gives the same rows under the same ids."""
    ids = []
    for state in ("one", "two"):
        run = martlet.pipeline(
            pipeline, "--until-end", "--state", martlet.folder / state, "--set", "sources.mentions.file.rate=100000",
            RECEIVER=receiver.url, DATABASE=own_postgres.url)
        assert run.status == 0, run.err
        check_ledger(run.summary)
        ids.append([headers["webhook-id"] for _, headers, _, _ in receiver.requests])
        receiver.requests.clear()
    assert ids[0] == ids[1] and len(ids[0]) > 5
    assert own_postgres.rows("SELECT count(*) FROM incident") == [(len(ids[0]),)]
