"""Private names: whether a call that carries one can be told apart in the way that the platform
chose."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.check.services import without_target
from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.platform import release
from generator.vocabulary import names, telling
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

CODE = "GEN210"
VIRTUAL_HOST_BY_HEADER = (1, 29)  # the first Istio whose proxies know the field


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    named = [name for name, service in plan.services.items() if service.names]
    if not named:
        return
    yield from _platform(plan, resolved.project.place("platform", "platform").at("mesh"))
    owners: dict[int, list[str]] = {}
    for name, service in plan.services.items():
        for port in service.ports:
            owners.setdefault(port.port, []).append(name)
    for name in named:
        place = resolved.project.place("service", name)
        yield from _ports(plan, name, place, owners)
        for index, private in enumerate(plan.private_hosts(name)):
            yield from _host(plan, private, place.at("names", index))


def _platform(plan: Plan, mesh: Place) -> Iterator[Finding]:
    chosen, place = plan.platform.mesh.private_names, mesh.at("privateNames")
    oldest = plan.platform.oldest
    if chosen.by == "vhostHeader" and release(oldest) < VIRTUAL_HOST_BY_HEADER:
        yield Finding(
            CODE,
            place.at("by"),
            f"proxies of Istio {oldest} may ignore the header that picks a virtual host",
            "use `calleeHeader`, or Istio 1.29 and later with `mesh.istio` set to it",
        )
    own = chosen.header != plan.platform.mesh.header
    if plan.callee_header and not (own and telling.meant_already(chosen.header) is None):
        yield Finding(
            CODE,
            place.at("header"),
            f"the header `{chosen.header}` has another meaning already",
            "use a header of its own, such as `x-callee`",
        )


def _ports(plan: Plan, name: str, place: Place, owners: dict[int, list[str]]) -> Iterator[Finding]:
    if not plan.web_ports(name):
        yield Finding(
            CODE,
            place.at("names"),
            "raw TCP carries no name, so its private names cannot be distinguished",
            "delete `names`, and call it by its Kubernetes name",
        )
    by_port = plan.platform.mesh.private_names.by == "port"
    for index, port in enumerate(plan.services[name].ports):
        here = place.at("ports", index)
        moved = port.target_port not in (None, port.port)
        if moved and port.has_headers and port.protocol != "rpc":  # rpc: GEN307
            yield Finding(
                CODE,
                here.at("targetPort"),
                "the private name service hands out Pod addresses, so the port must be the "
                "container's",
                without_target(port),
            )
        if by_port and port.has_headers and len(owners[port.port]) > 1:
            others = ", ".join(sorted({*owners[port.port]} - {name})) or "two of its ports"
            yield Finding(
                CODE,
                here.at("port"),
                f"port {port.port} does not identify a service: {others} has it too",
                "give each service with private names ports of its own, or let calls carry the "
                "name",
            )


def _host(plan: Plan, private: str, place: Place) -> Iterator[Finding]:
    if not names.matches(names.HOST, private):
        yield Finding(
            CODE,
            place,
            f"`{private}` is not a host name in lower case with a dot, so it cannot stand as "
            "authority",
            "rename it, or use `mesh.privateNames: {by: calleeHeader}`",
        )
        return
    _, *rest = private.split(".")
    for name, environment in plan.environments.items():
        if ".".join(rest) in (
            environment.namespace,
            f"{environment.namespace}.svc",
            plan.endings[name],
        ):
            yield Finding(
                CODE,
                place,
                f"`{private}` reads as a Kubernetes name in the namespace {environment.namespace}",
                "give the service another private name",
            )
