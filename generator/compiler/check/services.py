"""Ports and places at the ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan
from generator.vocabulary.source import Place

if TYPE_CHECKING:
    from generator.vocabulary.model import Service


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    prefixes: dict[str, Place] = {}
    for name, service in plan.services.items():
        place = resolved.project.place("service", name)
        _ports(service, place, found)
        _entries(service, place, prefixes, found)


def _ports(service: Service, place: Place, found: list[Finding]) -> None:
    seen: dict[int | str, int] = {}
    for index, port in enumerate(service.ports):
        here = place.at("ports", index)
        for key, value in (("name", port.name), ("port", port.port)):
            if value in seen:
                found.append(Finding("GEN307", here.at(key), f"two ports with the {key} {value}", "give each port its own", ((place.at("ports", seen[value], key), "the other one"),)))
            seen.setdefault(value, index)
        if port.protocol == "rpc" and port.target_port not in (None, port.port):
            found.append(Finding("GEN307", here.at("targetPort"), "the private name service hands out Pod addresses, so an rpc port must be the container's port",
                                 f"delete `targetPort`, or set `port: {port.target_port}`"))


def _entries(service: Service, place: Place, prefixes: dict[str, Place], found: list[Finding]) -> None:
    web = [port.name for port in service.ports if port.protocol != "tcp"]
    for index, entry in enumerate(service.entry):
        here = place.at("entry", index)
        if entry.prefix in prefixes:
            found.append(Finding("GEN306", here.at("prefix"), f"the prefix {entry.prefix} is taken", "give each entry a prefix of its own", ((prefixes[entry.prefix], "taken here"),)))
        prefixes.setdefault(entry.prefix, here.at("prefix"))
        if (entry.port is not None and entry.port not in web) or not web:
            found.append(Finding("GEN307", here.at("port") if entry.port else here, "an entry needs a port that speaks HTTP",
                                 f"one of {', '.join(web)}" if web else "tcp services cannot be entered from the ingress"))
