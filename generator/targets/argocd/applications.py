"""Units → `argocd/`: apply `root.yaml` once; it brings the projects and one small Application per
unit. Each mesh has a folder and a root of its own, so that one that is away delays no other.

Static manifests, no generators: a deletion is then a line in a reviewed diff, not the failure of a
generator.

Only the root follows the output branch. Every other Application is pinned to a tag that is named by
its content, so that it changes when the root says so: wave by wave, each once the one before is
healthy (namespaces, workloads, routes, the edge), and what left goes last. An Application whose
bytes are the same is not even looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.plan.plan import Plan
from generator.plan.platform import ArgoCD
from generator.targets import objects
from generator.targets.objects import Object, Part, new_object
from generator.targets.printed import Kind, Printed
from generator.vocabulary import names
from generator.vocabulary.files import FileSet

API = "argoproj.io/v1alpha1"
FINALIZERS = ["resources-finalizer.argocd.argoproj.io"]
# The second of two platforms is refused where it would take what the first one has.
ALONE = "FailOnSharedResource=true"


@dataclass(slots=True)
class Project:
    """What is deployed for an environment, or for the edge, and what its AppProject lets in for it:
    the kinds of the objects, those that `standing` says may come and go, and where they go."""

    name: str
    standing: frozenset[Kind] = frozenset()
    parts: list[Part] = field(default_factory=list)
    destinations: set[tuple[str, str]] = field(default_factory=set)
    kinds: set[Kind] = field(default_factory=set)
    cluster_kinds: set[Kind] = field(default_factory=set)

    def let_in(self, part: Part, made: Iterable[Object], *, overlaid: bool = False) -> None:
        """Lets objects of a part in. Those of overlays get their namespace by Kustomize."""
        self.destinations.add((part.cluster, part.namespace))
        for one in made:
            if one.namespace is not None:
                self.destinations.add((part.cluster, one.namespace))
            if one.namespace is None and not overlaid:
                self.cluster_kinds.add(one.group_kind)
            elif objects.LOCAL not in one.annotations:
                self.kinds.add(one.group_kind)

    def take(self, part: Part, printed: Printed) -> None:
        """Takes a part in that was printed, with all that it asks for."""
        self.parts.append(part)
        self.destinations |= printed.destinations
        self.kinds |= printed.kinds
        self.cluster_kinds |= printed.cluster_kinds


class Tags:
    """Content → the tag that holds it."""

    def __init__(self, files: FileSet, branch: str) -> None:
        self._branch = branch
        self._folders: dict[str, list[str]] = {}
        for path in files:
            parts = path.split("/")
            folder = "/".join(parts[: 2 if names.is_shared("".join(parts[1:2])) else 3])
            self._folders.setdefault(folder, []).append(f"{files.id(path)}  {path}\n")

    def tag(self, folders: Sequence[str]) -> str:
        """The tag of an Application that reads these folders; the first is its own."""
        content = "".join(line for folder in folders for line in self._lines(folder))
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        return names.tag(self._branch, folders[0].removeprefix("overlays/"), digest)

    def _lines(self, folder: str) -> Iterator[str]:
        for line in self._folders.get("/".join(folder.split("/")[:3]), ()):
            if line[42:].startswith(f"{folder}/"):
                yield line


def root_part(plan: Plan) -> Part:
    """Where projects and Applications stand, and go."""
    argocd, mesh, home = plan.platform.argocd, plan.platform.cluster.mesh, plan.platform.at("")
    name = ".".join(filter(None, (f"{plan.platform.name}-root", mesh)))
    folder = names.argocd_folder(mesh)
    return Part(name, folder, home.cluster.server, argocd.namespace, 0)


def root(plan: Plan, whole: Project) -> Iterator[Object]:
    """What is applied once: the one Application that follows the branch, and its project. It
    applies what differs and nothing else: only that is waited for."""
    part = root_part(plan)
    yield _project(plan, part.project, whole)
    source = {
        "targetRevision": f"refs/heads/{plan.platform.argocd.branch}",
        "path": part.folder,
        "directory": {"recurse": True, "exclude": "root.yaml"},
    }
    options = ["ApplyOutOfSyncOnly=true", "PruneLast=true", ALONE]
    yield _synced(plan, part.project, part, source, options)


def application(plan: Plan, tags: Tags, part: Part) -> Object:
    """The Application of a part. Deleting it deletes what it deployed; the root only lets go."""
    source: dict[str, Any] = {
        "targetRevision": tags.tag([part.folder, *part.shared]),
        "path": part.folder,
    }
    if part.complete:
        # kustomize takes seconds over a thousand objects that it need not touch.
        source["directory"] = {"recurse": True, "exclude": "kustomization.yaml"}
    # A sync that fails with a test would leave what is pruned last: the results of before.
    options = ["PruneLast=true"] if part.wave != objects.TESTS else []
    if part.wave == objects.EDGE:
        options.append(ALONE)
    name = plan.application(*part.folder.removeprefix("overlays/").split("/"))
    named = replace(part, project=_project_name(plan, part.project))
    return replace(_synced(plan, name, named, source, options), finalizers=FINALIZERS)


def _synced(
    plan: Plan, name: str, part: Part, source: dict[str, Any], options: list[str]
) -> Object:
    argocd = plan.platform.argocd
    spec = {
        "project": part.project,
        "source": {"repoURL": argocd.repository} | source,
        "destination": _destination(part.cluster, part.namespace),
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true", *options],
            # What a webhook or another controller refuses for a moment is tried again.
            "retry": {"limit": 10, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
        },
    }
    read = ";".join([".", *(f"/{folder}" for folder in part.shared)])
    made = new_object(plan, API, "Application", name, argocd.namespace, part.wave, spec)
    return replace(made, annotations={"argocd.argoproj.io/manifest-generate-paths": read})


def project(plan: Plan, whole: Project) -> Object:
    """The AppProject of an environment, or of the edge."""
    return _project(plan, _project_name(plan, whole.name), whole)


def _project_name(plan: Plan, part: str) -> str:
    return f"{plan.platform.name}-{part}"


def _project(plan: Plan, name: str, whole: Project) -> Object:
    """It comes before the first Application, since one that meets no project is not looked at again
    for minutes, and goes after its Applications, which cannot go without it."""
    argocd = plan.platform.argocd
    spec: dict[str, Any] = {
        "description": f"What gen deploys to {whole.name}",
        "sourceRepos": [argocd.repository],
        "destinations": [
            _destination(_literally(cluster), namespace)
            for cluster, namespace in sorted(whole.destinations)
        ],
        "clusterResourceWhitelist": _listed(whole.cluster_kinds),
        "namespaceResourceWhitelist": _listed(whole.kinds | whole.standing),
    }
    if plan.platform.publish.keys:
        spec |= _signed(argocd, plan.platform.publish.keys)
    made = new_object(plan, API, "AppProject", name, argocd.namespace, objects.NAMESPACE, spec)
    return replace(made, finalizers=FINALIZERS)


def _destination(cluster: str, namespace: str) -> dict[str, str]:
    """A cluster by its API server, or by its name in Argo CD."""
    kind = "server" if ":" in cluster else "name"
    return {kind: cluster, "namespace": namespace}


def _signed(argocd: ArgoCD, keys: Sequence[str]) -> dict[str, Any]:
    """What Argo CD demands of commits. It takes one of the two, and refuses all where two policies
    fit a repository."""
    if argocd.signatures == "signatureKeys":
        return {"signatureKeys": [{"keyID": key} for key in keys]}
    policy = {
        "repos": [{"url": _literally(argocd.repository)}],
        "gpg": {"mode": "head", "keys": list(keys)},
    }
    return {"sourceIntegrity": {"git": {"policies": [policy]}}}


def _literally(text: str) -> str:
    """What is read as a glob, and means itself: addresses of IPv6 stand in brackets."""
    return re.sub(r"([*?\[\]{}\\])", r"\\\1", text)


def _listed(kinds: Iterable[Kind]) -> list[dict[str, str]]:
    return [{"group": group, "kind": kind} for group, kind in sorted(kinds)]
