"""Lanes in Prometheus: queries of requests, errors and latency of a lane beside its baseline, and a
Grafana dashboard of them.

They name the metrics of Istio, its labels, and the label that `targets/istio/telemetry.py` brings;
a test holds them together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from generator.plan.plan import Plan
from generator.targets.istio.telemetry import LABEL, NONE

LANE, BASELINE, CLUSTER = "$lane", "$baseline", "$cluster"  # Grafana's variables
SERVICE = "destination_canonical_service"  # the same in all units of a service
WINDOW = "5m"
_REQUESTS, _DURATIONS = "istio_requests_total", "istio_request_duration_milliseconds_bucket"
_ERRORS = ('response_code=~"5.."', 'grpc_response_status=~"2|4|8|13|14|15"')


class Query(NamedTuple):
    """What is asked of Prometheus, and how its series are called."""

    called: str
    text: str


class Panel(NamedTuple):
    """A question: in Grafana's words a unit and a kind of panel."""

    title: str
    words: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"


def baseline(plan: Plan, lane: str) -> str:
    """The lane that another one is held against: that of the environment where it begins, or of
    what this one extends."""
    environment = plan.lanes[lane].through[0].environment
    extends = plan.environments[environment].extends
    return extends[0] if environment == lane and extends else environment


def panels(
    plan: Plan, lane: str = LANE, base: str = BASELINE, cluster: str = CLUSTER
) -> Iterator[Panel]:
    """All that is asked of a lane. What arrived is counted where it arrived, what did not where it
    was sent. Where there are several clusters, in those that fit `cluster`, or in all."""
    here, sent = (_Where(plan, reporter, cluster) for reporter in ("destination", "source"))
    yield from _beside(here, {"lane": here.of(lane), "baseline": here.of(base)})
    answering = f"{SERVICE}, destination_workload, destination_workload_namespace"
    yield Panel(
        "Who answers",
        "The workloads that the lane's requests come to.",
        "reqps",
        (_by(here.by(answering), here.of(lane)),),
        "table",
    )
    unanswered = f'{sent.of(lane)}, destination_workload="unknown"'
    yield Panel(
        "Requests that reach nobody",
        "Sent, and refused or failed before any pod had them.",
        "reqps",
        (_by(sent.by("source_workload, response_code, response_flags"), unanswered),),
    )
    yield Panel(
        "Calls without a colour",
        "Who sends them: where a lane's requests come in, the colour is lost there.",
        "reqps",
        (_by(sent.by("source_workload, source_workload_namespace"), sent.of(NONE)),),
    )


def _beside(where: _Where, both: dict[str, str]) -> Iterator[Panel]:
    """What a lane and its baseline are held against each other by."""
    by = where.by(SERVICE)

    def each(of: Callable[[str, str], str]) -> tuple[Query, ...]:
        return tuple(Query(f"{who} {_told(by)}", of(by, series)) for who, series in both.items())

    yield Panel("Requests", "Requests a second, by service.", "reqps", each(_rate))
    errors = (
        "Share of requests that fail: HTTP 5xx, or a status of gRPC that is the server's fault."
    )
    yield Panel("Errors", errors, "percentunit", each(_failing))
    for title, share in (("Latency, 99 of 100", 0.99), ("Latency, median", 0.5)):
        words = "Milliseconds that answers take, where they are made."
        yield Panel(title, words, "ms", each(partial(_quantile, share)))


def _by(labels: str, of: str) -> Query:
    return Query(_told(labels), _rate(labels, of))


def _told(labels: str) -> str:
    """How Grafana calls a series by its labels."""
    return " ".join(f"{{{{{label}}}}}" for label in labels.split(", "))


class _Where:
    """Series of this platform: at the end that counts requests, in its namespaces and, of several
    clusters, in those that fit `cluster`, or in all."""

    def __init__(self, plan: Plan, end: str, cluster: str = "") -> None:
        platform = plan.platform
        spaces = {environment.namespace for environment in plan.environments.values()}
        if end == "source":
            doors = [platform.ingress, *(seat.ingress for seat in platform.seats.values())]
            spaces |= {door.namespace for door in doors}
        listed = "|".join(sorted(spaces))
        self.said = f'{_reporters(plan, end)}, {end}_workload_namespace=~"{listed}"'
        self.cluster = f"{end}_cluster" if platform.seats else ""  # as Istio labels it
        if self.cluster and cluster:
            self.said += f', {self.cluster}=~"{cluster}"'

    def by(self, labels: str) -> str:
        """Labels, and that of the cluster where there are several."""
        return f"{labels}, {self.cluster}" if self.cluster else labels

    def of(self, lane: str) -> str:
        return f"{self.said}, {LABEL}={quoted(lane)}"


