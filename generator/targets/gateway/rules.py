"""Routes → rules of HTTPRoutes, and the objects that hold them.

All objects of one parent are read as one list: rules that ask for more headers come first, and of
those that ask for as many that of the older object. So no two rules that ask for as many may fit
one request. What names lanes names each once; what fits all branches of an environment asks for
one header less than what names one of them.

Defaults of the definitions are written out, or Argo CD would see a difference for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from generator.plan.hosts import Requests
from generator.plan.plan import Plan
from generator.plan.routes import NoAnswer, Route
from generator.plan.services import Way
from generator.plan.units import Unit
from generator.targets import gateway
from generator.targets.istio.virtual_services import chunks, colour
from generator.vocabulary import names

Body = dict[str, Any]
Path = dict[str, Body]
ANY: Path = {"path": {"type": "PathPrefix", "value": "/"}}
# What definitions take in no single path.
_ODD = re.compile(r"//|/\.\.?(?:/|$)")
# What every request has: a second header, by which the name of a branch comes before its
# environment.
_ANY_HOST = {"type": "RegularExpression", "name": "host", "value": ".*"}


class Rule(NamedTuple):
    """A rule, and whose answer it gives: that tells which object it stands in."""

    whose: str
    body: Body


class Backends(NamedTuple):
    """Where rules on a port lead: to a unit, or to nobody, by the Service without endpoints."""

    plan: Plan
    environment: str
    port: int

    def unit(self, service: str, unit: Unit) -> Body:
        name = names.kubernetes_name(service, unit.branch)
        namespace = self.plan.environments[unit.environment].namespace
        return self.service(name, namespace, self.port)

    def service(self, name: str, namespace: str, port: int) -> Body:
        own = self.plan.environments[self.environment].namespace == namespace
        where = {} if own else {"namespace": namespace}
        return {"group": "", "kind": "Service", "name": name, **where, "port": port, "weight": 1}


def of_requests(backends: Backends, part: Requests, nobody: Body) -> Iterator[Rule]:
    """The rules of what is addressed to a service, at the ingress by a way; the last one fits
    whatever comes."""
    path = path_of(part.way)
    for route in part.routes:
        for lanes, matches in _parts(backends.plan, route, path):
            answer = route.answer
            if isinstance(answer, NoAnswer):
                answer = answer._replace(lanes=lanes or answer.lanes)
            whose = str(route.unit or "nobody") if route.lanes else ""
            yield Rule(whose, {"matches": matches} | _does(backends, part, route, answer, nobody))


def _parts(plan: Plan, route: Route, path: Path) -> Iterator[tuple[tuple[str, ...], list[Body]]]:
    """Lanes, and the matches of a rule for them. A refusal tells its lanes, so that each match of
    one has a rule of its own."""
    if not route.lanes:
        yield (), [path]
        return
    named = chunks(route.lanes, gateway.LONGEST if route.unit else gateway.LONGEST // 4)
    most = gateway.MATCHES if route.unit else 1
    for start in range(0, len(named), most):
        some = named[start : start + most]
        lanes = tuple(lane for chunk in some for lane in chunk)
        yield lanes, [path | _colour(plan, chunk, whole=route.match.whole) for chunk in some]


def path_of(way: Way | None) -> Path:
    """What a way asks of a path. It begins so character by character, where a PathPrefix of the
    definitions takes whole parts. Expressions are tried behind single paths, the longest first;
    what is written as one only since the definitions refuse it is longer than any other that
    fits."""
    if way is None:
        return ANY
    literal = way.path.replace(".", "\\.")
    if way.exact and not _ODD.search(way.path):
        return {"path": {"type": "Exact", "value": way.path}}
    expression = f"(?:{literal})" if way.exact else f"{literal}.*"
    return {"path": {"type": "RegularExpression", "value": expression}}


def _colour(plan: Plan, lanes: tuple[str, ...], *, whole: bool) -> Body:
    header = plan.platform.mesh.header
    ((how, value),) = colour(lanes, whole=whole).items()
    kind = {"exact": "Exact", "regex": "RegularExpression"}[how]
    asked = [{"type": kind, "name": header, "value": value}]
    if not whole and any("/" in lane for lane in lanes):
        asked.append(_ANY_HOST)
    return {"headers": asked}


def _does(
    backends: Backends, part: Requests, route: Route, answer: Unit | NoAnswer, nobody: Body
) -> Body:
    header = backends.plan.platform.mesh.header
    told = {f"{header}-asleep": str(route.asleep)} if route.asleep else {}
    does: Body = {}
    filters: list[Body] = []
    if isinstance(answer, NoAnswer):
        told[nobody_header(header)] = answer.body.rstrip("\n")
        backend = nobody
    else:
        backend = backends.unit(part.service, answer)
        if part.way and part.way.rewrite:
            filters.append(_rewriting(part.way.rewrite))
        carried = backends.plan.services[part.service].traffic
        if carried is not None and carried.timeout:
            does["timeouts"] = {"request": carried.timeout}
    if told:
        filters.append(_telling(told))
    return ({"filters": filters} if filters else {}) | {"backendRefs": [backend]} | does


def nobody_header(header: str) -> str:
    """The header of an answer that nobody gave: its text, which a filter makes the body."""
    return f"{header}-nobody"


def _rewriting(path: str) -> Body:
    """Of a single path: beginnings are exchanged at the seam of parts alone, which is not what the
    plan says."""
    whole = {"type": "ReplaceFullPath", "replaceFullPath": path}
    return {"type": "URLRewrite", "urlRewrite": {"path": whole}}


def _telling(told: dict[str, str]) -> Body:
    values = [{"name": name, "value": value} for name, value in told.items()]
    return {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": values}}


def objects(rules: Sequence[Rule]) -> Iterator[tuple[str, list[Body]]]:
    """The rules by the objects that hold them, each with what its name ends with. If one cannot
    hold all, each answer has its own, so that another lane or branch moves no rule from one
    object to another: they are not exchanged at once."""
    if len(packed := list(_packed(rules))) == 1:
        yield "", packed[0]
        return
    whose: dict[str, list[Rule]] = {}
    for rule in rules:
        whose.setdefault(rule.whose, []).append(rule)
    for answer, its in whose.items():
        end = "." + answer.replace("/", ".") if answer else ""
        for index, held in enumerate(_packed(its)):
            yield f"{end}.{index}" if index else end, held


def _packed(rules: Iterable[Rule]) -> Iterator[list[Body]]:
    """As many rules as an object holds."""
    held: list[Body] = []
    matches = 0
    for rule in rules:
        more = len(rule.body["matches"])
        if len(held) == gateway.RULES or matches + more > gateway.ALL_MATCHES:
            yield held
            held, matches = [], 0
        held.append(rule.body)
        matches += more
    yield held
