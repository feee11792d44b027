"""The student, which ships: the teacher's first layers, made narrower, learning to say what the teacher says.

Knowledge distillation (Hinton and others, 2015): every text teaches all heads, whatever labels it has, and most of them have
none. The labels that there are count too.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import narrowing
from answers import Answers, Text
from batches import Batch, Task, batch
from descent import Descent
from encoder import Encoder, mean_of, save
from teacher import HEADS as TEACHER_HEADS

HEADS = {name: kind for name, kind in TEACHER_HEADS.items() if name != "feelings"}
LAYERS, INNER = 3, 768
STEPS, BATCH, RATE, WARM_UP, LEAST, DROPOUT = 12_000, 32, 1.5e-4, 0.03, 0.01, 0.05
# What each part of the loss counts.
TOLD = {"sentiment": 1.0, "emotion": 0.5, "entities": 3.0, "mean": 1.0}
LABELS = 0.3
BATCHES_LOOKED_AT = 60


def start(teacher: Encoder, config: dict, read: list[Text], random: np.random.Generator) -> tuple[Encoder, dict]:
    """The student before it learns."""
    task = Task("", [text.pieces for text in read])
    looked_at = [batch(task, [int(m) for m in random.choice(len(read), BATCH)]) for _ in range(BATCHES_LOOKED_AT)]
    kept = [found.topk(INNER).indices.sort().values for found in narrowing.information(teacher, looked_at, LAYERS)]
    config = config | {"num_hidden_layers": LAYERS, "intermediate_size": INNER}
    student = Encoder(config, HEADS, DROPOUT)
    state = narrowing.narrowed(teacher.state_dict(), kept)
    student.load_state_dict({name: state[name] for name in student.state_dict()})
    return student, config


def members(read: list[Text], random: np.random.Generator) -> Iterator[list[int]]:
    """Texts by their shares, a batch of like length after another."""
    shares = np.array([text.share for text in read])
    shares /= shares.sum()
    while True:
        some = random.choice(len(read), BATCH * 24, replace=False, p=shares)
        some = sorted(some, key=lambda member: len(read[member].pieces.ids))
        for at in random.permutation(24):
            yield [int(member) for member in some[at * BATCH : (at + 1) * BATCH]]


def divergence(answers: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
    """Kullback and Leibler's, of what is said from what is told."""
    return functional.kl_div(
        functional.log_softmax(answers, 1), functional.softmax(told, 1), reduction="batchmean")


def losses(
    student: Encoder, some: Batch, chosen: list[int], read: list[Text], told: Answers, priors: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The parts of a batch's loss by name."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        *_, last = student.depths(some.ids, some.shapes, some.lengths)
    said = {head: student.head(head, last, some.lengths) for head in HEADS}
    found = {
        "sentiment": divergence(said["sentiment"], told.sentiment[chosen]),
        "emotion": divergence(said["emotion"], told.emotion[chosen]),
        "entities": divergence(said["entities"][some.starts()], told.tags(chosen)),
        "mean": functional.mse_loss(mean_of(last.float(), some.lengths), told.mean[chosen]),
    }
    found = {name: TOLD[name] * loss for name, loss in found.items()}
    for head, prior in priors.items():
        rows = [row for row, member in enumerate(chosen) if read[member].head == head]
        if rows:
            labels = torch.tensor([read[chosen[row]].label for row in rows])
            loss = functional.cross_entropy(said[head][rows] + prior, labels, label_smoothing=0.05)
            found[f"{head} labels"] = LABELS * loss * len(rows) / len(chosen)
    return found


def train(
    teacher: Encoder, config: dict, read: list[Text], told: Answers, priors: dict[str, torch.Tensor], path: Path,
    seed: int, say=print,
) -> None:
    """Leaves the averaged weights in `path`, renewed along the way."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    student, config = start(teacher, config, read, random)
    # What words mean, it has from the teacher.
    student.words.weight.requires_grad_(False)

    learning = [parameter for parameter in student.parameters() if parameter.requires_grad]
    descent = Descent(
        student, [(learning, RATE)], STEPS, WARM_UP, LEAST, lambda average: save(average, config, path), say)
    student.train()
    source = members(read, random)
    for _ in range(STEPS):
        chosen = next(source)
        mended = random.random(len(chosen)) < 0.5
        shown = [
            read[member].variant if mend and read[member].variant else read[member].pieces
            for member, mend in zip(chosen, mended)]
        some = batch(Task("", shown), list(range(len(shown))))
        descent.step(losses(student, some, chosen, read, told, priors))
