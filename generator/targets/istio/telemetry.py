"""By what lanes are seen: a label of metrics, a tag of spans, and whose access logs are written.

One Telemetry in each environment's namespace, and one for the ingress's pods: Istio takes one of a
whole namespace and overlooks further ones, so that in the root namespace it would stand in the way
of the platform's own. What it says is the same whatever lanes there are: it is a part of each
listener, and a listener that changes closes its connections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.plan.plan import Plan
from generator.plan.platform import Telemetry
from generator.targets.objects import Object, new_object
from generator.targets.printed import Kind

TELEMETRY = "telemetry.istio.io/v1"
KIND: Kind = ("telemetry.istio.io", "Telemetry")
NAME = "gen.lanes"
LABEL = "lane"  # of metrics and spans
NONE = "none"  # where a request has no colour
# Metrics that get the label, and at whose end: the durations have a series for each bucket. Without
# sidecars nobody counts what the ingress sends at the other end.
TAGGED = {"REQUEST_COUNT": "CLIENT_AND_SERVER", "REQUEST_DURATION": "SERVER"}
TAGGED_WITHOUT = dict.fromkeys(TAGGED, "CLIENT_AND_SERVER")


def standing(plan: Plan) -> list[Kind]:
    """One may come where the platform asks."""
    return [KIND] if plan.platform.telemetry else []


def telemetry(
    plan: Plan, namespace: str, wave: int, name: str = NAME, **selector: Any
) -> Iterator[Object]:
    """What the proxies of a namespace tell of lanes; with a `selector` those of its pods."""
    if (asked := plan.platform.telemetry) is None:
        return
    header = plan.platform.mesh.header
    tagged = TAGGED if plan.planes == {"sidecar"} else TAGGED_WITHOUT
    told = _metrics(asked, header, tagged) | _spans(asked, header) | _access_log(asked)
    if told:
        yield new_object(plan, TELEMETRY, "Telemetry", name, namespace, wave, selector | told)


def expression(header: str) -> str:
    """The label's value in CEL; an empty colour is none, as it is for routes."""
    colour = f"request.headers['{header}']"
    return f"'{header}' in request.headers && {colour} != '' ? {colour} : '{NONE}'"


def _metrics(asked: Telemetry, header: str, tagged: Mapping[str, str]) -> dict[str, Any]:
    if not asked.metrics:
        return {}
    tags = {LABEL: {"operation": "UPSERT", "value": expression(header)}}
    overrides = [
        {"match": {"metric": metric, "mode": mode}, "tagOverrides": tags}
        for metric, mode in tagged.items()
    ]
    return {"metrics": [{"providers": _named(*asked.metrics), "overrides": overrides}]}


def _spans(asked: Telemetry, header: str) -> dict[str, Any]:
    if asked.spans is None:
        return {}
    tag = {"header": {"name": header, "defaultValue": NONE}}
    return {"tracing": [{"providers": _named(asked.spans), "customTags": {LABEL: tag}}]}


def _access_log(asked: Telemetry) -> dict[str, Any]:
    if not asked.access_log:
        return {}
    return {"accessLogging": [{"providers": _named(*asked.access_log)}]}


def _named(*providers: str) -> list[dict[str, str]]:
    return [{"name": provider} for provider in providers]
