"""Names that are distinct in the input and would meet in the cluster."""

from __future__ import annotations

from collections.abc import Hashable

from generator.compiler.resolve import Resolved
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan
from generator.vocabulary.source import Place


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    _namespaces(resolved, plan, found)
    _hosts(resolved, plan, found)
    _kubernetes_names(resolved, plan, found)
    _private_names(resolved, plan, found)


class _Once:
    """Remembers who took a name first; a second taker is a finding at its place that shows the first."""

    def __init__(self, found: list[Finding]) -> None:
        self.found = found
        self.taken: dict[Hashable, tuple[Place, str]] = {}

    def take(self, name: Hashable, place: Place, what: str, hint: str) -> None:
        if name in self.taken:
            first, owner = self.taken[name]
            self.found.append(Finding("GEN209", place, f"{what} is already {owner}", hint, ((first, "taken here"),)))
        else:
            self.taken[name] = (place, f"that of {owner}" if (owner := _owner(place)) else "taken")


def _owner(place: Place) -> str:
    return place.path.removeprefix("environments/").removesuffix(".yaml").removesuffix("/environment")


def _namespaces(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    once = _Once(found)
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
            found.append(Finding("GEN106", place, f"the namespace {environment.namespace} has more than {names.LONGEST_LABEL} characters", "give the environment a `namespace:`"))
        if names.matches(names.SYSTEM_NAMESPACES, environment.namespace):
            found.append(Finding("GEN106", place, f"the namespace {environment.namespace} is the cluster's own", "give the environment another `namespace:`"))
        once.take(environment.namespace, place, f"the namespace {environment.namespace}", "give the environment a `namespace:` of its own")


def _hosts(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    once = _Once(found)
    for name, environment in plan.environments.items():
        for index, host in enumerate(environment.hosts):
            once.take(host, resolved.project.place("environment", name).at("hosts", index), f"the host {host}", "give each environment hosts of its own")
    for key, branch in sorted(resolved.project.branches.items()):
        for index, host in enumerate(branch.hosts):
            once.take(host, resolved.project.place("branch", key).at("hosts", index), f"the host {host}", "give each branch hosts of its own")


def _kubernetes_names(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    for environment in plan.environments:
        once = _Once(found)
        for service in plan.known[environment]:  # a name exists there even if only other environments run it
            once.taken[service] = (resolved.project.place("service", service), f"that of the service {service}")
        for unit in plan.units(environment):
            place = resolved.place_of_unit(unit)
            application = names.application_name(environment, unit.label)
            if len(application) > names.LONGEST_LABEL:
                found.append(Finding("GEN106", place, f"the Argo CD application {application} would have more than {names.LONGEST_LABEL} characters", "shorten the name of the branch or the environment"))
            if unit.branch is None:
                continue
            for service in plan.runs[unit]:
                name = names.kubernetes_name(service, unit.branch)
                once.take(name, place.key("runs", service), f"the name {name} in {environment}", "rename the branch or the service")
                if len(name) > names.LONGEST_LABEL:
                    found.append(Finding("GEN106", place.key("runs", service), f"the Service {name} would have more than {names.LONGEST_LABEL} characters", "shorten the name of the branch"))


def _private_names(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    once = _Once(found)
    for name, service in plan.services.items():
        for index, private in enumerate(service.names):
            once.take(private, resolved.project.place("service", name).at("names", index), f"the private name {private}", "give each service names of its own")
