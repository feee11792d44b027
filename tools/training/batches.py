"""Tasks as tensors: texts of like length together, so that little is padded."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from wordpiece import Pieces


@dataclass
class Task:
    """One corpus of one head.

    A sequence head has `labels`, a class or a list of classes; a token head has `allowed`, the tags each start may have.
    """

    head: str
    texts: list[Pieces]
    labels: list[int] | list[list[int]] = field(default_factory=list)
    allowed: list[np.ndarray] = field(default_factory=list)
    variants: list[Pieces] = field(default_factory=list)
    prior: torch.Tensor | None = None


@dataclass
class Batch:
    """Some texts of one task."""

    task: Task
    members: list[int]
    ids: torch.Tensor
    shapes: torch.Tensor
    lengths: torch.Tensor

    def starts(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Row and column of every word's first piece, in the order of the members' `allowed`."""
        rows, columns = [], []
        for row, member in enumerate(self.members):
            starts = self.task.texts[member].starts
            rows += [row] * len(starts)
            columns += starts
        return torch.tensor(rows), torch.tensor(columns)


def batch(task: Task, members: list[int], choose: np.ndarray | None = None) -> Batch:
    """Pads the members to the longest; `choose` says which of them show their variant."""
    texts = [task.variants[m] if choose is not None and choose[m] else task.texts[m] for m in members]
    lengths = torch.tensor([len(text.ids) for text in texts])
    ids = torch.zeros(len(texts), int(lengths.max()), dtype=torch.long)
    shapes = torch.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, : len(text.ids)] = torch.tensor(text.ids)
        shapes[row, : len(text.ids)] = torch.tensor(text.shapes)
    return Batch(task, members, ids, shapes, lengths)


def epoch(task: Task, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Every text once, in a new order; within some batches' worth of texts, neighbours are of like length."""
    order = random.permutation(len(task.texts))
    choose = random.random(len(task.texts)) < 0.5 if task.variants else None
    groups = []
    for at in range(0, len(order), size * 24):
        some = sorted(order[at : at + size * 24], key=lambda m: len(task.texts[m].ids))
        groups += [some[b : b + size] for b in range(0, len(some), size)]
    for at in random.permutation(len(groups)):
        yield batch(task, [int(m) for m in groups[at]], choose)


def in_order(task: Task, size: int = 64) -> Iterator[Batch]:
    """Every text once, the short ones first: for validation, where only `members` say which is which."""
    order = sorted(range(len(task.texts)), key=lambda m: len(task.texts[m].ids))
    for at in range(0, len(order), size):
        yield batch(task, order[at : at + size])
