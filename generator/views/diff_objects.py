"""The objects that come, go and change: what a cluster gets, by kind and name, and in which
Application."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from generator.views.diff_bases import Key
from generator.views.difference import CHANGES, COMES, GOES, ChangedObject
from generator.views.side import Side
from generator.vocabulary import names
from generator.vocabulary.base import Choice

# A name that tells what the object says: another content is another object in its place.
_TOLD = re.compile(r"(?:\.[0-9a-f]{8}|-[0-9a-f]{10})$")
_NAMED_BY_CONTENT = ("AuthorizationPolicy", "NetworkPolicy", "Job")
_API = re.compile(r"^apiVersion: (.+)$", re.MULTILINE)
_KIND = re.compile(r"^kind: (.+)$", re.MULTILINE)
_NAME = re.compile(r"^metadata:\n  name: (.+)$", re.MULTILINE)
_NAMED_KIND = re.compile(r"^ +kind: (.+)$", re.MULTILINE)
_NAMED = re.compile(r"^[ -]+name: (.+)$", re.MULTILINE)
_KUSTOMIZATION, _MERGES = "kustomization.yaml", "workload.yaml"


def objects(old: Side, new: Side) -> Iterator[ChangedObject]:
    """All that differs, sorted. Applications of units are not in it: they have a list of their
    own."""
    changes: dict[tuple[str, Key], str] = {}
    paths = sorted(
        path
        for path in old.files.keys() | new.files.keys()
        if old.files.get(path) != new.files.get(path)
    )
    for where, key, change in _printed(old, new, paths):
        changes[where, key] = change
    for where, key, change in _of_units(old, new, paths):
        changes.setdefault((where, key), change)
    for (where, (group, kind, name)), change in sorted(changes.items()):
        yield ChangedObject(group, kind, name, where, change)


def compared(old: Mapping[Key, object], new: Mapping[Key, object]) -> Iterator[tuple[Key, str]]:
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            yield key, COMES
        elif key not in new:
            yield key, GOES
        elif old[key] != new[key]:
            yield key, CHANGES


Found = Iterator[tuple[str, Key, str]]  # the Application, the object, how it differs


def _printed(old: Side, new: Side, paths: Iterable[str]) -> Found:
    """Objects that gen prints as they are."""
    places: dict[str, list[str]] = {}
    for path in paths:
        if (where := place(path)) is not None:
            places.setdefault(where, []).append(path)
    for where, changed in places.items():
        was, now = (_all(map(state.text, changed)) for state in (old, new))
        for key, change in compared(was, now):
            yield where, key, change


def place(path: str) -> str | None:
    """The Application of a printed file; None of what is no object, or comes from people."""
    if names.is_argocd(path) and names.applied(path) is None:
        return "root"
    top, *parts = path.split("/")
    if top != "overlays" or parts[0] in ("base", "components"):
        return None
    if parts[-1] in (_KUSTOMIZATION, _MERGES):
        return None
    return parts[0] if names.is_shared(parts[0]) else "/".join(parts[:2])


def _all(texts: Iterable[str]) -> dict[Key, tuple[str, ...]]:
    documents: dict[Key, tuple[str, ...]] = {}
    for text in texts:
        for document in re.split(r"^---\n", text, flags=re.MULTILINE):
            if (key := _key(document)) is not None:
                documents[key] = (*documents.get(key, ()), document)
    return documents


def _key(document: str) -> Key | None:
    """What an object is, from the lines in which gen prints it."""
    api, kind, name = (pattern.search(document) for pattern in (_API, _KIND, _NAME))
    if api is None or kind is None or name is None:
        return None
    called = name[1].strip('"')
    if kind[1] in _NAMED_BY_CONTENT:
        called = _TOLD.sub("", called)
    return api[1].strip('"').rpartition("/")[0], kind[1], called


def _of_units(old: Side, new: Side, paths: Iterable[str]) -> Found:
    """Objects that Kustomize makes of bases, components and what units say."""
    touched = {path.rpartition("/")[0] for path in paths}
    for unit, service in sorted(old.running | new.running):
        here = f"{unit.environment}/{unit.label}"
        was, now = old.choice(unit, service), new.choice(unit, service)
        if was is None or now is None:
            changes = _whole(old.names(was), GOES) | _whole(new.names(now), COMES)
        else:
            changes = of_base(old, new, was, now)
            if f"overlays/{here}/{service}" in touched:
                there = old.names(was) & new.names(now)
                for key in _of_overlay(old, new, f"overlays/{here}/{service}", there):
                    changes.setdefault(key, CHANGES)
        for key, change in changes.items():
            yield here, key, change


def _whole(keys: Iterable[Key], change: str) -> dict[Key, str]:
    return dict.fromkeys(keys, change)


def of_base(old: Side, new: Side, was: Choice, now: Choice) -> dict[Key, str]:
    """How the objects of one choice differ from those of another."""
    if was == now and old.alike(was):
        return {}
    return dict(compared(old.objects(was), new.objects(now)))


def _of_overlay(old: Side, new: Side, folder: str, there: set[Key]) -> set[Key]:
    """The objects of a base that the unit's own kustomization makes otherwise than before."""
    service = folder.rpartition("/")[2]
    merges = f"{folder}/{_MERGES}"
    changed = {key for key, _ in compared(_all([old.text(merges)]), _all([new.text(merges)]))}
    was, now = (_blocks(state.text(f"{folder}/{_KUSTOMIZATION}")) for state in (old, new))
    for block in was.keys() | now.keys():
        one, other = was.get(block, ""), now.get(block, "")
        if one != other and block == "images":
            changed |= new.workloads(service)
        elif one != other:
            changed |= {key for key in there if _meant(block, (one, other), key)}
    return changed & there


def _blocks(text: str) -> dict[str, str]:
    """The keys of a kustomization that gen printed, each with its lines; the pairs of `labels`
    apart from where else they go."""
    parts = re.split(r"^(?=[a-zA-Z]|    fields:$)", text, flags=re.MULTILINE)
    return {part.partition("\n")[0].partition(":")[0]: part for part in parts}


_OF_ALL = ("namespace", "nameSuffix", "labels")


def _meant(block: str, texts: tuple[str, str], key: Key) -> bool:
    """Whether a block of a kustomization, but that of images, makes an object otherwise."""
    if block in _OF_ALL:
        return True
    pattern, part = (_NAMED, key[2]) if block == "replicas" else (_NAMED_KIND, key[1])
    return any(part == word.strip('"') for text in texts for word in pattern.findall(text))
