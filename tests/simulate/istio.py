"""What a proxy is told: which services and routes it sees, by which names, and where its clusters lead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.mesh.kubelet import Object
from tests.simulate import Unread, only
from tests.simulate.routes import (
    Caller,
    Does,
    Route,
    VirtualHost,
    applies,
    destination,
    merged,
    routes,
)

HTTP = {"http", "http2", "grpc"}  # what `appProtocol` says of ports that share routes
ROOT = "istio-system"
DOMAIN = ".svc.cluster.local"


@dataclass(frozen=True)
class Service:
    """A name in the registry. `ports`: number → whether it carries HTTP; `address` is None for names without one."""

    host: str
    namespace: str
    address: str | None
    ports: Mapping[int, bool]
    exported: frozenset[str] | None  # None: to everybody


@dataclass(frozen=True)
class Cluster:
    """Where a port of a service leads: (address, port) of pods."""

    endpoints: tuple[tuple[str, int], ...]


class Registry:
    """All objects, as a control plane indexes them. Older objects come first, and win where two collide."""

    def __init__(self, objects: list[Object]) -> None:
        self.kinds: defaultdict[str, list[Object]] = defaultdict(list)
        for item in sorted(objects, key=_age):
            self.kinds[item["kind"]].append(item)
        self.pods = {
            item["status"]["podIP"]: item for item in self.kinds["Pod"] if "status" in item
        }
        self.services: dict[str, Service] = {}
        for item in self.kinds["Service"]:
            service = _of_kubernetes(item)
            self.services[service.host] = service
        self.clusters = dict(self._clusters())
        for item in self.kinds["ServiceEntry"]:
            for service in _of_entry(item):
                # One of the same name elsewhere is another's: a proxy takes that of its own scope.
                self.services.setdefault(f"{service.namespace}/{service.host}", service)
        self.virtual = list(self._merged())

    def _clusters(self) -> Iterator[tuple[tuple[str, int], Cluster]]:
        """Endpoints of a Service's port are those of its slices whose port has the same name (Kubernetes)."""
        slices: defaultdict[tuple[str, str], list[Object]] = defaultdict(list)
        for item in self.kinds["EndpointSlice"]:
            owner = item["metadata"]["labels"]["kubernetes.io/service-name"]
            slices[item["metadata"]["namespace"], owner].append(item)
        for item in self.kinds["Service"]:
            metadata = item["metadata"]
            for port in item["spec"]["ports"]:
                endpoints = [
                    (address, behind["port"])
                    for one in slices[metadata["namespace"], metadata["name"]]
                    for behind in one["ports"]
                    if behind["name"] == port["name"]
                    for endpoint in one["endpoints"]
                    for address in endpoint["addresses"]
                ]
                host = f"{metadata['name']}.{metadata['namespace']}{DOMAIN}"
                yield (host, port["port"]), Cluster(tuple(endpoints))

    def _merged(self) -> Iterator[Object]:
        """Roots take the entries of what they delegate to. One that is missing, or not exported to the root's
        namespace, is skipped without a word; a VirtualService without hosts is a delegate and nothing else
        (`model/virtualservice_controller.go:MergedVirtualServices`, seen)."""
        known = {
            (item["metadata"]["namespace"], item["metadata"]["name"]): item
            for item in self.kinds["VirtualService"]
        }
        for item in self.kinds["VirtualService"]:
            only(item["spec"], {"hosts", "gateways", "exportTo", "http", "tcp"}, "a VirtualService")
            if not item["spec"].get("hosts"):
                continue
            namespace, entries = item["metadata"]["namespace"], []
            for entry in item["spec"].get("http", ()):
                if "delegate" not in entry:
                    entries.append(entry)
                    continue
                asked = entry["delegate"]
                found = known.get((asked.get("namespace") or namespace, asked["name"]))
                if found and not found["spec"].get("hosts") and heard(found, namespace):
                    entries += merged(entry, found["spec"].get("http", []))
            yield item | {"spec": item["spec"] | {"http": entries}}


