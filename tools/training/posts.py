"""Training of the encoder: all tasks in one run, their batches mixed, and an exit after several of its layers.

Each exit has heads of its own, and learns from the labels and from what the last exit says. So one run gives a model
for each number of layers, and how many of them ship is decided afterwards, by validation and by speed.
"""

import copy
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

import corpora
import tasks
from batches import Batch, epoch
from encoder import Encoder, load_start
from wordpiece import SHAPES, WordPiece

HEADS = {
    "sentiment": ("sequence", len(corpora.SENTIMENT)),
    "emotion": ("sequence", len(corpora.EMOTION)),
    "entities": ("token", len(corpora.TAGS)),
}
LAYERS = [0, 1, 2, 3]
EXITS, SHIPPED = [3, 4], 4
BATCH, RATE_HEADS, AVERAGE, AVERAGE_EVERY = 32, 1e-3, 0.99, 5


@dataclass
class Phase:
    """A stretch of training: from the averaged weights of the one before, with an optimiser and a seed of its own."""

    steps: dict[str, int]
    """How many batches of each corpus, mixed at random."""
    rate: float
    """The learning rate of what was trained before; what begins at random has RATE_HEADS in proportion."""
    stop: int
    """The steps that are done: the rate falls along half a cosine over all, so that an early stop leaves it high."""
    words: bool
    """Whether word embeddings learn too."""


PHASES = [
    Phase({"sentiment": 2842, "emotion": 408, "wnut17": 535, "btc": 199}, 8e-5, stop=700, words=True),
    Phase({"sentiment": 520, "emotion": 200, "wnut17": 200, "btc": 80}, 6e-5, stop=1000, words=False),
    Phase({"sentiment": 240, "emotion": 24, "wnut17": 24, "btc": 12}, 5e-5, stop=200, words=False),
]
WARM_UP = 0.06


class Exits(nn.Module):
    """An encoder and, for each exit but the last, heads."""

    def __init__(self, config: dict):
        super().__init__()
        self.body = Encoder(config, HEADS)
        last = config["num_hidden_layers"]
        self.earlier = nn.ModuleDict(
            {str(e): copy.deepcopy(self.body.heads) for e in EXITS if e < last}
        )

    def forward(self, batch: Batch, bf16: bool) -> dict[int, torch.Tensor]:
        """The logits of the batch's head at each exit."""
        body, found = self.body, {}
        outputs = {}
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            for depth, x in enumerate(body.depths(batch.ids, batch.shapes, batch.lengths)):
                outputs[depth] = x
        for e in [int(e) for e in self.earlier] + [len(body.layers)]:
            heads = self.earlier[str(e)] if str(e) in self.earlier else body.heads
            found[e] = body.head(batch.task.head, outputs[e], batch.lengths, heads)
        return found


def start(wheel: Path, layers: list[int]) -> tuple[Exits, dict]:
    """MiniLM with the heads still at random."""
    config = json.loads((wheel / "config.json").read_text())
    config |= {"num_hidden_layers": len(layers), "type_vocab_size": SHAPES, "max_position_embeddings": 128}
    model = Exits(config)
    load_start(model.body, config, load_file(wheel / "model.safetensors"), layers)
    return model, config


def loss_of(batch: Batch, exits: dict[int, torch.Tensor], soft: float) -> torch.Tensor:
    """Labels at each exit; at the earlier ones a share `soft` of the loss is the last exit's opinion."""
    last = max(exits)
    if batch.task.labels:
        labels = torch.tensor([batch.task.labels[m] for m in batch.members])
        rows = {e: logits + batch.task.prior for e, logits in exits.items()}
        hard = {e: functional.cross_entropy(row, labels, label_smoothing=0.05) for e, row in rows.items()}
    else:
        places = batch.starts()
        allowed = torch.from_numpy(np.concatenate([batch.task.allowed[m] for m in batch.members]))
        rows = {e: logits[places] for e, logits in exits.items()}
        hard = {}
        for e, row in rows.items():
            chances = functional.log_softmax(row, 1)
            hard[e] = -chances.masked_fill(~allowed, -1e9).logsumexp(1).mean()
    opinion = functional.softmax(rows[last].detach(), 1)
    total = hard[last]
    for e in exits:
        if e != last:
            told = -(opinion * functional.log_softmax(rows[e], 1)).sum(1).mean()
            total = total + (1 - soft) * hard[e] + soft * told
    return total


