"""Which inner numbers of a layer a smaller one keeps.

Each has a mask of 1 thought before it; the Fisher information of the masks, the mean square of the loss' slope along each,
says what leaving one out would cost (Kwon and others, "A Fast Post-Training Pruning Framework for Transformers", 2022).
The labels are drawn from the encoder's own chances, as the definition of Fisher information has it.
"""

import torch
from torch.nn import functional

from batches import Batch
from encoder import Encoder


def information(encoder: Encoder, batches: list[Batch], layers: int) -> list[torch.Tensor]:
    """For each of the first layers, the information of each inner number's mask."""
    found = [torch.zeros(layer.inner.out_features) for layer in encoder.layers[:layers]]
    inputs: dict[int, torch.Tensor] = {}

    def keep(number: int):
        def hook(_module, arguments):
            inputs[number] = arguments[0]
            arguments[0].retain_grad()
        return hook

    hooks = [layer.outer.register_forward_pre_hook(keep(at)) for at, layer in enumerate(encoder.layers[:layers])]
    encoder.requires_grad_(True)
    for batch in batches:
        *_, last = encoder.depths(batch.ids, batch.shapes, batch.lengths)
        loss = torch.zeros(())
        for head, share in (("sentiment", 1.0), ("emotion", 1.0), ("entities", 0.3)):
            answers = encoder.head(head, last, batch.lengths)
            answers = answers[batch.starts()] if head == "entities" else answers
            drawn = torch.distributions.Categorical(logits=answers.detach()).sample()
            loss = loss + share * functional.cross_entropy(answers, drawn, reduction="sum")
        encoder.zero_grad()
        loss.backward()
        for at, value in inputs.items():
            found[at] += (value.grad * value.detach()).sum(1).square().sum(0)
    for hook in hooks:
        hook.remove()
    encoder.requires_grad_(False)
    return found


def narrowed(state: dict[str, torch.Tensor], kept: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of as many layers as `kept` has, each with the inner numbers that it names."""
    made = {}
    for name, tensor in state.items():
        if name.startswith("layers."):
            _, number, rest = name.split(".", 2)
            if int(number) >= len(kept):
                continue
            if rest in ("inner.weight", "inner.bias"):
                tensor = tensor[kept[int(number)]]
            elif rest == "outer.weight":
                tensor = tensor[:, kept[int(number)]]
        made[name] = tensor
    return made
