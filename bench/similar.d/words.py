"""The words of a text that are compared, by the rule that `similar` documents, read here a second time."""

import re
import unicodedata

UNCOMPARED = re.compile(r"(?<!\w)(?:@[A-Za-z0-9_]+|https?://\S+)", re.IGNORECASE)
RETWEET = re.compile(r"(?:[^\w@]*RT @[A-Za-z0-9_]+)+")


class Letters(dict):
    """What becomes of a character: punctuation parts words, accents and controls are dropped."""

    def __missing__(self, point):
        character = chr(point)
        category = unicodedata.category(character)
        if character.isspace() or category[0] in "PZ" or category[0] == "S" and point < 0x80:
            self[point] = " "
        elif category == "Mn" or category[0] == "C":
            self[point] = ""
        else:
            self[point] = character
        return self[point]


LETTERS = Letters()


def words(text):
    """The set of a text's words, without case and accents, mentions, addresses and a leading `RT @name:`."""
    retweet = RETWEET.match(text)
    text = UNCOMPARED.sub(" ", text[retweet.end():] if retweet else text).lower()
    if not text.isascii():
        text = unicodedata.normalize("NFD", text)
    return set(text.translate(LETTERS).split())


def overlap(left, right):
    """The share of the words of two sets that both have."""
    return len(left & right) / len(left | right)
