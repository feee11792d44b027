"""From trained weights to the folder that ships: settles what validation settles, quantises, measures, writes."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional

import corpora
import int8
import metrics
import preprocess
import student
import tasks
from batches import batch
from encoder import Encoder, load, names
from tasks import Task
from text import golden_texts, write_json
from validation import Validation
from wordpiece import PIECES_MAX, WordPiece

LABELS = {"sentiment": corpora.SENTIMENT, "emotion": corpora.EMOTION, "entities": corpora.TAGS}
GOLDEN_TAGGED = 12
# Pieces of the vocabulary that are not shipped: a text that has one is cut into shorter ones.
WITHHELD = {5766: "[unused994]"}


def logits_of(encoder: Encoder):
    """The function that `Validation` asks."""

    def answer(head, some):
        *_, last = encoder.depths(some.ids, some.shapes, some.lengths)
        return encoder.head(head, last, some.lengths)

    return answer


def fold_prior(encoder: Encoder, data: Path) -> None:
    """Gives the head of emotion back the frequency of the classes, which it was trained beside."""
    _, labels = corpora.labelled(data / "tweeteval" / "emotion", "train")
    encoder.heads["emotion"].bias += tasks.prior(labels, tasks.EMOTION_PRIOR)


def settle(encoder: Encoder, validation: Validation, answers: dict) -> dict[str, float]:
    """Folds into the heads, and the answers, what validation decides: how sure they are, and what counts as entity."""
    settled = {}
    for task in (validation.sentiment, validation.emotion):
        logits, labels = torch.from_numpy(answers[task.head]), torch.tensor(task.labels)
        warmths = np.arange(0.5, 2.01, 0.05)
        losses = [float(functional.cross_entropy(logits / float(w), labels)) for w in warmths]
        warmth = float(warmths[int(np.argmin(losses))])
        encoder.heads[task.head].weight.div_(warmth)
        encoder.heads[task.head].bias.div_(warmth)
        answers[task.head] = answers[task.head] / warmth
        settled[f"{task.head}_temperature"] = round(warmth, 2)
    untagged = np.eye(len(corpora.TAGS), dtype=np.float32)[0]
    truth = [corpora.spans(sentence.tags) for sentence in validation.sentences]
    shifts, scores = np.arange(-3.0, 1.01, 0.25), []
    for shift in shifts:
        moved = [row + untagged * shift for row in answers["entities"]]
        scores.append(metrics.span_f1(truth, validation.tagged(moved))[2])
    # The middle of what does nearly as well as the best, so that one lucky value does not decide.
    good = shifts[np.array(scores) >= max(scores) - 0.005]
    shift = float(good[len(good) // 2])
    encoder.heads["entities"].bias[0] += shift
    answers["entities"] = [row + untagged * shift for row in answers["entities"]]
    settled["entities_untagged_shift"] = shift
    return settled


def tensors(encoder: Encoder, config: dict, matrices: dict) -> dict[str, torch.Tensor]:
    """What `model.safetensors` holds."""
    state, made = encoder.state_dict(), {}
    for ours, theirs in names(config).items():
        if ours in matrices:
            made[theirs], made[theirs + "_scale"] = matrices[ours]
        else:
            made[theirs] = state[ours] if ours in state else _bias(encoder, ours)
    for head in encoder.heads:
        made[f"heads.{head}.weight"] = encoder.heads[head].weight.data
        made[f"heads.{head}.bias"] = encoder.heads[head].bias.data
    return {name: tensor.detach().clone().contiguous() for name, tensor in made.items()}


def _bias(encoder: Encoder, name: str) -> torch.Tensor:
    _, number, part, leaf = name.split(".")
    return getattr(getattr(encoder.layers[int(number)], part), leaf)


def configuration(config: dict) -> dict:
    """`config.json`."""
    keys = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size",
            "max_position_embeddings", "type_vocab_size", "hidden_act", "layer_norm_eps", "pad_token_id"]
    made = {"model_type": "bert", "architectures": ["BertModel"]} | {key: config[key] for key in keys}
    heads = {}
    for head, (kind, _) in student.HEADS.items():
        heads[head] = {"kind": kind, "labels": LABELS[head]} | ({"pooling": "mean"} if kind == "sequence" else {})
    made["martlet"] = {
        "version": 1, "preprocessing": preprocess.NAME, "token_types": "shape", "pieces_max": PIECES_MAX,
        "quantisation": "int8-rows", "heads": heads,
    }
    return made


def golden(encoder: Encoder, cut: WordPiece, texts: list[str]) -> dict:
    """Texts with what every step makes of them; `float32` and `int8` are the two ways to multiply the same bytes."""

    def shortened(rows: torch.Tensor) -> list:
        return [[round(float(x), 4) for x in row] for row in rows]

    cases = []
    for at, text in enumerate(texts):
        made = preprocess.preprocess(text)
        pieces = cut(made)
        case = {"text": text, "preprocessed": made, "ids": pieces.ids, "shapes": pieces.shapes, "starts": pieces.starts}
        for way in ("float32", "int8"):
            int8.exact(encoder, way == "float32")
            answer, case[way] = logits_of(encoder), {}
            for head, (kind, _) in student.HEADS.items():
                some = batch(Task(head, [pieces]), [0])
                logits = answer(head, some)
                if kind == "sequence":
                    case[way][head] = shortened(logits)[0]
                elif at < GOLDEN_TAGGED:
                    case[way][head] = shortened(logits[0][pieces.starts])
        cases.append(case)
    return {"about": "made by tools/train with PyTorch; logits of the shipped bytes", "cases": cases}


def shipped_vocabulary(file: Path) -> str:
    """The vocabulary without the pieces that are withheld: their ids stay, and no text has them."""
    lines = file.read_text(encoding="utf-8").split("\n")
    for piece, name in WITHHELD.items():
        lines[piece] = name
    return "\n".join(lines)


def ship(data: Path, wheel: Path, trained: Path, folder: Path, say=print) -> dict:
    """Writes the model folder, and gives the measures that its card states."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text(shipped_vocabulary(wheel / "vocab.txt"), encoding="utf-8")
    cut = WordPiece(folder / "vocab.txt")
    validation = Validation(data, cut)
    encoder, config = load(trained, student.HEADS)
    with torch.no_grad():
        fold_prior(encoder, data)
        answers = validation.answers(logits_of(encoder))
        found = {"layers": config["num_hidden_layers"], "inner": config["intermediate_size"]}
        found["unsettled"] = validation.measures(answers)
        found["settled"] = settle(encoder, validation, answers)
        found["float32"] = validation.measures(answers)
        matrices = int8.quantise(encoder)
        int8.exact(encoder, False)
        answers = validation.answers(logits_of(encoder))
        found["int8"] = validation.measures(answers)
        save_file(tensors(encoder, config, matrices), folder / "model.safetensors", {"format": "pt"})
        (folder / "model.safetensors").chmod(0o644)
        cases = golden(encoder, cut, golden_texts(data))
    write_json(folder / "config.json", configuration(config), indent=2)
    write_json(folder / "golden.json", cases)
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True,
        "model_max_length": PIECES_MAX, "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
        "pad_token": "[PAD]", "mask_token": "[MASK]",
    }, indent=2)
    found["with_lexicon"] = with_lexicon(data, answers["sentiment"])
    found["bytes"] = sum(file.stat().st_size for file in folder.iterdir() if file.name != "golden.json")
    say(json.dumps(found, indent=2))
    return found


