"""How an encoder learns: AdamW, its rate along half a cosine, and the average of the weights on the way."""

import copy
import math
import time
from collections.abc import Iterable

import torch
from torch import nn

AVERAGE, AVERAGE_EVERY = 0.99, 5
TOLD_EVERY, SAVED_EVERY = 100, 1000


class Descent:
    """Steps of one model; `average` is what they come to.

    `peaks` names the highest rate of each group of parameters; a matrix decays unless it is of embeddings.
    """

    def __init__(self, model: nn.Module, peaks: list[tuple[Iterable[nn.Parameter], float]], steps: int, warm_up: float,
                 least: float, save, say):
        groups = []
        for parameters, peak in peaks:
            parameters = list(parameters)
            decays = [p for p in parameters if p.ndim > 1 and p is not model.words.weight]
            plain = [p for p in parameters if p.ndim == 1 or p is model.words.weight]
            groups.append({"params": decays, "peak": peak, "weight_decay": 0.01})
            groups.append({"params": plain, "peak": peak, "weight_decay": 0.0})
        self._optimiser = torch.optim.AdamW([g for g in groups if g["params"]], lr=0.0, betas=(0.9, 0.98), fused=True)
        self._model, self._steps, self._warm_up, self._least = model, steps, warm_up, least
        self.average = copy.deepcopy(model).eval().requires_grad_(False)
        self._kept = list(self.average.parameters())
        self._save, self._say, self._done, self._told, self._began = save, say, 0, {}, time.monotonic()

    def step(self, losses: dict[str, torch.Tensor]) -> None:
        """Goes down the sum of the losses, which are told by their names."""
        share = self._done / self._steps
        pace = min(share / self._warm_up, 1.0) * (
            self._least + (1 - self._least) * (0.5 + 0.5 * math.cos(math.pi * share)))
        for group in self._optimiser.param_groups:
            group["lr"] = group["peak"] * pace
        self._optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimiser.step()
        if self._done % AVERAGE_EVERY == 0:
            keep = min(AVERAGE, (self._done + 1) / (self._done + 50))
            torch._foreach_lerp_(self._kept, [parameter.detach() for parameter in self._model.parameters()], 1 - keep)
        self._done += 1
        self._tell({name: float(loss.detach()) for name, loss in losses.items()})
        if self._done % SAVED_EVERY == 0 or self._done == self._steps:
            self._save(self.average)

    def _tell(self, losses: dict[str, float]) -> None:
        for name, loss in losses.items():
            self._told[name] = 0.98 * self._told.get(name, loss) + 0.02 * loss
        if self._done % TOLD_EVERY == 0:
            told = " ".join(f"{name} {loss:.3f}" for name, loss in sorted(self._told.items()))
            self._say(f"{self._done}/{self._steps} {time.monotonic() - self._began:.0f}s {told}")
