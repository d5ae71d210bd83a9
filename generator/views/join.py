"""How a process outside the cluster takes a lane's requests for a service: the words of tools that
bring requests to a laptop by a header.

The formats are those that their documentation has: of mirrord 3 (`target`, `http_filter`), and of
Telepresence 2.25 and newer (`intercept --http-header`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from generator.plan.plan import Plan
from generator.plan.services import Port
from generator.plan.units import Unit
from generator.vocabulary import names
from generator.vocabulary.base import Workload
from generator.vocabulary.refusal import Refusal

KINDS = ("Deployment", "StatefulSet")  # whose pods the tools know by their workload


@dataclass(frozen=True, slots=True)
class Joined:
    """What answers a lane's requests for a service now, and by what they are known: the colour's
    header, or baggage with the colour among its members."""

    lane: str
    service: str
    unit: Unit
    namespace: str
    workload: Workload
    ports: tuple[Port, ...]
    header: str
    baggage: bool

    @property
    def name(self) -> str:
        """The workload as it is called in this unit."""
        return names.kubernetes_name(self.workload.name, self.unit.branch)

    @property
    def pattern(self) -> str:
        """The line of a request that has the lane's colour, as a regular expression; libraries may
        write a slash in baggage as %2F."""
        if not self.baggage:
            return f"^{re.escape(self.header)}: {re.escape(self.lane)}$"
        value = re.escape(self.lane).replace("/", "(?:/|%2[Ff])")
        return rf"^baggage: (?:.*,)?\s*{re.escape(self.header)}={value}\s*(?:[,;].*)?$"


def joined(plan: Plan, lane: str, service: str) -> Joined:
    """Refused where no header can tell, or nobody answers."""
    unit = plan.answers[lane].get(service)
    if unit is None:
        raise Refusal(
            f"nobody answers {service} in lane {lane}",
            f"`gen explain --lane {lane} --service {service}` says why",
            1,
        )
    ports = tuple(plan.web_ports(service))
    if not ports:
        raise Refusal(
            f"{service} has no port whose requests carry headers, so nothing tells lanes apart",
            "take all of its requests with the tool's own means, in a unit of your own",
            1,
        )
    workload = _workload(plan, service)
    mesh = plan.platform.mesh
    namespace = plan.environments[unit.environment].namespace
    baggage = mesh.propagation == "baggage"
    return Joined(lane, service, unit, namespace, workload, ports, mesh.header, baggage)


def _workload(plan: Plan, service: str) -> Workload:
    """The one that the service's requests go to."""
    for workload in plan.bases[service].workloads:
        if workload.serves and workload.container and workload.kind in KINDS:
            return workload
    raise Refusal(
        f"the base of {service} has no workload of a kind that the tools know",
        f"give it one of {', '.join(KINDS)}",
        1,
    )


def mirrord(one: Joined, local: int | None) -> dict[str, Any]:
    """mirrord.json: only requests with this colour come here, and all others stay there."""
    ports = [_listening(port) for port in one.ports]
    incoming: dict[str, Any] = {
        "mode": "steal",
        "http_filter": {"header_filter": one.pattern, "ports": ports},
    }
    if local is not None:
        incoming["port_mapping"] = [[local, ports[0]]]
    kind = one.workload.kind.lower()
    path = f"{kind}/{one.name}/container/{one.workload.container}"
    target = {"path": path, "namespace": one.namespace}
    return {"target": target, "feature": {"network": {"incoming": incoming}}}


def _listening(port: Port) -> int:
    """The number on which containers listen."""
    if isinstance(port.target_port, str):
        raise Refusal(
            f"the tools are told numbers of ports, and `{port.target_port}` is a name",
            f"write the container's number as `targetPort` of the port {port.name}",
            1,
        )
    return port.target_port or port.port


def telepresence(one: Joined, local: int | None) -> list[list[str]]:
    """The commands, word by word."""
    if one.baggage:
        raise Refusal(
            "Telepresence compares whole headers, and here the colour is one of several in baggage",
            "use --tool mirrord, or mesh.propagation: header",
            1,
        )
    port = one.ports[0]
    here = local or _listening(port)
    service = names.kubernetes_name(one.service, one.unit.branch)
    taken = ["telepresence", "intercept", one.name, "--service", service]
    taken += ["--port", f"{here}:{port.name}", "--http-header", f"{one.header}={one.lane}"]
    return [["telepresence", "connect", "--namespace", one.namespace], taken]
