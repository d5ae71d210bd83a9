"""What belongs to a service beside its workloads, what nobody brings, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.adoption.group import (
    Group,
    Grouped,
    Left,
    account,
    pod_labels,
    references,
    selects,
)
from generator.adoption.items import Item
from generator.manifests.allowed import Kind, Scope, instead, scope
from generator.manifests.workloads import WORKLOADS
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import mapping, mappings, numbered

_MADE = (
    *("ControllerRevision", "Endpoints", "EndpointSlice", "Event", "Lease", "PodMetrics"),
    *("NodeMetrics", "CSINode", "VolumeAttachment"),
)
_ROOTS = ("kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt")
_TOKENS = (
    *("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"),
    "helm.sh/release.v1",
)
_HOOK = "helm.sh/hook"
_RIGHTS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
_SCALERS = {
    ("autoscaling", "HorizontalPodAutoscaler"): ("spec", "scaleTargetRef", "name"),
    ("keda.sh", "ScaledObject"): ("spec", "scaleTargetRef", "name"),
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"): ("spec", "targetRef", "name"),
}
Users = dict[tuple[str, str], list[Group]]
_WAYS = ("Ingress", "IngressRoute", "HTTPRoute", "GRPCRoute", "Gateway", "VirtualService")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person and the platform allow: kinds beyond the safe ones, and whether Secrets are
    taken. `portable`: other environments have the same bases; `in_place`: what runs goes on as it
    is."""

    kinds: Mapping[Kind, Scope]
    secrets: bool = False
    portable: bool = False
    in_place: bool = False


def without_made(items: Iterable[Item], left: list[Left]) -> list[Item]:
    """The objects that a person, or a chart, has written."""
    kept = []
    for item in items:
        if why := _made_by(item):
            left.append(Left(item, why))
        else:
            kept.append(item)
    return kept


def _made_by(item: Item) -> str | None:
    owners = item.metadata.get("ownerReferences")
    if owners:
        owner = mapping(owners, 0)
        return f"{str(owner.get('kind'))[:60]} {str(owner.get('name'))[:60]} makes it"
    if item.kind in _MADE or item.name in _ROOTS:
        return "the cluster makes it"
    if item.kind == "ServiceAccount" and item.name == "default":
        return "the cluster makes it"
    if item.kind == "Service" and (item.name, item.namespace) == ("kubernetes", "default"):
        return "the cluster makes it"
    if item.kind == "Secret" and item.says("type") in _TOKENS:
        return "it belongs to the cluster or to Helm"
    hook = item.annotations.get(_HOOK)
    return f"it is a hook of Helm ({str(hook)[:40]})" if hook else None


def belongings(items: Iterable[Item], made: Grouped, asked: Asked) -> Iterator[Finding]:
    """Gives each object to the service that it belongs to, or tells why it is left."""
    users = _users(made.groups)
    for item in items:
        if item.kind in WORKLOADS or (item.kind, item.group) == ("Service", ""):
            continue
        if item.kind == "ServiceAccount" and item.group == "":
            _account(item, made)
        elif item.kind in _RIGHTS:
            yield from _rights(item, made)
        elif item.kind in _WAYS:
            made.left.append(Left(item, "`entry` in the catalogue says how requests come in"))
        elif scope((item.group, item.kind), asked.kinds) is None:
            made.left.append(Left(item, instead((item.group, item.kind)).partition("; ")[2]))
        else:
            yield from _belongs(item, made, users, asked)


def _users(groups: Iterable[Group]) -> Users:
    """(kind, name) of what is referred to → by whom, the first first."""
    users: Users = {}
    for one in groups:
        for workload in one.workloads:
            for kind, name in references(workload):
                listed = users.setdefault((kind, name), [])
                if one not in listed:
                    listed.append(one)
    return users


def _belongs(
    item: Item,
    made: Grouped,
    users: Users,
    asked: Asked,
) -> Iterator[Finding]:
    mine = [one for one in users.get((item.kind, item.name), ()) if one.first.near(item)]
    owner = mine[0] if mine else _owner(item, made.groups)
    if item.kind == "Secret" and not asked.secrets:
        yield from _secret(item, mine, made)
    elif owner is None:
        made.left.append(Left(item, "no workload here refers to it"))
        if item.kind not in ("PersistentVolumeClaim", "Secret"):
            yield Finding(
                "GEN607",
                item.place("metadata", "name"),
                f"nobody knows whose {item.called} is: no workload refers to it",
                "copy it into the base of whoever needs it, or leave it",
                about=item.called,
            )
    else:
        # With equals beside it: a base of one brings it, and the others find it by its name.
        owner.beside.append(item)


