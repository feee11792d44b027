"""R1: the program is killed at random while it reads Kafka and writes Postgres, again and again, and once it stands
still while another takes over; then everything is compared.
"""

import json
import random
import shutil
import time

import pipeline
from live_topic import LiveTopic
from oracle import Oracle
from parts import Broker, Postgres, Receiver
from post_log import PostLog
from program import Failed, Program, complain, first_seed, percentile, scratch, wait_for
from table_watch import TableWatch

# Kills, posts before the first of them, posts a second meanwhile, zombies.
SIZES = {"quick": (6, 40_000, 3_000, 1), "default": (200, 1_100_000, 3_000, 8), "long": (4_000, 1_100_000, 3_000, 100)}
LIFE_SECONDS = (0.2, 4)
# Every so many kills one waits for the first commit: only runs that live to see it tell how long it takes.
PATIENT = 5
PATIENCE_SECONDS = 30
RECOVERY_SECONDS_MAX = 5
COMMAND = "SEED={seed} tools/reliability --rows R1 --size {size}"


def run(size):
    kills, keys, rate, zombies = SIZES[size]
    seed = first_seed()
    figures = {"kills": 0, "lost": 0, "duplicated": 0, "wrong_rows": 0, "backwards": 0, "failed": 0}
    with scratch() as folder:
        postgres = Postgres(folder / "postgres")
        try:
            campaign = Campaign(folder, postgres, seed)
            try:
                _add(figures, campaign.run(kills, keys, rate))
            except (Failed, OSError) as failure:
                _add(figures, {**campaign.figures, "failed": 1})
                complain(failure, seed, campaign.crashes, COMMAND.format(seed=seed, size=size), campaign.log)
            finally:
                campaign.end()
            for number in range(zombies):
                zombie = Zombie(folder / f"zombie-{number}", postgres, seed + number)
                try:
                    _add(figures, zombie.run())
                except Failed as failure:
                    _add(figures, {"failed": 1})
                    complain(failure, zombie.seed, zombie.stopped_at, COMMAND.format(seed=seed, size=size), zombie.log)
                finally:
                    zombie.end()
        finally:
            postgres.stop("immediate")
    wrong = sum(figures[name] for name in ("lost", "duplicated", "wrong_rows", "backwards", "failed"))
    in_time = figures.get("recovery_p99_seconds", RECOVERY_SECONDS_MAX + 1) <= RECOVERY_SECONDS_MAX
    return wrong == 0 and figures["kills"] == kills and in_time, figures


def _add(figures, more):
    for name, value in more.items():
        figures[name] = figures.get(name, 0) + value


