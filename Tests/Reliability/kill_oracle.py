"""A log of posts, and what must come of it: computed here, from the log alone."""

import json
import random
from collections import defaultdict

BRANDS = ["aurora", "northwind", "halcyon", "zephyr", "lumen", "orchard", "pinnacle", "meridian", "cobalt", "juniper"]
WINDOW_MS = 10_000
ORIGIN_MS = 1_780_000_000_000
DELAY_MS = 5_000
KEEP_ABOVE = 10


def write_log(paths, count, seed):
    """Writes `count` posts over some files: one in thirty a repeat, one in a thousand broken, out of order within the
    delay of the watermark. Returns what must come of them."""
    random_ = random.Random(seed)
    expected = Expected()
    files = [open(path, "w") for path in paths]
    recent = []
    number = 0
    for position in range(count):
        now = ORIGIN_MS + position * 20
        lane = random_.randrange(len(files))
        if random_.random() < 0.001:
            files[lane].write('{"id": "broken-%d", "created_at":\n' % position)
            expected.broken += 1
            continue
        if recent and random_.random() < 0.033:
            post = random_.choice(recent)
        else:
            post = (number, random_.choice(BRANDS), now - random_.randrange(DELAY_MS // 2), random_.randrange(1_000))
            number += 1
            recent.append(post)
            if len(recent) > 50:
                recent.pop(0)
            expected.add(*post)
        files[lane].write(json.dumps({
            "platform": "x", "id": str(post[0]), "text": "t", "brand": post[1], "created_at": post[2],
            "metrics": {"likes": post[3]}}) + "\n")
    for file in files:
        file.close()
    expected.records = count
    return expected


class Expected:
    def __init__(self):
        self.records, self.broken = 0, 0
        self.ids = set()
        # By (start of the window, brand): rows, likes, most likes.
        self.windows = defaultdict(lambda: (0, 0, 0))

    def add(self, number, brand, time, likes):
        if likes <= KEEP_ABOVE:
            return
        self.ids.add(number)
        key = (time // WINDOW_MS * WINDOW_MS, brand)
        rows, total, most = self.windows[key]
        self.windows[key] = (rows + 1, total + likes, max(most, likes))

    def compare(self, ids, windows):
        """Lost, duplicated and wrong rows."""
        unique = set(ids)
        wrong = sum(windows.get(key) != value for key, value in self.windows.items())
        wrong += sum(key not in self.windows for key in windows)
        return {
            "lost": len(self.ids - unique), "duplicated": len(ids) - len(unique) + len(unique - self.ids),
            "wrong_rows": wrong}