def _secret(item: Item, users: list[Group], made: Grouped) -> Iterator[Finding]:
    made.left.append(Left(item, "secrets do not belong in git; --secrets takes them"))
    if users:
        names = ", ".join(one.name for one in users[:5])
        yield Finding(
            "GEN608",
            item.place("metadata", "name"),
            f"{item.called} is needed by {names}, and is not taken",
            "keep it in a store of secrets or sealed; in a namespace that is taken over, it "
            "stays where it is",
            about=item.called,
        )


def _owner(item: Item, groups: Iterable[Group]) -> Group | None:
    """Whose an object is that selects or scales."""
    route = _SCALERS.get((item.group, item.kind))
    for one in groups:
        if not one.first.near(item):
            continue
        if route and str(item.says(*route)) in {workload.name for workload in one.workloads}:
            return one
        if any(_selected(item, one)):
            return one
    return None


def _selected(item: Item, one: Group) -> Iterator[bool]:
    selector = item.says("spec", "selector", "matchLabels")
    if item.kind == "ServiceMonitor":
        fronts = [one.front] if one.front else []
        yield from (selects(selector, front.labels) for front in (*fronts, *one.services))
    else:
        yield from (selects(selector, pod_labels(workload)) for workload in one.workloads)


def _account(item: Item, made: Grouped) -> None:
    """Its annotations and pull secrets are carried by the account that gen gives."""
    workloads = [workload for one in made.groups for workload in one.workloads]
    users = any(account(each) == item.name and each.near(item) for each in workloads)
    why = (
        "gen gives each service an account that carries what this one does"
        if users
        else "no workload here runs with it"
    )
    made.left.append(Left(item, why))


def _rights(item: Item, made: Grouped) -> Iterator[Finding]:
    """Rights are given apart; whoever loses them by another account's name is told."""
    made.left.append(Left(item, "rights are granted separately, by whoever runs the cluster"))
    for index, subject in numbered(item.data, "subjects"):
        if not _is_account(subject):
            continue
        for one in made.groups:
            accounts = {account(workload) for workload in one.workloads} - {one.name}
            if subject.get("name") in accounts:
                yield Finding(
                    "GEN609",
                    item.place("subjects", index),
                    f"{item.called} gives rights to {subject.get('name')}, and the pods of "
                    f"{one.name} will run as {one.name}",
                    f"give them to the ServiceAccount {one.name} as well, before you deploy",
                    about=f"{item.name} ({one.name})",
                )


def _is_account(subject: Mapping[str, Any]) -> bool:
    return subject.get("kind") == "ServiceAccount"


def bound(made: Grouped, items: Iterable[Item]) -> set[str]:
    """Services whose pods ask the API server: somebody gave their account rights."""
    names = set[str]()
    for item in items:
        if item.kind in ("RoleBinding", "ClusterRoleBinding"):
            accounts = mappings(item.data, "subjects")
            names |= {str(each.get("name")) for each in accounts if _is_account(each)}
    return {
        one.name for one in made.groups if names & {account(workload) for workload in one.workloads}
    }


def carried(one: Group, items: Iterable[Item]) -> dict[str, Any]:
    """What the service's account carries: annotations and pull secrets of the one it had."""
    names = {account(workload) for workload in one.workloads}
    made: dict[str, Any] = {}
    for item in items:
        if item.kind != "ServiceAccount" or item.name not in names or not one.first.near(item):
            continue
        notes = {key: str(value) for key, value in item.annotations.items() if "kubectl" not in key}
        if notes := {key: value for key, value in notes.items() if not key.startswith("meta.helm")}:
            made["annotations"] = notes
        pulls = [
            str(entry["name"])
            for entry in mappings(item.data, "imagePullSecrets")
            if "name" in entry
        ]
        if pulls:
            made["imagePullSecrets"] = pulls
    return made