def _age(item: Object) -> tuple[str, str, str]:
    metadata = item["metadata"]
    return metadata.get("creationTimestamp", ""), metadata["name"], metadata.get("namespace", "")


def _of_kubernetes(item: Object) -> Service:
    metadata = item["metadata"]
    if "networking.istio.io/exportTo" in (metadata.get("annotations") or {}):
        raise Unread("a Service with exportTo")
    ports = {}
    for port in item["spec"]["ports"]:
        if "appProtocol" not in port:
            # Istio would look into the bytes then, and listen at the Service's address alone (seen).
            raise Unread(f"port {port['port']} of {metadata['name']} does not say its protocol")
        ports[port["port"]] = port["appProtocol"] in HTTP
    host = f"{metadata['name']}.{metadata['namespace']}{DOMAIN}"
    return Service(host, metadata["namespace"], item["spec"]["clusterIP"], ports, None)


def _of_entry(item: Object) -> Iterator[Service]:
    spec, namespace = item["spec"], item["metadata"]["namespace"]
    if spec["resolution"] != "NONE" or "addresses" in spec:
        raise Unread(f"a ServiceEntry by {spec['resolution']}")
    ports = {port["number"]: port["protocol"].lower() in HTTP for port in spec["ports"]}
    exported = frozenset(namespace if one == "." else one for one in spec["exportTo"])
    for host in spec["hosts"]:
        yield Service(host, namespace, None, ports, exported)


def heard(item: Object, namespace: str) -> bool:
    """`exportTo`: nothing or `*` is everybody, `.` the own namespace (`visibility.Instance`)."""
    told = item["spec"].get("exportTo") or ["*"]
    return "*" in told or namespace in (
        item["metadata"]["namespace"] if one == "." else one for one in told
    )


class Scope:
    """What Sidecar's `egress` hosts let a proxy know: `namespace/host`, `.` the own namespace, `*` any, hosts exact or
    by `*` at the front (`model/sidecar.go:convertIstioListenerToWrapper`). No Sidecar: everything that is exported."""

    def __init__(self, namespace: str, hosts: list[str]) -> None:
        self.own = namespace
        self._exact: set[tuple[str, str]] = set()
        self._wild: list[tuple[str, str]] = []
        for text in hosts:
            where, _, name = text.partition("/")
            if where == "~":
                raise Unread("a scope with ~")
            where = namespace if where == "." else where
            if name.startswith("*"):
                self._wild.append((where, name[1:]))
            else:
                self._exact.add((where, name))

    def knows(self, namespace: str, host: str) -> bool:
        if (namespace, host) in self._exact or ("*", host) in self._exact:
            return True
        return any(where in ("*", namespace) and host.endswith(end) for where, end in self._wild)


