"""Real posts travel file -> Kafka -> Martlet -> Postgres; every row equals what an independent program computes."""

import math

import pytest
import reference_real_posts as reference
from conftest import ROOT, check_ledger

EPOCH_US = "(extract(epoch FROM window_start) * 1000000)::bigint"


@pytest.fixture(scope="module")
def topics(shared, broker):
    """Each post once, and every tenth a second time: platforms deliver again."""
    for topic, name in (("x.posts", "x_stream"), ("bluesky.events", "bluesky_jetstream")):
        lines = (shared / f"data/posts/{name}.ndjson").read_bytes().splitlines()
        broker.produce(topic, lines + lines[::10])
    return broker.address


@pytest.fixture(scope="module")
def posts(shared):
    folder = shared / "data/posts"
    return [
        *reference.x_posts(folder / "x_stream.ndjson"), *reference.bluesky_posts(folder / "bluesky_jetstream.ndjson")]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_every_rollup_row_is_right(threads, topics, posts, postgres, martlet):
    run = martlet.pipeline(
        ROOT / "Tests/EndToEnd/pipelines/real-posts.yaml", "--until-end", "--threads", threads, KAFKA_BROKERS=topics,
        DATABASE_URL=postgres.url)
    assert run.status == 0, run.err
    check_ledger(run.summary)
    assert not run.parked
    assert run.summary["sources"]["x_posts"]["read"] == 1_614 + 162
    assert run.summary["operators"]["unique"]["passed"] == len(posts)

    found = {
        (platform, lang, start): tuple(values) for platform, lang, start, *values in postgres.rows(
            f"SELECT platform, lang, {EPOCH_US}, posts, authors, engagement, engagement_max, engagement_min, reach_avg, "
            "reach_known, sentiment, negative, replies_to FROM real_by_language")}
    expected = reference.by_language(posts)
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        for ours, theirs in zip(found[key], row, strict=True):
            assert ours == theirs or math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9), (key, found[key], row)

    tags = {
        (tag, start): (count, engagement) for tag, start, count, engagement in postgres.rows(
            f"SELECT hashtag, {EPOCH_US}, posts, engagement FROM real_by_hashtag")}
    assert tags == reference.by_hashtag(posts)
    # The data are as rich as they should be.
    assert len(found) > 50 and len(tags) > 100
