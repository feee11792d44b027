"""Texts that golden files hold, and JSON as this project writes it."""

import json
from pathlib import Path

import corpora

GOLDEN_TEXTS = 48


def write_json(path: Path, value, indent: int | None = None) -> None:
    """JSON with a line end."""
    separators = (", ", ": ") if indent else (",", ":")
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators) + "\n", encoding="utf-8")


def golden_texts(data: Path) -> list[str]:
    """Posts of the validation splits, every so many, and some that are hard to cut."""
    texts, _ = corpora.labelled(data / "tweeteval" / "sentiment", "val")
    emotion, _ = corpora.labelled(data / "tweeteval" / "emotion", "val")
    hard = [
        "", " ", "@user http", "I LOVE the new iPhone from @Apple!!! https://t.co/abc?d=e&amp;f #iOS",
        "caf\u00e9 na\u00efve \u6771\u4eac \U0001f600\U0001f525 &lt;3 mail me@example.org", "word " * 120,
        "Tim Cook met Angela Merkel in Berlin, says BBC News", "x" * 150 + " end",
    ]
    step = len(texts) // (GOLDEN_TEXTS - len(hard) - 8)
    chosen = texts[::step][: GOLDEN_TEXTS - len(hard) - 8] + emotion[::50][:8]
    return hard[3:] + chosen + hard[:3]
