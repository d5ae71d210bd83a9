"""`make differential`: generated bases and patches through gen's reader and through Kustomize.

Both give the same objects, patched alike, or gen refuses. What gen refuses of clean input is told as
well: it must be nothing.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from generator.manifests.build import Built, build
from generator.manifests.rules.syntax import annotation_key
from generator.manifests.walk import walk
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import mapping
from generator.vocabulary.source import Place, Sources
from tests.kustomize.cases import ROOT, Case, case
from tests.kustomize.tools import VERSIONS, Kustomize
from tests.results import record

Objects = list[tuple[tuple[Any, ...], Any]]


def read(made: Case) -> tuple[Built, tuple[Finding, ...]]:
    """What gen makes of a case, and why it refuses it."""
    files = {path: text.encode("utf-8", "surrogatepass") for path, text in made.files.items()}
    way = walk(Sources(files), ROOT)
    if way.found:
        return Built(), way.found
    built = build(way)
    return built, built.found or tuple(_unwritten(built))


def _unwritten(built: Built) -> Iterator[Finding]:
    """Keys that Kustomize cannot write; the rules of fields say so of them."""
    for taken in built.objects:
        for key in mapping(taken.document["metadata"], "annotations"):
            if any(annotation_key(key)):
                yield Finding("GEN412", Place(ROOT), f"a key `{key}`", "rename it")


def disagreement(built: Built, answer: dict[str, Any]) -> str | None:
    """How Kustomize's answer differs from what gen made without a finding."""
    if answer.get("error"):
        return "Kustomize fails: " + answer["error"][-300:]
    mine = [
        (known(taken.document), None if taken.generated else taken.document)
        for taken in built.objects
    ]
    theirs = {known(document): document for document in answer["objects"]}
    if sorted(map(repr, (key for key, _ in mine))) != sorted(map(repr, theirs)):
        return f"objects {sorted(map(repr, (key for key, _ in mine)))} beside {sorted(map(repr, theirs))}"
    for key, document in mine:
        if document is not None and _filled(document) != theirs[key]:
            return f"{key}: {json.dumps(document)} beside {json.dumps(theirs[key])}"
    return None


def _filled(document: Any) -> Any:
    """Kustomize leaves no annotations where there are none."""
    metadata = {
        name: value
        for name, value in document["metadata"].items()
        if value or name != "annotations"
    }
    return {**document, "metadata": metadata}


def known(document: Any) -> tuple[Any, ...]:
    metadata = document["metadata"]
    return document["apiVersion"], document["kind"], metadata.get("namespace"), metadata["name"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    asked = parser.parse_args()
    started, shown = time.monotonic(), 0
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    builders = [Kustomize(version) for version in VERSIONS]
    for seed in range(asked.first, asked.first + asked.count):
        made = case(seed)
        kind = "clean" if made.clean else "odd"
        counts[kind] += 1
        built, found = read(made)
        if found:
            if made.clean and all(each.build(ROOT, made.files).get("error") for each in builders):
                counts["broken"] += 1  # nobody builds it
                continue
            counts[f"{kind} refused"] += 1
            reasons[f"{kind}: {found[0].code} {found[0].message[:70]}"] += 1
            continue
        for kustomize in builders:
            if (how := disagreement(built, kustomize.build(ROOT, made.files))) is not None:
                counts["disagreements"] += 1
                if (shown := shown + 1) <= asked.show:
                    print(f"seed {seed}, Kustomize {kustomize.version}: {how}")
    for kustomize in builders:
        kustomize.close()
    for reason, number in reasons.most_common():
        if reason.startswith("clean") or asked.show > 5:
            print(f"{number:6} {reason}")
    print(
        f"differential: {asked.count} cases, {counts['disagreements']} disagreements; refused "
        f"{counts['odd refused']} of {counts['odd']} odd ones and {counts['clean refused']} of "
        f"{counts['clean']} clean ones; {time.monotonic() - started:.0f} s"
    )
    seconds, wrong = time.monotonic() - started, counts["disagreements"]
    record("differential", seconds=seconds, wrong=wrong, cases=asked.count)
    return 1 if counts["disagreements"] or counts["clean refused"] * 100 > counts["clean"] else 0


if __name__ == "__main__":
    sys.exit(main())
