"""The installation that all else stands on: cluster, mesh, ingress, Argo CD and its guards.

Named tuples: a start of gen makes these classes, and data classes take three times as long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Quantity = int | str


class Cluster(NamedTuple):
    """The cluster that Argo CD deploys to: its API server, its DNS domain, and the version whose
    schemas manifests must pass."""

    server: str
    domain: str
    kubernetes: str


class PrivateNames(NamedTuple):
    """How calls by a private name are told apart, and the header for it."""

    by: Literal["authority", "calleeHeader", "vhostHeader", "port"]
    header: str


class Mesh(NamedTuple):
    """The Istio installation: the oldest version in use, and what carries the colour."""

    istio: str
    root_namespace: str
    revision: str | None
    header: str
    propagation: Literal["header", "baggage"]
    private_names: PrivateNames
    mtls: Literal["strict", "disabled"]


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
    certificate. Without `links` there are none."""

    namespace: str
    service_account: str
    selector: Mapping[str, str]
    port: int
    credential: str | None
    jwt: tuple[Issuer, ...]
    links: Links | None


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
    of them carry; `test_image` sends the requests of smoke tests."""

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
