"""int8 as the engine computes it.

A matrix is kept as signed bytes with one scale for each row (each output): weight = byte * scale, scale = largest
magnitude of the row / 127. A product's input is quantised when it comes, each piece on its own, to unsigned bytes: of its
least and largest numbers, zero among them, scale = (largest - least) / 255, zero = -least / scale and byte = number / scale +
zero, both rounded to nearest. Sums are whole numbers; the result is (sum - zero * the row's sum of weights) * input scale *
row scale + bias. Attention, normalisation, GELU and the heads stay in float32.
"""

import torch
from torch import nn
from torch.nn import functional

from encoder import Encoder


def rows(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Signed bytes, and a scale a row."""
    scale = matrix.abs().amax(1).clamp(min=1e-12) / 127
    return torch.round(matrix / scale[:, None]).clamp(-127, 127).to(torch.int8), scale


class Product(nn.Module):
    """A linear layer with bytes as weights; `exact` multiplies their real values in float32 instead of bytes."""

    def __init__(self, linear: nn.Linear):
        super().__init__()
        self.bytes, self.scale = rows(linear.weight.detach())
        self.bias, self.exact = linear.bias.detach(), True

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.exact:
            return functional.linear(x, self.bytes.float() * self.scale[:, None], self.bias)
        least, most = x.amin(-1, keepdim=True).clamp(max=0), x.amax(-1, keepdim=True).clamp(min=0)
        scale = (most - least).clamp(min=1e-12) / 255
        zero = torch.floor(-least / scale + 0.5)
        whole = torch.floor(x / scale + zero + 0.5).clamp(0, 255) - zero
        return functional.linear(whole, self.bytes.float()) * scale * self.scale + self.bias


def quantise(encoder: Encoder) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Turns the matrices of an encoder into bytes, in place; gives bytes and scales by the parameter's name."""
    found = {"words.weight": rows(encoder.words.weight.detach())}
    encoder.words.weight.data.copy_(found["words.weight"][0].float() * found["words.weight"][1][:, None])
    for number, layer in enumerate(encoder.layers):
        for name in ("query", "key", "value", "mixed", "inner", "outer"):
            product = Product(getattr(layer, name))
            setattr(layer, name, product)
            found[f"layers.{number}.{name}.weight"] = (product.bytes, product.scale)
    return found


def exact(encoder: Encoder, yes: bool) -> None:
    """Chooses between float32 products of the quantised weights and products of bytes."""
    for module in encoder.modules():
        if isinstance(module, Product):
            module.exact = yes
