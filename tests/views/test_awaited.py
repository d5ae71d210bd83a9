"""Whether Argo CD runs what is published, by its own words."""

from __future__ import annotations

from typing import Any

import pytest

from generator.views.awaited import Missing, missing, pinned
from generator.vocabulary.names import applied
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled


def applications() -> dict[str, bytes]:
    files = compiled().files
    return {path: files[path] for path in files if applied(path)}


def live(name: str, pin: str, sync: str = "Synced", health: str = "Healthy", seen: str = "") -> Any:
    status = {
        "sync": {"status": sync, "comparedTo": {"source": {"targetRevision": seen or pin}}},
        "health": {"status": health},
        "operationState": {"message": "one pod\nis not ready"},
    }
    return {
        "metadata": {"name": name},
        "spec": {"source": {"targetRevision": pin}},
        "status": status,
    }


def test_a_lane_needs_its_own_all_routes_and_the_edge() -> None:
    assert set(pinned(applications(), "test/login")) == {
        "test.login",
        "test.mesh",
        "test.mesh.pods",
        "perf.mesh",
        "perf.mesh.pods",
        "lanes",
        "edge",
    }
    assert "perf.baseline" in pinned(applications(), None)
    assert "perf.baseline" in pinned(applications(), "perf")
    with pytest.raises(Refusal, match="no test/nothing"):
        pinned(applications(), "test/nothing")


def test_an_application_that_somebody_rewrote_is_no_bug_of_gens() -> None:
    path = "argocd/applications/test/login.yaml"
    with pytest.raises(Refusal, match="not as gen wrote it"):
        pinned(applications() | {path: b"kind: Application\n"}, None)


def test_what_is_missing_is_told() -> None:
    wanted = pinned(applications(), "test/login")
    whole = [live(name, pin) for name, pin in wanted.items()]
    assert [*missing(wanted, {"items": whole})] == []
    pin = wanted["test.login"]
    others = [each for each in whole if each["metadata"]["name"] != "test.login"]
    for there, why in (
        ([], "no such Application"),
        ([live("test.login", "older")], "has not moved it"),
        ([live("test.login", pin, seen="older")], "not synced (Synced)"),
        ([live("test.login", pin, sync="OutOfSync")], "not synced (OutOfSync)"),
        ([live("test.login", pin, health="Progressing")], "Progressing: one pod\nis not ready"),
        ([{"metadata": {"name": "test.login"}, "spec": 3}], "has not moved it"),
    ):
        (lack,) = missing(wanted, {"items": [*others, *there]})
        assert lack.what == "test.login" and why in lack.why


def test_where_there_are_several_clusters_it_is_told_on_which() -> None:
    """One that is away keeps all of its own as they were."""

    def on(name: str, destination: Any, pin: str = "v1") -> Any:
        made = live(name, pin, sync="Unknown")
        made["spec"]["destination"] = destination
        return made

    own, eu = {"server": "https://kubernetes.default.svc"}, {"name": "eu", "namespace": "shop"}
    wanted = {"edge": "v1", "edge.eu": "v1"}
    said = [lack.why for lack in missing(wanted, {"items": [on("edge", own), on("edge.eu", eu)]})]
    assert said == ["it is not synced (Unknown), on https://kubernetes.default.svc", "it is not synced (Unknown), on eu"]  # fmt: skip
    for odd in (own, 7, {"name": 7}, {}):
        told = {"items": [on("edge", own), on("edge.eu", odd)]}
        assert {lack.why for lack in missing(wanted, told)} == {"it is not synced (Unknown)"}
    whose = {"items": [on("edge", own), on("other", eu)]}  # nobody asks for that one
    (lack,) = missing({"edge": "v1"}, whose)
    assert lack.why == "it is not synced (Unknown)"


@pytest.mark.parametrize("told", [None, [], 3, {}, {"items": None}, {"items": [3, None]}])
def test_odd_answers_are_nothing(told: Any) -> None:
    assert [*missing({"x": "y"}, told)] == [Missing("x", "there is no such Application yet")]


@pytest.mark.parametrize(
    "told", [None, 7, [], {"items": 7}, {"items": [7, {"metadata": {"name": []}}]}]
)
def test_what_is_no_application_is_none(told: Any) -> None:
    assert [*missing({"edge": "v1"}, told)] == [Missing("edge", "there is no such Application yet")]
