"""`gen import --in-place`: what runs goes on as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from generator.adoption.adopt import Adopted, Here, adopt
from generator.adoption.belongings import Asked
from generator.adoption.items import read
from generator.views.brought import front, workload

SCALER = (
    "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
    "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 3}\n"
)
Gen = Callable[..., tuple[int, str, str]]


def taken(text: str) -> Adopted:
    return adopt(read({"x": text.encode()}).items, "test", Asked({}, in_place=True), Here())


def runs(text: str) -> dict[str, object]:
    made = yaml.safe_load(taken(text).environments[0].text())
    assert made["adopting"] is True
    return {name: run.get("adopted") for name, run in made["runs"].items()}


def test_a_service_is_found_by_the_labels_of_its_service() -> None:
    assert runs(workload() + front()) == {"web": {"selector": {"app": "web"}, "untouched": True}}


def test_a_worker_is_known_by_those_of_its_workload() -> None:
    text = workload().replace("containers:", "serviceAccountName: digger\n      containers:")
    kept = {"selector": {"app": "web"}, "untouched": True, "account": "digger"}
    assert runs(text) == {"web": kept}


ASKING = workload().replace(
    "{matchLabels: {app: web}}",
    "{matchLabels: {tier: front}, matchExpressions: [{key: app, operator: In, values: [web, old]}, {key: gone, operator: DoesNotExist}]}",
).replace("labels: {app: web,", "labels: {app: web, tier: front,")  # fmt: skip


def test_a_worker_that_is_known_by_expressions_is_known_by_all_labels() -> None:
    labels = {"app": "web", "tier": "front", "version": "web"}
    assert runs(ASKING) == {"web": {"selector": labels, "untouched": True}}


@pytest.mark.parametrize("text", [ASKING, ASKING + front()])
def test_expressions_of_a_selector_stay_in_place(gen: Gen, tmp_path: Path, text: str) -> None:
    root = tmp_path / "shop"
    (tmp_path / "shop.yaml").write_text(text)
    assert gen("init", "--empty", root)[0] == 0
    assert gen("-C", root, "import", "--in-place", tmp_path / "shop.yaml")[0] == 0
    assert gen("-C", root, "validate")[0] == 0
    said = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")[1]
    assert "no pod restarts" in said and "selector: spec" not in said
    path = root / "environments/test/environment.yaml"
    path.write_text(path.read_text().replace(", untouched: true", ""))
    (root / "environments/test/branches").mkdir()
    (root / "environments/test/branches/login.yaml").write_text("runs:\n  web: {tag: b1}\n")
    assert gen("-C", root, "validate")[0] == 0
    said = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")[1]
    assert "pods restart: web" in said and "selector: spec" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (workload() + front().replace("spec:", "spec:\n  type: LoadBalancer", 1), "LoadBalancer"),
        (workload().replace("spec:", "spec:\n  replicas: 3", 1) + front() + SCALER, "one until"),
        (workload() + front() + SCALER, ""),
        (workload() + front(), ""),
    ],
)
def test_what_would_change_is_told(text: str, words: str) -> None:
    told = [one.message for one in taken(text).found if one.code == "GEN618"]
    assert [words in message for message in told] == ([True] if words else [])


def test_no_pod_restarts(gen: Gen, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (tmp_path / "shop.yaml").write_text(workload() + front())
    assert gen("init", "--empty", root)[0] == 0
    assert gen("-C", root, "import", "--in-place", tmp_path / "shop.yaml")[0] == 0
    assert gen("-C", root, "validate")[0] == 0
    said = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")[1]
    assert "no pod restarts" in said and "pod label" not in said
    path = root / "environments/test/environment.yaml"
    path.write_text(path.read_text().replace(", untouched: true", ""))
    said = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")[1]
    assert "pods restart: web" in said and "selector: spec" not in said


def test_pods_keep_their_account(gen: Gen, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    text = workload().replace("containers:", "serviceAccountName: digger\n      containers:")
    (tmp_path / "shop.yaml").write_text(text + front())
    assert gen("init", "--empty", root)[0] == 0
    assert gen("-C", root, "import", "--in-place", tmp_path / "shop.yaml")[0] == 0
    assert "no pod restarts" in gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")[1]
    path = root / "environments/test/environment.yaml"
    path.write_text(path.read_text().replace("account: digger", "account: other"))
    said = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")[1]
    assert "digger → other" in said and "pods restart: web" in said


def test_an_environment_that_is_there_gets_what_is_new(gen: Gen, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (tmp_path / "one.yaml").write_text(workload() + front())
    (tmp_path / "two.yaml").write_text((workload() + front()).replace("web", "api"))
    assert gen("init", "--empty", root)[0] == 0
    assert gen("-C", root, "import", tmp_path / "one.yaml")[0] == 0
    assert gen("-C", root, "import", "--in-place", tmp_path / "two.yaml")[0] == 0
    said = yaml.safe_load((root / "environments/test/environment.yaml").read_text())
    assert said["adopting"] is True and "adopted" not in said["runs"]["web"]
    assert said["runs"]["api"]["adopted"] == {"selector": {"app": "api"}, "untouched": True}
