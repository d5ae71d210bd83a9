"""Autoscalers and disruption budgets."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import Problem, shown
from generator.manifests.rules.rule import Object, Rule, broken, conflict, given, refused
from generator.vocabulary.nodes import mapping, numbered, text, whole

_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Object": "object",
    "Pods": "pods",
    "External": "external",
}
_SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
_WORTH = {
    "Utilization": "averageUtilization",
    "AverageValue": "averageValue",
    "Value": "value",
}


def _autoscaler(value: Object) -> Iterator[Problem]:
    least, most = whole(value, "minReplicas"), whole(value, "maxReplicas")
    if least is not None and most is not None and least > most:
        message = f"`minReplicas` ({least}) is above `maxReplicas` ({most})"
        yield conflict(message, "exchange them", "minReplicas")


def _scaled(value: Object) -> Iterator[Problem]:
    """A server wants a group, any; one that is not theirs leaves an autoscaler without its pods."""
    target = mapping(value, "scaleTargetRef")
    kind, version = text(target, "kind"), text(target, "apiVersion")
    if kind in ("", "ReplicationController"):  # this one has no group
        return
    theirs = kind in _SCALED
    hint = "write `apiVersion: apps/v1`" if theirs else "write group and version of its kind"
    place = ("scaleTargetRef", "apiVersion")
    if not version:
        message = f"no {shown(kind)} without `apiVersion` can be scaled"
        yield conflict(message, hint, "scaleTargetRef")
    elif "/" not in version:
        message = f"no {shown(kind)} of {shown(version)}, which has no group, can be scaled"
        yield refused(message, hint, *place)
    elif theirs and version != "apps/v1":
        yield broken(f"no {kind} of {shown(version)} can be scaled", hint, *place)


def _metric(value: Object) -> Iterator[Problem]:
    kind = text(value, "type")
    wanted = _SOURCES.get(kind)
    if wanted and not given(value, wanted):
        yield conflict(
            f"a metric of the type {kind} needs `{wanted}`", f"add `{wanted}: …`", "type"
        )
    for key in _SOURCES.values():
        if wanted and key != wanted and given(value, key):
            message = f"a metric of the type {kind} takes no `{key}`"
            yield conflict(message, "delete it, or change the type", key)


def _target(value: Object) -> Iterator[Problem]:
    kind = text(value, "type")
    wanted = _WORTH.get(kind)
    if wanted and not given(value, wanted):
        message = f"a target of the type {kind} needs `{wanted}`"
        yield conflict(message, f"add `{wanted}: …`", "type")


def _behaviour(value: Object) -> Iterator[Problem]:
    """Rules of scaling up or down need a policy where they have a list of them."""
    if "policies" in value and not numbered(value, "policies"):
        yield conflict("`policies` is empty", "add one, or delete the key", "policies")


def _budget(value: Object) -> Iterator[Problem]:
    if value.get("minAvailable") is not None and value.get("maxUnavailable") is not None:
        message = "a budget has either `minAvailable` or `maxUnavailable`"
        yield conflict(message, "keep one of the two", "maxUnavailable")


RULES: tuple[tuple[str, Rule], ...] = (
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", _autoscaler),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", _autoscaler),
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", _scaled),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", _scaled),
    ("autoscaling.v2.MetricSpec", _metric),
    ("autoscaling.v2.MetricTarget", _target),
    ("autoscaling.v2.HPAScalingRules", _behaviour),
    ("policy.v1.PodDisruptionBudgetSpec", _budget),
)
