"""Whether Argo CD runs what the output branch says: its own words, held against that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.vocabulary import names
from generator.vocabulary.nodes import below, mappings, text
from generator.vocabulary.refusal import Refusal

_NAME = re.compile(rb'^  name: "?([^"\s]+)"?$', re.MULTILINE)
_PIN = re.compile(rb'^    targetRevision: "?([^"\s]+)"?$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not as it should be yet, and why; of an Application by its name."""

    what: str
    why: str


def pinned(applications: Mapping[str, bytes], unit: str | None) -> dict[str, str]:
    """Name → tag of the Applications that a unit's lane needs (None: all of them): its own, all
    routes of its mesh, and the edge. `applications` are files of the output branch."""
    environment, _, branch = (unit or "").partition("/")
    own = f"{environment}/{branch or names.BASELINE}"
    found = {}
    folders = {path.split("/")[0]: path for path in applications if names.applied(path) == own}
    for path, raw in applications.items():
        part = str(names.applied(path))
        of_lane = (
            part == own
            or names.is_shared(part)
            or part.partition("/")[2] in (names.MESH, names.PODS)
        )
        if unit is None or (of_lane and path.split("/")[0] in folders):
            name, pin = _NAME.search(raw), _PIN.search(raw)
            if name is None or pin is None:
                raise Refusal(f"{path} is not as gen wrote it", "`gen verify` says what differs", 1)
            found[name[1].decode()] = pin[1].decode()
    if unit is not None and not folders:
        raise Refusal(
            f"what is published has no {unit}", "see `gen routes`, and deploy it first", 1
        )
    return found


def missing(wanted: Mapping[str, str], told: Any) -> Iterator[Missing]:
    """What Applications, as Kubernetes or Argo CD prints them, lack of what is published; and where
    they are of several clusters, on which: one that is away keeps all of its own."""
    items = told.get("items") if isinstance(told, dict) and "items" in told else [told]
    there = {text(each, "metadata", "name"): each for each in mappings(items)}
    places = {name: _cluster(there[name]) for name in wanted if name in there}
    several = len({*filter(None, places.values())}) > 1
    for lack in _lacking(wanted, there):
        place = places.get(lack.what) if several else None
        yield replace(lack, why=f"{lack.why}, on {place}") if place else lack


def _cluster(application: Any) -> str | None:
    """Where it deploys to, as Argo CD calls it."""
    destination = below(application, "spec", "destination")
    named = (below(destination, key) for key in ("name", "server"))
    return next((one[:100] for one in named if isinstance(one, str) and one), None)


def _lacking(wanted: Mapping[str, str], there: Mapping[str, Any]) -> Iterator[Missing]:
    for name, pin in sorted(wanted.items()):
        application = there.get(name)
        if application is None:
            yield Missing(name, "there is no such Application yet")
            continue
        asked = below(application, "spec", "source", "targetRevision")
        compared = below(application, "status", "sync", "comparedTo", "source", "targetRevision")
        sync = below(application, "status", "sync", "status")
        health = below(application, "status", "health", "status")
        if asked != pin:
            yield Missing(name, "the root has not moved it yet")
        elif compared != pin or sync != "Synced":
            yield Missing(name, f"it is not synced ({_word(sync)})")
        elif health not in ("Healthy", "Suspended"):  # what sleeps is suspended
            yield Missing(name, f"it is {_word(health)}{_reason(application)}")


def _reason(application: Any) -> str:
    said = below(application, "status", "operationState", "message")
    return f": {said[:200]}" if isinstance(said, str) and said else ""


def _word(value: Any) -> str:
    return value[:40] if isinstance(value, str) else "unknown"
