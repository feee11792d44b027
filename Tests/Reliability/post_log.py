"""Posts that cannot be foreseen, but can be made again: a seed is a log."""

import random

BRANDS = ["aurora", "northwind", "halcyon", "zephyr", "lumen", "orchard", "pinnacle", "meridian", "cobalt", "juniper"]
# A multiple of a day, so that windows of any size begin with the log.
ORIGIN_MS = 1_780_012_800_000
# How far a post may be behind those before it in its lane; the pipelines wait for twice as long.
DISORDER_MS = 2_500
LIKES = 1_000
RECENT = 50


class PostLog:
    """Makes one post after another: `(lane, bytes)`.

    Of a thousand posts one is broken and one has a wrong type. One in thirty comes again: in the lane of the first with
    other likes, so that only the first may count, or in another lane as it was.
    """

    def __init__(self, seed, lanes=1, step_ms=1.0, authors=50_000, origin_ms=ORIGIN_MS, text="t"):
        self.random, self.text = random.Random(seed), text.encode()
        self.lanes, self.step_ms, self.authors, self.origin_ms = lanes, step_ms, authors, origin_ms
        self.position, self.number, self.recent = 0, 0, []

    def __iter__(self):
        return self

    def __next__(self):
        chance, position = self.random.random, self.position
        self.position += 1
        lane = int(chance() * self.lanes)
        kind = chance()
        if kind < 0.001:
            return lane, b'{"id": "broken-%d", "created_at":' % position
        if kind < 0.002:
            return lane, b'{"platform": "x", "id": "typed-%d", "created_at": "soon"}' % position
        if kind < 0.035 and self.recent:
            first_lane, post = self.recent[int(chance() * len(self.recent))]
            if chance() < 0.5:
                return first_lane, self.encode(*post[:4], int(chance() * LIKES))
            return lane, self.encode(*post)
        time = self.origin_ms + int(position * self.step_ms) - int(chance() * DISORDER_MS)
        post = (
            self.number, BRANDS[int(chance() * len(BRANDS))], int(chance() * self.authors), time, int(chance() * LIKES))
        self.number += 1
        if len(self.recent) < RECENT:
            self.recent.append((lane, post))
        else:
            self.recent[position % RECENT] = (lane, post)
        return lane, self.encode(*post)

    def encode(self, number, brand, author, time, likes):
        return (
            b'{"platform":"x","id":"%d","text":"%s","brand":"%s","author":{"id":"a%d"},"created_at":%d,'
            b'"metrics":{"likes":%d}}' % (number, self.text, brand.encode(), author, time, likes))

    def write(self, path, count, oracle):
        """Writes the next posts to a file, and tells an oracle of them."""
        with open(path, "ab") as file:
            for _ in range(count):
                lane, record = next(self)
                oracle.take(record)
                file.write(record + b"\n")
