"""What settings are chosen on, and the measures of a model there."""

from pathlib import Path

import numpy as np
import torch

import corpora
import metrics
import tasks
from batches import in_order
from wordpiece import WordPiece


class Validation:
    """The validation splits of the heads."""

    def __init__(self, data: Path, cut: WordPiece):
        self.sentiment = tasks.sequences("sentiment", data / "tweeteval" / "sentiment", "val", cut)
        self.emotion = tasks.sequences("emotion", data / "tweeteval" / "emotion", "val", cut)
        self.sentences = corpora.conll(data / "wnut17" / "emerging.dev.conll")
        self.entities = tasks.tokens(self.sentences, cut)
        self._owners = [cut.words(sentence.words)[1] for sentence in self.sentences]

    @torch.no_grad()
    def sequence_logits(self, logits_of, task: tasks.Task) -> np.ndarray:
        """The logits of every text, in the order of the file."""
        found = [None] * len(task.texts)
        for batch in in_order(task):
            for member, row in zip(batch.members, logits_of(task.head, batch)):
                found[member] = row.numpy()
        return np.stack(found)

    @torch.no_grad()
    def token_logits(self, logits_of) -> list[np.ndarray]:
        """The logits of every word's first piece, a matrix a sentence."""
        found = [None] * len(self.entities.texts)
        for batch in in_order(self.entities):
            for member, row in zip(batch.members, logits_of("entities", batch)):
                found[member] = row.numpy()[self.entities.texts[member].starts]
        return found

    def tagged(self, logits: list[np.ndarray]) -> list[set]:
        """The entities that the logits say: an annotators' word is tagged as its first basic token."""
        made = []
        for sentence, owners, rows in zip(self.sentences, self._owners, logits):
            tags, best = ["O"] * len(sentence.words), rows.argmax(1)
            for at in reversed(range(len(owners))):
                tags[owners[at]] = corpora.TAGS[best[at]]
            made.append(corpora.spans(tags))
        return made

    def answers(self, logits_of) -> dict:
        """All logits, by head. `logits_of(head, batch)` gives a row a text, or a row a piece for entities."""
        return {
            "sentiment": self.sequence_logits(logits_of, self.sentiment),
            "emotion": self.sequence_logits(logits_of, self.emotion),
            "entities": self.token_logits(logits_of),
        }

    def measures(self, answers: dict) -> dict[str, float]:
        """What the answers are worth."""
        truth = [corpora.spans(sentence.tags) for sentence in self.sentences]
        precision, recall, f1 = metrics.span_f1(truth, self.tagged(answers["entities"]))
        return {
            "sentiment_macro_recall": metrics.macro_recall(
                np.array(self.sentiment.labels), answers["sentiment"].argmax(1), 3
            ),
            "emotion_macro_f1": metrics.macro_f1(np.array(self.emotion.labels), answers["emotion"].argmax(1), 4),
            "entities_f1": f1,
            "entities_precision": precision,
            "entities_recall": recall,
        }
