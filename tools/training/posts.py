"""Training of the encoder in three stages, each of which goes on from the files of those before it."""

from pathlib import Path

import answers
import student
import tasks
import teacher
from encoder import load
from wordpiece import WordPiece

STAGES = ["teacher", "answers", "student"]


def train(data: Path, wheel: Path, work: Path, seed: int, first: str = STAGES[0], say=print) -> None:
    """Trains from the stage `first` on, and leaves `teacher.pt`, `answers.pt` and `student.pt` in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    stages = STAGES[STAGES.index(first):]
    cut = WordPiece(wheel / "vocab.txt")
    training = tasks.training(data, cut)
    if "teacher" in stages:
        teacher.train(training, wheel, work / "teacher.pt", seed, say)
    encoder, config = load(work / "teacher.pt", teacher.HEADS)
    read = answers.texts(training, tasks.unlabelled(data, cut))
    if "answers" in stages:
        answers.ask(encoder, read, work / "answers.pt", say)
    priors = {head: training[head].prior for head in ("sentiment", "emotion")}
    student.train(encoder, config, read, answers.load(work / "answers.pt"), priors, work / "student.pt", seed, say)
