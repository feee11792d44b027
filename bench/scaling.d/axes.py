"""What the cost of an event is measured against: for each axis its points, inputs, pipelines, and what must come out."""

import random
from dataclasses import dataclass
from typing import Callable

START_MS, HOUR_MS = 1_767_225_600_000, 3_600_000
SCHEMA = {
    "type": "record", "name": "row", "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}, {"name": "key", "type": "string"},
        {"name": "value", "type": "long"}, {"name": "text", "type": "string", "default": ""}]}
HEAD = """\
pipeline: scaling
resources: {{ memory: 8GiB }}
sources:
  rows:
    {source}
    format: json
    schema: {schema}
    event_time: {{ column: {time}, delay: 5s }}
operators:
"""
FILE = 'file: { path: "${INPUT}" }'
KAFKA = 'kafka: { brokers: "${KAFKA_BROKERS}", topics: ["${TOPIC}"] }'
WORDS = (
    "love great amazing hate terrible broken the a this that my phone update service really very not but customer support "
    "team delivery battery screen price happy sad angry").split()


@dataclass(frozen=True)
class Axis:
    """`write(path, x, events)` makes the input, `operators(x)` the YAML of the operators, of which the last is `out`.

    `expect(x, events)` are lines of the ledger that a right run has, by operator and part. `threads` is for `run`.
    """

    title: str
    unit: str
    points: tuple
    events: int
    write: Callable
    operators: Callable
    expect: Callable
    is_kafka: bool = False
    threads: Callable = lambda _: 2
    is_logarithmic: bool = True
    # Points, and axes, whose inputs have the same name share them.
    input: Callable = lambda x: x


def write_rows(path, keys, events, span_ms=HOUR_MS, text=lambda number: ""):
    """Rows evenly over time; every key as often as the others, neighbours in time far apart."""
    step = 2_654_435_761  # Odd and no multiple of 5: a walk through every power of ten.
    with open(path, "w", buffering=1 << 20) as file:
        for first in range(0, events, 10_000):
            file.write("".join([
                '{"at":%d,"key":"key-%010d","value":%d,"text":"%s"}\n' % (
                    START_MS + number * span_ms // events, number * step % keys, number % 1000, text(number))
                for number in range(first, min(first + 10_000, events))]))


def texts(length):
    """A thousand texts of about so many bytes."""
    source, made = random.Random(20_261_125), []
    for _ in range(1000):
        text = " ".join(source.choices(WORDS, k=length // 3 + 1))
        made.append(text[:length].rstrip())
    return lambda number: made[number % 1000]


def aggregate(window, by="key", columns="count: count(), total: sum(value)"):
    return f"aggregate: {{ window: {window}, by: [{by}], columns: {{ {columns} }}, keys: 20000000 }}"


def nothing(stream, condition):
    """Lets no row through: results are made, but not written."""
    return f"  out: {{ from: {stream}, filter: '{condition}' }}\n"


def chain(length, operator):
    names = ["rows", *(f"step{number}" for number in range(1, length + 1))]
    steps = "".join(f"  {name}: {{ from: {before}, {operator(name)} }}\n" for before, name in zip(names, names[1:]))
    return steps + nothing(names[-1], "value < 0")


KEYS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
AXES = {
    "keys-aggregate": Axis(
        "aggregate, one window of an hour", "distinct keys", KEYS, 10_000_000, write_rows,
        lambda _: f"  windows: {{ from: rows, {aggregate('{ tumbling: 1h }')} }}\n" + nothing("windows", "count < 0"),
        lambda x, events: {("windows", "folded"): events, ("out", "filtered"): min(x, events)},
        input=lambda x: f"keys-{x}"),
    "keys-dedupe": Axis(
        "dedupe within 2 hours", "distinct keys", KEYS, 10_000_000, write_rows,
        lambda _: "  unique: { from: rows, dedupe: { by: [key], within: 2h, keys: 20000000 } }\n" + nothing(
            "unique", "value < 0"),
        lambda x, events: {
            ("unique", "passed"): min(x, events), ("unique", "duplicate"): events - min(x, events)},
        input=lambda x: f"keys-{x}"),
    "overlap": Axis(
        "aggregate, hopping windows of a minute, 100 keys", "windows that a row is in", (1, 2, 6, 12, 30, 60), 4_000_000,
        lambda path, _, events: write_rows(path, 100, events),
        lambda x: f"  windows: {{ from: rows, {aggregate(f'{{ hopping: {{ size: 60s, every: {60 // x}s }} }}')} }}\n"
        + nothing("windows", "count < 0"),
        # A window for each step, and those that begin before the first row.
        lambda x, events: {("windows", "folded"): events, ("out", "filtered"): 100 * (60 * x + x - 1)},
        input=lambda _: "hundred"),
    "partitions": Axis(
        "W2 from Kafka", "partitions", (1, 2, 4, 8, 16), 4_000_000, None,
        lambda _: "  windows: { from: rows, " + aggregate(
            "{ tumbling: 10s }", "brand, platform", "count: count(), likes: sum(metrics.likes)") + " }\n"
        + nothing("windows", "count < 0"),
        lambda _, events: {("windows", "folded"): events}, is_kafka=True),
    "text": Axis(
        "lexicon sentiment", "bytes of text", (20, 50, 100, 200, 500, 1000, 2000), 400_000,
        lambda path, x, events: write_rows(path, 1000, events, text=texts(x)),
        lambda _: "  scored: { from: rows, sentiment: { text: text, model: lexicon } }\n" + nothing("scored", "value < 0"),
        lambda _, events: {("out", "filtered"): events}, input=lambda x: f"text-{x}"),
    "threads": Axis(
        "aggregate, windows of 10 s, 10,000 keys", "threads", (1, 2), 8_000_000,
        lambda path, _, events: write_rows(path, 10_000, events),
        lambda _: f"  windows: {{ from: rows, {aggregate('{ tumbling: 10s }')} }}\n" + nothing("windows", "count < 0"),
        lambda _, events: {("windows", "folded"): events}, threads=lambda x: x, is_logarithmic=False,
        input=lambda _: "threads"),
    "filters": Axis(
        "a chain of filters that let everything through", "operators", (1, 2, 5, 10, 20), 4_000_000,
        lambda path, _, events: write_rows(path, 1000, events),
        lambda x: chain(x, lambda name: f"filter: 'value > -{name[4:]}'"),
        lambda _, events: {("out", "filtered"): events}, is_logarithmic=False, input=lambda _: "chain"),
    "selects": Axis(
        "a chain of selects, each with a sum", "operators", (1, 2, 5, 10, 20), 4_000_000,
        lambda path, _, events: write_rows(path, 1000, events),
        lambda x: chain(x, lambda _: "select: { columns: { at: at, key: key, value: value + 1 } }"),
        lambda _, events: {("out", "filtered"): events}, is_logarithmic=False, input=lambda _: "chain"),
}


def pipeline(axis, x, schema):
    """The YAML text of a point, and its input's source."""
    head = HEAD.format(
        source=KAFKA if axis.is_kafka else FILE, schema=schema, time="created_at" if axis.is_kafka else "at")
    return head + axis.operators(x) + 'sinks:\n  results: { from: out, file: { path: "${OUTPUT}" } }\n'
