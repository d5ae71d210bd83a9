"""Units → Kustomize overlays: one small kustomization per service, each with its own image, and
what they share once.

(One kustomization with many `images:` over one flat base grows with the square of its size.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.kube import adopted, queues, references, selectors, sleep, variables
from generator.targets.objects import (
    CONFIGURATION,
    OBJECTS,
    PATCHES,
    Object,
    Overlay,
    Part,
    new_object,
)
from generator.targets.yaml_text import document, scalar
from generator.vocabulary.base import Labels, Workload

APPLICATION_PROTOCOLS = {"http": "http", "http2": "http2", "grpc": "grpc", "tcp": "tcp"}
_TEMPLATES = {"CronJob": ("spec", "jobTemplate", "spec", "template")}
_TEMPLATE = ("spec", "template")
_IN_PODS = {"includeTemplates": True}
_NO_GROUP = "^$"  # a target without a group means the kinds of all groups


def folder(unit: Unit) -> str:
    return f"overlays/{unit.environment}/{unit.label}"


def part(plan: Plan, unit: Unit) -> Part:
    """`overlays/<environment>/<unit>/`. Where pods were adopted, each overlay says for itself
    whether its pods get the labels of all."""
    mixed = any(run.adopted for run in plan.runs[unit].values())
    every = {"pairs": objects.labels(plan)} | ({} if mixed else _IN_PODS)
    common = {"labels": [every]}
    return Part(
        unit.environment,
        folder(unit),
        plan.platform.cluster.server,
        plan.environments[unit.environment].namespace,
        objects.ASLEEP if unit in plan.asleep else objects.NAMES,
        _read(plan, unit),
        common,
    )


def _read(plan: Plan, unit: Unit) -> list[str]:
    """Shared folders that a unit's kustomization reads."""
    folders: set[str] = set()
    for service, run in plan.runs[unit].items():
        folders.update(plan.bases[service].folders)
        for component in run.components:
            folders.update(plan.components[component].folders)
    return sorted(folders)


def contents(
    plan: Plan, unit: Unit, joining: Labels, addressed: Labels
) -> Iterator[tuple[str, Overlay]]:
    """An overlay for each service. `joining` are the labels by which a pod joins the plane where
    its namespace does not, `addressed` those of a Service that callers ask for."""
    for service in plan.runs[unit]:
        made = _Made(plan, unit, service, joining, addressed)
        patches = [*(_patch(made, its) for its in made.merged), *_account_patch(made)]
        configuration = references.configuration(made.parts, plan.references)
        yield service, Overlay(_overlay(made), _identity(made), patches, configuration)


def bare_name(plan: Plan, environment: str, service: str, addressed: Labels) -> Object:
    """The Service of an environment that does not run it: without a selector nothing is behind it;
    it makes the name resolve, and the routes decide."""
    ports = {"ports": service_ports(plan, service)}
    labels = {"app.kubernetes.io/name": service, "gen/environment": environment, **addressed}
    namespace = plan.environments[environment].namespace
    return new_object(
        plan, "v1", "Service", service, namespace, objects.NAMES, ports, labels=labels
    )


