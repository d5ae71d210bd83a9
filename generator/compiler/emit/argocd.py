"""Units → `argocd/`: apply `root.yaml` once; it brings the projects and one small Application per unit.

Static manifests, no generators: a deletion is then a line in a reviewed diff, not the failure of a generator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.compiler.emit import meta
from generator.compiler.emit.kustomize import folder
from generator.compiler.emit.meta import thing
from generator.compiler.emit.yaml_text import documents
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan, Unit

API = "argoproj.io/v1alpha1"
_MESH_KINDS = (
    ("", "ConfigMap"),
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("networking.istio.io", "EnvoyFilter"),
    ("networking.istio.io", "ServiceEntry"),
    ("networking.istio.io", "Sidecar"),
    ("networking.istio.io", "VirtualService"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("security.istio.io", "AuthorizationPolicy"),
    ("security.istio.io", "PeerAuthentication"),
)
_EDGE_KINDS = (("networking.istio.io", "EnvoyFilter"), ("networking.istio.io", "Gateway"), ("security.istio.io", "RequestAuthentication"))


def emit(plan: Plan, files: FileSet) -> None:
    """`argocd/root.yaml`, `argocd/projects/<environment>.yaml`, `argocd/applications/<environment>/<unit or mesh>.yaml`."""
    root = f"{plan.platform.name}-root"
    files.add("argocd/root.yaml", documents(_root_project(plan, root), _application(plan, root, root, "argocd", 0, prune_last=True)))
    files.add("argocd/projects/edge.yaml", documents(_project(plan, "edge", plan.platform.ingress.namespace, (), _EDGE_KINDS)))
    files.add("argocd/applications/edge.yaml", documents(_application(plan, "edge", _project_name(plan, "edge"), "overlays/edge", meta.EDGE)))
    for environment in plan.environments:
        project = _project_name(plan, environment)
        kinds = {*_MESH_KINDS, *(kind for unit in plan.units(environment) for service in plan.runs[unit] for kind in _brought(plan, unit, service))}
        files.add(f"argocd/projects/{environment}.yaml", documents(_project(plan, environment, plan.environments[environment].namespace, (("", "Namespace"),), sorted(kinds))))
        mesh = names.application_name(environment, "mesh")
        files.add(f"argocd/applications/{environment}/mesh.yaml", documents(_application(plan, mesh, project, f"overlays/{environment}/mesh", meta.ROUTES)))
        for unit in plan.units(environment):
            name = names.application_name(environment, unit.label)
            files.add(f"argocd/applications/{environment}/{unit.label}.yaml", documents(_application(plan, name, project, folder(unit), meta.NAMES, _read(plan, unit))))


def _project_name(plan: Plan, part: str) -> str:
    return f"{plan.platform.name}-{part}"


def _brought(plan: Plan, unit: Unit, service: str) -> Iterator[tuple[str, str]]:
    """Kinds that a base and the components switched on bring."""
    yield from plan.bases[service].kinds
    for component in plan.runs[unit][service].components:
        yield from plan.components[component].kinds


def _read(plan: Plan, unit: Unit) -> list[str]:
    """Shared folders that a unit's kustomization reads."""
    folders = {name for service in plan.runs[unit] for name in plan.bases[service].folders}
    folders |= {name for run in plan.runs[unit].values() for component in run.components for name in plan.components[component].folders}
    return sorted(folders)


def _application(plan: Plan, name: str, project: str, path: str, wave: int, shared: list[str] | None = None, prune_last: bool = False) -> dict[str, Any]:
    argocd = plan.platform.argocd
    source: dict[str, Any] = {"repoURL": argocd.repository, "targetRevision": f"refs/heads/{argocd.branch}", "path": path}
    if path == "argocd":
        source["directory"] = {"recurse": True, "exclude": "root.yaml"}
    if path.endswith("/mesh"):  # complete as it is: kustomize takes seconds over a thousand objects that it need not touch
        source["directory"] = {"recurse": True, "exclude": "kustomization.yaml"}
    options = ["ServerSideApply=true"] + (["PruneLast=true"] if prune_last else [])
    spec = {
        "project": project,
        "source": source,
        "destination": {"server": plan.platform.cluster.server},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": options,
            # A unit may be synced before its namespace is there; the next try finds it.
            "retry": {"limit": 10, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
        },
    }
    application = thing(plan, API, "Application", name, argocd.namespace, wave, spec)
    paths = ";".join([".", *(f"/{folder}" for folder in shared or [])])
    application["metadata"].setdefault("annotations", {})["argocd.argoproj.io/manifest-generate-paths"] = paths
    if name != project:  # deleting an Application deletes what it deployed; the root only lets go
        application["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io"]
    return application


def _project(plan: Plan, part: str, namespace: str, cluster_kinds: Any, kinds: Any) -> dict[str, Any]:
    argocd = plan.platform.argocd
    spec: dict[str, Any] = {
        "description": f"What gen deploys to {part}",
        "sourceRepos": [argocd.repository],
        "destinations": [{"server": plan.platform.cluster.server, "namespace": namespace}],
        "clusterResourceWhitelist": [{"group": group, "kind": kind} for group, kind in cluster_kinds],
        "namespaceResourceWhitelist": [{"group": group, "kind": kind} for group, kind in kinds],
    }
    return thing(plan, API, "AppProject", _project_name(plan, part), argocd.namespace, meta.POLICY, spec)


def _root_project(plan: Plan, name: str) -> dict[str, Any]:
    project = _project(plan, "root", plan.platform.argocd.namespace, (), (("argoproj.io", "AppProject"), ("argoproj.io", "Application")))
    project["metadata"]["name"] = name
    return project
