"""Units → Kustomize overlays: one small self-contained kustomization per service, each with its own image.

(One kustomization with many `images:` over one flat base grows with the square of its size.)
"""

from __future__ import annotations

from typing import Any

from generator.compiler.emit import meta, queues
from generator.compiler.emit.yaml_text import documents
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan, Unit, Workload

APPLICATION_PROTOCOLS = {"http": "http", "http2": "http2", "grpc": "grpc", "tcp": "tcp"}
_TEMPLATES = {"CronJob": ("spec", "jobTemplate", "spec", "template")}


def kustomization(**content: Any) -> str:
    return documents({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"} | content)


def folder(unit: Unit) -> str:
    return f"overlays/{unit.environment}/{unit.label}"


def emit(plan: Plan, files: FileSet) -> None:
    """`overlays/<environment>/<unit>/`: the unit's list, and a folder per service."""
    for unit, runs in plan.runs.items():
        files.add(f"{folder(unit)}/kustomization.yaml", kustomization(resources=sorted(runs)))
        for service in runs:
            here = f"{folder(unit)}/{service}"
            files.add(f"{here}/kustomization.yaml", _overlay(plan, unit, service))
            files.add(f"{here}/service.yaml", documents(*_identity(plan, unit, service)))
            files.add(f"{here}/workload.yaml", documents(*(_patch(plan, unit, service, workload) for workload in plan.bases[service].workloads)))


def service_ports(plan: Plan, service: str) -> list[dict[str, Any]]:
    """Ports of a Kubernetes Service; the protocol is always declared, so that no proxy has to guess it."""
    return [
        {"name": port.name, "port": port.port, "targetPort": port.target_port or port.port, "protocol": "TCP", "appProtocol": APPLICATION_PROTOCOLS[port.carrier or port.protocol]}
        for port in plan.services[service].ports
    ]


def _overlay(plan: Plan, unit: Unit, service: str) -> str:
    run = plan.runs[unit][service]
    version = {"digest": run.digest} if run.digest else {"newTag": run.tag}
    content: dict[str, Any] = {"namespace": plan.environments[unit.environment].namespace}
    if unit.branch is not None:
        content["nameSuffix"] = f"-{unit.branch}"
    content["resources"] = [f"../../../base/{service}", "service.yaml"]
    if run.components:
        content["components"] = [f"../../../components/{component}" for component in run.components]
    content["labels"] = [{"pairs": meta.selector(service, unit), "includeSelectors": True}, {"pairs": meta.labels(plan), "includeTemplates": True}]
    content["images"] = [{"name": plan.services[service].image} | version]
    if run.replicas is not None:
        scaled = [workload for workload in plan.bases[service].workloads if workload.container and workload.kind in ("Deployment", "StatefulSet")]
        content["replicas"] = [{"name": workload.name, "count": run.replicas} for workload in scaled]
    content["patches"] = [{"path": "workload.yaml"}]
    return kustomization(**content)


def _identity(plan: Plan, unit: Unit, service: str) -> list[dict[str, Any]]:
    """The Service and the ServiceAccount. Names are the service's: Kustomize adds the branch's suffix."""
    things = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": service}, "spec": {"selector": meta.serving(service, unit), "ports": service_ports(plan, service)}}]
    if not plan.bases[service].has_service_account:
        things.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": service}, "automountServiceAccountToken": False})
    return things


def _patch(plan: Plan, unit: Unit, service: str, workload: Workload) -> dict[str, Any]:
    """Identity of all workloads of a base, the label of those that serve, and the variables of the container that runs
    the service's image."""
    spec: dict[str, Any] = {"serviceAccountName": service}
    consumes = bool(plan.services[service].consumes)
    env = queues.variables(plan, unit, service) | plan.runs[unit][service].env
    if env and workload.container:
        container = {"name": workload.container, "env": [{"name": name, "value": value} for name, value in sorted(env.items())]}
        spec["containers"] = [container | ({"volumeMounts": queues.mount()} if consumes else {})]
        spec |= {"volumes": queues.volume(service)} if consumes else {}
    pod: dict[str, Any] = ({"metadata": {"labels": {"gen/serves": service}}} if workload.serves else {}) | {"spec": spec}
    for key in reversed(_TEMPLATES.get(workload.kind, ("spec", "template"))):
        pod = {key: pod}
    metadata: dict[str, Any] = {"name": workload.name}
    if workload.kind == "Job":  # its pods cannot be changed, so another version is another Job of the same name
        metadata["annotations"] = {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}
    return {"apiVersion": workload.api_version, "kind": workload.kind, "metadata": metadata} | pod


def identity(plan: Plan, service: str, unit: Unit) -> str:
    """The principal of a service in a unit. Istio reads `cluster.local` as the mesh's own trust domain, whatever its name."""
    return f"cluster.local/ns/{plan.environments[unit.environment].namespace}/sa/{names.kubernetes_name(service, unit.branch)}"
