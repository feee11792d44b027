"""Asks ONNX Runtime for the sentiment of texts, on one thread: text.d/runtime.py MODEL TEXTS ATTENTION BATCH WORK

Prints a JSON object: the label of each text by its number, and the seconds of the asking alone: cutting texts into pieces,
loading the model and filling batches are not counted. A batch is of texts of like length, the short ones first.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

import graph

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/training"))
from preprocess import preprocess  # noqa: E402
from wordpiece import WordPiece  # noqa: E402


def batches(texts, size):
    """Members and the model's inputs."""
    order = sorted(range(len(texts)), key=lambda member: len(texts[member].ids))
    for first in range(0, len(order), size):
        members = order[first:first + size]
        pieces = max(len(texts[member].ids) for member in members)
        filled = {name: np.zeros((len(members), pieces), np.int32) for name in ("ids", "types", "mask")}
        for row, member in enumerate(members):
            count = len(texts[member].ids)
            filled["ids"][row, :count], filled["types"][row, :count] = texts[member].ids, texts[member].shapes
            filled["mask"][row, :count] = 1
        lengths = np.array([[len(texts[member].ids)] for member in members], np.float32)
        yield members, filled | {"at": np.arange(pieces, dtype=np.int32), "lengths": lengths}


def main():
    folder, texts, attention, size, work = *map(Path, sys.argv[1:3]), sys.argv[3], int(sys.argv[4]), Path(sys.argv[5])
    graph.write(folder, attention, work / "whole.onnx", work / "small.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(work / "small.onnx", options, providers=["CPUExecutionProvider"])
    labels = json.loads((folder / "config.json").read_text())["martlet"]["heads"][graph.HEAD]["labels"]
    cut = WordPiece(folder / "vocab.txt")
    asked = list(batches([cut(preprocess(json.loads(line)["text"])) for line in texts.open()], size))
    session.run(None, asked[-1][1])
    said, seconds = {}, 0.0
    for members, inputs in asked:
        began = time.perf_counter()
        answers = session.run(None, inputs)[0]
        seconds += time.perf_counter() - began
        said.update({member: labels[row.argmax()] for member, row in zip(members, answers)})
    print(json.dumps({"seconds": seconds, "said": [said[number] for number in range(len(said))]}))


if __name__ == "__main__":
    main()