class Campaign:
    """One topic, read by runs that are killed until one may read it to its end."""

    def __init__(self, folder, postgres, seed):
        self.postgres, self.seed = postgres, seed
        self.random, self.oracle = random.Random(seed), Oracle()
        self.broker = Broker(folder / "broker")
        self.receiver = Receiver()
        self.topic = LiveTopic(self.broker, seed, self.oracle)
        self.program = Program(folder / "campaign", pipeline.posts(
            pipeline.kafka(self.broker.address),
            {**pipeline.tables(postgres.url), **pipeline.copy(), **pipeline.hook(self.receiver.url)}))
        self.figures = {"kills": 0, "killed_before_commit": 0}
        self.crashes, self.recoveries, self.gaps = [], [], []
        # When the run before was killed, and when the first since the last commit.
        self.killed, self.first_killed, self.is_writing = None, None, False

    @property
    def log(self):
        return self.program.log

    def run(self, kills, keys, rate):
        self.topic.write(keys)
        self.topic.flush()
        self.figures["keys_at_first_kill"] = len(self.oracle.ids)
        watch = TableWatch(self.postgres.url)
        watch.start()
        try:
            process = self.program.start(threads=2)
            wait_for(self._has_caught_up, "the posts before the first kill", 180, process)
            self.topic.start(rate)
            self.is_writing = True
            while self.figures["kills"] < kills:
                self._live_and_die()
                self.program.start(threads=self.random.choice([1, 2, 2, 3]))
            self._await_commit(self.random.uniform(2, 3), is_patient=True)
        finally:
            if self.is_writing:
                self.topic.stop()
        self.program.kill()
        self.program.start(until_end=True)
        self.program.wait(120)
        watch.stop()
        self.figures |= {"backwards": watch.backwards, "reads": watch.reads, "posts": self.oracle.records}
        self.program.check_ledger(self.oracle.records)
        self._compare()
        self._recovery()
        return self.figures

    def _has_caught_up(self):
        if not self.postgres.rows("SELECT to_regclass('archive')")[0][0]:
            return False
        return self.postgres.rows("SELECT count(*) FROM archive")[0][0] >= len(self.oracle.ids)

    def _live_and_die(self):
        lived = self._await_commit(
            self.random.uniform(*LIFE_SECONDS), is_patient=self.figures["kills"] % PATIENT == PATIENT - 1)
        self.program.kill()
        if self.program.process.returncode != -9:
            raise Failed(f"it ended by itself with status {self.program.process.returncode}")
        self.figures["kills"] += 1
        self.crashes.append(round(lived, 3))
        self.figures["killed_before_commit"] += self.killed is not None
        self.killed = time.monotonic()
        self.first_killed = self.first_killed or self.killed

    def _await_commit(self, seconds, is_patient=False):
        """Lets it live so long, a patient one also to its first commit, whose time since the kill is noted."""
        before, started = self.program.epoch, time.monotonic()
        while self.program.process.poll() is None:
            now = time.monotonic()
            if self.killed is not None and self.program.epoch > before:
                self.recoveries.append(now - self.killed)
                self.gaps.append(now - self.first_killed)
                self.killed = self.first_killed = None
            is_waiting = is_patient and self.killed is not None and now - started < PATIENCE_SECONDS
            if now - started >= seconds and not is_waiting:
                break
            time.sleep(0.01)
        return time.monotonic() - started

    def _compare(self):
        found = pipeline.found_tables(self.postgres)
        if len(found) != 5:
            raise Failed(f"of the tables only {sorted(found)} are there")
        results = [self.oracle.compare(found), self.oracle.compare(pipeline.found_copy(self.program.folder))]
        ids = [headers["webhook-id"] for _, headers, _, status in self.receiver.requests if status == 200]
        posts = {json.loads(body)["data"]["id"] for _, _, body, _ in self.receiver.requests}
        results.append({
            "lost": len(self.oracle.loud - {int(post) for post in posts}),
            # A receiver drops repeats by their id: an alert under two ids would be one too many.
            "duplicated": max(0, len(set(ids)) - len(self.oracle.loud)), "webhook_repeats": len(ids) - len(set(ids))})
        for result in results:
            _add(self.figures, result)
        if any(self.figures[name] for name in ("lost", "duplicated", "wrong_rows", "backwards")):
            raise Failed(f"{results}, {self.figures['backwards']} windows seen going back")
        self.figures["rows_compared"] = (
            len(self.oracle.ids) * 2 + len(self.oracle.windows) + len(self.oracle.authors) + len(self.oracle.loud) * 2
            + self.oracle.broken)

    def _recovery(self):
        """From the kill to the first commit; and from the first of several kills in a row, none of which saw one."""
        self.figures["recoveries"] = len(self.recoveries)
        for name, values in (("recovery", sorted(self.recoveries)), ("gap", sorted(self.gaps))):
            for percent in (50, 99):
                if values:
                    self.figures[f"{name}_p{percent}_seconds"] = round(percentile(values, percent), 2)

    def end(self):
        self.program.kill()
        self.broker.stop()
        self.receiver.stop()
        drop_tables(self.postgres)


class Zombie:
    """A run is made to stand still; another goes on from a copy of its state; the first wakes up and may write nothing."""

    POSTS, RATE = 60_000, 15_000

    def __init__(self, folder, postgres, seed):
        self.seed, self.postgres = seed, postgres
        self.random, self.oracle = random.Random(seed), Oracle()
        self.stopped_at = None
        folder.mkdir()
        PostLog(seed).write(folder / "posts.ndjson", self.POSTS, self.oracle)
        text = pipeline.posts(
            pipeline.file(folder / "posts.ndjson", rate=self.RATE), pipeline.tables(postgres.url))
        self.first, self.second = Program(folder / "first", text), Program(folder / "second", text)

    @property
    def log(self):
        return f"{self.first.log}\n-- and the second:\n{self.second.log}"

    def run(self):
        process = self.first.start(until_end=True)
        wait_for(lambda: self.first.epoch > 0, "a first checkpoint", process=process)
        time.sleep(self.random.uniform(0.05, 1.5))
        self.stopped_at = self.first.epoch
        process.send_signal(19)
        again = Program(self.first.folder, (self.first.folder / "p.yaml").read_text())
        again.start()
        again.wait(20, status=1)
        if "[state.in_use]" not in again.log:
            raise Failed("a second run on the same folder was not told that it is in use")
        shutil.copytree(self.first.state, self.second.state)
        other = self.second.start(until_end=True)
        wait_for(lambda: self.second.epoch > self.stopped_at, "a commit of the second run", process=other)
        process.send_signal(18)
        self.second.wait(60)
        self.first.wait(60, status=1)
        if "[postgres.outrun]" not in self.first.log:
            raise Failed("the first run did not say that another has taken its place")
        result = self.oracle.compare(pipeline.found_tables(self.postgres))
        if any(result.values()):
            raise Failed(f"after a zombie: {result}")
        return {"zombies": 1, **result}

    def end(self):
        for program in (self.first, self.second):
            program.kill()
        drop_tables(self.postgres)


def drop_tables(postgres):
    postgres.execute("DROP TABLE IF EXISTS rollup, author, archive, alert, letter, martlet_commit")
