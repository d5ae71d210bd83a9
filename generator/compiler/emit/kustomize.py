"""Units → Kustomize overlays: one small kustomization per service, each with its own image, and what they share once.

(One kustomization with many `images:` over one flat base grows with the square of its size.)
"""

from __future__ import annotations

from typing import Any

from generator.compiler.emit import meta, queues, selectors
from generator.compiler.emit.yaml_text import documents, scalar
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan, Unit, Workload

APPLICATION_PROTOCOLS = {"http": "http", "http2": "http2", "grpc": "grpc", "tcp": "tcp"}
_TEMPLATES = {"CronJob": ("spec", "jobTemplate", "spec", "template")}
_TEMPLATE = ("spec", "template")


def kustomization(**content: Any) -> str:
    return documents({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"} | content)


def folder(unit: Unit) -> str:
    return f"overlays/{unit.environment}/{unit.label}"


def emit(plan: Plan, files: FileSet) -> None:
    """`overlays/<environment>/<unit>/`: the unit's list, and a folder per service."""
    shared = {"pairs": meta.labels(plan), "includeTemplates": True}
    for unit, runs in plan.runs.items():
        files.add(f"{folder(unit)}/kustomization.yaml", kustomization(resources=sorted(runs), labels=[shared]))
        for service in runs:
            here = f"{folder(unit)}/{service}"
            merged = [workload for workload in plan.bases[service].workloads if _needs_merge(plan, unit, service, workload)]
            files.add(f"{here}/kustomization.yaml", _overlay(plan, unit, service, merged))
            files.add(f"{here}/service.yaml", documents(*_identity(plan, unit, service)))
            if merged:
                files.add(f"{here}/workload.yaml", documents(*(_patch(plan, unit, service, workload) for workload in merged)))


def service_ports(plan: Plan, service: str) -> list[dict[str, Any]]:
    """Ports of a Kubernetes Service; the protocol is always declared, so that no proxy has to guess it."""
    return [
        {"name": port.name, "port": port.port, "targetPort": port.target_port or port.port, "protocol": "TCP", "appProtocol": APPLICATION_PROTOCOLS[port.carrier or port.protocol]}
        for port in plan.services[service].ports
    ]


def _overlay(plan: Plan, unit: Unit, service: str, merged: list[Workload]) -> str:
    run = plan.runs[unit][service]
    version = {"digest": run.digest} if run.digest else {"newTag": run.tag}
    content: dict[str, Any] = {"namespace": plan.environments[unit.environment].namespace}
    if unit.branch is not None:
        content["nameSuffix"] = f"-{unit.branch}"
    content["resources"] = [f"../../../base/{service}", "service.yaml"]
    if run.components:
        content["components"] = [f"../../../components/{component}" for component in run.components]
    parts = (plan.bases[service], *(plan.components[component] for component in run.components))
    content["labels"] = [{"pairs": meta.selector(service, unit), "fields": selectors.fields(parts)}]
    content["images"] = [{"name": plan.services[service].image} | version]
    if run.replicas is not None:
        scaled = [workload for workload in plan.bases[service].workloads if workload.container and workload.kind in ("Deployment", "StatefulSet")]
        content["replicas"] = [{"name": workload.name, "count": run.replicas} for workload in scaled]
    if merged:
        content["patches"] = [{"path": "workload.yaml"}]
    if filled := [_filled(workload) for workload in plan.bases[service].workloads if workload not in merged]:
        content["replacements"] = [{"source": {"kind": "Service", "name": service, "fieldPath": "spec.selector.gen/serves"}, "targets": filled}]
    return kustomization(**content)


def _identity(plan: Plan, unit: Unit, service: str) -> list[dict[str, Any]]:
    """The Service and the ServiceAccount. Names are the service's: Kustomize adds the branch's suffix."""
    things = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": service}, "spec": {"selector": meta.serving(service, unit), "ports": service_ports(plan, service)}}]
    if not plan.bases[service].has_service_account:
        things.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": service}, "automountServiceAccountToken": False})
    return things


def _needs_merge(plan: Plan, unit: Unit, service: str, workload: Workload) -> bool:
    """Whether a workload gets more than names in known places. For the first merge in a unit, Kustomize loads the schemas of
    Kubernetes, a quarter of the time that 60 services take; operations in JSON would write numbers and dates anew."""
    run = plan.runs[unit][service]
    quoted = scalar(service) != service  # and Kustomize would drop the quotes of a replacement
    return quoted or not workload.as_written or workload.kind == "Job" or bool(run.components or _variables(plan, unit, service))


def _filled(workload: Workload) -> dict[str, Any]:
    """Where the service's name goes in a workload that needs no merge: what `_patch` says, as a target of a replacement."""
    pod = ".".join(_TEMPLATES.get(workload.kind, _TEMPLATE))
    group, _, version = workload.api_version.rpartition("/")
    paths = [f"{pod}.metadata.labels.gen/serves"] if workload.serves else []
    select = {"group": group, "version": version, "kind": workload.kind, "name": workload.name}
    return {"select": select, "fieldPaths": [*paths, f"{pod}.spec.serviceAccountName"], "options": {"create": True}}


def _patch(plan: Plan, unit: Unit, service: str, workload: Workload) -> dict[str, Any]:
    """Identity of all workloads of a base, the label of those that serve, and the variables of the container that runs
    the service's image."""
    spec: dict[str, Any] = {"serviceAccountName": service}
    consumes = bool(plan.services[service].consumes)
    env = _variables(plan, unit, service)
    if env and workload.container:
        container = {"name": workload.container, "env": [{"name": name, "value": value} for name, value in sorted(env.items())]}
        spec["containers"] = [container | ({"volumeMounts": queues.mount()} if consumes else {})]
        spec |= {"volumes": queues.volume(service)} if consumes else {}
    pod: dict[str, Any] = ({"metadata": {"labels": {"gen/serves": service}}} if workload.serves else {}) | {"spec": spec}
    for key in reversed(_TEMPLATES.get(workload.kind, _TEMPLATE)):
        pod = {key: pod}
    metadata: dict[str, Any] = {"name": workload.name}
    if workload.kind == "Job":  # its pods cannot be changed, so another version is another Job of the same name
        metadata["annotations"] = {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}
    return {"apiVersion": workload.api_version, "kind": workload.kind, "metadata": metadata} | pod


def _variables(plan: Plan, unit: Unit, service: str) -> dict[str, str]:
    return queues.variables(plan, unit, service) | plan.runs[unit][service].env


def identity(plan: Plan, service: str, unit: Unit) -> str:
    """The principal of a service in a unit. Istio reads `cluster.local` as the mesh's own trust domain, whatever its name."""
    return f"cluster.local/ns/{plan.environments[unit.environment].namespace}/sa/{names.kubernetes_name(service, unit.branch)}"
