"""Posts of which half are edited copies of earlier ones, made from real texts by a seed.

An original is spliced: from a real text's beginning three to eight words, then on behind the last of them where it stands in
another real text, and so on, until it is as long as a third real text. So its words, its pairs of words and its length are
those of real posts, short ones and nearly equal ones included, and there are as many as asked for.

A copy is a retweet (`RT @name: ` before it), has an address behind it, or has one word changed for one of another text. It
comes behind its original by a time that is log-uniform from a second to the horizon; half of the copies are of one original
in a hundred. One post in fifty is `late`: its original as it was, but from beyond the horizon.
"""

import json
import random
from bisect import bisect_left
from collections import defaultdict

from words import words

EDITS = ("retweet", "url", "word")
LATE_SHARE = 0.02
START_MS = 1_767_225_600_000
# The stream is longer than the horizon, so that groups are forgotten while it goes on.
SPAN = 1.25


class Splicer:
    """Makes texts out of real ones."""

    def __init__(self, folder, source):
        self.source = source
        self.texts = [line.split() for path in sorted(folder.glob("data/tweeteval/*/*_text.txt"))
                      for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        self.places = defaultdict(list)
        for number, text in enumerate(self.texts):
            for position, word in enumerate(text[:-1]):
                self.places[word.lower()].append((number, position + 1))

    def text(self):
        length, text = len(self.source.choice(self.texts)), []
        part, start = self.source.choice(self.texts), 0
        while len(text) < length:
            text += part[start:start + self.source.randint(3, 8)]
            places = self.places.get(text[-1].lower())
            number, start = self.source.choice(places) if places else (self.source.randrange(len(self.texts)), 0)
            part = self.texts[number]
        return text[:length]

    def word(self):
        return self.source.choice(self.source.choice(self.texts))


def edited(kind, text, splicer):
    """The copy, or none if no word of the text can be changed."""
    if kind == "retweet":
        return f"RT @user{splicer.source.randrange(1_000_000)}: {' '.join(text)}"
    if kind == "url":
        return f"{' '.join(text)} https://t.co/{splicer.source.randrange(36 ** 6):x}"
    if kind == "word":
        positions = [position for position, token in enumerate(text) if words(token)]
        if not positions:
            return None
        position, new = splicer.source.choice(positions), text[0]
        while not words(new) or words(new) == words(text[position]):
            new = splicer.word()
        text = [*text[:position], new, *text[position + 1:]]
    return " ".join(text)


def copies(originals, count, horizon, splicer):
    """(time, text, kind, number of the original) of each copy."""
    source, times = splicer.source, [time for time, _ in originals]
    span = round(horizon * SPAN)
    known = [source.randrange(len(originals)) for _ in range(max(1, len(originals) // 100))]
    while count:
        if source.random() < 2 * LATE_SHARE:
            kind, number = "late", source.randrange(max(1, bisect_left(times, span - horizon - 1_000)))
            distance = source.randint(horizon + 1, max(horizon + 1, span - times[number]))
        else:
            kind = source.choice(EDITS)
            number = source.choice(known) if source.random() < 0.5 else source.randrange(len(originals))
            distance = round(1_000 * (horizon / 1_000) ** source.random())
        text = edited(kind, originals[number][1], splicer)
        if text is not None and times[number] + distance <= span:
            yield times[number] + distance, text, kind, number
            count -= 1


def make(folder, shared, count, horizon, seed):
    """Writes posts.ndjson, and in truth.json the kind and the original of each post; `horizon` in milliseconds."""
    splicer = Splicer(shared, random.Random(seed))
    times = sorted(splicer.source.randrange(round(horizon * SPAN)) for _ in range(count - count // 2))
    originals = [(time, splicer.text()) for time in times]
    posts = [(time, " ".join(text), "original", number) for number, (time, text) in enumerate(originals)]
    posts += copies(originals, count // 2, horizon, splicer)
    posts.sort(key=lambda post: post[0])
    rows = {number: row for row, (_, _, kind, number) in enumerate(posts) if kind == "original"}
    (folder / "truth.json").write_text(json.dumps([(kind, rows[number]) for _, _, kind, number in posts]))
    with open(folder / "posts.ndjson", "w", encoding="utf-8") as file:
        for row, (time, text, _, _) in enumerate(posts):
            file.write(json.dumps({"id": row, "at": START_MS + time, "text": text}, ensure_ascii=False) + "\n")
