"""R6: brokers answer with errors, stand still, lose connections, records and topics; a run gets over it within ten seconds
or says what a person must do, and every post comes through once.
"""

import os

import broker_cases
import mock_cases
from program import Failed, complain, first_seed, percentile, scratch

# A run assigns its partitions itself and joins no consumer group, so there is nothing to rebalance.
NOT_RUN = ["rebalance storm"]
WRONG = ("lost", "duplicated", "wrong_rows", "unequal_sessions")


def run(size):
    figures = {"cases": 0, "passed": 0, **dict.fromkeys(WRONG, 0)}
    recoveries, seed = [], first_seed()
    with scratch() as folder:
        for name, cases in (("mock", mock_cases), ("broker", broker_cases)):
            left = [case for case in cases.names(size) if os.environ.get("CASE", case) == case]
            while left:
                session = cases.Session(folder / f"{name}-{len(left)}", seed)
                try:
                    left = _live(session, left, figures)
                finally:
                    session.end()
                recoveries += session.recoveries
    recoveries.sort()
    if recoveries:
        figures["recovery_p50_seconds"] = round(percentile(recoveries, 50), 2)
        figures["recovery_max_seconds"] = round(recoveries[-1], 2)
    wrong = sum(figures[name] for name in WRONG)
    return figures["passed"] == figures["cases"] > 0 and wrong == 0, {**figures, "not_run": NOT_RUN}


def _live(session, names, figures):
    """Cases one after another on the same run, and a look at what came through in all of them. After one that failed the
    others, which are returned, need a new run.
    """
    for index, name in enumerate(names):
        figures["cases"] += 1
        try:
            session.run(name)
            figures["passed"] += 1
        # Whatever ends a case is its failure, not the row's end.
        except Exception as failure:
            _complain(f"{name}: {failure!r}", names[:index + 1], name, session)
            return names[index + 1:]
    try:
        result = session.compare()
        for name, value in result.items():
            figures[name] += value
        if any(result.values()):
            raise Failed(f"in the end: {result}")
    except Exception as failure:
        figures["unequal_sessions"] += 1
        _complain(repr(failure), names, ",".join(names), session)
    return []


def _complain(what, lived, case, session):
    complain(
        what, first_seed(), lived[-3:], f"SEED={first_seed()} CASE='{case}' tools/reliability --rows R6", session.log)
