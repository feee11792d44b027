"""Real payloads of three platforms become canonical mentions by the files that ship."""

import html
import json
import re
from datetime import datetime

import pytest
import yaml
from conftest import ROOT, check_ledger


def epoch_ms(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def lines(path):
    """The JSON lines of a file; a recording also has lines that are none."""
    for line in path.read_text().split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            pass


@pytest.fixture
def mentions(martlet):
    """Runs a shipped file over these records; gives the mentions and the dead letters' codes."""

    def convert(name, records):
        source = martlet.folder / "in.ndjson"
        source.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
        out = martlet.folder / "out.ndjson"
        run = martlet.pipeline(
            ROOT / f"pipelines/platforms/{name}.yaml", "--until-end", "--threads", "1", INPUT=source, OUTPUT=out)
        assert run.status == 0, run.err
        check_ledger(run.summary)
        (source_line,) = run.summary["sources"].values()
        assert source_line["read"] == len(records)
        return [json.loads(line) for line in out.open()], [letter["code"] for letter in run.parked]

    return convert


def test_x(mentions, shared):
    """Posts of the API v2's stream, and those of its pages, one by one."""
    posts = [json.loads(line) for line in (shared / "data/posts/x_stream.ndjson").open()]
    for path in sorted((shared / "data/payloads/x-api-v2-twarc").glob("*.jsonl")):
        for page in lines(path):
            found = page.get("data", []) if isinstance(page, dict) else []
            posts += [{"data": post} for post in found if isinstance(post, dict) and "text" in post]
    whole = [post for post in posts if post["data"].get("created_at") and post["data"].get("id")]
    assert len(whole) > 1_700
    found, codes = mentions("x-api-v2", posts)
    assert len(found) + len(codes) == len(posts) and set(codes) <= {"json.missing", "json.event_time"}
    by_id = {mention["id"]: mention for mention in found}
    for post in (post["data"] for post in whole):
        mention = by_id[post["id"]]
        text = post.get("note_tweet", {}).get("text") or post["text"]
        assert mention["platform"] == "x" and epoch_ms(mention["created_at"]) == epoch_ms(post["created_at"])
        assert len(found) != len(by_id) or mention["text"] == text


def test_bluesky(mentions, shared):
    """Of the whole network's events, the posts."""
    events = [json.loads(line) for line in (shared / "data/posts/bluesky_jetstream.ndjson").open()]
    found, codes = mentions("bluesky-jetstream", events)
    posts = [
        event for event in events
        if event["kind"] == "commit" and event["commit"]["operation"] == "create"
        and event["commit"]["collection"] == "app.bsky.feed.post"]
    assert not codes and len(found) == len(posts) > 0
    for mention, post in zip(found, posts):
        record = post["commit"]["record"]
        assert mention["id"] == f"at://{post['did']}/{post['commit']['collection']}/{post['commit']['rkey']}"
        assert mention["text"] == record["text"] and mention["kind"] == ("reply" if record.get("reply") else "post")


def test_mastodon(mentions, shared):
    """Statuses as a server answers them; the HTML becomes the text that a reader sees."""
    statuses = []
    for path in sorted((shared / "data/payloads/mastodon").glob("*.yaml")):
        for interaction in yaml.safe_load(path.read_text())["interactions"]:
            try:
                answer = json.loads(interaction["response"]["body"]["string"])
            except (ValueError, KeyError):
                continue
            answers = answer if isinstance(answer, list) else [answer]
            statuses += [
                status for status in answers
                if isinstance(status, dict) and {"content", "uri", "favourites_count"} <= status.keys()]
    assert len(statuses) > 10
    found, codes = mentions("mastodon", statuses)
    assert not codes and [mention["id"] for mention in found] == [status["uri"] for status in statuses]
    for mention, status in zip(found, statuses):
        assert mention["metrics"]["likes"] == status["favourites_count"]
        assert epoch_ms(mention["created_at"]) == epoch_ms(status["created_at"])
        seen = html.unescape(re.sub("<[^>]*>", " ", status["content"]))
        assert mention["text"].split() == seen.split() or re.sub(r"\s", "", mention["text"]) == re.sub(r"\s", "", seen)
