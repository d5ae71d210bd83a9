"""Whom a service calls, by what its objects dial: addresses, and names of services in variables
that are meant for one."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from generator.adoption.group import Group, references
from generator.adoption.items import Item
from generator.manifests.callees import Names, domains
from generator.manifests.dials import spoken
from generator.manifests.images import CONTAINERS
from generator.manifests.workloads import WORKLOADS
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import mapping, mappings
from generator.vocabulary.source import Place, Route

# `POSTGRES_DB` and `MYSQL_DATABASE` name what is in a server, `DATABASE` alone may be one.
_MEANT = re.compile(
    r"(?:^|[_.-])(?:ADDR|ADDRESS|BROKERS?|ENDPOINT|HOST|HOSTNAME|SERVER|SERVICE"
    r"|UPSTREAM|URI|URL)(?:[_.-]|$)|^(?:DATABASE|DB)$",
    re.IGNORECASE,
)
MOST_SECRET = 100_000  # characters of a value that is looked at


def calls(
    groups: Iterable[Group],
    items: Iterable[Item],
    ports: Mapping[str, set[int]],
    namespaces: Iterable[str],
) -> tuple[dict[str, list[str]], list[Finding]]:
    """Service → whom it calls, sorted; and what is dialled that nobody here is."""
    groups = list(groups)
    names = Names(ports, {}, frozenset(namespaces), frozenset(), domains("cluster.local"))
    settings = [(one.kind, _open(one)) for one in items if one.kind in ("ConfigMap", "Secret")]
    made: dict[str, list[str]] = {}
    found: list[Finding] = []
    for one in groups:
        callees, named = set[str](), set[str]()
        strangers: dict[str, tuple[Item, Route]] = {}
        for item in _said(one, settings):
            named.update(_named(item, ports))
            for dial in (*item.dials, *spoken(Place(""), item.data)):
                callee = names.callee(dial)
                if callee is not None and ports[callee]:
                    callees.add(callee)
                elif callee is None and names.is_foreign(dial):
                    strangers.setdefault(dial.host, (item, dial.place.route))
        callees |= {name for name in named if ports[name]}
        needs = {name for each in one.workloads for name in each.needs if name in ports}
        waits = {name for name in needs if ports[name]}
        mute = (named | needs) - callees - waits - {one.name}
        found += [_mute(one, name) for name in sorted(mute)]
        if guessed := sorted(waits - callees - {one.name}):
            found.append(_waits(one, guessed))
        made[one.name] = sorted((callees | waits) - {one.name})
        found += [_stranger(one, host, *where) for host, where in sorted(strangers.items())]
    return made, found


def _open(item: Item) -> Item:
    """A ConfigMap as it is; of a Secret what it says, read as one. Addresses in it are no secret,
    and nothing else of it is kept."""
    if item.kind == "ConfigMap":
        return item
    said = {
        key: _decoded(value)
        for key, value in mapping(item.data, "data").items()
        if isinstance(value, str) and len(value) <= MOST_SECRET
    }
    data = {**item.data, "kind": "ConfigMap", "data": {**said, **mapping(item.data, "stringData")}}
    return replace(item, data=data)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode()
    except ValueError:  # no text, or not in base64
        return ""


def _said(one: Group, settings: Iterable[tuple[str, Item]]) -> Iterator[Item]:
    """What its pods are told: their workloads, and the ConfigMaps and Secrets that those refer to,
    whoever's base brings them, each with its kind before it was opened."""
    yield from one.workloads
    told = {kept for workload in one.workloads for kept in references(workload)}
    beside = {(item.kind, item.name, item.namespace) for item in one.beside}
    for kind, item in settings:
        mine = (kind, item.name, item.namespace) in beside
        if mine or ((kind, item.name) in told and one.first.near(item)):
            yield item


def _named(item: Item, ports: Mapping[str, set[int]]) -> Iterator[str]:
    """Services whose bare names stand in variables for hosts."""
    if item.kind in WORKLOADS:
        for group in CONTAINERS:
            for container in mappings(item.data, *WORKLOADS[item.kind], group):
                for said in mappings(container, "env"):
                    if _is_meant(said.get("name"), said.get("value")):
                        yield from {str(said["value"])} & ports.keys()
    elif item.kind == "ConfigMap":
        for key, value in mapping(item.data, "data").items():
            if _is_meant(key, value):
                yield from {str(value)} & ports.keys()


def _is_meant(name: object, value: object) -> bool:
    return isinstance(value, str) and _MEANT.search(str(name)) is not None


def _waits(one: Group, names: list[str]) -> Finding:
    return Finding(
        "GEN617",
        one.first.place(),
        f"{one.name} waits for {', '.join(names)[:200]}, which is taken for calls",
        "take out of `calls` what it only starts after",
        about=one.name,
    )


def _mute(one: Group, name: str) -> Finding:
    return Finding(
        "GEN617",
        one.first.place(),
        f"no port is known of what is named as a host, or waited for: {name} by {one.name}",
        f"write the ports of {name}, and it into `calls`",
        about=f"{name} by {one.name}",
    )


def _stranger(one: Group, host: str, item: Item, route: Route) -> Finding:
    return Finding(
        "GEN611",
        item.place(*route),
        f"{one.name} dials {host}, in a namespace that is not brought",
        "bring that namespace as well, name it in `namespaces.reaches`, or write an external",
        about=f"{one.name} → {host}",
    )
