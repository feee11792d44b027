"""`tools/evaluate` on small files, right and wrong, by the operators of the built program."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT

TEXTS = "I love this, it is wonderful\nThis is horrible, I hate it\nThe bus leaves at nine\n"
LABELS = "2\n0\nneutral\n"
POSTS = "Emma\tB-person\nWatson\tI-person\nis\tO\nin\tO\nParis\tB-location\n\n😀\tO\nGoogle\tB-corporation\n"


@pytest.fixture
def evaluate(tmp_path):
    """Runs the tool on files of some contents; gives its status, what it prints, and its errors."""

    def run(*options, **files):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        done = subprocess.run(
            [sys.executable, ROOT / "tools/evaluate", *options], cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    return run


def sentiment(evaluate, texts, labels, *options):
    return evaluate(
        "--task", "sentiment", "--texts", "texts", "--labels", "labels", "--model", "lexicon", *options, texts=texts,
        labels=labels)


def test_texts_are_scored_as_table_and_as_json(evaluate):
    status, out, _ = sentiment(evaluate, TEXTS, LABELS, "--json")
    result, = json.loads(out)
    assert status == 0
    assert (result["task"], result["model"], result["texts"]) == ("sentiment", "lexicon", 3)
    assert result["macro_recall"] == result["accuracy"] == 1
    status, out, _ = sentiment(evaluate, TEXTS, "2\n0\n0\n")
    assert status == 0
    assert out.splitlines()[1].split()[:3] == ["sentiment", "lexicon", "3"]
    assert " 0.7500 " in out


@pytest.mark.parametrize("texts", [
    TEXTS.replace("\n", "\r\n"), TEXTS.removesuffix("\n"), "\ufeff" + TEXTS,
    TEXTS.replace("this", "this\r\x85\u2028")])
def test_line_ends_and_odd_signs_part_no_text(evaluate, texts):
    status, out, errors = sentiment(evaluate, texts, LABELS.replace("\n", "\r\n"), "--json")
    assert status == 0, errors
    assert json.loads(out)[0]["accuracy"] == 1


@pytest.mark.parametrize("texts, labels, said", [
    (TEXTS, "2\n0\n", "3 texts and 2 labels"), (TEXTS, "2\n0\n3\n", "labels:3: `3` is no label of sentiment"),
    (TEXTS, "2\n\n1\n", "labels:2: "), (TEXTS, "²\n0\n1\n", "labels:1: "),
    (b"good\nb\xffd\nbus\n", LABELS, "texts: no UTF-8 at byte 6")])
def test_files_that_do_not_fit_are_refused(evaluate, texts, labels, said):
    status, out, errors = sentiment(evaluate, texts, labels)
    assert (status, out) == (2, "")
    assert said in errors and "Traceback" not in errors


def test_a_file_or_a_model_that_is_not_there_is_named(evaluate):
    status, _, errors = evaluate("--task", "language", "--texts", "none", "--labels", "none")
    assert status == 2 and "none: No such file" in errors
    status, _, errors = sentiment(evaluate, TEXTS, LABELS, "--model", "./mine")
    assert status == 2 and "config.json" in errors


def test_entities_are_scored_whole(evaluate):
    for posts in (POSTS, POSTS.replace("\n", "\r\n"), POSTS.replace("\t", " ")):
        status, out, errors = evaluate("--task", "entities", "--conll", "posts", "--json", posts=posts)
        assert (status, errors) == (0, "")
        assert json.loads(out)[0]["f1"] == 1
    posts = POSTS.replace("Paris\tB-location", "Paris\tO")
    status, out, _ = evaluate("--task", "entities", "--conll", "posts", "--json", posts=posts)
    assert status == 0 and json.loads(out)[0]["f1"] < 1


def test_words_without_a_tag_are_told_of_and_a_file_of_them_is_refused(evaluate):
    posts = POSTS.replace("in\tO", "in")
    status, out, errors = evaluate("--task", "entities", "--conll", "posts", "--json", posts=posts)
    assert status == 0 and json.loads(out)[0]["texts"] == 2
    assert "1 words without a tag" in errors and "line 4" in errors
    for posts in ("just a text\nand one more\n", "Emma\nWatson\n", ""):
        status, out, errors = evaluate("--task", "entities", "--conll", "posts", posts=posts)
        assert (status, out) == (2, "") and "with a tag" in errors
