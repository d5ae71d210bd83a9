"""Units → `argocd/`: apply `root.yaml` once; it brings the projects and one small Application per unit.

Static manifests, no generators: a deletion is then a line in a reviewed diff, not the failure of a generator.

Only the root follows the output branch. Every other Application is pinned to a tag that is named by its content, so
that it changes when the root says so: wave by wave, each once the one before is healthy (namespaces, workloads, routes,
the edge), and what left goes last. An Application whose bytes are the same is not even looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from generator.compiler.emit import meta
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
    """`argocd/root.yaml`, `argocd/projects/<environment>.yaml`, `argocd/applications/<environment>/<unit, mesh or namespace>.yaml`.
    Comes last, as `emit_edge` does: pins tell the content of what other emitters wrote."""
    pins = _Pins(files, plan.platform.argocd.branch)
    root = f"{plan.platform.name}-root"
    files.add("argocd/root.yaml", documents(_root_project(plan, root), _root(plan, root)))
    files.add("argocd/projects/edge.yaml", documents(_project(plan, "edge", plan.platform.ingress.namespace, (), _EDGE_KINDS)))
    for environment in plan.environments:
        tested = [unit for unit in plan.units(environment) if unit in plan.tests]
        kinds = {*_MESH_KINDS, *([("batch", "Job")] if tested else []), *(kind for unit in plan.units(environment) for service in plan.runs[unit] for kind in _brought(plan, unit, service))}
        files.add(f"argocd/projects/{environment}.yaml", documents(_project(plan, environment, plan.environments[environment].namespace, (("", "Namespace"),), sorted(kinds))))
        parts = [("namespace", meta.POLICY, []), ("mesh", meta.ROUTES, []), *((unit.label, meta.NAMES, _read(plan, unit)) for unit in plan.units(environment))]
        parts += [(f"{unit.label}.tests", meta.TESTS, []) for unit in tested]
        for part, wave, shared in parts:
            name = names.application_name(environment, part)
            files.add(f"{names.APPLICATIONS}{environment}/{part}.yaml", documents(_application(plan, pins, environment, name, plan.environments[environment].namespace, f"overlays/{environment}/{part}", wave, shared)))


def emit_edge(plan: Plan, files: FileSet) -> None:
    """`argocd/applications/edge.yaml`: what a tenant's change moves."""
    pins = _Pins(files, plan.platform.argocd.branch)
    files.add(f"{names.APPLICATIONS}edge.yaml", documents(_application(plan, pins, "edge", "edge", plan.platform.ingress.namespace, "overlays/edge", meta.EDGE)))


class _Pins:
    """Content → the tag that holds it."""

    def __init__(self, files: FileSet, branch: str) -> None:
        self._branch = branch
        self._folders: dict[str, list[str]] = {}
        for path in files:
            parts = path.split("/")
            self._folders.setdefault("/".join(parts[: 2 if parts[1:2] == ["edge"] else 3]), []).append(f"{files.id(path)}  {path}\n")

    def tag(self, folders: Sequence[str]) -> str:
        """The tag of an Application that reads these folders; the first is its own."""
        lines = ((folder, line) for folder in folders for line in self._folders.get("/".join(folder.split("/")[:3]), ()))
        content = "".join(line for folder, line in lines if line[42:].startswith(f"{folder}/"))
        return names.pin(self._branch, folders[0].removeprefix("overlays/"), hashlib.sha256(content.encode()).hexdigest()[:16])


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


def _root(plan: Plan, name: str) -> dict[str, Any]:
    """The one Application that follows the branch. It applies what differs and nothing else: only that is waited for."""
    source = {"targetRevision": f"refs/heads/{plan.platform.argocd.branch}", "path": "argocd", "directory": {"recurse": True, "exclude": "root.yaml"}}
    return _synced(plan, name, name, plan.platform.argocd.namespace, source, 0, (), ["ApplyOutOfSyncOnly=true", "PruneLast=true"])


def _application(plan: Plan, pins: _Pins, part: str, name: str, namespace: str, path: str, wave: int, shared: Sequence[str] = ()) -> dict[str, Any]:
    source: dict[str, Any] = {"targetRevision": pins.tag([path, *shared]), "path": path}
    if path.endswith("/mesh"):  # complete as it is: kustomize takes seconds over a thousand objects that it need not touch
        source["directory"] = {"recurse": True, "exclude": "kustomization.yaml"}
    # A sync that fails with a test would leave what is pruned last: the results of before.
    application = _synced(plan, name, _project_name(plan, part), namespace, source, wave, shared, ["PruneLast=true"] if wave != meta.TESTS else [])
    application["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io"]  # deleting it deletes what it deployed; the root only lets go
    return application


def _synced(plan: Plan, name: str, project: str, namespace: str, source: dict[str, Any], wave: int, shared: Sequence[str], options: list[str]) -> dict[str, Any]:
    argocd = plan.platform.argocd
    spec = {
        "project": project,
        "source": {"repoURL": argocd.repository} | source,
        "destination": {"server": plan.platform.cluster.server, "namespace": namespace},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true", *options],
            # What a webhook or another controller refuses for a moment is tried again.
            "retry": {"limit": 10, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
        },
    }
    application = thing(plan, API, "Application", name, argocd.namespace, wave, spec)
    application["metadata"].setdefault("annotations", {})["argocd.argoproj.io/manifest-generate-paths"] = ";".join([".", *(f"/{folder}" for folder in shared)])
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
    project = thing(plan, API, "AppProject", _project_name(plan, part), argocd.namespace, meta.NAMESPACE, spec)  # before the first Application: one that meets no project is not looked at again for minutes
    project["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io"]  # it goes after its Applications, which cannot go without it
    return project


def _root_project(plan: Plan, name: str) -> dict[str, Any]:
    project = _project(plan, "root", plan.platform.argocd.namespace, (), (("argoproj.io", "AppProject"), ("argoproj.io", "Application")))
    project["metadata"]["name"] = name
    return project
