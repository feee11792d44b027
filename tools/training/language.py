"""The language identifier: hashed words and byte runs, a class a language.

It learns whole posts, and stretches of one to six words cut from them: a model of whole posts alone takes short ones, of
which most words are in two languages, for Hindi, whose posts here mix with English.
"""

import json
from pathlib import Path

import numpy as np

import corpora
import linear

LANGUAGES = {
    "arabic": "ar", "german": "de", "english": "en", "spanish": "es", "french": "fr", "hindi": "hi", "italian": "it",
    "portuguese": "pt",
}
SHAPE = linear.Shape(bits=16, runs=[1, 2, 3, 4])
DECAY, ROUNDS, GOLDEN_EACH = 1e-6, 60, 6
STRETCHES, LONGEST, STRETCHES_COUNT, SEED = 4, 6, 0.5, 1
SHORT = 3


def words(text: str) -> list[str]:
    """The words of a post that are of a language."""
    return [word for word in text.split() if not word.startswith(("@", "http", "#"))]


def stretches(text: str, random: np.random.Generator) -> list[str]:
    """Some of a post's words, at random; none of a post that is short itself."""
    some, found = words(text), []
    if len(some) < SHORT:
        return found
    for _ in range(STRETCHES):
        count = min(int(random.integers(1, LONGEST + 1)), len(some))
        first = int(random.integers(0, len(some) - count + 1))
        found.append(" ".join(some[first : first + count]))
    return found


def read(data: Path, split: str) -> list[tuple[str, int]]:
    """Posts and the numbers of their languages."""
    return [
        (text, number)
        for number, language in enumerate(LANGUAGES) for text in corpora.labelled(data / "umsab" / language, split)[0]]


def train(data: Path, folder: Path, say=print) -> dict:
    """Learns, writes the folder, and gives the measures of what was written."""
    random = np.random.default_rng(SEED)
    learnt = [(text, number, 1.0) for text, number in read(data, "train")]
    learnt += [
        (stretch, number, STRETCHES_COUNT / STRETCHES)
        for text, number, _ in learnt for stretch in stretches(text, random)]
    texts = [text for text, _, _ in learnt]
    targets = np.eye(len(LANGUAGES), dtype=np.float32)[np.array([number for _, number, _ in learnt])]
    none = np.zeros((len(texts), 0), dtype=np.float32)
    weights = np.array([weight for _, _, weight in learnt], dtype=np.float32)
    found = linear.learn(linear.matrix(texts, SHAPE), none, targets, weights, DECAY, ROUNDS)
    model = linear.Model(SHAPE, list(LANGUAGES.values()), *found)
    checks = read(data, "val")
    short = [(" ".join(words(text)[:SHORT]), number) for text, number in checks if len(words(text)) >= SHORT]
    logits = np.stack([model.logits(text) for text, _ in checks + short])
    truth = np.array([number for _, number in checks + short])
    right = logits.argmax(1) == truth
    whole = np.arange(len(logits)) < len(checks)
    measures = {
        "accuracy": float(right[whole].mean()), "accuracy_short": float(right[~whole].mean()),
        # Chances are those of long and short posts alike.
        "temperature": model.calibrate(logits, truth),
    } | {
        code: round(float(right[whole & (truth == number)].mean()), 4)
        for number, code in enumerate(LANGUAGES.values())
    }
    step = len(checks) // (GOLDEN_EACH * len(LANGUAGES))
    model.write(folder, [text for text, _ in checks[::step]] + ["", " ", "\u6771\u4eac \U0001f600"])
    say(json.dumps(measures))
    return measures
