"""The benchmark pipelines against the reference outputs of a batch database, row for row."""

import subprocess
import sys

import pytest
from conftest import ROOT, check_ledger

SMALL, FULL = 200_000, 2_000_000


@pytest.fixture(scope="session")
def data(shared, scratch, request):
    """Seeded events and the reference results, made once."""
    folder = scratch / "workloads"
    folder.mkdir()
    count = FULL if request.config.getoption("--full") else SMALL
    run = [sys.executable, shared / "bench/generate.py"]
    subprocess.run([*run, "mentions", str(count), "mentions.json"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*run, "ads", str(count), "ads.json", "ads_map.json"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for name in ("W1", "W2", "W3", "W5"):
        subprocess.run(
            [sys.executable, shared / "bench/reference.py", name, "ads.json" if name == "W5" else "mentions.json",
             f"{name}.csv"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="session")
def topics(data, broker):
    """The events in topics of 4 partitions."""
    broker.produce("ads", map(bytes.rstrip, open(data / "ads.json", "rb")))
    subprocess.run(
        [ROOT / "bench/produce", "mentions", data / "mentions.json", "4", "--brokers", broker.address], check=True,
        stdout=subprocess.DEVNULL)
    return broker.address


def from_kafka(name, folder):
    """The workload's pipeline with its file source replaced by a topic."""
    text = (ROOT / f"bench/pipelines/{name.lower()}.yaml").read_text()
    text = text.replace('file: { path: "${INPUT}" }', 'kafka: { brokers: "${KAFKA_BROKERS}", topics: ["${TOPIC}"] }')
    assert "kafka:" in text
    text = text.replace("../../schemas", str(ROOT / "schemas"))
    path = folder / f"{name.lower()}-kafka.yaml"
    path.write_text(text)
    return path


def compare(name, output, data):
    found = subprocess.run(
        [ROOT / "bench/compare", name, output, data / f"{name}.csv"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", ["W1", "W2", "W3", "W5"])
def test_from_a_file(name, threads, data, martlet):
    output = martlet.folder / "out.ndjson"
    run = martlet.pipeline(
        ROOT / f"bench/pipelines/{name.lower()}.yaml", "--until-end", "--threads", threads,
        INPUT=data / ("ads.json" if name == "W5" else "mentions.json"), OUTPUT=output, LOOKUP=data / "ads_map.json")
    assert run.status == 0, run.err
    compare(name, output, data)
    check_ledger(run.summary)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", ["W1", "W2", "W3", "W5"])
def test_from_kafka(name, threads, data, topics, martlet):
    output = martlet.folder / "out.ndjson"
    run = martlet.pipeline(
        from_kafka(name, martlet.folder), "--until-end", "--threads", threads, KAFKA_BROKERS=topics,
        TOPIC="ads" if name == "W5" else "mentions", OUTPUT=output, LOOKUP=data / "ads_map.json")
    assert run.status == 0, run.err
    compare(name, output, data)
    check_ledger(run.summary)


def test_from_kafka_into_postgres(data, topics, postgres, martlet):
    run = martlet.pipeline(
        ROOT / "bench/pipelines/wp.yaml", "--until-end", "--threads", 2, KAFKA_BROKERS=topics, TOPIC="mentions",
        DATABASE_URL=postgres.url)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    rows = postgres.rows(
        "SELECT row_to_json(r) FROM (SELECT brand, platform, (extract(epoch FROM window_start) * 1000)::bigint AS "
        "window_start, mentions, engagement, followers_avg, likes_max FROM w2) r")
    import json

    output = martlet.folder / "out.ndjson"
    output.write_text("".join(json.dumps(row) + "\n" for row, in rows))
    compare("W2", output, data)
