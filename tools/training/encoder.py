"""A BERT encoder in its plain form, with linear heads: what the Swift encoder computes, in the words of PyTorch."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional


class Layer(nn.Module):
    """One transformer block, normalised after each half as BERT does."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.mixed = nn.Linear(width, width)
        self.mixed_norm = nn.LayerNorm(width, eps=1e-12)
        self.inner = nn.Linear(width, inner)
        self.outer = nn.Linear(inner, width)
        self.outer_norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        rows, length, width = x.shape

        def split(y: torch.Tensor) -> torch.Tensor:
            return y.view(rows, length, self.heads, -1).transpose(1, 2)

        # Step by step: PyTorch's one call for all of it takes three times as long on a processor.
        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        scores = torch.matmul(query, key.transpose(2, 3)).float() * query.shape[-1] ** -0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        attended = torch.matmul(torch.softmax(scores, -1).to(value.dtype), value)
        attended = attended.transpose(1, 2).reshape(rows, length, width)
        drop = self.dropout if self.training else 0.0
        x = self.mixed_norm(x + functional.dropout(self.mixed(attended), drop))
        made = self.outer(functional.gelu(self.inner(x)))
        return self.outer_norm(x + functional.dropout(made, drop))


def mean_of(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The mean of each text's pieces."""
    present = torch.arange(x.shape[1])[None, :] < lengths[:, None]
    return (x * present[:, :, None]).sum(1) / lengths[:, None]


class Encoder(nn.Module):
    """Embeddings, layers, and a head a task; a sequence head reads the mean over all pieces, a token head each piece."""

    def __init__(self, config: dict, heads: dict[str, tuple[str, int]], dropout: float = 0.1):
        super().__init__()
        width = config["hidden_size"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.places = nn.Embedding(config["max_position_embeddings"], width)
        self.shapes = nn.Embedding(config["type_vocab_size"], width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(
            Layer(width, config["num_attention_heads"], config["intermediate_size"], dropout)
            for _ in range(config["num_hidden_layers"])
        )
        self.kinds = {name: kind for name, (kind, _) in heads.items()}
        self.heads = nn.ModuleDict({name: nn.Linear(width, classes) for name, (_, classes) in heads.items()})
        self.dropout = dropout

    def depths(self, ids: torch.Tensor, shapes: torch.Tensor, lengths: torch.Tensor) -> Iterator[torch.Tensor]:
        """The embeddings, then each layer's output, a row a piece; rows after a text's length mean nothing."""
        length = ids.shape[1]
        x = self.words(ids) + self.places.weight[:length] + self.shapes(shapes)
        x = functional.dropout(self.norm(x), self.dropout if self.training else 0.0)
        mask = None
        if int(lengths.min()) < length:
            mask = (torch.arange(length)[None, :] < lengths[:, None])[:, None, None, :]
        yield x
        for layer in self.layers:
            x = layer(x, mask)
            yield x

    def head(self, name: str, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """The logits of one head."""
        x = x.float()
        if self.kinds[name] == "sequence":
            x = mean_of(x, lengths)
        drop = self.dropout if self.training else 0.0
        with torch.autocast("cpu", enabled=False):
            return self.heads[name](functional.dropout(x, drop))


def names(config: dict) -> dict[str, str]:
    """The name in a Hugging Face file of each parameter of `Encoder`, heads left out."""
    table = {
        "words.weight": "embeddings.word_embeddings.weight",
        "places.weight": "embeddings.position_embeddings.weight",
        "shapes.weight": "embeddings.token_type_embeddings.weight",
        "norm.weight": "embeddings.LayerNorm.weight",
        "norm.bias": "embeddings.LayerNorm.bias",
    }
    parts = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "mixed": "attention.output.dense",
        "mixed_norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "outer_norm": "output.LayerNorm",
    }
    for layer in range(config["num_hidden_layers"]):
        for ours, theirs in parts.items():
            for leaf in ("weight", "bias"):
                table[f"layers.{layer}.{ours}.{leaf}"] = f"encoder.layer.{layer}.{theirs}.{leaf}"
    return table


def load_start(encoder: Encoder, config: dict, tensors: dict[str, torch.Tensor]) -> None:
    """Begins from another model's weights; shapes start as no shape."""
    state = encoder.state_dict()
    for ours, theirs in names(config).items():
        source = tensors[theirs].float()
        if ours == "shapes.weight":
            source = source[:1].expand_as(state[ours])
        state[ours].copy_(source[: state[ours].shape[0]])


def save(encoder: Encoder, config: dict, path: Path) -> None:
    """Leaves configuration and weights in a file of training."""
    torch.save({"config": config, "state": encoder.state_dict()}, path)


def load(path: Path, heads: dict[str, tuple[str, int]]) -> tuple[Encoder, dict]:
    """What `save` left, ready to be asked, and its configuration."""
    saved = torch.load(path, weights_only=True)
    encoder = Encoder(saved["config"], heads)
    encoder.load_state_dict(saved["state"])
    return encoder.eval().requires_grad_(False), saved["config"]
