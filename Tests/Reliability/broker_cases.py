"""A real broker that stands still, loses its connections and at last its memory."""

import random
import time

from echo import PARTITIONS, Echo, produce
from fault_proxy import FaultProxy
from parts import Broker, free_port
from program import Failed

SILENCES = {"quick": [1, 3], "default": [1, 2, 3, 5, 10, 15, 30], "long": [1, 2, 3, 5, 10, 15, 30] * 20}
TIMES = {"quick": 1, "default": 4, "long": 80}


def names(size):
    several = [name for name in ("cut", "held", "refused", "slow") for _ in range(TIMES[size])]
    return [*(f"stopped {seconds}" for seconds in SILENCES[size]), *several, "made_anew"]


class Session:
    def __init__(self, folder, seed):
        self.random, self.is_forgotten = random.Random(seed), False
        port = free_port()
        self.proxy = FaultProxy(port)
        self.broker = Broker(folder / "broker", port, self.proxy.port)
        try:
            for topic in ("posts", "echo"):
                self.broker.create(topic, PARTITIONS)
            self.echo = Echo(folder / "echo", self.proxy.address, seed)
            self.echo.write()
            self.echo.start()
            self.echo.await_all(time.monotonic())
        except BaseException:
            self.broker.stop()
            raise

    def run(self, name):
        what, *seconds = name.split()
        getattr(self, what)(*map(int, seconds))

    def stopped(self, seconds):
        """The broker stands still, its connections open."""
        self.broker.signal(19)
        time.sleep(seconds)
        self.broker.signal(18)
        self._heal()

    def cut(self):
        """Connections end again and again, whatever is under way."""
        ends = time.monotonic() + 2
        while time.monotonic() < ends:
            self.proxy.cut()
            time.sleep(self.random.uniform(0.05, 0.5))
        self._heal()

    def held(self):
        """Bytes are taken and not forwarded."""
        self.proxy.hold()
        time.sleep(self.random.uniform(1, 5))
        self.proxy.release()
        self._heal()

    def refused(self):
        """The network is parted."""
        self.proxy.is_refusing = True
        self.proxy.cut()
        time.sleep(self.random.uniform(1, 4))
        self.proxy.is_refusing = False
        self._heal()

    def slow(self):
        self.proxy.delay_seconds = self.random.uniform(0.1, 0.4)
        self.echo.write()
        time.sleep(2)
        self.proxy.delay_seconds = 0
        self._heal()

    def made_anew(self):
        """The broker forgets everything, as this one does when it starts again: the next run must not read on in a topic
        of which more has been read than there is, but end and say so. (The run before cannot know: this broker answers a
        fetch beyond the end of a topic as if the end were there.)
        """
        self.is_forgotten = True
        self.broker.stop()
        self.broker.start()
        for topic in ("posts", "echo"):
            self.broker.create(topic, PARTITIONS)
        produce(self.echo.producer, [(partition, b'{"id": "1"}') for partition in range(PARTITIONS)])
        self.echo.program.stop()
        for _ in range(2):
            self.echo.start()
            self.echo.program.wait(30, status=1)
            if "[kafka.offset_beyond_end]" not in self.echo.program.log:
                raise Failed("it ended and did not say why")

    def _heal(self):
        healed = time.monotonic()
        self.echo.write()
        self.echo.await_all(healed)

    def compare(self):
        # The run that met a topic made anew has ended for good; what it had written before is in the file.
        return self.echo.compare(is_ended=self.is_forgotten)

    def end(self):
        self.broker.signal(18)
        self.echo.end()
        self.broker.stop()
        self.proxy.stop()

    @property
    def log(self):
        return self.echo.program.log

    @property
    def recoveries(self):
        return self.echo.recoveries
