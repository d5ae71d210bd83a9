"""What a walk found, held against schemas and rules: findings with their places in files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.manifests.allowed import is_foreign
from generator.manifests.build import Object
from generator.manifests.crds import Definitions
from generator.manifests.document import problems
from generator.manifests.generated import Generated, generated
from generator.manifests.library import library
from generator.manifests.operations import of_operation, targeted
from generator.manifests.problem import UNCHECKED, UNKNOWN_KIND, Problem
from generator.manifests.safety import secret
from generator.manifests.together import together
from generator.manifests.walk import Walk
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import below
from generator.vocabulary.source import Place

MOST_KEPT = 20_000  # documents whose problems are kept for the next compile of this process
_KEPT: dict[tuple[str, int, str, bool], tuple[Problem, ...]] = {}


@dataclass(slots=True)
class Rulebook:
    """What manifests are held against: a version of Kubernetes, and the custom kinds that a
    repository describes. `unchecked` holds the kinds that were told of."""

    version: str
    custom: Definitions
    unchecked: set[tuple[str, str]] = field(default_factory=set)


def held(way: Walk, book: Rulebook) -> list[Finding]:
    """All that is wrong with the manifests and patches of a walk, each by itself."""
    found: list[Finding] = []
    for place, document in way.manifests:
        if is_foreign(document):
            continue  # it has to go
        partial = any(_may_change(*each, document) for each in _patches(way))
        found += _placed(place, _problems(way, place, document, book, partial), document, book)
    told = {
        (finding.place.path, finding.place.route[:depth])
        for finding in way.found
        for depth in (0, 2)
    }
    for (place, content), target in zip(way.patches, way.targets, strict=True):
        if (place.path, place.route[:2]) not in told:
            found += _patch(place, content, target, book)
    if not way.found:
        found += dict.fromkeys(each for made in generated(way) for each in _generated(made, book))
    return found


def combined(way: Walk, objects: Sequence[Object], book: Rulebook) -> Iterator[Finding]:
    """What is wrong with objects as Kustomize builds them, where each file by itself is right: what
    patches leave out or bring twice, and what objects say of each other."""
    for taken in objects:
        if taken.generated or is_foreign(taken.document):
            continue
        if taken.written is None:
            told = _problems(way, taken.place, taken.document, book, partial=False)
            yield from _placed(taken.place, told, taken.document, book)
        else:
            for problem in problems(taken.document, book.version, book.custom):
                if problem.code != UNCHECKED:  # it is told of what was written
                    yield _patched(taken, problem)
    for index, problem in together([taken.document for taken in objects]):
        taken = objects[index]
        if taken.patch is None:
            yield Finding(problem.code, _spot(taken.place, problem), problem.message, problem.hint)
        else:
            yield _patched(taken, problem)


def _patched(taken: Object, problem: Problem) -> Finding:
    """A problem that no file shows: it stands where the last patch is."""
    what = f"{taken.document['kind'][:40]} {taken.name[:60]}"
    message = f"{what}, as patched: {problem.message}"
    related = ((taken.place, what),)
    return Finding(problem.code, taken.patch or taken.place, message, problem.hint, related)


def _generated(made: Generated, book: Rulebook) -> Iterator[Finding]:
    """What a generator makes is what people bring, as well."""
    for problem in problems(made.document, book.version, partial=made.partial):
        yield Finding(problem.code, made.at(problem.route), problem.message, problem.hint)
    if made.document["kind"] == "Secret":
        for told in secret(made.document):
            yield Finding(told.code, made.at(told.route), told.message, told.hint)


def _problems(
    way: Walk, place: Place, document: Mapping[str, Any], book: Rulebook, partial: bool
) -> tuple[Problem, ...]:
    """Problems of a document, kept by the content of its file where nothing else decides them."""
    if library(book.version).kind(str(document["apiVersion"]), str(document["kind"])) is None:
        return tuple(problems(document, book.version, book.custom, partial))
    key = (way.sources.id(place.path), place.document, book.version, partial)
    if key not in _KEPT:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = tuple(problems(document, book.version, book.custom, partial))
    return _KEPT[key]


def _placed(
    place: Place, told: tuple[Problem, ...], document: Mapping[str, Any], book: Rulebook
) -> Iterator[Finding]:
    for problem in told:
        if problem.code == UNCHECKED:
            kind = (str(document["apiVersion"]), str(document["kind"]))
            if kind in book.unchecked:
                continue
            book.unchecked.add(kind)
        yield Finding(problem.code, _spot(place, problem), problem.message, problem.hint)


def _spot(place: Place, problem: Problem) -> Place:
    """Where a problem stands; in a text inside the text, at its last key."""
    if place.route:
        words = [part for part in problem.route if isinstance(part, str)]
        return place._replace(word=words[-1]) if words else place
    return (place.key if problem.on_key else place.at)(*problem.route)


def _patch(
    place: Place, content: Any, target: Mapping[str, Any] | None, book: Rulebook
) -> Iterator[Finding]:
    """What a patch brings. Of which kind it is, its target says if it has one; what it may be
    merged into is asked elsewhere."""
    if isinstance(content, dict):
        document = {**content, **_identity(target or {}, book)}
        if all(isinstance(document.get(key), str) for key in ("apiVersion", "kind")):
            told = problems(document, book.version, book.custom, partial=True)
            here = tuple(each for each in told if each.code not in (UNKNOWN_KIND, UNCHECKED))
            yield from _placed(place, here, document, book)
    elif isinstance(content, list):
        for index, operation in enumerate(content):
            told = [*of_operation(operation, target or {}, book.version)]
            here = tuple(each if place.route else each.below((index,)) for each in told)
            yield from _placed(place, here, {}, book)


def _identity(target: Mapping[str, Any], book: Rulebook) -> Mapping[str, Any]:
    """The kind that a target names, if it is one."""
    named = targeted(target, library(book.version))
    return {} if named is None else {"apiVersion": named[0], "kind": named[1]}


def _patches(way: Walk) -> Iterator[tuple[Any, Mapping[str, Any] | None]]:
    for (_, content), target in zip(way.patches, way.targets, strict=True):
        yield content, target


def _may_change(
    content: Any, target: Mapping[str, Any] | None, document: Mapping[str, Any]
) -> bool:
    """Whether a patch may reach a document: then nobody knows here what the document lacks."""
    name, kind = document["metadata"]["name"], document["kind"]
    if target is None:
        return (below(content, "kind"), below(content, "metadata", "name")) == (kind, name)
    return _fits(target.get("kind"), kind) and _fits(target.get("name"), name)


def _fits(expression: Any, text: str) -> bool:
    """Targets are regular expressions; one that is too long to be tried may fit."""
    if not isinstance(expression, str) or expression in ("", text):
        return True
    if not re.fullmatch(r"[-A-Za-z0-9.|]{1,200}(\.\*)?", expression):
        return True
    return re.fullmatch(expression, text) is not None
