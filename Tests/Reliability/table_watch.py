"""Reads the rollups all the time, as a dashboard does, and sees whether a window goes back."""

import threading


class TableWatch:
    def __init__(self, url):
        self.url, self.backwards, self.reads = url, 0, 0
        self.is_done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self):
        self.thread.start()

    def stop(self):
        self.is_done.set()
        self.thread.join()

    def _watch(self):
        import psycopg

        seen = {}
        while not self.is_done.is_set():
            try:
                with psycopg.connect(self.url, autocommit=True) as connection:
                    while not self.is_done.wait(0.1):
                        self._look(connection, seen)
            except psycopg.Error:
                # No table yet, or no server for a while.
                self.is_done.wait(0.1)

    def _look(self, connection, seen):
        rows = connection.execute("SELECT window_start, brand, n, total, most FROM rollup").fetchall()
        self.reads += 1
        for start, brand, *values in rows:
            before = seen.get((start, brand), values)
            self.backwards += any(now < then for now, then in zip(values, before))
            seen[start, brand] = values
        gone = len(seen) - len(rows)
        self.backwards += max(0, gone)
