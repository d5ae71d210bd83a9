"""How requests are carried: times and tries in routes, and a DestinationRule for each unit, so that
what overloads or fails in a branch is never the baseline's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from generator.plan import reach
from generator.plan.plan import Plan
from generator.plan.services import Way
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.objects import NETWORKING, Object, new_object
from generator.targets.printed import Kind
from generator.vocabulary import names

if TYPE_CHECKING:
    from generator.plan.services import Traffic

Body = dict[str, Any]
KIND: Kind = ("networking.istio.io", "DestinationRule")


def standing(plan: Plan) -> list[Kind]:
    """Rules may come and go with units where the catalogue says anything of pods."""
    shaped = (service.traffic for service in plan.services.values())
    return [KIND] if any(carried and carried.shapes_pods for carried in shaped) else []


def of_requests(carried: Traffic | None) -> Body:
    """What a route says of its requests."""
    said: Body = {}
    if carried is None:
        return said
    if carried.timeout:
        said["timeout"] = _seconds(carried.timeout)
    if carried.retries:
        said["retries"] = {"attempts": carried.retries.attempts}
        if carried.retries.per_try:
            said["retries"]["perTryTimeout"] = _seconds(carried.retries.per_try)
        if carried.retries.on:
            said["retries"]["retryOn"] = ",".join(carried.retries.on)
    return said


def rewritten(way: Way) -> Body:
    """What a service gets instead of a path. A prefix is exchanged with one slash at the seam, or a
    request for `/x/y` would become `//y`."""
    if way.exact:
        return {"rewrite": {"uri": way.rewrite}}
    begin, instead = way.path.rstrip("/"), (way.rewrite or "").rstrip("/")
    regex = {"match": f"^{re.escape(begin)}/?(.*)$", "rewrite": f"{instead}/\\1"}
    return {"rewrite": {"uriRegexRewrite": regex}}


def of_unit(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """The DestinationRule of a service in a unit, if the catalogue says anything of its pods; for
    the proxies that may send something there."""
    name = f"{names.kubernetes_name(service, unit.branch)}.pods"
    namespace = plan.environments[unit.environment].namespace
    seen_from = _namespaces(plan, service, {unit.environment, *reach.sending(plan, service)})
    yield from _rule(plan, service, unit, name, namespace, seen_from)


def of_far_unit(plan: Plan, service: str, unit: Unit, caller: str | None) -> Iterator[Object]:
    """The same for callers on this cluster of a unit on another one: a proxy is told such things by
    its own cluster alone."""
    name = f"{names.kubernetes_name(service, unit.branch)}.{unit.environment}.pods"
    ingress = plan.platform.ingress.namespace
    namespace = plan.environments[caller].namespace if caller else ingress
    yield from _rule(plan, service, unit, name, namespace, ["."])


def _rule(
    plan: Plan, service: str, unit: Unit, name: str, namespace: str, callers: list[str]
) -> Iterator[Object]:
    carried = plan.services[service].traffic
    if carried is None or not carried.shapes_pods:
        return
    spec = {
        "host": plan.kubernetes_host(service, unit),
        "exportTo": callers,
        "trafficPolicy": _policy(carried),
    }
    yield new_object(plan, NETWORKING, "DestinationRule", name, namespace, objects.NAMES, spec)


def _namespaces(plan: Plan, service: str, environments: Iterable[str]) -> list[str]:
    """Of these, and of the ingress where requests for the service come in."""
    namespaces = {plan.environments[name].namespace for name in environments}
    if plan.services[service].entry:
        namespaces.add(plan.platform.ingress.namespace)
    return sorted(namespaces)


def _policy(carried: Traffic) -> Body:
    policy: Body = {}
    if carried.limits:
        limits = carried.limits
        http = {
            "http1MaxPendingRequests": limits.pending,
            "http2MaxRequests": limits.requests,
        }
        pool = {
            "tcp": {"maxConnections": limits.connections} if limits.connections else {},
            "http": {name: value for name, value in http.items() if value is not None},
        }
        policy["connectionPool"] = {name: part for name, part in pool.items() if part}
    if carried.outliers:
        outliers = carried.outliers
        policy["outlierDetection"] = {
            "consecutive5xxErrors": outliers.errors,
            "interval": _seconds(outliers.every),
            "baseEjectionTime": _seconds(outliers.rest),
            "maxEjectionPercent": outliers.share,
        }
    return policy


def _seconds(duration: str) -> str:
    """As every reader of Istio's objects takes it: `500ms` is `0.5s`, `2m` is `120s`."""
    if duration.endswith("ms"):
        return f"{int(duration[:-2]) / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{int(duration[:-1]) * 60}s" if duration.endswith("m") else duration
