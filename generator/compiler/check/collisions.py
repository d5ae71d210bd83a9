"""Names that are distinct in the input and would meet in the cluster."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.layout import ROOT
from generator.vocabulary.source import Place


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    for cluster in plan.meshes:
        yield from _namespaces(resolved, plan.seen_from(cluster))
    yield from _clusters(resolved, plan)
    yield from _hosts(resolved, plan)
    yield from _kubernetes_names(resolved, plan)
    yield from _private_names(resolved, plan)


class _Once:
    """Remembers who took a name first; a second taker is a finding at its place that shows the
    first."""

    def __init__(self) -> None:
        self.taken: dict[Hashable, tuple[Place, str]] = {}

    def take(self, name: Hashable, place: Place, what: str, hint: str) -> Iterator[Finding]:
        if name in self.taken:
            first, owner = self.taken[name]
            related = ((first, "taken here"),)
            yield Finding("GEN209", place, f"{what} is already {owner}", hint, related)
        else:
            self.taken[name] = (place, f"that of {_owner(place)}")

    def take_all(
        self, listed: Iterable[str], place: Place, what: str, hint: str
    ) -> Iterator[Finding]:
        """The names of a list, which stands at a place."""
        for index, name in enumerate(listed):
            yield from self.take(name, place.at(index), f"{what} {name}", hint)


def _owner(place: Place) -> str:
    """What a file is about, such as `test` or `services/web`."""
    return place.path.removeprefix(ROOT).removesuffix(".yaml").removesuffix("/environment")


def _namespaces(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    once = _Once()
    platform = resolved.project.place("platform", "platform")
    for place, namespace in (
        (platform.at("mesh", "rootNamespace"), plan.platform.mesh.root_namespace),
        (platform.at("ingress", "namespace"), plan.platform.ingress.namespace),
        (platform.at("argocd", "namespace"), plan.platform.argocd.namespace),
    ):
        once.taken.setdefault(namespace, (place, "the platform's"))
    for name, environment in plan.environments.items():
        place = resolved.project.place("environment", name).at("namespace")
        if len(environment.namespace) > names.LONGEST_LABEL:
            yield Finding(
                "GEN106",
                place,
                f"the namespace {environment.namespace} has more than {names.LONGEST_LABEL} "
                "characters",
                "give the environment a `namespace:`",
            )
        if names.matches(names.SYSTEM_NAMESPACES, environment.namespace):
            yield Finding(
                "GEN106",
                place,
                f"the namespace {environment.namespace} is the cluster's own",
                "give the environment another `namespace:`",
            )
        yield from once.take(
            environment.namespace,
            place,
            f"the namespace {environment.namespace}",
            "give the environment a `namespace:` of its own",
        )


# Argo CD's own cluster, by the name that it has there.
_IN_CLUSTER = {"in-cluster": "https://kubernetes.default.svc"}


def _clusters(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Two names of one cluster would deploy twice to it."""
    once, place = _Once(), resolved.project.place("platform", "platform")
    for name, seat in plan.platform.seats.items():
        where = seat.cluster.server.rstrip("/")
        spot = place.at("clusters", name) if name else place.at("cluster")
        same = _IN_CLUSTER.get(where, where)
        yield from once.take(same, spot, f"the destination {where}", "name each cluster once")
        longest = max(map(plan.application, (names.far(name), names.lanes(name))), key=len)
        if len(longest) > names.LONGEST_LABEL:
            yield Finding(
                "GEN106",
                spot,
                f"the Argo CD application {longest} would have more than {names.LONGEST_LABEL} "
                "characters",
                "shorten the name of the cluster",
            )


def _hosts(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    once = _Once()
    for name, environment in plan.environments.items():
        place = resolved.project.place("environment", name).at("hosts")
        hint = "give each environment hosts of its own"
        yield from once.take_all(environment.hosts, place, "the host", hint)
    for key, branch in sorted(resolved.project.branches.items()):
        place = resolved.project.place("branch", key).at("hosts")
        hint = "give each branch hosts of its own"
        yield from once.take_all(branch.hosts, place, "the host", hint)


def _kubernetes_names(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    for environment in plan.environments:
        once = _Once()
        # A name exists there even if only other environments run it.
        for service in plan.known[environment]:
            place = resolved.project.place("service", service)
            once.taken[service] = (place, f"that of the service {service}")
        for unit in plan.units(environment):
            yield from _applications(plan, unit, resolved.place_of_unit(unit))
            if unit.branch is not None:
                yield from _branch(plan, unit, resolved.place_of_unit(unit).key("runs"), once)


def _applications(plan: Plan, unit: Unit, place: Place) -> Iterator[Finding]:
    """Argo CD writes their names into labels."""
    parts = [unit.label] if unit.branch is not None else [unit.label, names.PODS]
    if unit in plan.tests:
        parts.append(f"{unit.label}.tests")
    name = max((plan.application(unit.environment, part) for part in parts), key=len)
    if len(name) > names.LONGEST_LABEL:
        yield Finding(
            "GEN106",
            place,
            f"the Argo CD application {name} would have more than {names.LONGEST_LABEL} characters",
            "shorten the name of the branch or the environment",
        )


def _branch(plan: Plan, unit: Unit, runs: Place, once: _Once) -> Iterator[Finding]:
    for service in plan.runs[unit]:
        name, place = names.kubernetes_name(service, unit.branch), runs.key(service)
        hint = "rename the branch or the service"
        yield from once.take(name, place, f"the name {name} in {unit.environment}", hint)
        if len(name) > names.LONGEST_LABEL:
            yield Finding(
                "GEN106",
                place,
                f"the Service {name} would have more than {names.LONGEST_LABEL} characters",
                "shorten the name of the branch",
            )


def _private_names(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    once = _Once()
    for name, service in plan.services.items():
        place = resolved.project.place("service", name).at("names")
        hint = "give each service names of its own"
        yield from once.take_all(service.names, place, "the private name", hint)
