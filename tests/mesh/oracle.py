"""Who must answer: a reading of the design's chapter on meaning, from the input YAML alone.

Written apart from the compiler, and simpler than it: no tables, no sharing, one question at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Input:
    """A configuration repository as plain dicts."""

    def __init__(self, root: Path) -> None:
        def load(path: Path) -> dict[str, Any]:
            value: dict[str, Any] = yaml.load(path.read_text(), _Loader)
            return value

        top = root / "environments"
        self.platform = load(top / "platform.yaml")
        self.services = {path.stem: load(path) for path in top.glob("services/**/*.yaml")}
        self.tenants = {path.stem: load(path) for path in top.glob("tenants/**/*.yaml")}
        self.named = {path.stem: load(path) for path in top.glob("lanes/**/*.yaml")}
        self.environments = {path.parent.name: load(path) for path in top.glob("*/environment.yaml")}
        self.units = {name: set(environment.get("runs") or {}) for name, environment in self.environments.items()}
        for path in top.glob("*/branches/**/*.yaml"):
            name = path.relative_to(top).parts[0]
            self.units[f"{name}/{path.stem}"] = set(load(path)["runs"])

    def namespace(self, environment: str) -> str:
        return self.environments[environment].get("namespace") or f"{self.platform['name']}-{environment}"

    def lane(self, name: str) -> dict[str, Any]:
        """A lane's definition; units are lanes by themselves."""
        if name in self.named:
            return self.named[name]
        environment = name.split("/")[0]
        return {"through": [name, environment] if "/" in name else [name]}

    def lanes(self) -> list[str]:
        return sorted([*self.units, *self.named])

    def target(self, lane: dict[str, Any], service: str) -> str | None:
        """The unit that answers, or None."""
        pin = lane.get("pin") or {}
        if service in pin:
            return str(pin[service])
        for unit in lane["through"]:
            if service in self.units[unit]:
                return str(unit)
        if lane.get("isolation") == "strict":
            return None
        for unit in lane["through"]:
            environment: str | None = unit.split("/")[0]
            while environment is not None:
                if service in self.units[environment]:
                    return environment
                environment = self.environments[environment].get("extends")
        return None

    def answer(self, service: str, addressed: str, colours: list[str], caller: str | None) -> set[str | None]:
        """Units that may answer a call to a service addressed in an environment. `caller` is the unit that the call
        starts in, None at the ingress. More than one only if two colours were sent."""
        if self.is_tcp(service):
            colours = []
        if not colours and caller and "/" in caller:
            return {self.target(self.lane(caller), service)}
        default = self.target(self.lane(addressed), service)
        known = [self.target(self.lane(colour), service) if colour in self.lanes() else default for colour in colours]
        return {default} if not known else set(known) if len(known) == 1 else {*known, default}

    def allowed(self) -> set[tuple[tuple[str, str] | None, tuple[str, str]]]:
        """Edges (caller, callee), each a (service, unit), that a request of some lane can take; the ingress is None.

        A request starts at an entry, or in a pod of one of the lane's own units, and goes on along the calls. A hop
        without a colour (TCP, or after a service that drops it) is in the lane of the pod that makes it.
        """
        edges: set[tuple[tuple[str, str] | None, tuple[str, str]]] = set()
        inline = [choice for tenant in self.tenants.values() for choice in _choices(tenant) if isinstance(choice, dict)]
        for lane in [*(self.lane(name) for name in self.lanes()), *inline]:
            at = {service: self.target(lane, service) for service in self.services}
            own = [*lane["through"], *(lane.get("pin") or {}).values()]
            queue = [name for name, service in self.services.items() if at[name] and (service.get("entry") or any(at[name] == unit for unit in own))]
            seen = set(queue)
            while queue:
                caller = queue.pop()
                unit = at[caller]
                if unit is None:
                    continue
                if self.services[caller].get("entry"):
                    edges.add((None, (caller, unit)))
                for callee in self.services[caller].get("calls") or []:
                    if self.is_tcp(callee) or not self.services[caller].get("forwardsColour", True):
                        answer = self.target(self.lane(unit), callee)
                    else:
                        answer = at[callee]
                    if answer:
                        edges.add(((caller, unit), (callee, answer)))
                    if callee not in seen:
                        seen.add(callee)
                        queue.append(callee)
        return edges

    def is_tcp(self, service: str) -> bool:
        return all(port["protocol"] == "tcp" for port in self.services[service]["ports"])

    def known_in(self, environment: str) -> set[str]:
        """Services whose names exist in an environment."""
        found = {name for name, service in self.services.items() if service.get("entry")}
        for unit, runs in self.units.items():
            if unit.split("/")[0] == environment:
                for service in runs:
                    found |= {service, *(self.services[service].get("calls") or [])}
        return found

    def pod(self, service: str, unit: str) -> tuple[str, str]:
        """(namespace, workload) of a service in a unit."""
        environment, _, branch = unit.partition("/")
        return self.namespace(environment), f"{service}-{branch}" if branch else service

    def told(self, host: str, given: dict[str, dict[str, str]]) -> list[str | dict[str, Any]]:
        """Lanes that the edge may choose for a request, by the documented order of the rules."""
        for kind in ("claim", "header", "cookie"):
            rules = [(name, value, tenant) for tenant in self.tenants.values() for rule in tenant["match"] for name, value in (rule.get(kind) or {}).items()]
            for name, value, tenant in sorted(rules, key=lambda rule: rule[0]):
                if given[kind].get(name) == value:
                    return _choices(tenant)
        for tenant in self.tenants.values():
            if any(rule.get("host") == host for rule in tenant["match"]):
                return _choices(tenant)
        return [next(name for name, environment in self.environments.items() if host in (environment.get("hosts") or []))]


def _choices(tenant: dict[str, Any]) -> list[str | dict[str, Any]]:
    lane = tenant["lane"]
    return [choice["lane"] for choice in lane if choice["weight"]] if isinstance(lane, list) else [lane]