def with_lexicon(data: Path, logits: np.ndarray) -> dict[str, float]:
    """Macro recall of the int8 model's score, alone and with the lexicon's 0.3, cut into classes at the best place.

    A score is positive's chance less negative's. Both ways get their own pair of cuts, chosen on the same texts.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    texts, labels = corpora.labelled(data / "tweeteval" / "sentiment", "val")
    truth = np.array(labels)
    chances = np.exp(logits - logits.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    score = chances[:, 2] - chances[:, 0]
    lexicon = SentimentIntensityAnalyzer()
    compound = np.array([lexicon.polarity_scores(text)["compound"] for text in texts])

    def best(values: np.ndarray) -> float:
        cuts = np.arange(-0.6, 0.61, 0.05)
        return max(
            metrics.macro_recall(truth, np.where(values < low, 0, np.where(values > high, 2, 1)), 3)
            for low in cuts for high in cuts if low <= high
        )

    # The lexicon as three chances: what it says is shared between neutral and its side.
    sides = np.stack([np.clip(-compound, 0, 1), 1 - np.abs(compound), np.clip(compound, 0, 1)], 1)
    mixed = 0.7 * chances + 0.3 * sides
    return {
        "alone": metrics.macro_recall(truth, chances.argmax(1), 3),
        "ensemble_of_chances": metrics.macro_recall(truth, mixed.argmax(1), 3),
        "alone_score_best_cuts": best(score),
        "ensemble_score_best_cuts": best(0.7 * score + 0.3 * compound),
    }
