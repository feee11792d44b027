"""Readers of the corpora that the models learn from and are chosen on."""

import csv
from dataclasses import dataclass
from pathlib import Path

SENTIMENT = ["negative", "neutral", "positive"]
EMOTION = ["anger", "joy", "optimism", "sadness"]
FEELINGS = 28  # GoEmotions' classes, 27 emotions and none
ENTITIES = ["person", "location", "group", "corporation", "product", "creative-work"]
TAGS = ["O"] + [f"{mark}-{kind}" for kind in ENTITIES for mark in "BI"]


@dataclass
class Sentence:
    """A post cut into words by its annotators, and a tag for each word."""

    words: list[str]
    tags: list[str]


def lines(path: Path) -> list[str]:
    """The lines of a file; a line ends with a line feed and nothing else, whatever Unicode says about others."""
    text = path.read_bytes().decode("utf-8")
    return text.removesuffix("\n").split("\n")


def labelled(folder: Path, split: str) -> tuple[list[str], list[int]]:
    """Texts and classes of one split in TweetEval's form: a text a line, a class a line."""
    texts = lines(folder / f"{split}_text.txt")
    labels = [int(line) for line in lines(folder / f"{split}_labels.txt") if line.strip()]
    if len(texts) == len(labels) + 1 and not texts[-1].strip():
        texts.pop()
    if len(texts) != len(labels):
        raise SystemExit(f"{folder}: {len(texts)} texts and {len(labels)} labels in {split}")
    return texts, labels


def feelings(path: Path) -> tuple[list[str], list[list[int]]]:
    """Texts and classes of GoEmotions: text, tab, numbers of the classes, tab, a name that is not needed."""
    rows = [line.split("\t") for line in lines(path)]
    return [row[0] for row in rows], [[int(number) for number in row[1].split(",")] for row in rows]


def unlabelled(data: Path) -> list[str]:
    """Posts of other corpora, without their labels, which are about other questions: each text once."""
    texts = []
    for task in ("irony", "hate", "offensive"):
        texts += lines(data / "tweeteval" / task / "train_text.txt")
    for path in sorted((data / "crisislex").glob("*/*tweets_labeled.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = list(csv.reader(file))[1:]
        # Some crises are of Asia; the encoder's vocabulary is English.
        texts += [row[1].replace("\n", " ") for row in rows if sum(letter > "\u024f" for letter in row[1]) < 3]
    return [text for text in dict.fromkeys(texts) if text.strip()]


def conll(path: Path) -> list[Sentence]:
    """Sentences of a two-column file: word, tab, tag; a line without a word ends a sentence."""
    sentences, words, tags = [], [], []
    for line in lines(path) + [""]:
        columns = line.rstrip("\r").split("\t")
        if columns[0].strip() and len(columns) > 1:
            words.append(columns[0].strip())
            tags.append(columns[1].strip())
        elif words:
            sentences.append(Sentence(words, tags))
            words, tags = [], []
    return sentences


def without_mentions(sentence: Sentence) -> Sentence:
    """The sentence with each mention as one untagged word: the Broad Twitter Corpus tags them, and cuts off the `@`."""
    words, tags, at = [], [], 0
    while at < len(sentence.words):
        word, tag = sentence.words[at], sentence.tags[at]
        if word == "@" and at + 1 < len(sentence.words):
            word, tag, at = "@user", "O", at + 1
        elif word.startswith("@"):
            tag = "O"
        words.append(word)
        tags.append(tag)
        at += 1
    return Sentence(words, tags)


def spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """Entities as (first word, word after the last, kind). An I without its B begins one, as conlleval has it."""
    found, start, kind = set(), 0, ""
    for at, tag in enumerate(tags + ["O"]):
        mark, _, now = tag.partition("-")
        if kind and (mark != "I" or now != kind):
            found.add((start, at, kind))
            kind = ""
        if mark != "O" and not kind:
            start, kind = at, now
    return found
