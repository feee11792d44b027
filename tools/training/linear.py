"""A linear model over hashed features, learnt with L-BFGS and written with a byte a weight.

The logit of a class is `bias + dense . inputs + scale * (W / sqrt(w) + R / sqrt(r))`: W is the whole-number sum of the
class's bytes at the buckets of words (kinds 1 and 2), w how many these are, R and r the same of byte runs (kind 3); where
nothing was found, w or r is 1. Chances are the softmax of the logits.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy import sparse
from scipy.optimize import minimize

import hashed
from text import write_json


@dataclass
class Shape:
    """What the features are made of. `bits`: 2^bits buckets. `runs`: the lengths of byte runs."""

    bits: int
    runs: list[int]


def matrix(texts: list[str], shape: Shape) -> sparse.csr_matrix:
    """A row a text; each entry is how often a bucket occurs, over the square root of all that occur."""
    columns, values, ends = [], [], [0]
    for text in texts:
        made = hashed.normalised(text)
        words = hashed.buckets(hashed.word_hashes(made), shape.bits)
        runs = hashed.buckets(hashed.run_hashes(made, shape.runs), shape.bits)
        columns += [words, runs]
        values += [np.full(len(words), 1 / max(1, len(words)) ** 0.5), np.full(len(runs), 1 / max(1, len(runs)) ** 0.5)]
        ends.append(ends[-1] + len(words) + len(runs))
    made = sparse.csr_matrix(
        (np.concatenate(values).astype(np.float32), np.concatenate(columns).astype(np.int32), ends),
        shape=(len(texts), 1 << shape.bits),
    )
    made.sum_duplicates()
    return made


def rarity(counts: sparse.csr_matrix) -> np.ndarray:
    """How much a bucket may weigh: rare ones more, as in TF-IDF. Folded into the weights when they are learnt."""
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    return (1 + np.log((1 + counts.shape[0]) / (1 + seen))).astype(np.float32)


def learn(
    inputs: sparse.csr_matrix, dense: np.ndarray, targets: np.ndarray, weights: np.ndarray, decay: float, rounds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Softmax regression on `targets`, a distribution a row. Gives bucket weights, dense weights and biases."""
    scale = rarity(inputs)
    scaled = inputs @ sparse.diags(scale)
    turned = scaled.T.tocsr()
    classes, wide, narrow = targets.shape[1], inputs.shape[1], dense.shape[1]
    total = weights.sum()

    def split(flat: np.ndarray):
        first = wide * classes
        second = first + narrow * classes
        return (
            flat[:first].reshape(wide, classes),
            flat[first:second].reshape(narrow, classes),
            flat[second:],
        )

    def loss(flat: np.ndarray):
        w, v, b = split(flat.astype(np.float32))
        scores = scaled @ w + dense @ v + b
        scores -= scores.max(1, keepdims=True)
        chances = np.exp(scores)
        norm = chances.sum(1, keepdims=True)
        value = float((weights * (np.log(norm[:, 0]) - (targets * scores).sum(1))).sum() / total)
        slope = (chances / norm - targets) * (weights / total)[:, None]
        slope = slope.astype(np.float32)
        value += 0.5 * decay * float((w * w).sum() + 0.01 * (v * v).sum())
        found = [turned @ slope + decay * w, dense.T @ slope + 0.01 * decay * v, slope.sum(0)]
        return value, np.concatenate([part.ravel() for part in found]).astype(np.float64)

    begin = np.zeros((wide + narrow + 1) * classes)
    done = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 8})
    w, v, b = split(done.x.astype(np.float32))
    return w * scale[:, None], v, b


@dataclass
class Model:
    """What was learnt, its bucket weights as signed bytes with a scale a class: weight = byte * scale."""

    shape: Shape
    labels: list[str]
    weights: np.ndarray
    dense: np.ndarray
    bias: np.ndarray
    inputs: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.scale = (np.maximum(np.abs(self.weights).max(0), 1e-12) / 127).astype(np.float32)
        self.bytes = np.clip(np.rint(self.weights / self.scale), -127, 127).astype(np.int8)

    def case(self, text: str, inputs: np.ndarray) -> dict:
        """A text and what each step makes of it."""
        made = hashed.normalised(text)
        words = hashed.buckets(hashed.word_hashes(made), self.shape.bits)
        runs = hashed.buckets(hashed.run_hashes(made, self.shape.runs), self.shape.bits)
        sums = [self.bytes[found].astype(np.int64).sum(0) for found in (words, runs)]
        parts = [total / max(1, len(found)) ** 0.5 for total, found in zip(sums, (words, runs))]
        logits = self.bias + inputs @ self.dense + self.scale * (parts[0] + parts[1])
        return {
            "text": text, "normalised_hex": made.hex(), "words": words.tolist(), "runs": len(runs),
            "runs_sum": int(runs.sum()), "word_sums": sums[0].tolist(), "run_sums": sums[1].tolist(),
            "inputs": [round(float(x), 4) for x in inputs], "logits": [round(float(x), 4) for x in logits],
        }

    def logits(self, text: str, inputs: np.ndarray | None = None) -> np.ndarray:
        """The logits of a text, from the bytes that ship."""
        return np.array(self.case(text, self._some(inputs))["logits"])

    def calibrate(self, logits: np.ndarray, labels: np.ndarray) -> float:
        """Divides what makes logits by the number that makes the chances of held-back texts likeliest."""

        def surprise(warmth: float) -> float:
            scores = logits / warmth
            scores = scores - scores.max(1, keepdims=True)
            return float((np.log(np.exp(scores).sum(1)) - scores[np.arange(len(labels)), labels]).mean())

        warmth = float(min(np.arange(0.5, 6.01, 0.05), key=surprise))
        self.scale, self.bias, self.dense = self.scale / np.float32(warmth), self.bias / warmth, self.dense / warmth
        return round(warmth, 2)

    def _some(self, inputs: np.ndarray | None) -> np.ndarray:
        return np.zeros(len(self.inputs), dtype=np.float32) if inputs is None else inputs

    def write(self, folder: Path, texts: list[str], inputs: np.ndarray | None = None) -> None:
        """`model.safetensors`, `config.json`, and `golden.json` with the cases of some texts."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {"weight": self.bytes, "weight_scale": self.scale, "bias": self.bias.astype(np.float32)}
        if self.inputs:
            tensors["dense.weight"] = np.ascontiguousarray(self.dense.astype(np.float32))
        save_file(tensors, folder / "model.safetensors")
        (folder / "model.safetensors").chmod(0o644)
        write_json(folder / "config.json", {
            "model_type": "martlet-linear",
            "martlet": {
                "version": 1, "preprocessing": "posts-1", "features": "hashed-1", "bits": self.shape.bits,
                "runs": self.shape.runs, "labels": self.labels, "inputs": self.inputs,
            },
        }, indent=2)
        cases = [self.case(text, self._some(None if inputs is None else inputs[at])) for at, text in enumerate(texts)]
        write_json(folder / "golden.json", {"about": "made by tools/train", "cases": cases})
