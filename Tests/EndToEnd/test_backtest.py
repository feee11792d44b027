"""Detectors over recorded input: when they would have fired, how right that is, and how another file compares."""

import json

from conftest import ROOT

PIPELINE = """
pipeline: watched
sources:
  mentions:
    generator:
      { count: 36000, rate: 2, replay: true, start: "2026-03-02T00:00:00Z", duplicates: 0,
        crisis: { brand: zephyr, at: 4h, for: 20m, factor: 30 } }
    schema: %s/schemas/mention.avsc
    event_time: { column: created_at, delay: 5s }
operators:
  crises: { from: mentions, crisis: { by: [brand], text: text } }
  volume: { from: mentions, anomaly: { by: [brand], every: 5m } }
  tags: { from: mentions, select: { columns: { brand: brand } } }
sinks:
  alerts: { from: crises, webhook: { url: "${ALERT_WEBHOOK_URL}", format: slack } }
  rows: { from: tags, postgres: { url: "${DATABASE_URL}", table: t, key: [brand] } }
""" % ROOT
LABELS = """start,end,key,detector
2026-03-02T04:00:00Z,2026-03-02T04:25:00Z,zephyr,
2026-03-02T01:00:00Z,2026-03-02T01:10:00Z,aurora,crises
"""


def write(folder, name="watched.yaml", text=PIPELINE):
    (folder / "labels.csv").write_text(LABELS)
    (folder / name).write_text(text)
    return folder / name


def test_firings(martlet):
    """The crisis that the generator made is found, no other is; sinks and the state folder stay untouched."""
    file = write(martlet.folder)
    run = martlet("backtest", file, "--labels", martlet.folder / "labels.csv", "--json", "--from", "2026-03-02T01:00:00Z")
    assert run.status == 0, run.err
    result = json.loads(run.out)
    fired = [firing for firing in result["firings"] if firing["detector"] == "crises"]
    assert fired and {firing["key"] for firing in fired} == {"zephyr"}
    assert all("2026-03-02T04:0" <= firing["at"] < "2026-03-02T04:25" for firing in fired)
    crises = result["detectors"]["crises"]
    assert crises["precision"] == 1 and crises["recall"] == 0.5 and crises["found"] == 1
    assert 0 < crises["median_delay_seconds"] <= 600
    assert not (martlet.folder / ".martlet").exists()

    text = martlet("backtest", file, "--from", "2026-03-02T01:00:00Z", "--to", "2026-03-02T03:00:00Z")
    assert text.status == 0 and "crises: fired 0 times" in text.out


def test_recorded_file_and_shadow(martlet):
    """A file stands in for a source; two configurations are compared firing by firing."""
    record = martlet.folder / "record.yaml"
    record.write_text(PIPELINE.split("operators:")[0] + "sinks:\n  out: { from: mentions, file: { path: in.ndjson } }\n")
    assert martlet.pipeline(record, "--until-end").status == 0
    file = write(martlet.folder)
    deaf = write(martlet.folder, "deaf.yaml", PIPELINE.replace("crisis: { by: [brand]", "crisis: { by: [platform]"))
    run = martlet("backtest", file, "--input", f"mentions={martlet.folder / 'in.ndjson'}", "--shadow", deaf, "--json",
                  "--labels", martlet.folder / "labels.csv")
    assert run.status == 0, run.err
    result = json.loads(run.out)
    sides = {(firing["detector"], firing["side"]) for firing in result["comparison"]}
    assert ("crises", "first") in sides and ("volume", "both") in sides and ("volume", "first") not in sides
    assert result["detectors"]["crises"]["found"] == 1 and result["shadow"]["detectors"]["crises"]["found"] == 0
    text = martlet("backtest", file, "--input", f"mentions={martlet.folder / 'in.ndjson'}", "--shadow", deaf)
    assert "< 2026-03-02T04:0" in text.out and "only" in text.out


def test_what_is_wrong(martlet):
    """A wrong command line, file or label leaves with status 2 and says why."""
    file = write(martlet.folder)
    quiet = write(martlet.folder, "quiet.yaml", "\n".join(
        line for line in PIPELINE.splitlines() if "crises" not in line and "volume" not in line))
    for arguments, code in (
            ([file, "--from", "yesterday"], "--from"), ([quiet], "backtest.no_detector"),
            ([file, "--input", "posts=x"], "backtest.input"),
            ([file, "--from", "2026-03-03T00:00:00Z", "--to", "2026-03-02T00:00:00Z"], "--from")):
        run = martlet("backtest", *arguments)
        assert run.status == 2 and code in run.err, (arguments, run.err)
    (martlet.folder / "labels.csv").write_text(LABELS.replace(",crises", ",crisis"))
    run = martlet("backtest", file, "--labels", martlet.folder / "labels.csv")
    assert run.status == 2 and "labels.detector" in run.err and "did you mean `crises`?" in run.err
    (martlet.folder / "labels.csv").write_text("start,end\nx,y\n")
    run = martlet("backtest", file, "--labels", martlet.folder / "labels.csv")
    assert run.status == 2 and "labels.time" in run.err
