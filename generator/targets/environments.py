"""Environments: the parts that each is deployed in, and what they hold.

The namespace is a part of its own, as it must be there first; then who may call whom, which comes
before the routes of lanes; what the mesh knows, a subject per service that the environment can be
asked for; and the units with their smoke tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from generator.plan import access, clusters, hosts
from generator.plan.colours import Lanes
from generator.plan.plan import Plan
from generator.plan.units import Caller, Unit
from generator.targets import objects
from generator.targets.edge import gateway
from generator.targets.kube import queues, smoke, units
from generator.targets.objects import Contents, Object, Part, new_object
from generator.targets.printed import Kind
from generator.targets.reads import Reads
from generator.targets.target import Capability, PlanePrinter, RoutePrinter, Targets
from generator.vocabulary import names
from generator.vocabulary.later import Later


class Piece(NamedTuple):
    """A part, and its contents when they are asked for. They say which versions run if they are
    those of a unit, or of its `tests`; all others are printed of a plan that does not know. What
    they read of it is told by a digest, `reads`; of parts without one it is not told."""

    part: Part
    contents: Callable[[], Contents]
    unit: Unit | None = None
    tests: bool = False
    reads: Callable[[], str] | None = None


class Environments:
    """Prints the environments of a cluster, each for its target."""

    # Plain Kubernetes that comes and goes with branches and tenants.
    _STANDING = frozenset(
        {
            ("", "ConfigMap"),
            ("", "LimitRange"),
            ("", "ResourceQuota"),
            ("", "Service"),
            ("", "ServiceAccount"),
            ("networking.k8s.io", "NetworkPolicy"),
        }
    )

    def __init__(self, plan: Plan, targets: Targets) -> None:
        self.versions, self.plan = plan, plan.shape
        self._far: dict[str, list[Unit]] = {}  # service → units on other clusters that run it
        for environment in clusters.far(self.plan):
            for unit in self.plan.units(environment):
                for service in self.plan.runs[unit]:
                    self._far.setdefault(service, []).append(unit)
        self._targets = targets.environments
        led = replace(self.plan, allowed=Later(lambda: _led(self.plan.allowed)))
        self._planes: dict[str, tuple[PlanePrinter, PlanePrinter]] = {}
        for name in self.plan.environments:
            target = self._targets[name]
            if target.plane_name not in self._planes:
                printer = target.plane.load()
                self._planes[target.plane_name] = printer(self.plan), printer(led)
        shared = targets.clusters[plan.platform.cluster.name]
        self.routes: RoutePrinter = shared.routes.load()(self.plan)
        self.ingress: RoutePrinter = shared.ingress.load()(self.plan)
        self._reads = Reads(self.plan, self.routes, self.plane, self.ingress)

    def plane(self, environment: str) -> PlanePrinter:
        """Prints what carries requests in an environment."""
        return self._planes[self._targets[environment].plane_name][0]

    def standing(self, environment: str) -> frozenset[Kind]:
        """Kinds that an environment may hold whether there is one or not: what bases may bring, and
        what comes and goes with branches and tenants."""
        own = self._STANDING | self.plane(environment).standing | self.routes.standing
        own |= self.ingress.standing
        return own | self.plan.kinds

    def lanes(self) -> Piece:
        """What the environments of a cluster share: the routes of lanes, a subject per service."""
        cluster, namespace = self.plan.platform.cluster, self.plan.platform.ingress.namespace
        name, wave = names.lanes(cluster.name), objects.LANES
        folder = f"overlays/{name}"
        part = Part(name, folder, cluster.server, namespace, wave, complete=True)
        return Piece(part, self._lanes, reads=self._reads.of_lanes)

    def _lanes(self) -> Contents:
        yield from self._once(lambda printer: printer.of_cluster())
        for service in self.plan.services:
            shared = self.plan.shared(service).values()
            yield service, [made for lanes in shared for made in self._shared(lanes)]

    def _shared(self, lanes: Lanes) -> Iterator[Object]:
        """Those of the mesh, or of what comes in to a port."""
        printer = self.routes if lanes.port is None else self.ingress
        return printer.shared(lanes)

    def _once(self, asked: Callable[[RoutePrinter], Contents]) -> Contents:
        """What routes and hosts need beside themselves: where both need the same, what routes say
        of it holds for hosts too."""
        yield from {**dict(asked(self.ingress)), **dict(asked(self.routes))}.items()

    def pieces(self, environment: str) -> Iterator[Piece]:
        """All parts of an environment."""
        plan, cluster = self.plan, self.plan.platform.cluster.server
        namespace = plan.environments[environment].namespace
        here = f"overlays/{environment}"

        ground = Part(environment, f"{here}/namespace", cluster, namespace, objects.POLICY)
        yield Piece(ground, lambda: [("namespace", list(self._namespace(environment)))])
        reads = self._reads
        whole = (
            (names.PODS, objects.ACCESS, self._of_pods, reads.of_pods),
            (names.MESH, objects.ROUTES, self._mesh, partial(reads.of_mesh, far=self._far)),
        )
        for name, wave, made, read in whole:
            part = Part(environment, f"{here}/{name}", cluster, namespace, wave, complete=True)
            yield Piece(part, partial(made, environment), reads=partial(read, environment))
        for unit in plan.units(environment):
            yield from self._unit(unit)

    def beyond(self) -> Iterator[Piece]:
        """What an edge needs of environments that run on other clusters of its mesh."""
        part = gateway.far_part(self.plan)
        if far := clusters.far(self.plan):
            yield Piece(part, lambda: [(name, list(self._beyond(name))) for name in far])

    def _beyond(self, environment: str) -> Iterator[Object]:
        if host := hosts.of_ingress(self.plan, environment):
            yield from self.ingress.objects(host)
        for unit in self.plan.units(environment):
            for service in self.plan.runs[unit]:
                if self.plan.services[service].entry:
                    yield from self.plane(environment).of_far_pods(service, unit, None)

    def _unit(self, unit: Unit) -> Iterator[Piece]:
        plan, plane = self.versions, self.plane(unit.environment)
        joining, addressed = plane.joining(), plane.addressed()
        read = partial(self._reads.of_unit, unit)
        made = partial(units.contents, plan, unit, joining, addressed)
        yield Piece(units.part(plan, unit), made, unit, reads=read)
        if unit in plan.tests:
            part = smoke.part(plan, unit)
            yield Piece(
                part, lambda: [("tests", list(smoke.tests(plan, unit, joining)))], unit, tests=True
            )

    def _namespace(self, environment: str) -> Iterator[Object]:
        plan, security = self.plan, self.plan.platform.namespaces.pod_security
        plane = self.plane(environment)
        adopting = plan.environments[environment].adopting
        labels = {**({} if adopting else plane.labels()), "gen/environment": environment}
        if security and not adopting:
            labels["pod-security.kubernetes.io/enforce"] = security
        name = plan.environments[environment].namespace
        yield new_object(plan, "v1", "Namespace", name, None, objects.NAMESPACE, labels=labels)
        yield from plane.of_namespace(environment)

    def _of_pods(self, environment: str) -> Contents:
        """What concerns the pods of units: who may call them, how they are called, and the colour
        that they give."""
        plan, plane = self.plan, self.plane(environment)
        for unit in plan.units(environment):
            if unit.branch is not None:
                yield f"branches/{unit.branch}", list(plane.of_branch(unit))
        for service in plan.known[environment]:
            own = [unit for unit in plan.units(environment) if service in plan.runs[unit]]
            made = [made for unit in own for made in plane.of_pods(service, unit)]
            made += [made for unit in own for made in plane.access(service, unit)]
            yield f"services/{service}", [*made, *plane.gate(environment, service)]

    def _mesh(self, environment: str) -> Contents:
        plane = self.plane(environment)
        yield from plane.of_environment(environment)
        yield from self._once(lambda printer: printer.of_environment(environment))
        for subject, lua in self.routes.on_answers():
            yield subject, [plane.on_answers(environment, f"gen.{subject}", lua)]
        for service in self.plan.known[environment]:
            yield f"services/{service}", list(self._service(environment, service))
        if host := hosts.of_ingress(self.plan, environment):
            yield "hosts", list(self.ingress.objects(host))

    def _service(self, environment: str, service: str) -> Iterator[Object]:
        """All that the mesh knows of a service in an environment."""
        plan, plane = self.plan, self.plane(environment)
        own = [unit for unit in plan.units(environment) if service in plan.runs[unit]]
        if Unit(environment) not in own and plan.services[service].ports:
            yield units.bare_name(plan, environment, service, plane.addressed())
        if host := hosts.of_service(plan, environment, service):
            yield from self.routes.objects(host.told(self._tells))
        if host := hosts.of_private_names(plan, environment, service):
            yield from plane.registered(host)
            yield from self.routes.objects(host)
        if environment in plan.calling(service):
            for unit in self._far.get(service, ()):
                yield from plane.of_far_pods(service, unit, environment)
        yield from self._still_led(environment, service, own)
        if own:
            yield from plane.scope(environment, service)
            if plan.services[service].consumes:
                yield queues.table(plan, environment, service)

    def _tells(self, caller: Unit) -> bool:
        """Whether what carries a caller's connections tells whose they are."""
        return Capability.CALLERS in self._targets[caller.environment].can

    def _still_led(self, environment: str, service: str, own: list[Unit]) -> Iterator[Object]:
        """Once more whom lanes lead there from elsewhere. What they no longer lead is let in until
        their routes have changed."""
        plane, led = self._planes[self._targets[environment].plane_name]
        pods = (made for unit in own for made in led.access(service, unit))
        for made in (*pods, *plane.gate(environment, service)):
            name, _, digest = made.name.rpartition(".")
            yield replace(made, name=f"{name}.led.{digest}", annotations=objects.LEAVES_LAST)


def _led(allowed: access.Allowed) -> dict[Caller, tuple[Caller | None, ...]]:
    led = ((callee, access.from_elsewhere(callee[1], who)) for callee, who in allowed.items())
    return {callee: who for callee, who in led if who}
