"""All that is asked of one case, in order."""

from __future__ import annotations

from tests.mesh import chains, ingress, inside, tables
from tests.mesh.case import Case
from tests.mesh.judge import Record

CHAINS = 25
DRAWS = 200  # requests of one weighted tenant


def ask(case: Case) -> Record:
    inside.ask(case)
    ingress.ask(case)
    ingress.shares(case, DRAWS)
    tables.ask(case)
    if case.strict:
        inside.plaintext(case)
        chains.ask(case, CHAINS)
    return case.judge.record
