"""Environments: the parts that each is deployed in, and what they hold.

The namespace is a part of its own, as it must be there first; then what the mesh knows, a subject
per service that the environment can be asked for, and the units with their smoke tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from generator.plan import hosts
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.kube import network, queues, smoke, units
from generator.targets.objects import Contents, Object, Part, new_object
from generator.targets.printed import Kind
from generator.targets.target import PlanePrinter, RoutePrinter, Target


class Piece(NamedTuple):
    """A part, and its contents when they are asked for. They say which versions run if they are
    those of a unit, or of its `tests`; all others are printed of a plan that does not know."""

    part: Part
    contents: Callable[[], Contents]
    unit: Unit | None = None
    tests: bool = False


class Environments:
    """Prints environments for a target."""

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

    def __init__(self, plan: Plan, target: Target) -> None:
        self.versions, self.plan = plan, plan.shape
        self.plane: PlanePrinter = target.plane.load()(self.plan)
        self.routes: RoutePrinter = target.routes.load()(self.plan)

    @property
    def standing(self) -> frozenset[Kind]:
        """Kinds that environments may hold whether there is one or not: what bases may bring, and
        what comes and goes with branches and tenants."""
        own = self._STANDING | self.plane.standing | self.routes.standing
        return own | self.plan.kinds

    def pieces(self, environment: str) -> Iterator[Piece]:
        """All parts of an environment."""
        plan, cluster = self.plan, self.plan.platform.cluster.server
        namespace = plan.environments[environment].namespace
        here = f"overlays/{environment}"

        ground = Part(environment, f"{here}/namespace", cluster, namespace, objects.POLICY)
        yield Piece(ground, lambda: [("namespace", list(self._namespace(environment)))])
        mesh = Part(environment, f"{here}/mesh", cluster, namespace, objects.ROUTES, complete=True)
        yield Piece(mesh, lambda: self._mesh(environment))
        for unit in plan.units(environment):
            yield from self._unit(unit)

    def _unit(self, unit: Unit) -> Iterator[Piece]:
        plan = self.versions
        yield Piece(units.part(plan, unit), lambda: units.contents(plan, unit), unit)
        if unit in plan.tests:
            part = smoke.part(plan, unit)
            yield Piece(part, lambda: [("tests", list(smoke.tests(plan, unit)))], unit, tests=True)

    def _namespace(self, environment: str) -> Iterator[Object]:
        plan, security = self.plan, self.plan.platform.namespaces.pod_security
        labels = {**self.plane.labels(), "gen/environment": environment}
        if security:
            labels["pod-security.kubernetes.io/enforce"] = security
        name = plan.environments[environment].namespace
        yield new_object(plan, "v1", "Namespace", name, None, objects.NAMESPACE, labels=labels)
        yield from self.plane.of_namespace(environment)
        yield from network.of_namespace(plan, environment)

    def _mesh(self, environment: str) -> Contents:
        yield from self.plane.of_environment(environment)
        for service in self.plan.known[environment]:
            yield f"services/{service}", list(self._service(environment, service))
        if host := hosts.of_ingress(self.plan, environment):
            yield "hosts", list(self.routes.objects(host))

    def _service(self, environment: str, service: str) -> Iterator[Object]:
        """All that the mesh knows of a service in an environment."""
        plan = self.plan
        own = [unit for unit in plan.units(environment) if service in plan.runs[unit]]
        if Unit(environment) not in own and plan.services[service].ports:
            yield units.bare_name(plan, environment, service)
        if host := hosts.of_service(plan, environment, service):
            yield from self.routes.objects(host)
        if host := hosts.of_private_names(plan, environment, service):
            yield from self.plane.registered(host)
            yield from self.routes.objects(host)
        for unit in own:
            yield from self.plane.of_pods(service, unit)
        if own:
            yield from self.plane.scope(environment, service)
            if plan.services[service].consumes:
                yield queues.table(plan, environment, service)
        for unit in own:
            yield from self.plane.access(service, unit)
            yield from network.of_service(plan, service, unit)
