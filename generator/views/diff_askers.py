"""Whose requests get other answers, and whose are told otherwise than before: tenants, and
environments for requests without a tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.plan.tenants import RULE_KINDS, Choices, Rule, Tenant
from generator.plan.units import Environment
from generator.views.difference import CHANGES, COMES, GOES, Asker, Change, Moved
from generator.views.side import Side
from generator.vocabulary.plural import some

SHOWN = 10  # names and rules of one line


def tenants(old: Side, new: Side) -> Iterator[Asker]:
    same = _same(old, new)
    took = {name: tenant.choices for name, tenant in old.tenants.items()}
    takes = {name: tenant.choices for name, tenant in new.tenants.items()}
    for name in sorted(took.keys() | takes.keys()):
        was, now = old.tenants.get(name), new.tenants.get(name)
        asked = _Asked(name, was, now, took.get(name, ()), takes.get(name, ()))
        yield from _asker(old, new, asked, same)


def overtaken(old: Side, new: Side) -> Iterator[Change]:
    """Tenants all of whose rules are asked after one that comes: a request that fits both belongs
    to another tenant from now on."""
    if old.plan is None:
        return
    first = {name: min(map(_order, tenant.rules)) for name, tenant in new.tenants.items()}
    stay = sorted(first.keys() & old.tenants.keys())
    for name, tenant in sorted(new.tenants.items()):
        had = old.tenants[name].rules if name in old.tenants else ()
        for rule in sorted(set(tenant.rules) - set(had), key=_order):
            later = [other for other in stay if other != name and first[other] > _order(rule)]
            if later:
                before = f"is tried before all rules of {some(later, SHOWN)}"
                yield Change(f"{name}, by {_ruled(rule)}", COMES, before)


def _order(rule: Rule) -> tuple[int, str]:
    return RULE_KINDS.index(rule[0]), rule[1]


def environments(old: Side, new: Side) -> Iterator[Asker]:
    same = _same(old, new)
    for name in sorted(old.environments.keys() | new.environments.keys()):
        was, now = old.environments.get(name), new.environments.get(name)
        asked = _Asked(name, was, now, _own(name, old), _own(name, new))
        yield from _asker(old, new, asked, same)


def _own(name: str, side: Side) -> Choices:
    """The lane that an environment's requests take without a tenant: its own."""
    return ((name, 1),) if name in side.environments else ()


def _same(old: Side, new: Side) -> set[str]:
    """The lanes that answer alike on both sides."""
    both = old.lanes.keys() & new.lanes.keys()
    return {lane for lane in both if old.answers(lane) == new.answers(lane)}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A tenant or an environment before and after the change, and the lanes it takes."""

    name: str
    was: object | None
    now: object | None
    took: Choices
    takes: Choices


def _asker(old: Side, new: Side, asked: _Asked, same: set[str]) -> Iterator[Asker]:
    if asked.was is None or asked.now is None:
        kind = COMES if asked.was is None else GOES
        yield Asker(asked.name, kind, tuple(_moved(old, new, asked)))
        return
    services: tuple[Moved, ...] = ()
    if asked.took != asked.takes or any(lane not in same for lane, _ in asked.takes):
        services = tuple(_moved(old, new, asked))
    what = _tenant_told(asked) if isinstance(asked.now, Tenant) else _hosts_told(asked)
    if asked.took != asked.takes and not services:
        lanes = (_shares(choices) for choices in (asked.took, asked.takes))
        what = "; ".join(filter(None, [what, f"lane {' → '.join(lanes)}, with the same answers"]))
    if services or what:
        yield Asker(asked.name, CHANGES, services, what)


def _shares(choices: Choices) -> str:
    if len(choices) == 1:
        return choices[0][0]
    return " or ".join(f"{lane} ({weight})" for lane, weight in choices)


def _tenant_told(asked: _Asked) -> str:
    """How a tenant's requests are told otherwise than before."""
    was, now = asked.was, asked.now
    if not isinstance(was, Tenant) or not isinstance(now, Tenant):
        return ""
    more, less = set(now.rules) - set(was.rules), set(was.rules) - set(now.rules)
    parts = _listed("matched by", map(_ruled, more))
    parts += _listed("no longer by", map(_ruled, less))
    if was.sticky != now.sticky:
        parts.append(f"sticky by {_stuck(was)} → {_stuck(now)}")
    return ", ".join(parts)


def _stuck(tenant: Tenant) -> str:
    """By what its requests stay with a lane."""
    return " ".join(tenant.sticky or ()) or "nothing"


def _hosts_told(asked: _Asked) -> str:
    """At which hosts an environment is asked otherwise than before."""
    was, now = asked.was, asked.now
    if not isinstance(was, Environment) or not isinstance(now, Environment):
        return ""
    parts = _listed("asked at", set(now.hosts) - set(was.hosts))
    parts += _listed("no longer at", set(was.hosts) - set(now.hosts))
    return ", ".join(parts)


def _listed(word: str, texts: Iterable[str]) -> list[str]:
    those = sorted(texts)
    parts = [f"{word} {text}" for text in those[:SHOWN]]
    if len(those) > SHOWN:
        parts.append(f"{word} {len(those) - SHOWN:,} more")
    return parts


def _ruled(rule: Rule) -> str:
    kind, what, value = rule
    if what:
        return f"{kind} {what}: {value}"
    return f"{kind} {value}"


def _moved(old: Side, new: Side, asked: _Asked) -> Iterator[Moved]:
    took = tuple(choice for choice in asked.took if choice[1])
    takes = tuple(choice for choice in asked.takes if choice[1])
    services: set[str] = set()
    for side, choices in ((old, took), (new, takes)):
        services.update(*(side.answers(lane) for lane, _ in choices))
    for service in sorted(services):
        if old.shares(took, service) != new.shares(takes, service):
            yield Moved(service, old.said(took, service), new.said(takes, service))
