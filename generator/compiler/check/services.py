"""Ports and places at the ingress."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.services import Port, Service
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

# What Istio's proxies keep for themselves, by its documentation of application requirements.
ISTIO = {
    15000: "Envoy's administration",
    15001: "outbound traffic",
    15004: "debugging",
    15006: "inbound traffic",
    15008: "tunnels (HBONE)",
    15009: "tunnels of secure networks",
    15020: "merged metrics",
    15021: "health checks",
    15053: "DNS",
    15090: "Envoy's metrics",
}
Taken = dict[tuple[str, str], Place]  # (prefix or exact, path) → who has it


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    taken: Taken = {}
    for name, service in plan.services.items():
        place = resolved.project.place("service", name)
        yield from _ports(service, place)
        yield from _entries(service, place, taken)
        yield from _portless(plan, service, resolved.project.services[name].calls, place)


def _portless(
    plan: Plan, service: Service, said: tuple[str, ...], place: Place
) -> Iterator[Finding]:
    """Calls of services that have no port to call."""
    for callee in service.calls:
        if not plan.services[callee].ports:
            yield Finding(
                "GEN307",
                place.at("calls", said.index(callee)),
                f"{callee} has no ports, so nobody can call it",
                f"give {callee} ports, or remove the call",
            )


def _ports(service: Service, place: Place) -> Iterator[Finding]:
    seen: dict[int | str, int] = {}
    for index, port in enumerate(service.ports):
        here = place.at("ports", index)
        for key, value in (("name", port.name), ("port", port.port)):
            if value in seen:
                yield Finding(
                    "GEN307",
                    here.at(key),
                    f"two ports with the {key} {value}",
                    "give each port its own",
                    ((place.at("ports", seen[value], key), "the other one"),),
                )
            seen.setdefault(value, index)
        for key, number in (("port", port.port), ("targetPort", port.target_port)):
            if number in ISTIO:
                yield Finding(
                    "GEN307",
                    here.at(key),
                    f"port {number} is Istio's own: {ISTIO[number]}",
                    "choose another port; proxies take these for themselves",
                )
        if port.protocol == "rpc" and port.target_port not in (None, port.port):
            yield Finding(
                "GEN307",
                here.at("targetPort"),
                "the private name service hands out Pod addresses, so an rpc port must be the "
                "container's port",
                without_target(port),
            )
        if isinstance(port.target_port, str) and service.listens == "localhost":
            yield Finding(
                "GEN307",
                here.at("targetPort"),
                "the proxy of an application that listens on localhost is told the number to dial",
                f"write the container's number in place of `{port.target_port}`",
            )


def without_target(port: Port) -> str:
    """What to do about a `targetPort` that must not be."""
    number = port.target_port
    other = f", or set `port: {number}`" if isinstance(number, int) else ""
    return f"delete `targetPort`{other}"


def _entries(service: Service, place: Place, taken: Taken) -> Iterator[Finding]:
    web = [port.name for port in service.web_ports]
    for index, entry in enumerate(service.entry):
        here = place.at("entry", index)
        kind = "exact" if entry.exact else "prefix"
        if (other := taken.get((kind, entry.path))) is not None:
            yield Finding(
                "GEN306",
                here.at(kind),
                f"the prefix {entry.path} is taken"
                if kind == "prefix"
                else f"the path {entry.path} is taken",
                f"give each entry a {'path' if kind == 'exact' else 'prefix'} of its own",
                ((other, "taken here"),),
            )
        taken.setdefault((kind, entry.path), here.at(kind))
        if (entry.port is not None and entry.port not in web) or not web:
            yield Finding(
                "GEN307",
                here.at("port") if entry.port else here,
                "an entry needs a port that speaks HTTP",
                f"one of {', '.join(web)}"
                if web
                else "tcp services cannot be entered from the ingress",
            )
