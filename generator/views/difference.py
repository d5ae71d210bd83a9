"""A difference as data: who gets other answers, and what comes, goes and changes."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from generator.vocabulary.plural import count

COMES, GOES, CHANGES = "comes", "goes", "changes"
NOBODY = "nobody (503)"


@dataclass(frozen=True, slots=True)
class Answer:
    """A unit that may answer (None: nobody), its version, and the share of the requests in
    percent."""

    unit: str | None
    version: str
    share: float

    def __str__(self) -> str:
        text = f"{self.unit} {self.version}" if self.unit else NOBODY
        return text if self.share == 100 else f"{text} ({self.share:g} %)"


@dataclass(frozen=True, slots=True)
class Moved:
    """A service whose answer changes; empty where requests do not come to it."""

    service: str
    before: tuple[Answer, ...]
    after: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A request that shows a change; `rule` is what it brings beside its host: (kind, name,
    value)."""

    host: str
    path: str
    rule: tuple[str, str, str] | None


@dataclass(frozen=True, slots=True)
class Asker:
    """A tenant, or an environment for requests without a tenant; `what` tells what differs beside
    the answers, `example` is a request that shows one of them."""

    name: str
    kind: str
    services: tuple[Moved, ...]
    what: str = ""
    example: Example | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that comes, goes or changes; `what` tells how."""

    name: str
    kind: str
    what: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ChangedObject:
    """An object that a cluster gets. `name` is without what a branch or the content adds to it;
    `where` is the Application that brings it."""

    group: str
    kind: str
    name: str
    where: str
    change: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it. `trust` is who is believed and let in; `settings` are other fields of the input
    that nothing else tells; `total` counts (tenants, environments) after the change; `printed` is
    what another target makes of the plan."""

    trust: tuple[Change, ...]
    settings: tuple[Change, ...]
    tenants: tuple[Asker, ...]
    overtaken: tuple[Change, ...]
    environments: tuple[Asker, ...]
    lanes: tuple[Change, ...]
    workloads: tuple[Change, ...]
    routes: tuple[Change, ...]
    stores: tuple[Change, ...]
    policies: tuple[Change, ...]
    objects: tuple[ChangedObject, ...]
    applications: tuple[Change, ...]
    files: tuple[Change, ...]
    total: tuple[int, int]
    printed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.tenants or self.trust or self.settings or self.printed)

    @property
    def summary(self) -> str:
        """The blast radius in one line."""
        if not self:
            return "no differences"
        services = {moved.service for tenant in self.tenants for moved in tenant.services}
        alone = len([environment for environment in self.environments if environment.services])
        tenants, environments = self.total
        whole = count(max(environments, alone), "environment")
        every = count(max(tenants, len(self.tenants)), "tenant")
        verb = "changes" if len(self.tenants) == 1 else "change"
        return (
            f"{len(self.tenants):,} of {every} {verb}, "
            f"on {count(len(services), 'service')}; "
            f"requests without a tenant change in {alone} of {whole}"
            + (f"; TRUST CHANGES in {count(len(self.trust), 'place')}" if self.trust else "")
        )


def kind_of(name: object, old: Container[object], new: Container[object]) -> str:
    """How something differs that stands in one of the two or in both."""
    if name not in old:
        return COMES
    return CHANGES if name in new else GOES
