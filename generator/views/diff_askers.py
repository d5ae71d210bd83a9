"""Whose requests get other answers, and whose are told otherwise than before: tenants, and
environments for requests without a tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from generator.plan.tenants import RULE_KINDS, Choices, Rule, Tenant
from generator.plan.units import Environment
from generator.views.diff_requests import Examples
from generator.views.difference import CHANGES, COMES, GOES, Asker, Change, Example, Moved
from generator.views.side import Side
from generator.vocabulary.plural import some

SHOWN = 10  # names and rules of one line


def tenants(old: Side, new: Side) -> Iterator[Asker]:
    compared = _Compared(old, new, _same(old, new), Examples(old.plan), Examples(new.plan))
    same, now = compared.same, new.tenants
    stay = {name for name, was in old.tenants.items() if _stays(was, now.get(name), same)}
    for name in sorted((old.tenants.keys() | now.keys()) - stay):
        one, other = old.tenants.get(name), now.get(name)
        took, takes = (tenant.choices if tenant else () for tenant in (one, other))
        yield from _asker(compared, _Asked(name, one, other, took, takes))


def _stays(was: Tenant, now: Tenant | None, same: set[str]) -> bool:
    """Whether nothing is to be said of a tenant: of most there is not."""
    return was is now and all(lane in same for lane, _ in was.choices)


def overtaken(old: Side, new: Side) -> Iterator[Change]:
    """Tenants all of whose rules are asked after one that comes: a request that fits both belongs
    to another tenant from now on."""
    if old.plan is None:
        return
    come = list(_rules_that_come(old, new))
    tenants = new.tenants.items() if come else ()
    first = {name: min(map(_order, tenant.rules)) for name, tenant in tenants}
    stay = sorted(first.keys() & old.tenants.keys())
    for name, rule in come:
        later = [other for other in stay if other != name and first[other] > _order(rule)]
        if later:
            before = f"is tried before all rules of {some(later, SHOWN)}"
            yield Change(f"{name}, by {_ruled(rule)}", COMES, before)


def _rules_that_come(old: Side, new: Side) -> Iterator[tuple[str, Rule]]:
    for name, tenant in new.tenants.items():
        had = old.tenants[name].rules if name in old.tenants else ()
        if tenant.rules is not had:
            for rule in sorted(set(tenant.rules) - set(had), key=_order):
                yield name, rule


def _order(rule: Rule) -> tuple[int, str]:
    return RULE_KINDS.index(rule[0]), rule[1]


def environments(old: Side, new: Side) -> Iterator[Asker]:
    compared = _Compared(old, new, _same(old, new), Examples(old.plan), Examples(new.plan))
    for name in sorted(old.environments.keys() | new.environments.keys()):
        was, now = old.environments.get(name), new.environments.get(name)
        asked = _Asked(name, was, now, _own(name, old), _own(name, new))
        yield from _asker(compared, asked)


def _own(name: str, side: Side) -> Choices:
    """The lane that an environment's requests take without a tenant: its own."""
    return ((name, 1),) if name in side.environments else ()


def _same(old: Side, new: Side) -> set[str]:
    """The lanes that answer alike on both sides."""
    return {lane for lane in new.lanes if old.answers_alike(lane)}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A tenant or an environment before and after the change, and the lanes it takes."""

    name: str
    was: object | None
    now: object | None
    took: Choices
    takes: Choices


@dataclass(frozen=True, slots=True)
class _Compared:
    """The two sides, the lanes that answer alike on both, and requests of each."""

    old: Side
    new: Side
    same: set[str]
    before: Examples
    after: Examples
    _known: dict[tuple[Choices, Choices], tuple[Moved, ...]] = field(default_factory=dict)

    def moved(self, asked: _Asked) -> tuple[Moved, ...]:
        """What is answered otherwise; of all who take the same lanes it is asked once."""
        lanes = asked.took, asked.takes
        if lanes not in self._known:
            self._known[lanes] = tuple(_moved(self.old, self.new, *lanes))
        return self._known[lanes]

    def example(self, asked: _Asked, services: tuple[Moved, ...]) -> Example | None:
        """A request that shows what moves: as it is after the change, or was before if it goes."""
        if not services:
            return None
        now, takes, examples = asked.now, asked.takes, self.after
        if now is None:
            now, takes, examples = asked.was, asked.took, self.before
        rules = now.rules if isinstance(now, Tenant) else ()
        return examples.of(rules, takes, (moved.service for moved in services))


def _asker(compared: _Compared, asked: _Asked) -> Iterator[Asker]:
    if asked.was is None or asked.now is None:
        kind = COMES if asked.was is None else GOES
        services = compared.moved(asked)
        yield Asker(asked.name, kind, services, example=compared.example(asked, services))
        return
    services = ()
    if asked.took != asked.takes or any(lane not in compared.same for lane, _ in asked.takes):
        services = compared.moved(asked)
    what = _tenant_told(asked) if isinstance(asked.now, Tenant) else _hosts_told(asked)
    if asked.took != asked.takes and not services:
        lanes = (_shares(choices) for choices in (asked.took, asked.takes))
        what = "; ".join(filter(None, [what, f"lane {' → '.join(lanes)}, with the same answers"]))
    if services or what:
        yield Asker(asked.name, CHANGES, services, what, compared.example(asked, services))


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


def _moved(old: Side, new: Side, took: Choices, takes: Choices) -> Iterator[Moved]:
    took = tuple(choice for choice in took if choice[1])
    takes = tuple(choice for choice in takes if choice[1])
    services: set[str] = set()
    for side, choices in ((old, took), (new, takes)):
        services.update(*(side.answers(lane) for lane, _ in choices))
    for service in sorted(services):
        if old.shares(took, service) != new.shares(takes, service):
            yield Moved(service, old.said(took, service), new.said(takes, service))
