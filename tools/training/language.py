"""The language identifier: hashed words and byte runs, a class a language."""

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


def train(data: Path, folder: Path, say=print) -> dict:
    """Learns, writes the folder, and gives the measures of what was written."""
    texts, classes, checks = [], [], []
    for number, language in enumerate(LANGUAGES):
        some, _ = corpora.labelled(data / "umsab" / language, "train")
        texts += some
        classes += [number] * len(some)
        checks += [(text, number) for text in corpora.labelled(data / "umsab" / language, "val")[0]]
    targets = np.eye(len(LANGUAGES), dtype=np.float32)[np.array(classes)]
    none = np.zeros((len(texts), 0), dtype=np.float32)
    weights = np.ones(len(texts), dtype=np.float32)
    found = linear.learn(linear.matrix(texts, SHAPE), none, targets, weights, DECAY, ROUNDS)
    model = linear.Model(SHAPE, list(LANGUAGES.values()), *found)
    logits = np.stack([model.logits(text) for text, _ in checks])
    truth, guess = np.array([number for _, number in checks]), logits.argmax(1)
    measures = {"accuracy": float((guess == truth).mean()), "temperature": model.calibrate(logits, truth)} | {
        code: round(float((guess[truth == number] == number).mean()), 4)
        for number, code in enumerate(LANGUAGES.values())
    }
    step = len(checks) // (GOLDEN_EACH * len(LANGUAGES))
    model.write(folder, [text for text, _ in checks[::step]] + ["", " ", "\u6771\u4eac \U0001f600"])
    say(json.dumps(measures))
    return measures
