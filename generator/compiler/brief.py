"""A tenant's file in its commonest form, recognised without the models: to load their library takes
longer than all else that one tenant's change costs. Whatever is not of this form is for the models
to tell, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.plan.tenants import Rule
from generator.vocabulary import names

MOST = 100  # rules
_RULES = {
    "claim": (names.CLAIM, names.VISIBLE),
    "header": (names.HEADER, names.VISIBLE),
    "cookie": (names.COOKIE, names.COOKIE_VALUE),
}


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
