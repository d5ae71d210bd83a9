"""Smoke tests and promotion: versions move as far as they were tested, comments stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Files, compiled, write

Gen = Callable[..., tuple[int, str, str]]
PERF = "environments/perf/environment.yaml"
TESTS = "hosts: [test.example.com]\nruns:\n  web: {tag: v2}\n  api: {tag: v2}\ntests:\n  front: {requests: [{service: web, path: /healthz}]}\n"
TARGET = "hosts: [perf.example.com]\nextends: test\n# what we run\nruns:\n  api: {tag: p1, replicas: 3}  # three, for the load\n"
ASKS: Files = {
    "environments/test/environment.yaml": TESTS,
    PERF: TARGET + "takes: {from: test, tested: true}\n",
}


def application(
    changes: Files,
    unit: str = "test.baseline",
    sync: str = "Synced",
    health: str = "Healthy",
    pin: str | None = None,
) -> str:
    """What kubectl shows of the tests' Application."""
    environment, label = unit.split(".")
    said: dict[str, Any] = yaml.safe_load(
        compiled(changes).files[f"argocd/applications/{environment}/{label}.tests.yaml"]
    )
    said["status"] = {
        "sync": {
            "status": sync,
            "comparedTo": {
                "source": {"targetRevision": pin or said["spec"]["source"]["targetRevision"]}
            },
        },
        "health": {"status": health},
    }
    return json.dumps(said)


def test_versions_move_and_comments_stay(tmp_path: Path, gen: Gen) -> None:
    write(tmp_path, ASKS | {PERF: TARGET})
    assert gen("-C", tmp_path, "promote", "test", "perf")[0] == 0
    assert (tmp_path / PERF).read_text() == TARGET.replace("tag: p1", "tag: v2")
    assert gen("-C", tmp_path, "promote", "test", "perf")[1].startswith("already up to date")
    code, out, _ = gen("-C", tmp_path, "promote", "test", "perf", "web", "--dry-run")
    assert code == 0 and "+  web: {tag: v2}" in out and "web" not in (tmp_path / PERF).read_text()
    assert gen("-C", tmp_path, "promote", "test/login", "test")[0] == 0
    assert "api: {tag: b1}" in (tmp_path / "environments/test/environment.yaml").read_text()


def test_what_passed_is_taken(tmp_path: Path, gen: Gen) -> None:
    write(tmp_path, ASKS)
    (tmp_path / "shown.json").write_text(application(ASKS))
    assert (
        gen("-C", tmp_path, "promote", "test", "perf", "--tested", tmp_path / "shown.json")[0] == 0
    )
    assert "api: {tag: v2, replicas: 3}  # three, for the load" in (tmp_path / PERF).read_text()


def test_an_output_branch_with_a_slash_is_tested_too(tmp_path: Path, gen: Gen) -> None:
    platform = (
        "name: shop\nargocd: {repository: https://git.example.com/shop.git, branch: out/shop}\n"
    )
    asks = ASKS | {"environments/platform.yaml": platform}
    write(tmp_path, asks)
    (tmp_path / "shown.json").write_text(application(asks))
    code, _, err = gen(
        "-C", tmp_path, "promote", "test", "perf", "--tested", tmp_path / "shown.json"
    )
    assert code == 0, err


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (None, "only what was tested is taken"),
        (application(ASKS, health="Degraded"), "test.baseline.tests is Synced and Degraded"),
        (application(ASKS, health="Progressing"), "wait until it has run"),
        (application(ASKS, sync="OutOfSync"), "OutOfSync"),
        (
            application(ASKS, pin="refs/tags/gen/deploy/test/baseline.tests/0123456789abcdef"),
            "tested other versions",
        ),
        (
            application(
                ASKS
                | {
                    "environments/test/environment.yaml": TESTS.replace(
                        "api: {tag: v2}", "api: {tag: v1}"
                    )
                }
            ),
            "tested other versions",
        ),
        (
            application(ASKS).replace("test.baseline.tests", "perf.baseline.tests"),
            "not test.baseline.tests",
        ),
        ("[]", "not test.baseline.tests"),
        ('{"metadata": {"name": {"a": 1}}}', "not test.baseline.tests"),
        ("[" * 10**5, "not JSON"),
        ("junk", "not JSON"),
    ],
)
def test_what_did_not_pass_is_refused(
    tmp_path: Path, gen: Gen, shown: str | None, words: str
) -> None:
    write(tmp_path, ASKS)
    (tmp_path / "shown.json").write_text(shown or "")
    code, _, err = gen(
        "-C",
        tmp_path,
        "promote",
        "test",
        "perf",
        *(["--tested", tmp_path / "shown.json"] if shown else []),
    )
    assert code in (2, 4) and words in err and (tmp_path / PERF).read_text() == ASKS[PERF]


