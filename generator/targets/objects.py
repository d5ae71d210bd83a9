"""What targets are made of: objects, the parts that are deployed together, and what all objects
share.

Waves, lowest first; what left is deleted last. Routes come after the workloads that they point to,
and leave first; those of lanes come after the policies that let their requests in, and before the
hosts that delegate to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets.printed import Kind

NAMESPACE, POLICY, NAMES, ACCESS, LANES, ROUTES, EDGE, TESTS = -2, -1, 0, 1, 2, 3, 4, 5
ASLEEP = 6  # workloads that stop: once no route leads to them
NETWORKING = "networking.istio.io/v1"
WAVE = "argocd.argoproj.io/sync-wave"
# What must be there until the rest of its Application has changed.
LEAVES_LAST = {"argocd.argoproj.io/sync-options": "PruneLast=true"}
LOCAL = "config.kubernetes.io/local-config"  # of what Kustomize reads and leaves out
AUTOMOUNT = "automountServiceAccountToken"

_OWN = tuple(f"app.kubernetes.io/{name}" for name in ("name", "part-of", "managed-by"))

OBJECTS, PATCHES, CONFIGURATION = "service.yaml", "workload.yaml", "names.yaml"  # of an overlay


@dataclass(frozen=True, slots=True)
class Object:
    """A Kubernetes object. `body` is what stands beside its metadata: `spec`, `data` and the like;
    `namespace` is None of a cluster's own kinds, and of what Kustomize will give one."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    wave: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    finalizers: Sequence[str] = ()

    @property
    def group_kind(self) -> Kind:
        return self.api_version.rpartition("/")[0], self.kind

    def manifest(self) -> dict[str, Any]:
        """The object as YAML says it."""
        metadata: dict[str, Any] = {"name": self.name}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
        if self.labels:
            metadata["labels"] = self.labels
        wave = {WAVE: str(self.wave)} if self.wave else {}
        if annotations := {**wave, **self.annotations}:
            metadata["annotations"] = annotations
        if self.finalizers:
            metadata["finalizers"] = self.finalizers
        head = {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata}
        return head | dict(self.body)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What Kustomize makes of a base that people wrote: objects beside it, which get their
    namespace and suffix from it, patches, and what Kustomize is told of kinds. Its kustomization
    knows the three by the names of their files."""

    kustomization: Mapping[str, Any]
    objects: Sequence[Object]
    patches: Sequence[Mapping[str, Any]]
    configuration: Mapping[str, Any] | None


# Subject → all that one part has of it: objects share a file, an overlay has a folder.
Contents = Iterable[tuple[str, Sequence[Object] | Overlay]]


@dataclass(frozen=True, slots=True)
class Part:
    """What is deployed together, as one Application: a folder of `overlays/`.

    project    whose it is: an environment, the lanes, or the edge
    cluster    its API server, as Argo CD knows it
    namespace  where its objects go
    shared     folders that its kustomization reads besides
    common     what its kustomization says of all that it holds
    complete   whether its files are the objects, and nothing is left for Kustomize to do
    """

    project: str
    folder: str
    cluster: str
    namespace: str
    wave: int
    shared: Sequence[str] = ()
    common: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False


def labels(plan: Plan) -> dict[str, str]:
    """Labels of every object."""
    return {"app.kubernetes.io/part-of": plan.platform.name, "app.kubernetes.io/managed-by": "gen"}


def is_own(label: str) -> bool:
    """Whether a label of pods is gen's to set."""
    return label.startswith("gen/") or label in _OWN


def selector(service: str, unit: Unit) -> dict[str, str]:
    """Labels that only the pods of this service in this unit carry."""
    return {
        "app.kubernetes.io/name": service,
        "gen/environment": unit.environment,
        "gen/branch": unit.label,
    }


def serving(service: str, unit: Unit) -> dict[str, str]:
    """Labels of the pods among them that answer requests: jobs and workers carry the others."""
    return selector(service, unit) | {"gen/serves": service}


def new_object(
    plan: Plan,
    api: str,
    kind: str,
    name: str,
    namespace: str | None,
    wave: int,
    spec: Any = None,
    **more: Any,
) -> Object:
    """An object with the labels of all; `more` are its own, and what stands beside `spec`."""
    named = labels(plan) | more.pop("labels", {})
    body = more if spec is None else {"spec": spec, **more}
    return Object(api, kind, namespace, name, wave, body, named)