class _Made:
    """A service in a unit, and what its overlay rests on: the base with the components."""

    def __init__(
        self, plan: Plan, unit: Unit, service: str, joining: Labels, addressed: Labels
    ) -> None:
        self.plan, self.unit, self.service = plan, unit, service
        self.account = plan.account(service, unit).removesuffix(f"-{unit.branch}")
        self.addressed = addressed if unit.branch is None else {}
        self.run = plan.runs[unit][service]
        adopting = plan.environments[unit.environment].adopting
        self.joining = joining if adopting or self.run.adopted else {}
        self.apart = adopted.told_apart(plan, unit, service)
        self.base = plan.bases[service]
        self.components = [plan.components[component] for component in self.run.components]
        self.parts = (self.base, *self.components)
        self.own = {} if self.run.untouched else queues.variables(plan, unit, service)
        self.merged = [its for its in self.base.workloads if self._needs_merge(its)]

    def _needs_merge(self, workload: Workload) -> bool:
        """Whether a workload gets more than names in known places.

        For the first merge in a unit, Kustomize loads the schemas of Kubernetes, a quarter of the
        time that 60 services take; operations in JSON would write numbers and dates anew.
        """
        quoted = scalar(self.service) != self.service  # a replacement would drop the quotes
        if self.run.adopted and self.run.untouched:
            said = self.run.adopted.account or self.run.env
            return bool(said) or self.counts(workload) is not None
        return (
            quoted
            or bool(self.run.adopted or self.joining or self.apart)
            or self.account != self.service
            or not self.plan.services[self.service].ports  # no Service to take the name from
            or not workload.as_written
            or workload.kind == "Job"
            or bool(self.run.components or self.own or self.run.env)
            or self.counts(workload) is not None
        )

    def counts(self, workload: Workload) -> dict[str, Any] | None:
        """What a merge says of how many run; None if it says nothing.

        An autoscaler says it where there is one, and Argo CD would set it back for ever. Else
        `replicas` of the kustomization does, unless that would scale another workload too.
        """
        if self.autoscaled(workload):
            said = workload.replicas is not None or self.run.components
            return {"replicas": None} if said else None
        if workload in self.scaled and not self._is_alone(workload.name):
            return {"replicas": self.run.replicas}
        return None

    def autoscaled(self, workload: Workload) -> bool:
        gone = self.plan.gone(self.unit)
        return any(part.scales(workload, gone) for part in self.parts)

    @property
    def scaled(self) -> list[Workload]:
        """Workloads that `replicas` of the unit is about: those that run the service's image, of
        them those that answer its requests, if any does."""
        if self.run.replicas is None:
            return []
        candidates = [
            workload
            for workload in self.base.workloads
            if workload.container and workload.kind in ("Deployment", "StatefulSet")
        ]
        serving = [workload for workload in candidates if workload.serves] or candidates
        return [workload for workload in serving if not self.autoscaled(workload)]

    def named(self) -> list[str]:
        """Names that Kustomize's `replicas` means no more by than it should."""
        return [workload.name for workload in self.scaled if self._is_alone(workload.name)]

    def _is_alone(self, name: str) -> bool:
        return sum(part.scalable.count(name) for part in self.parts) <= 1


def service_ports(plan: Plan, service: str) -> list[dict[str, Any]]:
    """Ports of a Kubernetes Service; the protocol is always declared: no proxy has to guess it."""
    return [
        {
            "name": port.name,
            "port": port.port,
            "targetPort": port.target_port or port.port,
            "protocol": "TCP",
            "appProtocol": APPLICATION_PROTOCOLS[port.carrier or port.protocol],
        }
        for port in plan.services[service].ports
    ]


def _overlay(made: _Made) -> dict[str, Any]:
    plan, unit, service, run = made.plan, made.unit, made.service, made.run
    version: dict[str, str | None] = {"newName": run.image} if run.image else {}
    version |= {"digest": run.digest} if run.digest else {"newTag": run.tag}
    labels = objects.selector(service, unit)
    chosen = selectors.Chosen(service, unit, made.parts)
    content: dict[str, Any] = {"namespace": plan.environments[unit.environment].namespace}
    if unit.branch is not None:
        content["nameSuffix"] = f"-{unit.branch}"
    content["resources"] = [f"../../../base/{service}", OBJECTS]
    if run.components:
        content["components"] = [f"../../../components/{component}" for component in run.components]
    content["labels"] = [{"pairs": labels} | ({} if run.adopted else {"fields": chosen.fields()})]
    if not run.adopted and any(other.adopted for other in plan.runs[unit].values()):
        content["labels"].append({"pairs": objects.labels(plan)} | _IN_PODS)
    content["images"] = [{"name": _expression(plan.services[service].image)} | version]
    asleep = unit in plan.asleep
    if run.replicas is not None and not asleep:
        content["replicas"] = [{"name": name, "count": run.replicas} for name in made.named()]
    merges = bool(made.merged) or any(_account_patch(made))
    patches = [{"path": PATCHES}] * merges
    patches += [] if run.adopted else chosen.patches(labels)
    patches += adopted.patches(made.parts, made.apart, unit.label)
    stopped = sleep.patches(made.parts, plan.gone(unit)) if asleep else ()
    if patches := [*patches, *_left_out(made), *stopped, *_renamed(made)]:
        content["patches"] = patches
    if replacements := [*_names(made), *_claims(made)]:
        content["replacements"] = replacements
    if references.configuration(made.parts, plan.references):
        content["configurations"] = [CONFIGURATION]
    return content


