"""What the teacher says of every text that the student reads, asked once and kept."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from batches import Task, in_order
from encoder import Encoder, mean_of
from wordpiece import Pieces

# How often a text of each corpus is read beside one without labels.
SHARES = {"sentiment": 2.0, "emotion": 3.0, "wnut17": 4.0, "btc": 1.5, "unlabelled": 1.0, "feelings": 1.0}
FEELINGS_READ, FEELINGS_SEED = 12_000, 5


@dataclass
class Text:
    """A text with how it looks once mended, if it was broken, and its class, if it has one of a shipped head."""

    pieces: Pieces
    variant: Pieces | None
    head: str
    label: int
    share: float


def texts(training: dict[str, Task], unlabelled: Task) -> list[Text]:
    """All that the student reads: the labelled posts, others, and some of Reddit's comments."""
    found = []
    for name in ("sentiment", "emotion"):
        task = training[name]
        for pieces, variant, label in zip(task.texts, task.variants, task.labels):
            # Only a variant of as many words can stand for the text where the teacher's tags are learnt.
            fits = len(variant.starts) == len(pieces.starts)
            found.append(Text(pieces, variant if fits else None, name, label, SHARES[name]))
    others = {name: training[name].texts for name in ("wnut17", "btc")} | {"unlabelled": unlabelled.texts}
    chosen = np.random.default_rng(FEELINGS_SEED).permutation(len(training["feelings"].texts))[:FEELINGS_READ]
    others["feelings"] = [training["feelings"].texts[at] for at in chosen]
    for name, some in others.items():
        found += [Text(pieces, None, "", -1, SHARES[name]) for pieces in some]
    return found


@dataclass
class Answers:
    """Logits and the mean state of each text, and the logits of the first piece of each word.

    The words of text n are the rows from `bounds[n]` up to `bounds[n + 1]` of `entities`.
    """

    sentiment: torch.Tensor
    emotion: torch.Tensor
    mean: torch.Tensor
    entities: torch.Tensor
    bounds: torch.Tensor

    def tags(self, members: list[int]) -> torch.Tensor:
        """The rows of `entities` of some texts, one behind another."""
        return torch.cat([self.entities[self.bounds[m] : self.bounds[m + 1]] for m in members]).float()


@torch.no_grad()
def ask(teacher: Encoder, read: list[Text], path: Path, say=print) -> None:
    """Writes the teacher's answers to the texts as they are."""
    count, width = len(read), teacher.words.weight.shape[1]
    bounds = torch.tensor([0] + [len(text.pieces.starts) for text in read]).cumsum(0)
    sizes = {head: layer.out_features for head, layer in teacher.heads.items()}
    found = Answers(
        torch.zeros(count, sizes["sentiment"]), torch.zeros(count, sizes["emotion"]), torch.zeros(count, width),
        torch.zeros(int(bounds[-1]), sizes["entities"], dtype=torch.half), bounds)
    for number, some in enumerate(in_order(Task("", [text.pieces for text in read]))):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            *_, last = teacher.depths(some.ids, some.shapes, some.lengths)
        found.mean[some.members] = mean_of(last.float(), some.lengths)
        for head in ("sentiment", "emotion"):
            getattr(found, head)[some.members] = teacher.head(head, last, some.lengths)
        tags = teacher.head("entities", last, some.lengths)
        for row, member in enumerate(some.members):
            found.entities[bounds[member] : bounds[member + 1]] = tags[row][read[member].pieces.starts].half()
        if number % 300 == 299:
            say(f"answered {(number + 1) * len(some.members)} of {count} texts")
    torch.save(vars(found), path)


def load(path: Path) -> Answers:
    """What `ask` wrote."""
    return Answers(**torch.load(path, weights_only=True))