def plan(phase: Phase, random: np.random.Generator) -> list[str]:
    """Which corpus each step serves."""
    steps = []
    for name, count in phase.steps.items():
        steps += [name] * count
    return [steps[at] for at in random.permutation(len(steps))]


def endless(task: tasks.Task, random: np.random.Generator):
    """Epoch after epoch."""
    while True:
        yield from epoch(task, BATCH, random)


def groups(model: Exits, phase: Phase) -> list[dict]:
    """Parameters by learning rate: what begins at random learns faster; norms and biases do not decay."""
    sets: dict[tuple[float, float], list] = {}
    model.body.words.weight.requires_grad_(phase.words)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            fresh = "heads" in name or "earlier" in name or "shapes" in name
            rate = RATE_HEADS * phase.rate / PHASES[0].rate if fresh else phase.rate
            sets.setdefault((rate, 0.01 if parameter.ndim > 1 else 0.0), []).append(parameter)
    return [{"params": p, "lr": lr, "peak": lr, "weight_decay": decay} for (lr, decay), p in sets.items()]


def pace(share: float) -> float:
    """The learning rate at a share of a phase, as a share of its peak."""
    return min(share / WARM_UP, 1.0) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * share)))


def run(model: Exits, phase: Phase, number: int, training: dict[str, tasks.Task], seed: int, save, say) -> Exits:
    """One phase; gives the average of the weights along its way."""
    if number > 0:
        torch.manual_seed(seed + number)
    random = np.random.default_rng(seed + number)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(groups(model, phase), betas=(0.9, 0.98), fused=True)
    sources = {name: endless(task, random) for name, task in training.items()}
    steps, began, running = plan(phase, random), time.monotonic(), {}
    kept = list(average.parameters())
    model.train()
    for step, name in enumerate(steps[: phase.stop]):
        share = step / len(steps)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * pace(share)
        batch = next(sources[name])
        early = number == 0 and share < 0.1
        loss = loss_of(batch, model(batch, bf16=True), 0.0 if early else 0.5)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % AVERAGE_EVERY == 0:
            keep = min(AVERAGE, (step + 1) / (step + 50))
            torch._foreach_lerp_(kept, [parameter.detach() for parameter in model.parameters()], 1 - keep)
        value = float(loss.detach())
        running[name] = 0.98 * running.get(name, value) + 0.02 * value
        if step % 50 == 49:
            told = " ".join(f"{n} {v:.3f}" for n, v in sorted(running.items()))
            say(f"phase {number} step {step + 1}/{phase.stop} {time.monotonic() - began:.0f}s {told}")
        if step % 100 == 99:
            save(average)
    save(average)
    return average


def train(data: Path, wheel: Path, work: Path, seed: int, first: int = 0, say=print) -> None:
    """Trains, and leaves in `work` the averaged weights of each phase, renewed along the way: `exits-N.pt`.

    `first` goes on from the phase before it, which must have left its file.
    """
    torch.manual_seed(seed)
    cut = WordPiece(wheel / "vocab.txt")
    training = tasks.training(data, cut)
    model, config = start(wheel, LAYERS)
    if first > 0:
        model.load_state_dict(torch.load(work / f"exits-{first - 1}.pt", weights_only=True)["state"])
    for number in range(first, len(PHASES)):
        def save(average: Exits, path: Path = work / f"exits-{number}.pt") -> None:
            torch.save({"config": config, "state": average.state_dict()}, path.with_suffix(".new"))
            path.with_suffix(".new").rename(path)

        model = run(model, PHASES[number], number, training, seed, save, say)
        model.requires_grad_(True)


def finished(work: Path) -> dict:
    """The configuration and weights that the last phase left."""
    return torch.load(work / f"exits-{len(PHASES) - 1}.pt", weights_only=True)
