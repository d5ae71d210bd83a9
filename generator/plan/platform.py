"""The installation that all else stands on: cluster, mesh, ingress, Argo CD and its guards.

Named tuples: a start of gen makes these classes, and data classes take three times as long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Quantity = int | str


class EastWest(NamedTuple):
    """The gateway by which requests of other networks come in."""

    namespace: str
    selector: Mapping[str, str]


class Cluster(NamedTuple):
    """Where environments run: its API server, or Argo CD's name of it; its DNS domain, the version
    whose schemas manifests must pass, and the trust domain of its pods' identities. The platform's
    own has no name, and its mesh none. Clusters of a mesh in one network reach each other's pods,
    which have addresses in ranges."""

    server: str
    domain: str
    kubernetes: str
    trust: str
    name: str = ""
    mesh: str = ""
    network: str = ""
    ranges: tuple[str, ...] = ()
    east_west: EastWest = EastWest("", {})


class PrivateNames(NamedTuple):
    """How calls by a private name are told apart, and the header for it."""

    by: Literal["authority", "calleeHeader", "vhostHeader", "port"]
    header: str


class Mesh(NamedTuple):
    """The Istio installation: the oldest version in use, what carries requests, and what carries
    the colour."""

    istio: str
    root_namespace: str
    revision: str | None
    header: str
    propagation: Literal["header", "baggage"]
    private_names: PrivateNames
    mtls: Literal["strict", "disabled"]
    addresses: tuple[str, ...]
    across: Literal["refuse", "allow"]
    routes: Literal["virtualService", "gateway"]
    plane: Literal["sidecar", "ambient"]


class Telemetry(NamedTuple):
    """By what lanes are seen: providers of metrics and of access logs, and one of spans."""

    metrics: tuple[str, ...]
    access_log: tuple[str, ...]
    spans: str | None


class Issuer(NamedTuple):
    """An issuer whose tokens are verified at the ingress, by keys in place or at an address."""

    issuer: str
    jwks: str | None
    jwks_uri: str | None
    audiences: tuple[str, ...]


class Links(NamedTuple):
    """Links into lanes: public keys by name (base64), environments with what links may lead into
    at their hosts, and how long one may last, in seconds."""

    keys: Mapping[str, str]
    lanes: Mapping[str, tuple[str, ...]]
    longest: int


class Ingress(NamedTuple):
    """The gateway through which requests come in; `credential` is the Secret with its
    certificate. Of a `kind: gateway` Istio makes the pods. Without `links` there are none."""

    kind: Literal["istio", "gateway"]
    namespace: str
    service_account: str
    selector: Mapping[str, str]
    port: int
    credential: str | None
    jwt: tuple[Issuer, ...]
    links: Links | None


class Seat(NamedTuple):
    """What is another in each cluster."""

    cluster: Cluster
    ingress: Ingress
    mesh: Mesh


class Container(NamedTuple):
    """What a container may use: processor time and memory."""

    cpu: Quantity | None
    memory: Quantity | None


class ContainerLimits(NamedTuple):
    """Limits and requests of containers that say none themselves."""

    default: Container
    default_request: Container


class Namespaces(NamedTuple):
    """What every environment's namespace gets."""

    network_policies: Literal["ingress", "both", "none"]
    observers: tuple[str, ...]
    reaches: tuple[str, ...]
    pod_security: str | None
    limits: ContainerLimits | None


class ArgoCD(NamedTuple):
    """Where Argo CD runs and what it reads."""

    namespace: str
    repository: str
    branch: str
    shared: bool
    signatures: Literal["signatureKeys", "sourceIntegrity"]


class Guards(NamedTuple):
    """What publishing refuses without a word from a person."""

    deletions: int
    errors: tuple[str, ...]
    source: str | None


class Publish(NamedTuple):
    """The commits on the output branch."""

    author: str | None
    sign: Literal["ssh", "gpg"] | None
    keys: tuple[str, ...]


class Telling(NamedTuple):
    """What may tell tenants; all else is refused."""

    claims: tuple[str, ...]
    headers: tuple[str, ...]
    cookies: tuple[str, ...]
    hosts: tuple[str, ...]


class Platform(NamedTuple):
    """The whole installation. `telling` is None where tenants may be told by anything that not all
    of them carry; `test_image` sends the requests of smoke tests. `seats` are its clusters by name,
    where there are more than its own, which has none."""

    name: str
    cluster: Cluster
    mesh: Mesh
    ingress: Ingress
    namespaces: Namespaces
    argocd: ArgoCD
    publish: Publish
    guards: Guards
    telling: Telling | None
    test_image: str
    telemetry: Telemetry | None
    seats: Mapping[str, Seat] = {}

    @property
    def domains(self) -> list[str]:
        """The DNS domains of all clusters."""
        named = [seat.cluster.domain for seat in self.seats.values()]
        return list(dict.fromkeys([self.cluster.domain, *named]))

    @property
    def oldest(self) -> str:
        """The oldest Istio in use, in whatever cluster."""
        used = [self.mesh.istio, *(seat.mesh.istio for seat in self.seats.values())]
        return min(used, key=release)

    def mesh_of(self, cluster: str) -> str:
        """The mesh of a cluster; the only one has no name."""
        return self.seats[cluster].cluster.mesh if cluster in self.seats else ""

    def trust_of(self, cluster: str) -> str:
        """The trust domain of a cluster."""
        return self.seats[cluster].cluster.trust if cluster in self.seats else self.cluster.trust

    def at(self, cluster: str) -> Platform:
        """The platform as it is in a cluster."""
        if cluster not in self.seats:
            return self
        seat = self.seats[cluster]
        return self._replace(cluster=seat.cluster, ingress=seat.ingress, mesh=seat.mesh)


def release(istio: str) -> tuple[int, ...]:
    """A version of Istio, to compare."""
    return tuple(map(int, istio.split(".")))
