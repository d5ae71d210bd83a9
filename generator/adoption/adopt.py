"""What runs already → the files of a configuration: the whole way, step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.adoption import in_place, texts
from generator.adoption.belongings import Asked, belongings, bound, carried, without_made
from generator.adoption.calls import calls
from generator.adoption.differ import differing
from generator.adoption.entries import Ways, ways
from generator.adoption.group import Group, Grouped, Left, group, main_container
from generator.adoption.items import Item
from generator.adoption.portable import portable
from generator.adoption.ports import Port, ports, unfronted
from generator.adoption.texts import Version
from generator.views.scaffold import modeline
from generator.vocabulary import names
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.layout import path_of


@dataclass(slots=True)
class Environment:
    """One environment as it was found: what of each service runs there."""

    name: str
    namespace: str | None = None
    hosts: list[str] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    adopting: bool = False

    def text(self) -> str:
        """Its file, if there is none yet."""
        head = modeline("environment", path_of("environment", self.name))
        return head + texts.environment(
            self.namespace, self.hosts, self.runs, adopting=self.adopting
        )


@dataclass(slots=True)
class Adopted:
    """What is to be written, and what is to be told. `taken`: service → its objects."""

    files: dict[str, str] = field(default_factory=dict)
    environments: list[Environment] = field(default_factory=list)
    taken: dict[str, list[Item]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    found: tuple[Finding, ...] = ()

    def join(self, other: Adopted) -> None:
        """Another environment's; what is here already stays."""
        self.files = other.files | self.files
        self.environments += other.environments
        for name, items in other.taken.items():
            self.taken.setdefault(name, []).extend(items)
        self.left += other.left
        self.found += other.found


@dataclass(frozen=True, slots=True)
class Here:
    """What there is already: `services`, all `files`, and what the environment is `running`."""

    services: Collection[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    running: Collection[str] = ()


def adopt(items: Iterable[Item], name: str, asked: Asked, here: Here) -> Adopted:
    """One environment. Services that are there keep their files: what differs from their bases is
    the environment's."""
    known = _known(items, asked)
    made = Adopted(left=known.grouped.left)
    runs = {one: dict(known.versions[one].run) for one in sorted(known.versions)}
    made.found = tuple(_services(made, known, here, name, runs))
    if asked.in_place:
        made.found += tuple(_in_place(known, here, runs))
    namespaces = {item.namespace for item in known.items} - {""}
    where = _namespace(namespaces)
    there = Environment(name, where, known.ways.hosts, runs, asked.in_place)
    made.environments = [there]
    return made


def _in_place(known: _Known, here: Here, runs: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    """What runs and is new here goes on as it is."""
    groups = [one for one in known.grouped.groups if one.name not in here.running]
    for one in groups:
        if said := in_place.adopted(one):
            runs[one.name]["adopted"] = said
    yield from in_place.told(groups)


def _services(
    made: Adopted, known: _Known, here: Here, environment: str, runs: dict[str, dict[str, Any]]
) -> Iterator[Finding]:
    yield from known.grouped.found
    there = dict(here.files)
    for one in known.grouped.groups:
        made.taken[one.name] = [*([one.front] if one.front else []), *one.objects()]
        if one.name not in here.services:
            yield from known.told[one.name]
            yield from _write(made, one, known)
        elif one.name not in here.running:
            image = known.versions[one.name].image
            other = yield from differing(one, environment, image, there)
            made.files |= other.files
            there |= {path: text.encode() for path, text in other.files.items()}
            runs[one.name] |= other.run
    yield from known.strangers
    yield from known.ways.found


@dataclass(slots=True)
class _Known:
    """What the objects of an environment say, each step from those before. `told` are findings
    about the ports of services that are new."""

    items: list[Item]
    grouped: Grouped
    versions: Mapping[str, Version] = field(default_factory=dict)
    ports: dict[str, list[Port]] = field(default_factory=dict)
    told: dict[str, list[Finding]] = field(default_factory=dict)
    calls: Mapping[str, list[str]] = field(default_factory=dict)
    strangers: list[Finding] = field(default_factory=list)
    ways: Ways = field(default_factory=Ways)
    rights: Collection[str] = ()


def _known(items: Iterable[Item], asked: Asked) -> _Known:
    left: list[Left] = []
    kept = without_made(items, left)
    renamed: list[Finding] = []
    if asked.portable or len({item.namespace for item in kept} - {""}) > 1:
        kept, renamed = portable(kept)
    grouped = group(kept)
    grouped.found += tuple(renamed)
    grouped.left = [*left, *grouped.left]
    whose = tuple(belongings(kept, grouped, asked))
    versions, of_versions = outcome(_versions(grouped))
    grouped.found += (*whose, *of_versions)
    known = _Known(kept, grouped, versions)
    for one in grouped.groups:
        listed, told = ports(one.front, one.workloads) if one.front else ([], unfronted(one.first))
        known.ports[one.name], known.told[one.name] = listed, told
    namespaces = {item.namespace for item in kept} - {""}
    numbers = {name: {port.port for port in listed} for name, listed in known.ports.items()}
    known.calls, known.strangers = calls(grouped.groups, kept, numbers, namespaces)
    known.ways = ways(kept, grouped, known.ports, known.calls)
    known.rights = bound(grouped, kept)
    return known


def _write(made: Adopted, one: Group, known: _Known) -> Iterator[Finding]:
    """The files of one service."""
    image = known.versions[one.name].image
    written = texts.base(one, image, token=one.name in known.rights)
    made.files |= written.files
    made.files[path_of("service", one.name)] = texts.service(
        one.name,
        image,
        known.ports[one.name],
        [*known.calls[one.name], *_itself(one)],
        known.ways.of.get(one.name, ()),
        carried(one, known.items),
    )
    yield from written.found


def _itself(one: Group) -> list[str]:
    """Replicas that know each other by a headless Service call their own service."""
    peers = any(service.says("spec", "clusterIP") == "None" for service in one.services)
    return [one.name] if peers and one.front else []


def _namespace(namespaces: Collection[str]) -> str | None:
    """The namespace that is taken over, if it is one that an environment can have."""
    if len(namespaces) != 1:
        return None
    (one,) = namespaces
    return None if names.matches(names.SYSTEM_NAMESPACES, one) else one


def _versions(made: Grouped) -> Reading[Mapping[str, Version]]:
    """The version of each service; one without an image is left."""
    versions: dict[str, Version] = {}
    for one in list(made.groups):
        container = main_container(one)
        version = texts.version(str(container.get("image"))) if container else None
        if version is None or not names.matches(names.SERVICE_LABEL, one.name):
            made.groups.remove(one)
            made.left += [Left(item, "it cannot be a service") for item in one.objects()]
            yield _odd(one, version)
            continue
        versions[one.name] = version
        if version.tag == "latest":
            yield _latest(one, version)
    return versions


_WHOLE = (
    "render it first, or name a whole image; --registry says where those that Compose builds lie"
)


def _odd(one: Group, version: Version | None) -> Finding:
    place = one.first.place("metadata", "name")
    if version is None:
        message = f"{one.first.called} has no image that the catalogue can name"
        return Finding("GEN613", place, message, _WHOLE)
    message = f"`{one.name[:63]}` cannot be the name of a service"
    hint = "a service's name is a DNS label that starts with a letter; rename its Service"
    return Finding("GEN606", place, message, hint)


def _latest(one: Group, version: Version) -> Finding:
    return Finding(
        "GEN613",
        one.first.place("metadata", "name"),
        f"{one.name} says no version of {version.image}, or `latest`",
        "write the version that runs into `runs` of the environment",
        about=one.name,
    )