def _left_out(made: _Made) -> Iterator[dict[str, Any]]:
    """Patches that take out of a branch what only baselines bring."""
    brought = {kind for part in made.parts for kind in part.kinds}
    for group, kind in sorted(made.plan.gone(made.unit) & brought):
        said = {"group": _expression(group) or _NO_GROUP, "kind": kind}
        patch = {"$patch": "delete", "apiVersion": "v1", "kind": kind, "metadata": {"name": "each"}}
        yield {"target": said, "patch": document(patch)}


def _expression(image: str) -> str:
    """An image as Kustomize's `images` names it: by an expression that has to fit it whole."""
    return image.replace(".", "[.]")


def _identity(made: _Made) -> list[Object]:
    """The Service and the ServiceAccount, and what replacements read. Names are the service's:
    Kustomize adds the branch's suffix."""
    service = made.service
    changed: list[Object] = []
    if ports := service_ports(made.plan, service):
        kept = made.run.adopted
        found = dict(kept.selector) if kept else objects.serving(service, made.unit)
        spec = {"selector": found, "ports": ports}
        labels = made.addressed
        changed.append(Object("v1", "Service", None, service, body={"spec": spec}, labels=labels))
    if not made.base.has_service_account:
        account = replace(_account(made), name=made.account)
        changed.append(replace(account, body={**account.body, objects.AUTOMOUNT: False}))
    if any(workload.claims for workload in made.base.workloads):
        local, claim = {objects.LOCAL: "true"}, _claim(service)
        changed.append(Object("v1", "PersistentVolumeClaim", None, claim, annotations=local))
    return changed


def _account(made: _Made) -> Object:
    """The ServiceAccount, with what the catalogue has it carry."""
    carried, annotations, body = made.plan.services[made.service].account, {}, {}
    if carried:
        annotations = dict(sorted(carried.annotations.items()))
    if carried and carried.image_pull_secrets:
        body["imagePullSecrets"] = [{"name": name} for name in carried.image_pull_secrets]
    return Object("v1", "ServiceAccount", None, made.service, body=body, annotations=annotations)


def _account_patch(made: _Made) -> Iterator[dict[str, Any]]:
    """The same, for an account that the base brings."""
    if made.base.has_service_account and made.plan.services[made.service].account:
        yield _account(made).manifest()


def _renamed(made: _Made) -> Iterator[dict[str, Any]]:
    """An account that the base brings, where accounts of branches have names of their own; what
    refers to it follows."""
    if made.base.has_service_account and made.account != made.service:
        target = {"kind": "ServiceAccount", "name": made.service.replace(".", "[.]")}
        renamed = {"op": "replace", "path": "/metadata/name", "value": made.account}
        yield {"target": target, "patch": json.dumps([renamed])}


def _names(made: _Made) -> list[dict[str, Any]]:
    """The service's name in workloads that need no merge."""
    if made.run.untouched:
        return []
    filled = [_filled(workload) for workload in made.base.workloads if workload not in made.merged]
    source = {"kind": "Service", "name": made.service, "fieldPath": "spec.selector.gen/serves"}
    return [{"source": source, "targets": filled}] if filled else []


