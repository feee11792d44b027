"""The peers: what each is made of, what it can express, and how it is asked."""

from dataclasses import dataclass, field

WORKLOADS = ("W1", "W2", "W3", "W4", "W5", "WK")
# Of slow peers, the first events; rates are compared as events a second.
SLOW, TEXT = 500_000, 100_000
NOT_BATCH = "a batch query over files"


@dataclass(frozen=True)
class Peer:
    """`events` are the first events that a workload is given, None all; `missing` says why a workload is not there."""

    name: str
    program: str
    durable: str
    events: dict
    missing: dict = field(default_factory=dict)
    packages: tuple = ()
    threads: int = 2
    # Debian packages that the Python package needs.
    system: tuple = ()
    has_changes: bool = False


def each(workloads, events=None):
    return dict.fromkeys(workloads.split(), events)


PEERS = {peer.name: peer for peer in (
    Peer("martlet", "", "what its checkpoints hold; this pair shows how noisy the machine is", each(
        "W1 W2 W3 W4 W5 WK")),
    Peer(
        "limit", "limit.cpp", "nothing: W2 and W3 by hand on one thread", each("W2 W3"),
        dict.fromkeys(("W1", "W4", "W5", "WK"), "written for W2 and W3 alone"), threads=1),
    Peer(
        "consume", "consume.c", "nothing: librdkafka hands the records out and nobody reads them", each("WK"),
        dict.fromkeys(("W1", "W2", "W3", "W4", "W5"), "reads Kafka alone")),
    Peer(
        "duckdb", "duckdb_batch.py", "nothing: a batch query", each("W1 W2 W3 W5"),
        {"W4": "no sentiment function", "WK": NOT_BATCH}, ("duckdb==2.0.*",)),
    Peer(
        "polars", "polars_batch.py", "nothing: a batch query", each("W1 W2 W3 W5"),
        {"W4": "no sentiment function", "WK": NOT_BATCH}, ("polars==2.1.*",)),
    Peer(
        "bytewax", "bytewax_flow.py", "nothing: recovery is off", each("W1 W2 W3 W5 WK", SLOW) | each("W4", TEXT),
        packages=("bytewax[kafka]==0.21.*", "orjson==3.*", "vaderSentiment==3.3.2"), threads=2),
    Peer(
        "pathway", "pathway_flow.py", "nothing: persistence is off", each("W1 W2 W3 W5 WK", SLOW) | each("W4", TEXT),
        packages=("pathway==0.33.*", "vaderSentiment==3.3.2"), has_changes=True),
    Peer(
        "flink", "flink_job.py", "nothing: checkpoints are off", each("W1 W2", SLOW),
        {
            "W3": "SQL has no dedupe within a stretch of event time: state lives by processing time, or for ever",
            "W4": "no sentiment function",
            "W5": "a join with a file loses the time that windows need; a function in Java would do",
            "WK": "its Kafka connector is not in the Python package",
        },
        ("apache-flink==2.3.*",), system=("default-jre-headless",)),
    Peer(
        "spark", "spark_job.py", "what its checkpoints hold, one at the end of the micro-batch", each("W1 W2 W3 W5", SLOW),
        {"W4": "no sentiment function", "WK": "its Kafka connector is not in the Python package"},
        ("pyspark==4.*",), system=("default-jre-headless",)),
)}
