"""What people bring: a service's hand-written base or a component, as far as gen must know it.

Named tuples: a start of gen makes these classes, and data classes take three times as long."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from generator.vocabulary.source import Place

Labels = Mapping[str, str]
Expressions = tuple[tuple[str, str, tuple[str, ...]], ...]  # (key, operator, values)


class Selector(NamedTuple):
    """A label selector of a base or a component.

    `path` tells its labels as Kustomize's fields do, `pointer` as JSON does (empty in a patch);
    `labels` is None where it has none.
    """

    group: str
    kind: str
    name: str
    path: str
    pointer: str
    labels: Labels | None
    expressions: Expressions = ()

    def selects(self, pod: Labels) -> bool:
        """Whether it says something, and all that it says is true of these labels."""
        return selects(self.labels or {}, self.expressions, pod)


def selects(labels: Labels, expressions: Expressions, pod: Labels) -> bool:
    """Whether a selector says something, and all that it says is true of a pod's labels."""
    if not labels and not expressions:
        return False
    named = all(pod.get(key) == value for key, value in labels.items())
    return named and all(_holds(pod, *expression) for expression in expressions)


def _holds(pod: Labels, key: str, operator: str, values: tuple[str, ...]) -> bool:
    if operator == "Exists":
        return key in pod
    if operator == "DoesNotExist":
        return key not in pod
    return (pod.get(key) in values) == (operator == "In")


class Variable(NamedTuple):
    """An environment variable of a container; `taken` from elsewhere, as `valueFrom` says."""

    name: str
    taken: bool


class Workload(NamedTuple):
    """A workload of a base.

    container   carries the service's image; None if another workload of the base does
    serves      whether the service's requests go to its pods, and not only to another workload's
    as_written  its manifest has places for what gen adds, and all else is as it stands there
    variables   of that container, in order
    replicas    how many run, if it says so
    claims      places of claim templates that do not say what they are
    pods        labels of its pods; `knows` are those by which it knows them, and `asks` what it
                asks of them besides
    """

    api_version: str
    kind: str
    name: str
    container: str | None
    serves: bool
    as_written: bool
    variables: tuple[Variable, ...] = ()
    replicas: int | None = None
    claims: tuple[int, ...] = ()
    pods: Mapping[str, str] = {}
    knows: Mapping[str, str] = {}
    asks: Expressions = ()

    def finds(self, pod: Labels) -> bool:
        """Whether it takes a pod with these labels for one of its own."""
        return selects(self.knows, self.asks, pod)


class EnvPatch(NamedTuple):
    """What a patch says of the variables of one container: those that it gives, first to last, and
    names that it takes away. `target` holds the parts of identities that it fits."""

    target: frozenset[tuple[str, str]]
    container: str
    variables: tuple[Variable, ...]
    without: frozenset[str]

    def fits(self, workload: Workload) -> bool:
        group, _, version = workload.api_version.rpartition("/")
        kind, name = workload.kind, workload.name
        identity = {"group": group, "version": version, "kind": kind, "name": name}
        return workload.container == self.container and self.target <= identity.items()

    def merged(self, variables: Sequence[Variable]) -> list[Variable]:
        """The variables after it: Kustomize puts what a patch names in front."""
        named = {variable.name for variable in self.variables} | self.without
        return [*self.variables, *(item for item in variables if item.name not in named)]


class Base(NamedTuple):
    """What a service's hand-written base, or a component, holds, as far as gen must know it.

    folders     all that it reads
    kinds       (group, kind) of what it brings
    pods        labels of the pods of each workload; `services` likewise
    common      labels that its kustomizations give to all pods
    selectors   all label selectors in it, but those by which workloads know their own pods
    scalable    names of all to which Kustomize's `replicas` applies, once for each
    autoscaled  autoscalers, as (group, kind), and what each scales, as (kind, name)
    variables   what its patches say of variables; None if nobody can tell of which containers
    peers       headless Services of its own pods, each with the ports behind it
    """

    workloads: tuple[Workload, ...]
    has_service_account: bool
    folders: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    pods: tuple[Labels, ...] = ()
    services: tuple[Labels, ...] = ()
    common: Mapping[str, str] = {}
    selectors: tuple[Selector, ...] = ()
    scalable: tuple[str, ...] = ()
    autoscaled: frozenset[tuple[tuple[str, str], tuple[str, str]]] = frozenset()
    variables: tuple[EnvPatch, ...] | None = ()
    peers: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def scales(self, workload: Workload, gone: Collection[tuple[str, str]]) -> bool:
        """Whether an autoscaler says how many of a workload run, but for kinds that are `gone`."""
        target = (workload.kind, workload.name)
        return any(each == target for kind, each in self.autoscaled if kind not in gone)


class Brought(NamedTuple):
    """An object that a base brings, with the components that are switched on: what it is, where it
    is written, whether it is gen's `own`, and what it wants that a cluster has `once`.

    accounts   accounts that it brings, or that pods made of it run with
    names      what it says that may be names of others, of kinds that Kustomize does not know
    pods       the labels of its pods, as the base gives them
    aim        the selector by which it says what pods it is about
    makes      the Secret that a controller makes of it, where that has another name
    """

    group: str
    kind: str
    name: str
    place: Place
    own: bool
    once: tuple[tuple[str, Place], ...]
    accounts: tuple[tuple[str, Place], ...] = ()
    names: tuple[tuple[str, str, Place], ...] = ()  # the text, the path of its field, its place
    makes: str | None = None
    pods: Labels | None = None
    aim: Selector | None = None


Behind = Literal["workload", "alias", "headless", "balancer", "own"]


class Beside(NamedTuple):
    """A Service of a base. `kind`: of another workload of the base; an ExternalName; of the
    service's own pods, by their addresses (headless), by an address of the cluster (own), or from
    outside (balancer). `ports` are those of the pods."""

    name: str
    kind: Behind
    ports: tuple[int, ...]
    place: Place


class Dial(NamedTuple):
    """An address in a base: whether it stands behind `//`, the host, the port if it is said, and
    where."""

    url: bool
    host: str
    port: int | None
    place: Place


Choice = tuple[str, tuple[str, ...]]  # a service, and the components that a unit switches on


@dataclass(slots=True)
class Bases:
    """What bases (by service) and components hold, and the objects of each choice of both.
    `folders` are all bases, of services or not. `beside` are the Services that bases bring, `dials`
    the addresses that they hold."""

    of: dict[str, Base] = field(default_factory=dict)
    components: dict[str, Base] = field(default_factory=dict)
    brought: dict[Choice, tuple[Brought, ...]] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    beside: dict[str, list[Beside]] = field(default_factory=dict)
    dials: dict[str, list[Dial]] = field(default_factory=dict)
