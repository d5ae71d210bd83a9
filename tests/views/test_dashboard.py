"""Lanes in Prometheus: what queries name is what proxies tell, and nothing in them is somebody's word."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.plan.plan import Plan
from generator.targets.istio.telemetry import NONE, TAGGED
from generator.views import dashboard
from tests.apart import APART, ONE
from tests.conftest import Files, compiled, write

Gen = Callable[..., tuple[int, str, str]]
PLATFORM = "environments/platform.yaml"
HEAD = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
SEEN: Files = {PLATFORM: HEAD + "telemetry: {metrics: [prometheus]}\n"}
SEEN_AMBIENT: Files = {PLATFORM: str(SEEN[PLATFORM]) + "mesh: {plane: ambient, istio: '1.31'}\n"}
# Istio's standard metrics as Prometheus has them, by their names in Telemetry, and labels of all of them.
METRICS = {
    "istio_requests_total": "REQUEST_COUNT",
    "istio_request_duration_milliseconds_bucket": "REQUEST_DURATION",
}
ISTIO = {
    "reporter", "source_workload", "source_workload_namespace", "source_canonical_service",
    "destination_workload", "destination_workload_namespace", "destination_canonical_service",
    "response_code", "response_flags", "grpc_response_status", "source_cluster", "destination_cluster",
}  # fmt: skip
SERIES = re.compile(r"(\w+)\{([^{}]*)\}")
LABELS = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
BY = re.compile(r"\bby \(([^)]*)\)")


def plan(more: Files | None = None) -> Plan:
    return compiled(SEEN | (more or {})).plan


def told(changes: Files) -> dict[str, set[str]]:
    """Metric → the ends at which the Telemetry of an environment brings its labels, with them."""
    text = compiled(changes).files["overlays/test/mesh/telemetry.yaml"].decode()
    (metrics,) = yaml.safe_load(text)["spec"]["metrics"]
    return {
        f"{one['match']['metric']} {mode}": set(one["tagOverrides"])
        for one in metrics["overrides"]
        for mode in one["match"]["mode"].split("_AND_")
    }


def reporters(said: dict[str, str]) -> dict[str, str]:
    """Who counts → the mode of Telemetry by which its metrics get labels."""
    modes = {"destination": "SERVER", "source": "CLIENT", "waypoint": "SERVER"}
    return {one: modes[one] for one in said["reporter"].split("|")}


def queries(of: Plan) -> Iterator[str]:
    for words in ((), ("test/login", "test")):
        for panel in dashboard.panels(of, *words):
            yield from (query.text for query in panel.queries)
    for variable in dashboard.grafana(of, "mixed")["templating"]["list"]:
        yield variable["query"]


@pytest.mark.parametrize("files", [SEEN, SEEN_AMBIENT], ids=["sidecar", "ambient"])
def test_every_metric_and_label_is_one_that_proxies_tell(files: Files) -> None:
    brought, asked = told(files), 0
    for query in queries(plan(files)):
        for metric, labels in SERIES.findall(query):
            asked += 1
            said = dict(LABELS.findall(labels))
            for mode in reporters(said).values():
                own = brought[f"{METRICS[metric]} {mode}"]
                assert own == {"lane"}
                assert set(said) <= ISTIO | own
        for listed in BY.findall(query):
            assert set(listed.split(", ")) <= ISTIO | {"lane", "le", "baseline"}
    assert asked > 20
    assert set(TAGGED) == set(METRICS.values())


def test_queries_balance_and_stay_in_the_platforms_namespaces() -> None:
    for query in queries(plan()):
        for opens, closes in ("()", "{}", "[]"):
            assert query.count(opens) == query.count(closes), query
        for _, labels in SERIES.findall(query):
            said = dict(LABELS.findall(labels))
            where = said[f"{said['reporter']}_workload_namespace"]
            ingress = ["istio-ingress"] if said["reporter"] == "source" else []
            assert where.split("|") == [*ingress, "shop-perf", "shop-test"]


def test_without_sidecars_waypoints_count_and_the_ingress_what_it_sends() -> None:
    """It goes to pods itself, so that no request is counted twice."""
    for query in queries(plan(SEEN_AMBIENT)):
        for _, labels in SERIES.findall(query):
            assert dict(LABELS.findall(labels))["reporter"] == "source|waypoint"


@pytest.mark.parametrize(
    "lane, base", [("test/login", "test"), ("test", "test"), ("perf", "test"), ("mixed", "test")]
)
def test_a_lane_is_held_against_that_of_its_environment(lane: str, base: str) -> None:
    assert dashboard.baseline(plan(), lane) == base
    _, first, second = dashboard.grafana(plan(), lane)["templating"]["list"]
    assert (first["current"]["value"], second["current"]["value"]) == (lane, base)
    # what Grafana finds by itself for each lane: the last expression that fits it whole
    found = lane
    for to, expression in re.findall(r'"baseline", "([^"]*)", "lane", "([^"]*)"', second["query"]):
        if fits := re.fullmatch(expression, lane):
            found = fits.expand(to.replace("$1", r"\1"))
    assert found == base


def test_the_dashboard_has_what_grafana_asks_for() -> None:
    made = dashboard.grafana(plan())
    assert json.loads(json.dumps(made)) == made
    ids = [panel["id"] for panel in made["panels"]]
    assert len(ids) == len(set(ids)) == len(list(dashboard.panels(plan())))
    assert len(made["uid"]) <= 40
    for panel in made["panels"]:
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))
        assert set(panel["gridPos"]) == set("xywh")
    assert "current" not in made["templating"]["list"][1]


APART_SEEN = APART | {PLATFORM: str(APART[PLATFORM]) + "telemetry: {metrics: [prometheus]}\n"}
ONE_SEEN = ONE | {PLATFORM: str(ONE[PLATFORM]) + "telemetry: {metrics: [prometheus]}\n"}


@pytest.mark.parametrize("files", [APART_SEEN, ONE_SEEN])
def test_lanes_of_two_clusters_are_told_apart(files: Files) -> None:
    of = compiled(files).plan
    for query in queries(of):
        for _, labels in SERIES.findall(query):
            said = dict(LABELS.findall(labels))
            where = said[f"{said['reporter']}_workload_namespace"].split("|")
            assert ("gates" in where) == (said["reporter"] == "source" and files is APART_SEEN)
    for panel in dashboard.panels(of):
        for query in panel.queries:
            chosen = {key for key, value in LABELS.findall(query.text) if value == "$cluster"}
            (label,) = chosen  # the end that counts
            listed = [by.split(", ") for by in BY.findall(query.text)]
            assert listed and all(label in by for by in listed), query
            assert f"{{{{{label}}}}}" in query.called or panel.kind == "table"
    made = dashboard.grafana(of)["templating"]["list"]
    (variable,) = (one for one in made if one["name"] == "cluster")
    assert variable["query"].endswith(", destination_cluster)")
    assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".*")


def test_without_a_dashboard_there_is_no_cluster_to_choose() -> None:
    of = compiled(ONE_SEEN).plan
    texts = [
        query.text for panel in dashboard.panels(of, "eu", "eu", "") for query in panel.queries
    ]
    assert texts and not any("$" in text for text in texts)
    assert all("_cluster)" in text for text in texts)
    assert "cluster" not in json.dumps(dashboard.grafana(plan(), "mixed"))


@pytest.mark.parametrize("text", ['"', "\\", '\\"} or vector(1) #', "a\nb", "{{x}}", "$lane"])
def test_a_text_ends_no_string_of_a_query(text: str) -> None:
    query = f"m{{l={dashboard.quoted(text)}}}"
    ((_, said),) = LABELS.findall(query)
    assert json.loads(f'"{said}"') == text
    assert "\n" not in query


def test_what_is_printed(gen: Gen, tmp_path: Path) -> None:
    write(tmp_path, SEEN)
    code, out, _ = gen("-C", tmp_path, "dashboard", "test/login")
    assert code == 0
    assert "# Requests: " in out and 'lane="test/login"' in out and 'lane="test"' in out
    assert f'lane="{NONE}"' in out
    said = json.loads(gen("-C", tmp_path, "dashboard", "mixed", "--format", "json")[1])
    assert (said["version"], said["lane"], said["baseline"]) == (1, "mixed", "test")
    assert all(panel["queries"] for panel in said["panels"])
    drawn: dict[str, Any] = json.loads(gen("-C", tmp_path, "dashboard", "--format", "grafana")[1])
    assert drawn["title"] == "Lanes of shop"
    code, _, err = gen("-C", tmp_path, "dashboard", "test/logn")
    assert code == 2 and "test/login" in err
    (tmp_path / PLATFORM).write_text(HEAD + "telemetry: {spans: otel}\n")
    code, _, err = gen("-C", tmp_path, "dashboard")
    assert code == 1 and "metrics: [prometheus]" in err
