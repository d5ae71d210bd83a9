"""Whose an address is: a service, an external, or somebody in a namespace that nobody here has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.vocabulary.base import Dial


def domains(*clusters: str) -> tuple[str, ...]:
    """What may stand behind a service's name and namespace."""
    return "", "svc", *(f"svc.{cluster}" for cluster in clusters), "svc.cluster.local"


@dataclass(frozen=True, slots=True)
class Names:
    """What addresses may mean: services with their ports, private names and hosts of externals,
    namespaces of environments, and namespaces that are known beside them."""

    services: Mapping[str, set[int]]
    private: Mapping[str, str]
    namespaces: frozenset[str]
    known: frozenset[str]
    domains: tuple[str, ...]

    def callee(self, dial: Dial) -> str | None:
        """The service or external that an address is of."""
        if dial.host in self.private:
            return self.private[dial.host]
        name, _, rest = dial.host.partition(".")
        if name not in self.services:
            return None
        if not rest:
            return name if dial.url or dial.port in self.services[name] else None
        namespace, _, domain = rest.partition(".")
        return name if namespace in self.namespaces and domain in self.domains else None

    def namespace(self, dial: Dial) -> str | None:
        """The environments' namespace that an address of a service names, if it names any."""
        if dial.host in self.private or self.callee(dial) is None:
            return None
        return (*dial.host.split("."), None)[1]

    def is_of_mesh(self, host: str) -> bool:
        """Whether an external's host is, or with `*` takes in, one by which services are called."""
        if host.startswith("*."):
            own = (f".{there}.{domain}" for there in self.namespaces for domain in self.domains[2:])
            return any(host[1:].endswith(each) or each.endswith(host[1:]) for each in own)
        _, _, rest = host.partition(".")
        namespace, _, domain = rest.partition(".")
        return namespace in self.namespaces and domain in self.domains

    def is_foreign(self, dial: Dial) -> bool:
        """Whether an address is in a namespace that nobody here has."""
        parts = dial.host.split(".", 2)
        if len(parts) < 3 or not parts[2].startswith("svc") or parts[2] not in self.domains:
            return False
        return parts[1] not in {*self.namespaces, *self.known} and dial.host not in self.private
