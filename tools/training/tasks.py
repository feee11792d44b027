"""The corpora of the encoder, cut into pieces."""

from pathlib import Path

import numpy as np
import torch

import corpora
from batches import Task
from preprocess import mend, preprocess
from wordpiece import WordPiece

# An ORG of the Broad Twitter Corpus is a group or a corporation of WNUT17; what it leaves untagged may be a product
# or a work, which it does not tag. The loss takes the chance of any of these as right.
_broad = {"PER": ["person"], "LOC": ["location"], "ORG": ["group", "corporation"]}
_broad_untagged = ["product", "creative-work"]

# The rare emotions are learnt as if they were less rare; the shipped head knows again how frequent each is.
EMOTION_PRIOR = 0.5


def sequences(head: str, folder: Path, split: str, cut: WordPiece, prior_power: float = 0.0) -> Task:
    """A corpus in TweetEval's form. `prior_power` 1 makes classes count alike, 0 as often as they are seen."""
    texts, labels = corpora.labelled(folder, split)
    task = Task(head, [cut(preprocess(text)) for text in texts], labels)
    if split == "train":
        task.variants = [cut(preprocess(mend(text))) for text in texts]
        task.prior = prior(labels, prior_power)
    return task


def prior(labels: list[int], power: float) -> torch.Tensor:
    """What the frequency of the classes adds to logits that do not know it."""
    counts = np.bincount(labels).astype(np.float64)
    return torch.tensor(power * np.log(counts / counts.sum()), dtype=torch.float32)


def tokens(sentences: list[corpora.Sentence], cut: WordPiece, broad: bool = False) -> Task:
    """A corpus of tagged words. A word of several basic tokens carries its tag on each, B only on the first."""
    index = {tag: at for at, tag in enumerate(corpora.TAGS)}
    task = Task("entities", [])
    for sentence in sentences:
        pieces, owners = cut.words(sentence.words)
        allowed = np.zeros((len(owners), len(corpora.TAGS)), dtype=bool)
        for at, owner in enumerate(owners):
            mark, _, kind = sentence.tags[owner].partition("-")
            if mark == "B" and at > 0 and owners[at - 1] == owner:
                mark = "I"
            if mark == "O":
                allowed[at, 0] = True
                marks = [f"{m}-{k}" for k in _broad_untagged for m in "BI"] if broad else []
            else:
                marks = [f"{mark}-{k}" for k in (_broad[kind] if broad else [kind])]
            for tag in marks:
                allowed[at, index[tag]] = True
        task.texts.append(pieces)
        task.allowed.append(allowed)
    return task


def feelings(data: Path, cut: WordPiece) -> Task:
    """GoEmotions: comments of Reddit, which say much about emotion. Only the teacher learns from its labels."""
    texts, labels = corpora.feelings(data / "goemotions" / "data" / "original" / "train.tsv")
    return Task("feelings", [cut(preprocess(text)) for text in texts], labels)


def unlabelled(data: Path, cut: WordPiece) -> Task:
    """Posts that only the teacher's answers are learnt for."""
    return Task("", [cut(preprocess(text)) for text in corpora.unlabelled(data)])


def training(data: Path, cut: WordPiece) -> dict[str, Task]:
    """What has labels."""
    broad = [corpora.without_mentions(s) for s in corpora.conll(data / "btc" / "btc.train")]
    return {
        "sentiment": sequences("sentiment", data / "tweeteval" / "sentiment", "train", cut, 1.0),
        "emotion": sequences("emotion", data / "tweeteval" / "emotion", "train", cut, EMOTION_PRIOR),
        "wnut17": tokens(corpora.conll(data / "wnut17" / "wnut17train.conll"), cut),
        "btc": tokens(broad, cut, broad=True),
        "feelings": feelings(data, cut),
    }
