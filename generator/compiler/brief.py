"""A tenant's file in its commonest form, recognised without the models: to load their library takes
longer than all else that one tenant's change costs. Whatever is not of this form is for the models
to tell, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.plan.tenants import Rule
from generator.vocabulary import names

MOST = 100  # rules
LARGEST = 1 << 16  # bytes of a file that is looked at here
_RULES = {
    "claim": (names.CLAIM, names.VISIBLE),
    "header": (names.HEADER, names.VISIBLE),
    "cookie": (names.COOKIE, names.COOKIE_VALUE),
}
_TEXT = r'([A-Za-z][A-Za-z0-9_./-]{0,256}|"[ !#-\[\]-~]{0,256}")'
_RULE = re.compile(rf"  - ([a-z]+): (?:\{{{_TEXT}: {_TEXT}\}}|{_TEXT})")
_LANE = re.compile(rf"lane: {_TEXT}\n?")
_NO_TEXT = re.compile(r"\b(?:y|n|yes|no|on|off|true|false|null)\b", re.IGNORECASE)


class Told(NamedTuple):
    """As the model's rule: what it tells a tenant by."""

    told: Rule


class Brief(NamedTuple):
    """As the model of a tenant that says nothing else."""

    match: tuple[Told, ...]
    lane: str
    sticky: None = None
    expect: Mapping[str, str] = {}
    accept: Mapping[str, str] = {}


def plain(raw: bytes) -> Mapping[str, Any] | None:
    """What a file says, if it stands in the lines in which tenants mostly do: as the reader of YAML
    tells it, in a tenth of the time."""
    if len(raw) > LARGEST or not raw.isascii() or _NO_TEXT.search(text := raw.decode()):
        return None
    rules, _, end = text.removeprefix("match:\n").rpartition("\nlane: ")
    lane, told = _LANE.fullmatch(f"lane: {end}"), [*map(_RULE.fullmatch, rules.split("\n"))]
    if not text.startswith("match:\n") or lane is None or None in told:
        return None
    match = []
    for kind, name, value, alone in (one.groups() for one in told if one):
        match.append({kind: {name.strip('"'): value.strip('"')} if name else alone.strip('"')})
    return {"match": match, "lane": lane[1].strip('"')}


def brief(data: Mapping[str, Any]) -> Brief | None:
    """A tenant that has rules and the name of a lane, and perhaps an owner."""
    match, lane, owner = data.get("match"), data.get("lane"), data.get("owner", "x")
    if not (
        data.keys() <= {"match", "lane", "owner"}
        and _fits(names.UNIT, lane)
        and _fits(names.OWNER, owner)
    ):
        return None
    if not isinstance(match, list) or not 0 < len(match) <= MOST:
        return None
    rules = [_rule(rule) for rule in match]
    return None if None in rules else Brief(tuple(Told(rule) for rule in rules if rule), str(lane))


def _rule(rule: Any) -> Rule | None:
    if not isinstance(rule, dict) or len(rule) != 1:
        return None
    [(kind, said)] = rule.items()
    if kind == "host":
        return ("host", "", said) if _fits(names.HOST, said) else None
    if kind not in _RULES or not isinstance(said, dict) or len(said) != 1:
        return None
    [(name, value)] = said.items()
    return (
        (kind, name, value)
        if _fits(_RULES[kind][0], name) and _fits(_RULES[kind][1], value)
        else None
    )


def _fits(pattern: str, text: Any) -> bool:
    return isinstance(text, str) and names.matches(pattern, text)
