"""The measures that the published records use."""

import numpy as np


def recalls(truth: np.ndarray, guess: np.ndarray, classes: int) -> np.ndarray:
    """Per class, the share of its texts that were found."""
    return np.array([(guess[truth == k] == k).mean() for k in range(classes)])


def macro_recall(truth: np.ndarray, guess: np.ndarray, classes: int) -> float:
    """The mean of the classes' recalls: TweetEval's measure of sentiment."""
    return float(recalls(truth, guess, classes).mean())


def macro_f1(truth: np.ndarray, guess: np.ndarray, classes: int) -> float:
    """The mean of the classes' F1: TweetEval's measure of emotion."""
    scores = []
    for k in range(classes):
        hits = ((truth == k) & (guess == k)).sum()
        scores.append(2 * hits / max(1, (truth == k).sum() + (guess == k).sum()))
    return float(np.mean(scores))


def span_f1(truth: list[set], guess: list[set]) -> tuple[float, float, float]:
    """Precision, recall and F1 over whole entities, where span and kind must both be right: WNUT17's measure."""
    hits = sum(len(a & b) for a, b in zip(truth, guess))
    found = sum(map(len, guess))
    wanted = sum(map(len, truth))
    precision, recall = hits / max(1, found), hits / max(1, wanted)
    return precision, recall, 2 * hits / max(1, found + wanted)
