"""Environments → `overlays/<environment>/namespace/`, and `overlays/<environment>/mesh/`: names, routes, scopes, policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.compiler.emit import meta, origin, policies, private, queues
from generator.compiler.emit.kustomize import APPLICATION_PROTOCOLS, kustomization, service_ports
from generator.compiler.emit.meta import thing
from generator.compiler.emit.routes import http_routes
from generator.compiler.emit.yaml_text import Shared, documents
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan, Unit

NETWORKING = "networking.istio.io/v1"


def emit(plan: Plan, files: FileSet) -> None:
    """The namespace apart, as it must be there first; then one file per service the environment can be asked for, one per
    branch, one for its hosts."""
    scopes = {service: Shared(_scope(plan, service)) for service in plan.services}
    for environment in plan.environments:
        ground, here = f"overlays/{environment}/namespace", f"overlays/{environment}/mesh"
        files.add(f"{ground}/namespace.yaml", documents(*_environment(plan, environment)))
        files.add(f"{ground}/kustomization.yaml", kustomization(resources=["namespace.yaml"]))
        content = {"names.yaml": list(private.filters(plan, environment)), "baggage.yaml": list(origin.of_namespace(plan, environment))}
        for service in plan.known[environment]:
            content[f"services/{service}.yaml"] = list(_service(plan, environment, service, scopes[service]))
        for unit in plan.units(environment):
            if unit.branch is not None:
                content[f"branches/{unit.branch}.yaml"] = [origin.of_branch(plan, unit)]
        hosts = sorted(host for host, name in plan.host_environments.items() if name == environment)
        if hosts and plan.entries():  # a VirtualService without routes is refused
            content["hosts.yaml"] = [_hosts_route(plan, environment, hosts)]
        content = {name: things for name, things in content.items() if things}
        for name, things in content.items():
            files.add(f"{here}/{name}", documents(*things))
        files.add(f"{here}/kustomization.yaml", kustomization(resources=sorted(content)))


def _environment(plan: Plan, environment: str) -> Iterator[dict[str, Any]]:
    mesh, namespaces = plan.platform.mesh, plan.platform.namespaces
    injection = {"istio.io/rev": mesh.revision} if mesh.revision else {"istio-injection": "enabled"}
    level = {"pod-security.kubernetes.io/enforce": namespaces.pod_security} if namespaces.pod_security else {}
    labels = injection | {"gen/environment": environment} | level
    yield thing(plan, "v1", "Namespace", plan.environments[environment].namespace, None, meta.NAMESPACE, labels=labels)
    yield from policies.of_namespace(plan, environment)


def _service(plan: Plan, environment: str, service: str, scope: Shared) -> Iterator[dict[str, Any]]:
    """All that the mesh knows of a service in an environment."""
    namespace = plan.environments[environment].namespace
    own = [unit for unit in plan.units(environment) if service in plan.runs[unit]]
    if Unit(environment) not in own:
        # Without a selector nothing is behind it; it makes the name resolve, and the routes below decide.
        yield thing(plan, "v1", "Service", service, namespace, meta.NAMES, {"ports": service_ports(plan, service)}, labels={"app.kubernetes.io/name": service, "gen/environment": environment})
    if route := _route(plan, environment, service):
        yield thing(plan, NETWORKING, "VirtualService", service, namespace, meta.ROUTES, route)
    yield from private.things(plan, environment, service)
    if own:
        yield thing(plan, NETWORKING, "Sidecar", service, namespace, meta.POLICY, scope)
        if plan.services[service].consumes:
            yield queues.table(plan, environment, service)
    for unit in own:
        yield from policies.of_service(plan, service, unit)


def _route(plan: Plan, environment: str, service: str) -> dict[str, Any] | None:
    protocols = {port.protocol for port in plan.services[service].ports}
    spec: dict[str, Any] = {"hosts": [plan.host(service, environment)], "exportTo": _seen_from(plan, environment, service)}
    if protocols != {"tcp"}:
        spec["http"] = http_routes(plan, environment, service)
    if "tcp" in protocols and (tcp := _tcp_routes(plan, environment, service)):
        spec["tcp"] = tcp
    return spec if "http" in spec or "tcp" in spec else None


def _seen_from(plan: Plan, environment: str, service: str) -> list[str]:
    """Namespaces whose pods may address the service, and its own. Nobody else can be led astray by this route."""
    return sorted(plan.environments[name].namespace for name in {environment, *plan.calling(service)})


def _tcp_routes(plan: Plan, environment: str, service: str) -> list[dict[str, Any]]:
    """TCP carries no colour: a branch's own pods take their branch's lane, all others the environment's answer."""
    default = plan.answers[environment].get(service)
    routes = []
    for unit in plan.runs:
        answer = plan.answers[str(unit)].get(service)
        if unit.branch is not None and answer not in (default, None) and plan.calls(unit, service):
            source = {"gen/environment": unit.environment, "gen/branch": unit.label}
            routes += [_tcp(plan, service, answer, port.port, {"sourceLabels": source}) for port in plan.services[service].ports if port.protocol == "tcp"]
    if default is not None:
        routes += [_tcp(plan, service, default, port.port, {}) for port in plan.services[service].ports if port.protocol == "tcp"]
    return routes


def _tcp(plan: Plan, service: str, answer: Unit | None, port: int, match: dict[str, Any]) -> dict[str, Any]:
    assert answer is not None
    return {"match": [{"port": port} | match], "route": [{"destination": {"host": plan.kubernetes_host(service, answer), "port": {"number": port}}}]}


def _scope(plan: Plan, service: str) -> dict[str, Any]:
    """The call graph bounds what a sidecar knows. Destinations of routes come along by themselves."""
    hosts = sorted(
        f"{plan.environments[environment].namespace}/{plan.host(callee, environment)}"
        for callee in plan.services[service].calls
        for environment, known in plan.known.items()
        if callee in known
    )
    hosts += sorted(f"./{name}" for callee in plan.services[service].calls for name in plan.private_hosts(callee))
    spec: dict[str, Any] = {"workloadSelector": {"labels": {"app.kubernetes.io/name": service}}}
    if plan.services[service].listens == "localhost":
        # Listing `ingress` replaces the listeners that Istio would make, so every port is listed.
        spec["ingress"] = [
            {"port": {"number": port.target_port or port.port, "name": port.name, "protocol": APPLICATION_PROTOCOLS[port.carrier or port.protocol].upper()}, "defaultEndpoint": f"127.0.0.1:{port.target_port or port.port}"}
            for port in plan.services[service].ports
        ]
    return spec | {"egress": [{"hosts": [*hosts, f"{plan.platform.mesh.root_namespace}/*"]}]}


def _hosts_route(plan: Plan, environment: str, hosts: list[str]) -> dict[str, Any]:
    ingress = plan.platform.ingress
    routes = [route for prefix, service, port in plan.entries() if service in plan.known[environment] for route in http_routes(plan, environment, service, prefix, port)]
    spec = {"hosts": hosts, "gateways": [f"{ingress.namespace}/{plan.platform.name}"], "exportTo": [ingress.namespace], "http": routes}
    return thing(plan, NETWORKING, "VirtualService", "gen.hosts", plan.environments[environment].namespace, meta.EDGE, spec)
