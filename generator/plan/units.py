"""Environments, what is deployed in them together, and the lanes through it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol

from generator.vocabulary import names


class Unit(NamedTuple):
    """What is deployed together: an environment's baseline (`branch` is None) or one of its
    branches."""

    environment: str
    branch: str | None = None

    @classmethod
    def parse(cls, text: str) -> Unit:
        environment, _, branch = text.partition("/")
        return cls(environment, branch or None)

    def __str__(self) -> str:
        return self.environment if self.branch is None else f"{self.environment}/{self.branch}"

    def __lt__(self, other: tuple[str, str | None]) -> bool:  # type: ignore[override]
        return (self[0], self[1] or "") < (other[0], other[1] or "")

    @property
    def label(self) -> str:
        """Value of the label gen/branch."""
        return self.branch or names.BASELINE


Caller = tuple[str, Unit]  # a service in a unit: an identity in the mesh
ANY = "*"  # as a branch: all units of the environment


class Draining(Protocol):
    """What a unit runs, as far as lanes must know it."""

    @property
    def draining(self) -> bool: ...


def serves(runs: Mapping[Unit, Mapping[str, Draining]], unit: Unit, service: str) -> bool:
    """Whether lanes may lead to a unit for a service."""
    run = runs.get(unit, {}).get(service)
    return run is not None and not run.draining


class Lane(NamedTuple):
    """A way through the services; its name is the colour. `kind` tells where it comes from: unit,
    named or inline."""

    name: str
    through: tuple[Unit, ...]
    pin: Mapping[str, Unit]
    strict: bool
    kind: str

    def goes_as(self, other: Lane) -> bool:
        """Whether requests in both take the same way."""
        mine, its = (each._replace(name="", kind="") for each in (self, other))
        return mine == its

    def leads_through(self, runs: Mapping[Unit, Mapping[str, Draining]]) -> bool:
        """Whether its units are there and what it pins serves: then it may be kept after it left
        the configuration."""
        pinned = all(serves(runs, unit, service) for service, unit in self.pin.items())
        return pinned and bool(self.through) and all(unit in runs for unit in self.through)


class Environment(NamedTuple):
    """An environment; `extends` holds all that it falls back to, nearest first. The platform's own
    cluster has no name. `plane` is what carries requests there. `adopting`: pods run there that
    have no proxy yet, so it shuts nobody out."""

    name: str
    namespace: str
    hosts: tuple[str, ...]
    extends: tuple[str, ...]
    trusts_colour: bool
    quota: Mapping[str, int | str]
    owner: str | None
    expires: date | None
    cluster: str
    plane: str
    adopting: bool

    @property
    def has_waypoint(self) -> bool:
        """Whether a waypoint stands before its pods, which have no proxies of their own."""
        return self.plane == "ambient"