def _claims(made: _Made) -> list[dict[str, Any]]:
    """What claim templates are, where they do not say so: Argo CD would find them changed for ever
    by the API server, which says it for them."""
    source = {"kind": "PersistentVolumeClaim", "name": _claim(made.service)}
    copies: list[dict[str, Any]] = []
    for field in ("apiVersion", "kind"):
        targets = [
            {
                "select": _select(workload),
                "fieldPaths": [
                    f"spec.volumeClaimTemplates.{index}.{field}" for index in workload.claims
                ],
                "options": {"create": True},
            }
            for workload in made.base.workloads
            if workload.claims
        ]
        if targets:
            copies.append({"source": source | {"fieldPath": field}, "targets": targets})
    return copies


def _claim(service: str) -> str:
    """The claim that is read and, as it is local, never deployed."""
    return f"gen.claims.{service}"


def _select(workload: Workload) -> dict[str, str]:
    group, _, version = workload.api_version.rpartition("/")
    return {"group": group, "version": version, "kind": workload.kind, "name": workload.name}


def _filled(workload: Workload) -> dict[str, Any]:
    """Where the service's name goes in a workload that needs no merge: what `_patch` says, as a
    target of a replacement."""
    pod = ".".join(_TEMPLATES.get(workload.kind, _TEMPLATE))
    paths = [f"{pod}.metadata.labels.gen/serves"] if workload.serves else []
    return {
        "select": _select(workload),
        "fieldPaths": [*paths, f"{pod}.spec.serviceAccountName"],
        "options": {"create": True},
    }


def _patch(made: _Made, workload: Workload) -> dict[str, Any]:
    """Identity of all workloads of a base, the label of those that serve, and the variables of the
    container that runs the service's image."""
    pod: dict[str, Any] = {}
    if labels := _pod_labels(made, workload):
        pod["metadata"] = {"labels": labels}
    pod["spec"] = _pod_spec(made, workload)
    for key in reversed(_TEMPLATES.get(workload.kind, _TEMPLATE)):
        pod = {key: pod}
    pod["spec"] |= made.counts(workload) or {}
    if made.apart and (workload.knows or workload.asks):
        pod["spec"]["selector"] = adopted.known_by(workload, _told_apart(made, workload))
    metadata: dict[str, Any] = {"name": workload.name}
    if workload.kind == "Job" and not made.run.untouched:
        # Its pods cannot be changed, so another version is another Job of the same name.
        metadata["annotations"] = {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}
    return {"apiVersion": workload.api_version, "kind": workload.kind, "metadata": metadata} | pod


def _pod_labels(made: _Made, workload: Workload) -> Labels:
    """Labels that pods get by a merge. An adopted workload gets none by Kustomize's own means, as
    those would give them to its selector, or to its claims, too."""
    if made.run.untouched:
        return {}
    labels = {"gen/serves": made.service} if workload.serves else {}
    if made.run.adopted:
        labels |= objects.labels(made.plan) | objects.selector(made.service, made.unit)
    return {**labels, **made.joining, **_told_apart(made, workload)}


def _told_apart(made: _Made, workload: Workload) -> Labels:
    return adopted.pods(workload, made.parts, made.apart, made.unit.label)


def _pod_spec(made: _Made, workload: Workload) -> dict[str, Any]:
    kept = made.run.adopted
    account = kept.account if kept and kept.untouched else made.account
    spec: dict[str, Any] = {"serviceAccountName": account} if account else {}
    if workload.container is None or not (made.own or made.run.env):
        return spec
    env = variables.listed(workload, made.parts, made.own, made.run.env)
    container: dict[str, Any] = {"name": workload.container, "env": env}
    if not made.plan.services[made.service].consumes:
        return spec | {"containers": [container]}
    container["volumeMounts"] = queues.mount()
    return spec | {"containers": [container], "volumes": queues.volume(made.service)}
