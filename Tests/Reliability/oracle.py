"""What must come of a log of posts: computed here from the records alone, post by post, by the meaning of the pipeline
in `pipeline.py` and by nothing of the program's.
"""

import json
from collections import defaultdict

WINDOW_MS = 10_000
DAY_MS = 86_400_000
KEEP_ABOVE = 10
ALERT_FROM = 998


class Oracle:
    def __init__(self, window_ms=WINDOW_MS):
        self.window_ms = window_ms
        self.records, self.broken = 0, 0
        self.ids, self.loud = set(), set()
        # By (start of the window, brand): rows, likes, most likes.
        self.windows = defaultdict(lambda: (0, 0, 0))
        # By (start of the day, author): rows, likes.
        self.authors = defaultdict(lambda: (0, 0))

    def take(self, record):
        """The next record of a lane; of several with one id the first that is kept counts."""
        self.records += 1
        try:
            post = json.loads(record)
            number, time, likes = int(post["id"]), int(post["created_at"]), int(post["metrics"]["likes"])
        except (ValueError, KeyError):
            self.broken += 1
            return
        if likes <= KEEP_ABOVE or number in self.ids:
            return
        self.ids.add(number)
        if likes >= ALERT_FROM:
            self.loud.add(number)
        key = (time // self.window_ms * self.window_ms, post["brand"])
        rows, total, most = self.windows[key]
        self.windows[key] = (rows + 1, total + likes, max(most, likes))
        key = (time // DAY_MS * DAY_MS, post["author"]["id"])
        rows, total = self.authors[key]
        self.authors[key] = (rows + 1, total + likes)

    def compare(self, found):
        """Lost, duplicated and wrong rows; `found` says what is there of `ids`, `loud`, `broken`, `windows`, `authors`."""
        figures = {"lost": 0, "duplicated": 0, "wrong_rows": 0}
        for name, expected in (("ids", self.ids), ("loud", self.loud)):
            if name in found:
                rows = set(found[name])
                figures["lost"] += len(expected - rows)
                figures["duplicated"] += len(found[name]) - len(rows)
                figures["wrong_rows"] += len(rows - expected)
        if "broken" in found:
            figures["lost"] += max(0, self.broken - found["broken"])
            figures["duplicated"] += max(0, found["broken"] - self.broken)
        for name, expected in (("windows", self.windows), ("authors", self.authors)):
            if name in found:
                figures["wrong_rows"] += sum(found[name].get(key) != value for key, value in expected.items())
                figures["wrong_rows"] += sum(key not in expected for key in found[name])
        return figures