class Outbound:
    """The configuration of one sidecar, of what leaves the pod."""

    def __init__(self, registry: Registry, namespace: str, labels: Mapping[str, str]) -> None:
        self.registry, self.namespace, self.labels = registry, namespace, labels
        scope = _scope(registry, namespace, labels)
        self.services = [
            service
            for service in registry.services.values()
            if (service.exported is None or service.exported & {"*", namespace})
            and scope.knows(service.namespace, service.host)
        ]
        self.virtual = [
            item
            for item in registry.virtual
            if "mesh" in item["spec"].get("gateways", ["mesh"])
            and heard(item, namespace)
            and any(
                scope.knows(item["metadata"]["namespace"], host) for host in item["spec"]["hosts"]
            )
        ]
        self.known = {service.host for service in self.services} | {
            host for item in self.virtual for host in _destinations(item)
        }
        self._hosts: dict[int, dict[str, VirtualHost]] = {}
        self.connections = dict(self._connections())

    def virtual_hosts(self, port: int) -> dict[str, VirtualHost]:
        """Route configuration `<port>`: all services of the scope that have this port and carry HTTP on it share the
        listener 0.0.0.0_<port> (seen). One VirtualService decides for a host, the oldest
        (`networking/core/httproute.go`); a service without one has its own cluster."""
        if port not in self._hosts:
            found: dict[str, VirtualHost] = {}
            caller = Caller(self.namespace, self.labels, port)
            for service in self.services:
                if not service.ports.get(port):
                    continue
                item = next(
                    (one for one in self.virtual if service.host in one["spec"]["hosts"]), None
                )
                if item is None:
                    told = [Route(None, (), Does(service.host, port))]
                else:
                    told = list(routes(item["spec"]["http"], caller, gateway=False))
                virtual_host = VirtualHost(told)
                for domain in self._domains(service):
                    found.setdefault(domain, virtual_host)
            self._hosts[port] = found
        return self._hosts[port]

    def _domains(self, service: Service) -> Iterator[str]:
        """`generateVirtualHostDomains`: the name, shorter ones as DNS of the caller's namespace would complete them,
        and the Service's address; ports are ignored (`ignore_port_in_host_matching`)."""
        yield service.host
        if service.host.endswith(DOMAIN):
            name, namespace = service.host.removesuffix(DOMAIN).split(".")
            yield f"{service.host}."
            yield f"{name}.{namespace}.svc"
            yield f"{name}.{namespace}"
            if namespace == self.namespace:
                yield name
        if service.address:
            yield service.address

    def _connections(self) -> Iterator[tuple[tuple[str, int], Does | None]]:
        """Raw TCP has a listener for each Service's address and port. Of a VirtualService the first entry whose match
        fits the port and the caller decides (`networking/core/networkfilter.go`)."""
        for service in self.services:
            for port, http in service.ports.items():
                if http or service.address is None:
                    continue
                item = next(
                    (one for one in self.virtual if service.host in one["spec"]["hosts"]), None
                )
                caller = Caller(self.namespace, self.labels, port)
                entries = item["spec"].get("tcp", []) if item else []
                fitting = (_connected(entry) for entry in entries if _fits(entry, caller))
                does = next(fitting, None) or Does(service.host, port)
                yield (service.address, port), does

    def cluster(self, does: Does, port: int) -> Cluster | None:
        """A route leads to a cluster that the proxy has: of a service in its scope, or named by a route there
        (`collectImportedServices`). Without a port the one that was dialled is meant, or the only one
        (`GetDestinationCluster`)."""
        if does.host not in self.known:
            return None
        return led(self.registry, does, port)


def led(registry: Registry, does: Does, port: int) -> Cluster | None:
    service = registry.services.get(str(does.host))
    if service is None:
        return None
    chosen = does.port or (next(iter(service.ports)) if len(service.ports) == 1 else port)
    return registry.clusters.get((service.host, chosen))


def _scope(registry: Registry, namespace: str, labels: Mapping[str, str]) -> Scope:
    """The Sidecar of the pod's labels, else that of its namespace, else that of the root (`getSidecarScope`)."""
    whole: Object | None = None
    for item in registry.kinds["Sidecar"]:
        where, spec = item["metadata"]["namespace"], item["spec"]
        selector = (spec.get("workloadSelector") or {}).get("labels")
        if where == namespace and selector and selector.items() <= labels.items():
            return _egress(item, namespace)
        if where in (namespace, ROOT) and not selector and (whole is None or where == namespace):
            whole = item
    return _egress(whole, namespace) if whole else Scope(namespace, ["*/*"])


def _egress(item: Object, namespace: str) -> Scope:
    only(item["spec"], {"workloadSelector", "egress", "ingress"}, "a Sidecar")
    (egress,) = item["spec"]["egress"]
    only(egress, {"hosts"}, "egress")
    return Scope(namespace, egress["hosts"])


def _destinations(item: Object) -> Iterator[str]:
    for entry in (*item["spec"].get("http", ()), *item["spec"].get("tcp", ())):
        for route in entry.get("route", ()):
            yield route["destination"]["host"]


def _fits(entry: dict[str, Any], caller: Caller) -> bool:
    only(entry, {"match", "route"}, "a tcp entry")
    for match in entry.get("match") or [{}]:
        only(match, {"port", "sourceLabels"}, "a tcp match")
        if applies(match, caller, gateway=False):
            return True
    return False


def _connected(entry: dict[str, Any]) -> Does:
    (route,) = entry["route"]
    return destination(route["destination"])
