"""Services and what is said of them: ports, ways in, how requests are carried, and the versions
that units run."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from generator.plan.units import Unit


class Port(NamedTuple):
    """A port of a service. `protocol` is never `rpc` without what carries it, its `carrier`;
    `target_port` is what containers call it, by number or name."""

    name: str
    port: int
    protocol: str
    carrier: str | None
    target_port: int | str | None

    @property
    def has_headers(self) -> bool:
        """Whether its requests have headers: raw TCP has none."""
        return self.protocol != "tcp"


class Entry(NamedTuple):
    """A way in from the ingress: paths that begin so, or are `exact`ly so; without `port` to the
    first that is not tcp."""

    path: str
    exact: bool
    rewrite: str | None
    port: str | None


class Way(NamedTuple):
    """A way in from the ingress: paths that begin so, or are `exact`ly so, to a port of a service;
    `rewrite` is what it gets instead."""

    path: str
    service: str
    port: int
    exact: bool = False
    rewrite: str | None = None

    def fits(self, asked: str) -> bool:
        path = asked.partition("?")[0]
        return path == self.path if self.exact else path.startswith(self.path)


class Retries(NamedTuple):
    """What is tried again: `attempts` after the first, for reasons that Envoy names. Durations are
    written as in `500ms`, `10s`, `2m`, here and below."""

    attempts: int
    per_try: str | None
    on: tuple[str, ...]


class Limits(NamedTuple):
    """How much one caller's proxy may ask of one unit's pods at a time."""

    connections: int | None
    requests: int | None
    pending: int | None


class Outliers(NamedTuple):
    """When a pod that fails is left out: after so many errors in a row, counted `every` so often,
    at first for `rest`, at most a `share` of the pods in percent."""

    errors: int
    every: str
    rest: str
    share: int


class Traffic(NamedTuple):
    """How requests to a service are carried, to each of its units by itself."""

    timeout: str | None
    retries: Retries | None
    limits: Limits | None
    outliers: Outliers | None

    @property
    def shapes_pods(self) -> bool:
        """Whether it says something of connections to pods, and not only of requests."""
        return self.limits is not None or self.outliers is not None


class Account(NamedTuple):
    """What a service's ServiceAccount carries in each unit."""

    annotations: Mapping[str, str]
    image_pull_secrets: tuple[str, ...]


class Store(NamedTuple):
    """A database, cache or bucket that a service writes; `component` brings a unit its own."""

    name: str
    shared: bool
    component: str | None


@dataclass(frozen=True)
class Service:
    """A service of the catalogue. `calls` holds services alone: externals that it calls are in the
    plan's `dials`; `addresses` are environments whose names its pods dial beside their own, `*` all
    of them. `forwards_colour` is None where nothing is said."""

    image: str
    ports: tuple[Port, ...]
    calls: tuple[str, ...]
    addresses: tuple[str, ...]
    forwards_colour: bool | None
    entry: tuple[Entry, ...]
    names: tuple[str, ...]
    listens: Literal["all", "podIP", "localhost"]
    publishes: tuple[str, ...]
    consumes: tuple[str, ...]
    stores: tuple[Store, ...]
    traffic: Traffic | None
    account: Account | None

    @cached_property
    def drops_colour(self) -> bool:
        """Whether it is known to lose the colour. Where nothing is said, it is taken to forward."""
        return self.forwards_colour is False

    @cached_property
    def web_ports(self) -> list[Port]:
        """Ports on which requests carry headers: all but raw TCP."""
        return [port for port in self.ports if port.has_headers]

    @cached_property
    def takes_colour(self) -> bool:
        """Whether requests to it can carry a colour."""
        return bool(self.web_ports)


class Adopted(NamedTuple):
    """What ran before gen did: the `selector` by which its Service goes on finding pods, and
    whether these stay `untouched`, with the `account` that they have."""

    selector: Mapping[str, str]
    untouched: bool
    account: str | None


class Run(NamedTuple):
    """One version of a service in a unit: a tag or a digest, and what differs from the base;
    `image` where it is not the service's own."""

    image: str | None
    tag: str | None
    digest: str | None
    replicas: int | None
    components: tuple[str, ...]
    env: Mapping[str, str]
    draining: bool
    adopted: Adopted | None = None

    @property
    def untouched(self) -> bool:
        """Whether its pods are as they ran before gen did."""
        return self.adopted is not None and self.adopted.untouched

    @property
    def version(self) -> str:
        """Its digest, or else its tag."""
        return self.digest or str(self.tag)

    @property
    def called(self) -> str:
        """The version as people see it, with its image where that is another one."""
        return self._of_image(shortened(self.version))

    @property
    def deployed(self) -> str:
        """The version in the words of `gen deploy`, which says an image where it is another one."""
        return self._of_image(self.version)

    def _of_image(self, version: str) -> str:
        return f"{self.image}{'@' if self.digest else ':'}{version}" if self.image else version


def shortened(version: str) -> str:
    """A version as people see it: a digest by its beginning, a tag as it is."""
    return version[:19] if version.startswith("sha256:") else version


def without_versions(runs: Mapping[Unit, Mapping[str, Run]]) -> dict[Unit, Mapping[str, Run]]:
    """What units run, without a word of which version: what does not ask is the same for all."""
    return {
        unit: {
            service: run._replace(image=None, tag=None, digest=None)
            for service, run in of_unit.items()
        }
        for unit, of_unit in runs.items()
    }


class External(NamedTuple):
    """What lies outside the mesh: host names and ranges of addresses, and (protocol, port)."""

    hosts: tuple[str, ...]
    cidrs: tuple[str, ...]
    ports: tuple[tuple[str, int], ...]


class SmokeRequest(NamedTuple):
    """A request of a smoke test; without `port` to the first that is not tcp."""

    service: str
    port: str | None
    path: str
    status: int


class Smoke(NamedTuple):
    """A smoke test: requests, or an image that asks by itself."""

    requests: tuple[SmokeRequest, ...]
    image: str | None
    command: tuple[str, ...]
    calls: tuple[str, ...]


class Handling(NamedTuple):
    """Who handles a service's messages: of each lane a unit (None: nobody), and `otherwise` of all
    other lanes and of none."""

    lanes: Mapping[str, Unit | None]
    otherwise: Unit | None

    def of(self, lane: str | None) -> Unit | None:
        return self.lanes.get(lane or "", self.otherwise)

    def among(self, lanes: Container[str]) -> Handling:
        """The same where there are these lanes alone."""
        return Handling({n: unit for n, unit in self.lanes.items() if n in lanes}, self.otherwise)