def test_an_environment_takes_from_where_it_says(tmp_path: Path, gen: Gen) -> None:
    write(
        tmp_path,
        ASKS
        | {
            "environments/demo/environment.yaml": "hosts: [demo.example.com]\nextends: test\nruns: {api: {tag: d}}\n"
        },
    )
    code, _, err = gen("-C", tmp_path, "promote", "demo", "perf")
    assert code == 4 and "perf takes versions from test" in err
    code, _, err = gen("-C", tmp_path, "promote", "test/login", "perf")
    assert code == 4 and "test/login has no smoke tests" in err


def jobs(changes: Files, unit: str = "test/baseline") -> list[Any]:
    things = yaml.safe_load_all(compiled(changes).files[f"overlays/{unit}.tests/tests.yaml"])
    return [thing for thing in things if thing["kind"] == "Job"]


def test_a_job_asks_in_the_lane_of_its_unit_and_is_new_for_a_new_version() -> None:
    branch = "runs: {api: {tag: %s}}\ntests:\n  answers: {requests: [{service: api, status: 404}]}\n  own: {image: 'r.example.com/e2e:v1', command: [run], calls: [web]}\n"
    before, after = (
        jobs({"environments/test/branches/login.yaml": branch % tag}, "test/login")
        for tag in ("b1", "b2")
    )
    assert not {job["metadata"]["name"] for job in before} & {
        job["metadata"]["name"] for job in after
    }
    template = before[0]["spec"]["template"]
    assert (
        template["metadata"]["labels"].items()
        >= {"gen/environment": "test", "gen/branch": "login"}.items()
    )
    assert template["spec"]["containers"][0]["command"][-1] == "404 http://api.shop-test:8080/"
    assert before[1]["spec"]["template"]["spec"]["containers"][0]["command"] == ["run"]


def test_whom_a_test_calls_lets_it_and_nobody_else() -> None:
    files = compiled(ASKS).files
    policies = {
        thing["metadata"]["name"].partition(".")[0]: thing
        for thing in yaml.safe_load_all(files["overlays/test/mesh.pods/services/web.yaml"])
        if thing["kind"] == "AuthorizationPolicy"
    }
    assert (
        "cluster.local/ns/shop-test/sa/gen.tests"
        in policies["web"]["spec"]["rules"][0]["from"][0]["source"]["principals"]
    )
    assert b"gen.tests" not in files["overlays/test/mesh.pods/services/api.yaml"]


def test_the_words_that_are_asked_come_through_a_shell_as_they_are(tmp_path: Path) -> None:
    """The script itself, with a curl that says what it was asked."""
    import subprocess

    script = jobs(ASKS)[0]["spec"]["template"]["spec"]["containers"][0]["command"]
    (tmp_path / "curl").write_text(
        '#!/bin/sh\nfor url; do :; done\necho "$url" >>asked\ncase "$url" in *bad) printf 500;; *) printf 200;; esac\n'
    )
    (tmp_path / "curl").chmod(0o755)
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*script[:4], *words],
            cwd=tmp_path,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("200 http://web/a", "200 http://web/b").returncode == 0 and (
        tmp_path / "asked"
    ).read_text().split() == ["http://web/a", "http://web/b"]
    assert run("200 http://web/a", "200 http://web/bad").returncode == 1
    assert run("500 http://web/bad").returncode == 0
