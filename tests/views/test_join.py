"""`gen join`: by what a laptop's process takes a lane's requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.views.join import joined, mirrord, telepresence
from generator.vocabulary.refusal import Refusal
from tests.conftest import Files, compiled, service, write

Gen = Callable[..., tuple[int, str, str]]
PLATFORM = "environments/platform.yaml"
BAGGAGE: Files = {
    PLATFORM: (
        "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
        "mesh: {propagation: baggage}\n"
    )
}


def test_a_lane_with_a_version_of_its_own() -> None:
    one = joined(compiled().plan, "test/login", "api")
    assert mirrord(one, None) == {
        "target": {"path": "deployment/api-login/container/main", "namespace": "shop-test"},
        "feature": {
            "network": {
                "incoming": {
                    "mode": "steal",
                    "http_filter": {"header_filter": "^x\\-lane: test/login$", "ports": [8080]},
                }
            }
        },
    }
    assert telepresence(one, 9090) == [
        ["telepresence", "connect", "--namespace", "shop-test"],
        ["telepresence", "intercept", "api-login", "--service", "api-login", "--port", "9090:web",
         "--http-header", "x-lane=test/login"],
    ]  # fmt: skip


def test_a_lane_that_a_baseline_answers_and_a_port_of_its_own() -> None:
    one = joined(compiled().plan, "test/login", "web")
    told = mirrord(one, 3000)
    assert told["target"]["path"] == "deployment/web/container/main"
    assert told["feature"]["network"]["incoming"]["port_mapping"] == [[3000, 8080]]


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("baggage: x-lane=test/login", True),
        ("baggage: a=b, x-lane=test%2Flogin;p=1,c=d", True),
        ("baggage: x-lane=test/login2", False),
        ("baggage: y-x-lane=test/login", False),
        ("x-lane: test/login", False),
    ],
)
def test_the_colour_among_the_members_of_baggage(line: str, fits: bool) -> None:
    one = joined(compiled(BAGGAGE).plan, "test/login", "api")
    assert bool(re.search(one.pattern, line)) is fits
    with pytest.raises(Refusal, match="whole headers"):
        telepresence(one, None)


def test_what_no_header_tells_is_refused() -> None:
    runs = "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n  db: {tag: v1}\n"
    files: Files = {"environments/test/environment.yaml": runs} | service("db", protocol="tcp")
    with pytest.raises(Refusal, match="no port whose requests carry headers"):
        joined(compiled(files).plan, "test", "db")


def test_a_configuration_for_people_and_json_for_scripts(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path)
    code, out, err = gen("-C", root, "join", "test/login", "api")
    assert code == 0 and json.loads(out)["target"]["namespace"] == "shop-test"
    assert "api in test/login answers them now" in err
    code, out, _ = gen("-C", root, "join", "mixed", "web", "--tool", "telepresence")
    assert code == 0 and out.splitlines()[1].endswith("--port 8080:web --http-header x-lane=mixed")
    answer = json.loads(gen("-C", root, "join", "mixed", "api", "--format", "json")[1])
    assert (answer["version"], answer["unit"]) == (1, "test/login")
    assert answer["mirrord"]["feature"]["network"]["incoming"]["mode"] == "steal"
    for words in (("test/logn", "api"), ("test/login", "ap")):
        assert gen("-C", root, "join", *words)[0] == 2
