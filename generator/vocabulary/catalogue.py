"""The input model of the catalogue: services, their ports, and ways in from the ingress."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary.fields import (
    Accepting,
    Addressed,
    Cidr,
    HostOrBelow,
    ImageText,
    Label,
    Many,
    Model,
    Owner,
    PortName,
    Prefix,
    PrivateName,
    QueueName,
    ServiceName,
)
from generator.vocabulary.traffic import Account, Traffic


def _port_form(value: Any) -> str:
    return "name" if isinstance(value, str) else "number"


TargetPort = Annotated[
    Annotated[int, Field(ge=1, le=65535), Tag("number")] | Annotated[PortName, Tag("name")],
    Discriminator(_port_form),
]


class Port(Model):
    """A port of a service; the Kubernetes Service and the routes are emitted from it."""

    name: Label = Field(
        description="Name of the port, for the Kubernetes Service.",
        examples=["http"],
    )
    port: int = Field(ge=1, le=65535, description="Port that clients dial.", examples=[8080])
    protocol: Literal["http", "http2", "grpc", "tcp", "rpc"] = Field(
        description="Always declared, never sniffed. `rpc` is a private protocol carried in HTTP/2 "
        "or gRPC."
    )
    carrier: Literal["grpc", "http2"] | None = Field(
        None, description="For `rpc`: what carries it."
    )
    target_port: TargetPort | None = Field(
        None,
        description="Port of the container, if it differs: its number, or the name that the "
        "containers give it. Never with `rpc`.",
        examples=[8080],
    )

    @model_validator(mode="after")
    def _carrier_with_rpc(self) -> Port:
        if (self.protocol == "rpc") != (self.carrier is not None):
            raise PydanticCustomError(
                "carrier",
                "`carrier: grpc` or `carrier: http2` goes with `protocol: rpc`, and only with it",
            )
        return self

    @property
    def has_headers(self) -> bool:
        """Whether its requests have headers: raw TCP has none."""
        return self.protocol != "tcp"


class Entry(Model):
    """A way in from the ingress: a prefix of paths, or one path."""

    prefix: Prefix | None = Field(
        None,
        description="Requests to an environment's hosts whose path starts with it, character by "
        "character: `/api` takes `/apis` too.",
        examples=["/checkout"],
    )
    exact: Prefix | None = Field(
        None, description="Requests whose path is this one.", examples=["/login"]
    )
    rewrite: Prefix | None = Field(
        None,
        description="What the service gets instead of the prefix, or of the path.",
        examples=["/"],
    )
    port: Label | None = Field(
        None, description="Name of the port; the first that is not tcp if left out."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Entry:
        if (self.prefix is None) == (self.exact is None):
            raise PydanticCustomError("one", "an entry has either `prefix` or `exact`")
        return self

    @property
    def path(self) -> str:
        return self.exact or self.prefix or "/"


class Store(Model):
    """A database, cache or bucket that a service writes."""

    name: Label = Field(description="Its name.", examples=["orders-db"])
    shared: bool = Field(
        True,
        description="Whether several units may write one. `false` tells each branch that writes "
        "what another unit writes too (GEN329).",
    )
    component: Label | None = Field(
        None,
        description="Component of overlays/components by which a unit that switches it on has one "
        "of its own.",
        examples=["own-orders-db"],
    )


def _store_form(value: Any) -> str:
    return "name" if isinstance(value, str) else "store"


SomeStore = Annotated[
    Annotated[Label, Tag("name")] | Annotated[Store, Tag("store")], Discriminator(_store_form)
]


class Service(Accepting):
    """A backend of the catalogue: `environments/services/**/<service>.yaml`."""

    image: ImageText = Field(description="Image without tag; the base's container uses the same.")
    ports: Many[Port] = Field(
        description="Ports of the Kubernetes Service, which gen emits; `[]` of a worker that "
        "nobody calls."
    )
    calls: Many[ServiceName] = Field(
        (),
        description="Services and externals that it calls; scopes sidecars, policies and the "
        "lints. Itself, if its replicas call each other.",
    )
    addresses: Many[Addressed] = Field(
        (),
        description="Environments whose names its pods dial beside those of their own, and of "
        "`mesh.addresses`; `*` for all. Its sidecars know no other names.",
        examples=[["staging"], ["*"]],
    )
    forwards_colour: bool | None = Field(
        None,
        description="Whether it copies the colour from a request to the calls that it makes for "
        "it. Not said, it is taken to, and `gen explain` tells that this is assumed.",
    )
    entry: Many[Entry] = Field((), description="Reachable from the ingress under these prefixes.")
    names: Many[PrivateName] = Field(
        (), description="Its names in the private name service.", examples=[["trpc.shop.inventory"]]
    )
    listens: Literal["all", "podIP", "localhost"] = Field(
        "all", description="Address that the application binds."
    )
    publishes: Many[QueueName] = Field(
        (), description="Message queues that it writes to.", examples=[["orders"]]
    )
    consumes: Many[QueueName] = Field(
        (),
        description="Message queues that it reads. Each unit that runs it gets a consumer group of "
        "its own, and a table of whose messages are its.",
        examples=[["orders"]],
    )
    stores: Many[SomeStore] = Field(
        (),
        description="Databases, caches and buckets that it writes: names, or mappings that say "
        "more. Those that have the name of a service or of an external are that one; all others an "
        "environment has for itself, with its branches. Nothing is deployed by it: it is what "
        "`gen explain`, `diff` and `validate` tell of.",
        examples=[["orders-db", {"name": "sessions", "shared": False}]],
    )
    traffic: Traffic | None = Field(None, description="How requests to it are carried.")
    account: Account | None = Field(None, description="What its ServiceAccount carries.")
    owner: Owner | None = Field(None, description="Who is responsible for it.")

    @model_validator(mode="after")
    def _stores_once(self) -> Service:
        named = [store if isinstance(store, str) else store.name for store in self.stores]
        if len(named) != len(set(named)):
            raise PydanticCustomError("one", "each of `stores` is named once")
        return self

    @model_validator(mode="after")
    def _times_of_requests(self) -> Service:
        traffic = self.traffic
        if traffic and (traffic.timeout or traffic.retries) and not self.takes_colour:
            raise PydanticCustomError(
                "traffic", "`timeout` and `retries` are of requests, and raw TCP has none"
            )
        return self

    @cached_property
    def web_ports(self) -> list[Port]:
        """Ports on which requests carry headers."""
        return [port for port in self.ports if port.has_headers]

    @property
    def takes_colour(self) -> bool:
        """Whether requests to it can carry a colour."""
        return bool(self.web_ports)


class ExternalPort(Model):
    """A port of an external."""

    port: int = Field(ge=1, le=65535, description="Port that is dialled.", examples=[5432])
    protocol: Literal["http", "http2", "grpc", "tcp", "tls"] = Field(
        description="What the sidecar sees there: `tls` where the application itself encrypts."
    )


class External(Accepting):
    """What lies outside the mesh: `environments/externals/**/<external>.yaml`."""

    hosts: Many[HostOrBelow] = Field(
        (), description="Host names that are dialled.", examples=[["db.example.com"]]
    )
    cidrs: Many[Cidr] = Field(
        (),
        description="Ranges of addresses: where it is dialled by address, and where its hosts lie, "
        "for platforms that bound what pods connect to.",
        examples=[["10.20.0.0/16"]],
    )
    ports: Many[ExternalPort] = Field(min_length=1, description="Ports that are dialled.")
    owner: Owner | None = Field(None, description="Who answers for it.")

    @model_validator(mode="after")
    def _somewhere(self) -> External:
        if not self.hosts and not self.cidrs:
            raise PydanticCustomError("one", "an external needs `hosts`, `cidrs`, or both")
        return self
