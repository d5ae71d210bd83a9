"""How what runs goes on as it is: what `runs` says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.adoption.group import Group, account, pod_labels
from generator.adoption.items import Item
from generator.adoption.strip import is_live
from generator.adoption.texts import SCALERS
from generator.manifests.workloads import SERVERS
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import mapping

_OUTSIDE = ("LoadBalancer", "NodePort")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def adopted(one: Group) -> dict[str, Any]:
    """The `adopted` of a service; empty if nothing tells its pods."""
    selector = _selector(one)
    if not selector:
        return {}
    accounts = {account(workload) for workload in one.workloads} - {"default"}
    said: dict[str, Any] = {"selector": dict(selector), "untouched": True}
    return said | ({"account": min(accounts)} if len(accounts) == 1 else {})


def _selector(one: Group) -> Mapping[str, Any]:
    """The labels by which its Service finds pods, or else its workload."""
    if one.front:
        return mapping(one.front.data, "spec", "selector")
    selector = mapping(one.first.data, "spec", "selector")
    known = mapping(selector, "matchLabels")
    plain = one.first.kind in SERVERS and known and not selector.get("matchExpressions")
    return known if plain else pod_labels(one.first)


def told(groups: Iterable[Group]) -> Iterator[Finding]:
    """What cannot go on as it is."""
    for one in groups:
        kind = one.front.says("spec", "type") if one.front else None
        if one.front and kind in _OUTSIDE:
            yield _outside(one.front, str(kind))
        accounts = sorted({account(workload) for workload in one.workloads})
        if len(accounts) > 1:
            yield _accounts(one, accounts)
        if any(other.kind in SCALERS for other in one.beside):
            yield from map(_scaled, filter(_counted, one.workloads))


def _counted(workload: Item) -> bool:
    """Whether it was applied with a number of replicas."""
    if not is_live(workload):
        return workload.says("spec", "replicas") is not None
    applied = mapping(workload.data, "metadata", "annotations").get(_APPLIED)
    return '"replicas":' in str(applied)


def _scaled(workload: Item) -> Finding:
    return Finding(
        "GEN618",
        workload.place("spec"),
        f"{workload.called} was applied with `replicas` beside an autoscaler: taken over without, "
        "it may fall to one until the autoscaler looks",
        "take the line out of what was applied first: `kubectl apply edit-last-applied`",
        about=workload.called,
    )


def _outside(front: Item, kind: str) -> Finding:
    return Finding(
        "GEN618",
        front.place("spec", "type"),
        f"{front.called} is a {kind}, and gen's Service of that name has an address of the cluster "
        "alone: the one from outside goes with the first publish",
        "before it, move that to another Service of the same pods in the base, or to the ingress",
        about=front.called,
    )


def _accounts(one: Group, accounts: list[str]) -> Finding:
    return Finding(
        "GEN618",
        one.first.place("metadata", "name"),
        f"workloads of {one.name} run with several accounts ({', '.join(accounts)[:100]}), and one "
        "version has one: the first publish restarts some",
        "give them one account first, or bring them as services of their own",
        about=one.name,
    )
