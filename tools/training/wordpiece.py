"""Word pieces with the shape of the word that each belongs to.

The vocabulary is lower case, so what capitals say about names and shouting would be lost. It goes into the segment
embeddings, which a single text leaves unused: the segment id of a piece is the shape of its word, the word being what
stands between two cuts of BERT's basic tokenizer. Only the ASCII letters of the word's bytes count:

    0  no capital letter; also [CLS] and [SEP]
    1  the word begins with a capital, and has no other
    2  two or more capitals, and no small letter
    3  any other mixture
"""

from dataclasses import dataclass
from pathlib import Path

from tokenizers import BertWordPieceTokenizer

from preprocess import preprocess

PIECES_MAX = 96
SHAPES = 4


@dataclass
class Pieces:
    """A text for the encoder: ids and shapes of equal length; `starts` are the places of the first pieces of words."""

    ids: list[int]
    shapes: list[int]
    starts: list[int]
    offsets: list[tuple[int, int]]


def shape(word: str) -> int:
    """The shape of a word, as the table at the head of this file has it."""
    capitals = sum("A" <= letter <= "Z" for letter in word)
    if capitals == 0:
        return 0
    if capitals == 1 and "A" <= word[0] <= "Z":
        return 1
    small = any("a" <= letter <= "z" for letter in word)
    return 3 if small or capitals == 1 else 2


class WordPiece:
    """BERT's tokenizer over a vocabulary file."""

    def __init__(self, vocabulary: Path):
        self._tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self._tokenizer.no_padding()

    def __call__(self, text: str, pieces_max: int = PIECES_MAX) -> Pieces:
        """Cuts a text that `preprocess` made; longer ones lose their end, never their [SEP]."""
        encoding = self._tokenizer.encode(text)
        ids, offsets, words = encoding.ids, encoding.offsets, encoding.word_ids
        if len(ids) > pieces_max:
            ids = ids[: pieces_max - 1] + ids[-1:]
            offsets = offsets[: pieces_max - 1] + offsets[-1:]
            words = words[: pieces_max - 1] + words[-1:]
        ends = {word: end for word, (_, end) in zip(words, offsets)}
        shapes, starts, bounds, last, now = [], [], [], None, 0
        for at, (word, (start, _)) in enumerate(zip(words, offsets)):
            if word is None:
                now = 0
            elif word != last:
                now = shape(text[start : ends[word]])
                starts.append(at)
                bounds.append((start, ends[word]))
            last = word
            shapes.append(now)
        return Pieces(ids, shapes, starts, bounds)

    def words(self, words: list[str], pieces_max: int = PIECES_MAX) -> tuple[Pieces, list[int]]:
        """Cuts words joined by spaces; the second answer is, for each start, the index of the annotators' word."""
        made = [preprocess(word) for word in words]
        owner = []
        for at, word in enumerate(made):
            owner += [at] * (len(word) + 1)
        pieces = self(" ".join(made), pieces_max)
        return pieces, [owner[start] for start, _ in pieces.offsets]
