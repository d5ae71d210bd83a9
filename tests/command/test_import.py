"""`gen import`: what it writes, tells and leaves alone."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.views.brought import front, workload

Gen = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(gen: Gen, tmp_path: Path) -> Path:
    assert gen("init", "--empty", tmp_path / "shop")[0] == 0
    return tmp_path / "shop"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "live").mkdir()
    (tmp_path / "live/shop.yaml").write_text(workload() + front())
    return tmp_path / "live"


def test_an_empty_repository_has_a_platform_and_no_example(gen: Gen, root: Path) -> None:
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert "environments/platform.yaml" in there and "schemas/service.json" in there
    assert not any(path.startswith(("overlays/", "environments/services")) for path in there)
    assert gen("-C", root, "validate")[0] == 0


def test_what_is_brought_is_valid_and_brought_once(gen: Gen, root: Path, shop: Path) -> None:
    code, out, _ = gen("-C", root, "import", shop)
    assert code == 0 and "taken: 2 of 2 objects, as 1 services" in out
    assert (
        (root / "environments/test/environment.yaml")
        .read_text()
        .endswith("runs:\n  web: {tag: v1}\n")
    )
    assert gen("-C", root, "validate")[0] == 0
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert "written: 0 files" in gen("-C", root, "import", shop)[1]
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_a_person_wrote_stays_and_what_is_new_is_added(
    gen: Gen, root: Path, shop: Path
) -> None:
    gen("-C", root, "import", shop)
    mine = root / "environments/services/web.yaml"
    mine.write_text(mine.read_text() + "# mine\n")
    environment = root / "environments/test/environment.yaml"
    environment.write_text(environment.read_text() + "# also mine\n")
    image = "registry.example.com/api:v2"
    (shop / "more.yaml").write_text(workload("api", "api", image) + front("api", "api"))
    assert gen("-C", root, "import", shop)[0] == 0
    assert mine.read_text().endswith("# mine\n")
    assert environment.read_text().endswith("  web: {tag: v1}\n  api: {tag: v2}\n# also mine\n")
    assert (root / "overlays/base/api/deployment.yaml").exists()


def test_a_dry_run_writes_nothing_and_json_tells_all(gen: Gen, root: Path, shop: Path) -> None:
    code, out, _ = gen("-C", root, "import", "--dry-run", "--format", "json", shop)
    told = json.loads(out)
    assert code == 0 and not (root / "overlays").exists()
    assert told["version"] == 1 and told["written"][0] == "environments/services/web.yaml"
    assert [each["kind"] for each in told["services"]["web"]["objects"]] == [
        "Service",
        "Deployment",
    ]
    assert told["environments"]["test"]["runs"] == {"web": {"tag": "v1"}}


def test_standard_input(gen: Gen, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = workload() + front(port_name="x").replace("80,", "7070,")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, out, _ = gen("-C", root, "import", "-", "--environment", "staging")
    assert code == 0 and out.startswith("stdin:19:11: warning GEN602: protocol of port 7070")
    assert (root / "environments/staging/environment.yaml").exists()


def test_namespaces_become_environments(gen: Gen, root: Path, tmp_path: Path) -> None:
    def there(namespace: str, tag: str) -> str:
        text = workload(image=f"registry.example.com/web:{tag}") + front()
        return text.replace(
            "metadata: {name: web}", f"metadata: {{name: web, namespace: {namespace}}}"
        )

    both = tmp_path / "both.yaml"
    both.write_text(there("a", "v1") + "---\n" + there("b", "v2") + "---\n" + there("c", "v3"))
    wanted = ("--environment", "test=a", "--environment", "staging=b")
    code, out, _ = gen("-C", root, "import", both, *wanted)
    assert code == 0 and "no --environment names its namespace" in out
    for name, namespace, tag in (("test", "a", "v1"), ("staging", "b", "v2")):
        text = (root / f"environments/{name}/environment.yaml").read_text()
        assert text.endswith(f"namespace: {namespace}\nruns:\n  web: {{tag: {tag}}}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.yaml",), "there is no nowhere.yaml"),
        (("--environment", "a", "--environment", "b", "."), "cannot all have everything"),
        (("--environment", "A!", "."), "`A!` is not a name"),
    ],
)
def test_usage(gen: Gen, root: Path, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = gen("-C", root, "import", *arguments)
    assert code == 2 and message in err


def test_a_folder_that_is_no_configuration(gen: Gen, tmp_path: Path, shop: Path) -> None:
    code, _, err = gen("-C", tmp_path, "import", shop)
    assert code == 2 and "gen init --empty" in err


def test_a_chart_is_rendered_first(gen: Gen, root: Path, tmp_path: Path) -> None:
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart/Chart.yaml").write_text("name: x\n")
    code, _, err = gen("-C", root, "import", tmp_path / "chart")
    assert code == 2 and "helm template" in err


def test_what_cannot_be_read_is_told_and_the_rest_is_taken(
    gen: Gen, root: Path, shop: Path
) -> None:
    (shop / "broken.yaml").write_text("a: {{ .Values.x }}\n---\na: [\n")
    code, out, _ = gen("-C", root, "import", shop)
    assert code == 1 and "broken.yaml:" in out and "GEN004" in out
    assert (root / "overlays/base/web/deployment.yaml").exists()


def test_links_are_not_followed(gen: Gen, root: Path, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(workload("hidden", "hidden"))
    (shop / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    gen("-C", root, "import", shop)
    assert not (root / "overlays/base/hidden").exists()
    (root / "overlays/base").rename(tmp_path / "elsewhere")
    (root / "overlays/base").symlink_to(tmp_path / "elsewhere")
    (shop / "more.yaml").write_text(workload("late", "late"))
    assert gen("-C", root, "import", shop)[0] != 0
    assert not (tmp_path / "elsewhere/late").exists()


def test_compose_has_the_variables_of_its_folder(gen: Gen, root: Path, tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    image = "registry.example.com/web:${TAG}"
    (live / "compose.yaml").write_text(f"services: {{web: {{image: '{image}', ports: [80]}}}}\n")
    (tmp_path / "elsewhere").write_text("TAG=v7\n")
    (live / ".env").symlink_to(tmp_path / "elsewhere")
    assert gen("-C", root, "import", "--dry-run", live)[1].count("GEN613") == 1  # no link is read
    (live / ".env").unlink()
    (live / ".env").write_text("TAG=v8\n")
    code, out, _ = gen("-C", root, "import", live)
    assert code == 0 and "values are those of `.env` beside it: TAG" in out
    assert "web: {tag: v8}" in (root / "environments/test/environment.yaml").read_text()
