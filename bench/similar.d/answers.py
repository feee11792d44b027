"""What of the groups is right: by what was planted, and by an exact measure of every pair that counts."""

import json
import math
import random
from collections import Counter, defaultdict

from posts import EDITS
from words import overlap, words


class Posts:
    """The posts, what was planted, and the group that each was given."""

    def __init__(self, folder, horizon, similarity):
        self.horizon, self.similarity = horizon, similarity
        truth = json.loads((folder / "truth.json").read_text())
        self.kinds, self.originals = [kind for kind, _ in truth], [row for _, row in truth]
        self.times, self.words = [], []
        numbers = {}
        for line in open(folder / "posts.ndjson", encoding="utf-8"):
            post = json.loads(line)
            self.times.append(post["at"])
            # A text without a word is alike to the same text alone.
            found = words(post["text"]) or {post["text"]}
            self.words.append(frozenset(numbers.setdefault(word, len(numbers)) for word in found))
        self.groups = [None] * len(truth)

    def read_groups(self, path):
        for line in open(path, encoding="utf-8"):
            row = json.loads(line)
            self.groups[row["id"]] = row["similar_group"]

    def are_alike(self, post, first):
        """Whether one may be in a group that the other has opened."""
        return abs(self.times[post] - self.times[first]) <= self.horizon and overlap(
            self.words[post], self.words[first]) >= self.similarity


def score(posts):
    """By kind: posts, those put in their original's group, those put in any, and how many of these are right."""
    table = {kind: Counter() for kind in ("original", *EDITS, "late")}
    for post, (kind, original) in enumerate(zip(posts.kinds, posts.originals)):
        counts, group = table[kind], posts.groups[post]
        counts["posts"] += 1
        is_planted = kind in EDITS and group == posts.groups[original]
        counts["found"] += is_planted
        # Its original may have joined a group whose first text is less like the copy, or behind its horizon.
        counts["out_of_reach"] += kind in EDITS and not is_planted and not posts.are_alike(post, posts.groups[original])
        if group == post:
            continue
        counts["joined"] += 1
        counts["planted"] += is_planted
        counts["right"] += posts.are_alike(post, group)
    return table


class Firsts:
    """The posts that opened a group, by the words of their prefixes (Bayardo, Ma, Srikant 2007): two sets of words of
    which the share `similarity` is common have one in common among the rarest of each."""

    def __init__(self, posts, wanted):
        self.posts = posts
        self.counts = Counter(word for words in posts.words for word in words)
        needed = {word for post in wanted for word in self.prefix(post)}
        self.index = defaultdict(list)
        for post, group in enumerate(posts.groups):
            if group == post:
                for word in self.prefix(post):
                    if word in needed:
                        self.index[word].append(post)

    def prefix(self, post):
        words = sorted(self.posts.words[post], key=lambda word: (self.counts[word], word))
        # Less than the product, so that rounding never makes it too short.
        return words[:len(words) - math.ceil(self.posts.similarity * len(words) - 1e-9) + 1]

    def has_alike(self, post):
        """Whether a group that had been opened before the post could take it."""
        seen, size = set(), len(self.posts.words[post])
        for word in self.prefix(post):
            for first in self.index[word]:
                if first >= post:
                    break
                if first not in seen:
                    seen.add(first)
                    other = len(self.posts.words[first])
                    if min(size, other) >= self.posts.similarity * max(size, other) and self.posts.are_alike(post, first):
                        return True
        return False


def exact(posts, count, seed):
    """Of a sample of all posts: how many had an alike group before them, and how many of these were put in one."""
    sample = random.Random(seed).sample(range(len(posts.groups)), min(count, len(posts.groups)))
    firsts = Firsts(posts, sample)
    due = [post for post in sample if firsts.has_alike(post)]
    found = sum(posts.groups[post] != post and posts.are_alike(post, posts.groups[post]) for post in due)
    return len(due), found
