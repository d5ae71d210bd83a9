"""gen's word on manifests beside that of a real API server: `python -m tests.schemas`, `make judge`.

Wrong variants must be told, valid documents must pass, and custom resources must be judged alike. Documents go through
gen's own reader; the server is sent what Kustomize would make of them.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from typing import Any

from generator.manifests.crds import Definitions
from generator.manifests.document import problems
from generator.manifests.problem import BROKEN, SERVERS, UNCHECKED, Problem
from generator.vocabulary.findings import outcome
from generator.vocabulary.yaml_reader import read_manifests
from tests.schemas import custom, fields, make, valid, wrong
from tests.schemas.server import Server, plain, running

VERSION = "1.36"
LEAST_WRONG, LEAST_TOLD, LEAST_ALIKE = 100, 0.95, 0.995


def gen(document: dict[str, Any], definitions: Definitions) -> list[Problem]:
    """Problems that say a server would refuse."""
    found = problems(document, VERSION, definitions)
    return [each for each in found if each.code not in (BROKEN, SERVERS, UNCHECKED)]


def parsed(text: str) -> dict[str, Any]:
    documents = outcome(read_manifests("x.yaml", text.encode(), 2 << 20, 200)).value
    return dict(documents[0])


def judge_wrong(server: Server) -> list[str]:
    """Each variant that the server refuses is told; none that it takes is."""
    told, counted = 0, 0
    missed, false = list[str](), list[str]()
    for text in wrong.good():
        if said := server.says(plain(parsed(text))):
            false.append(f"the server refuses a good document: {said[:300]}")
        if found := gen(parsed(text), Definitions()):
            false.append(f"gen refuses a good document: {found[0].message}")
    for instead, text in wrong.variants():
        document = parsed(text)
        said, found = server.says(plain(document)), problems(document, VERSION)
        if not said:
            words = [each.message for each in found]
            (false if found else missed).append(f"the server takes {instead}; gen: {words}")
            continue
        counted += 1
        told += bool(found)
        if not found:
            missed.append(f"gen misses {instead}: {said[:200]}")
    print(f"wrong variants: {told} of {counted} told", *missed, sep="\n  ")
    if counted < LEAST_WRONG or told < LEAST_TOLD * counted:
        false.append(f"at least {LEAST_TOLD:.0%} of {LEAST_WRONG} have to be told")
    return false


def judge_fields(server: Server) -> list[str]:
    """Each row of the table of fields says what the server does: refuses what gen calls an error, and
    takes what it passes or calls broken."""
    wrongs = [
        f"the server refuses the good {name}: {said[:300]}"
        for name in fields.DOCUMENTS
        if (said := server.says(plain(fields.document(name))))
    ]
    for name, path, value, told in fields.rows():
        said = server.says(plain(fields.changed(name, path, value)))
        if SERVERS not in told and bool(said) != bool(told and BROKEN not in told):
            shown = "" if value is fields.GONE else repr(value)[:80]
            wrongs.append(
                f"{name} {path} {shown}: gen {told or 'passes'}, the server: {said[:300]}"
            )
    print(f"fields: {len(fields.rows())} changes, {len(wrongs)} otherwise", *wrongs, sep="\n  ")
    return wrongs


def judge_valid(server: Server, count: int, seed: int) -> list[str]:
    """No document is refused by gen that the server takes."""
    kinds, taken, refused = Counter[str](), 0, []
    chance = random.Random(seed)
    for number in range(count):
        document = valid.document(chance, number)
        said = server.says(plain(document))
        kinds[document["kind"]] += 1
        if said:
            refused.append(f"the server refuses what should be valid: {said[:300]}")
            continue
        taken += 1
        refused += [
            f"{document['kind']} {each.route}: {each.message}: {document}"[:400]
            for each in gen(document, Definitions())
        ]
    print(
        f"valid documents: {taken} of {count} taken by the server, {len(kinds)} kinds, {len(refused)} refused"
    )
    return refused


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--valid", type=int, default=1000, help="valid documents")
    parser.add_argument("--resources", type=int, default=250, help="custom resources")
    parser.add_argument("--variants", type=int, default=50, help="of each of them")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    start = time.monotonic()
    wrongs = [*make.check()]
    with running() as server:
        wrongs += judge_wrong(server)
        wrongs += judge_fields(server)
        wrongs += judge_valid(server, asked.valid, asked.seed)
        wrongs += custom.judge(server, asked.resources, asked.variants, asked.seed, LEAST_ALIKE)
    print(f"{time.monotonic() - start:.0f} s")
    for each in wrongs[:60]:
        print(each)
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