def _reporters(plan: Plan, end: str) -> str:
    """Who counts at an end. Without sidecars waypoints do, whatever end is asked for, and the
    ingress what it sends, which comes by none of them."""
    planes = {one.plane for one in plan.environments.values()}
    if planes <= {"sidecar"}:
        return f'reporter="{end}"'
    return 'reporter=~"%s|waypoint"' % ("source" if planes == {"ambient"} else end)


def quoted(text: str) -> str:
    """A text in PromQL."""
    return json.dumps(text)


def _rate(by: str, of: str) -> str:
    return f"sum by ({by}) (rate({_REQUESTS}{{{of}}}[{WINDOW}]))"


def _failing(by: str, of: str) -> str:
    errors = " or ".join(f"rate({_REQUESTS}{{{of}, {error}}}[{WINDOW}])" for error in _ERRORS)
    return f"sum by ({by}) ({errors}) / {_rate(by, of)}"


def _quantile(share: float, by: str, of: str) -> str:
    durations = f"sum by (le, {by}) (rate({_DURATIONS}{{{of}}}[{WINDOW}]))"
    return f"histogram_quantile({share}, {durations})"


def as_json(panel: Panel) -> dict[str, Any]:
    queries = [query.text for query in panel.queries]
    return {"title": panel.title, "what": panel.words, "queries": queries}


def grafana(plan: Plan, lane: str | None = None) -> dict[str, Any]:
    """A dashboard with a variable for the lane, which is `lane` at first."""
    name = plan.platform.name
    return {
        "uid": f"gen-{hashlib.sha256(name.encode()).hexdigest()[:12]}",
        "title": f"Lanes of {name}",
        "tags": ["gen", "istio"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": list(_variables(plan, lane))},
        "panels": [_panel(index, one) for index, one in enumerate(panels(plan))],
    }


def _variables(plan: Plan, lane: str | None) -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    where = _Where(plan, "destination")
    if where.cluster:
        every = f"label_values({_REQUESTS}{{{where.said}}}, {where.cluster})"
        yield _variable("cluster", "Cluster", every, None) | _SEVERAL
        where = _Where(plan, "destination", CLUSTER)
    every = f"{_REQUESTS}{{{where.said}, {LABEL}!~{quoted(f'|{NONE}')}}}"
    yield _variable("lane", "Lane", f"label_values({every}, {LABEL})", lane)
    based = _based(plan, f"{_REQUESTS}{{{where.of(LANE)}}}")
    asked = f"query_result(count by (baseline) ({based}))"
    first = baseline(plan, lane) if lane else None
    yield _variable("baseline", "Beside", asked, first) | {"regex": '/baseline="([^"]+)"/'}


def _based(plan: Plan, series: str) -> str:
    """Series with the label `baseline`: of a branch its environment, of all others as the
    configuration says."""
    made = f'label_replace({series}, "baseline", "$1", "{LABEL}", "([^/]+).*")'
    others: dict[str, list[str]] = {}
    for lane in sorted(plan.lanes):
        if (base := baseline(plan, lane)) != lane.partition("/")[0]:
            others.setdefault(base, []).append(lane)
    for base, lanes in sorted(others.items()):
        made = f'label_replace({made}, "baseline", "{base}", "{LABEL}", "{"|".join(lanes)}")'
    return made


def _variable(name: str, label: str, query: str, first: str | None) -> dict[str, Any]:
    chosen = {"current": {"text": first, "value": first}} if first else {}
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "refresh": 2,
        "sort": 1,
    } | chosen


_SEVERAL = {
    "multi": True,
    "includeAll": True,
    "allValue": ".*",
    "current": {"text": ["All"], "value": ["$__all"]},
}
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def _panel(index: int, panel: Panel) -> dict[str, Any]:
    table = panel.kind == "table"
    targets = [
        {
            "refId": chr(ord("A") + number),
            "datasource": _SOURCE,
            "expr": query.text,
            "legendFormat": query.called,
        }
        | ({"format": "table", "instant": True} if table else {})
        for number, query in enumerate(panel.queries)
    ]
    return {
        "id": index + 1,
        "title": panel.title,
        "description": panel.words,
        "type": panel.kind,
        "datasource": _SOURCE,
        "gridPos": {"x": 12 * (index % 2), "y": 8 * (index // 2), "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": targets,
    }
