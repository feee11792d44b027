"""The fast sentiment model: hashed words and byte runs, and what the lexicon says."""

import json
from pathlib import Path

import numpy as np

import corpora
import linear
import metrics
from text import golden_texts

SHAPE = linear.Shape(bits=18, runs=[2, 3, 4, 5])
INPUTS = ["compound", "pos", "neg", "neu", "compound >= 0.05", "compound <= -0.05"]
DECAY, ROUNDS = 1e-5, 50


def lexicon_inputs(texts: list[str]) -> np.ndarray:
    """What VADER says of the text as it came, rounded as the reference rounds: INPUTS in their order."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    lexicon, rows = SentimentIntensityAnalyzer(), []
    for text in texts:
        said = lexicon.polarity_scores(text)
        compound = said["compound"]
        rows.append([compound, said["pos"], said["neg"], said["neu"], compound >= 0.05, compound <= -0.05])
    return np.array(rows, dtype=np.float32)


def train(data: Path, folder: Path, say=print) -> dict:
    """Learns, writes the folder, and gives the measures of what was written."""
    texts, labels = corpora.labelled(data / "tweeteval" / "sentiment", "train")
    classes = np.array(labels)
    weights = (len(classes) / np.bincount(classes) / 3)[classes].astype(np.float32)
    found = linear.learn(
        linear.matrix(texts, SHAPE), lexicon_inputs(texts), np.eye(3, dtype=np.float32)[classes], weights, DECAY, ROUNDS
    )
    model = linear.Model(SHAPE, corpora.SENTIMENT, *found, inputs=INPUTS)
    texts, labels = corpora.labelled(data / "tweeteval" / "sentiment", "val")
    logits = np.stack([model.logits(*row) for row in zip(texts, lexicon_inputs(texts))])
    truth, guess = np.array(labels), logits.argmax(1)
    measures = {
        "sentiment_macro_recall": metrics.macro_recall(truth, guess, 3),
        "recalls": [round(float(r), 4) for r in metrics.recalls(truth, guess, 3)],
        "accuracy": float((truth == guess).mean()),
        "temperature": model.calibrate(logits, truth),
    }
    chosen = golden_texts(data)
    model.write(folder, chosen, lexicon_inputs(chosen))
    say(json.dumps(measures))
    return measures
