"""docs/track-record.md, printed from the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.track_record import FINDERS, TOP, Fault

PAGE = TOP / "docs/track-record.md"
HEAD = """# Track record

Faults that were found in gen, and that were mended; each became a test. `make track-record` puts every one of them back, one at a time, in a copy of the code, and fails unless the test beside it notices: so that what was found once is found again. Of faults that were put in on purpose, without ever having been there, tell `make mutants` and `make mesh-faults` ([what is tested](testing.md)).

This page is printed from `tests/track_record/faults.yaml` by `python -m tests.track_record --page`, and a test holds it to that.
"""


def page(faults: Iterable[Fault]) -> str:
    some = list(faults)
    counts = Counter(fault.found for fault in some)
    lines = [HEAD, "| found by | | faults |", "|---|---|---|"]
    lines += [f"| {name} | {words} | {counts[name]} |" for name, words in FINDERS.items()]
    lines += [
        f"| all | | {len(some)} |",
        "",
        "| what was wrong | found by | mended in | noticed by |",
        "|---|---|---|---|",
    ]
    for fault in some:
        what = fault.what[0].upper() + fault.what[1:]
        tests = ", ".join(f"`{word}`" for word in fault.test.split())
        lines.append(f"| {what} | {fault.found} | `{fault.commit}` | {tests} |")
    return "\n".join(lines) + "\n"
