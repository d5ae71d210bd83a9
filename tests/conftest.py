"""A whole repository and what is asked of it, on one screen."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from generator.command.main import run
from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.terminal import Terminal
from generator.vocabulary.files import FileSet
from generator.vocabulary.source import Sources

settings.register_profile("steady", deadline=None)  # busy machines are slow, not wrong
settings.load_profile("steady")

# Or each process that a test starts would compile all of gen anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

TOP = Path(__file__).parent.parent


@pytest.fixture(autouse=True, scope="session")
def memories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What gen remembers between runs lies in a folder of this run, not in somebody's home."""
    place = tmp_path_factory.mktemp("remembered")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        patch.setenv("XDG_STATE_HOME", str(place / "state"))
        yield


Files = dict[str, str | None]


def base(name: str) -> Files:
    """The smallest base that is accepted."""
    return {
        f"overlays/base/{name}/kustomization.yaml": "kind: Kustomization\nresources: [deployment.yaml]\n",
        f"overlays/base/{name}/deployment.yaml": (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n"
            f"  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: main, image: registry.example.com/{name}}}]}}\n"
        ),
    }


def jobs(name: str) -> str:
    """Jobs beside a base's workload, of the same image."""
    pod = f"spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: registry.example.com/{name}}}]}}}}}}"
    return (
        f'---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: sweep}}\nspec: {{schedule: "0 3 * * *", jobTemplate: {{{pod}}}}}\n'
        f"---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate}}\n{pod}\n"
    )


def service(name: str, more: str = "", protocol: str = "http") -> Files:
    text = f"image: registry.example.com/{name}\nports: [{{name: web, port: 8080, protocol: {protocol}}}]\n{more}"
    text += "" if "forwardsColour" in more else "forwardsColour: true\n"
    return {f"environments/services/{name}.yaml": text} | base(name)


# web → api, in test with a branch, in perf on top of test; one tenant.
SMALL: Files = (
    {
        "environments/platform.yaml": "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n",
        "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n",
        "environments/test/branches/login.yaml": "runs:\n  api: {tag: b1}\n",
        "environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns:\n  api: {tag: p1}\n",
        "environments/lanes/mixed.yaml": "through: [test/login, perf]\n",
        "environments/tenants/acme.yaml": "match: [{header: {x-tenant: acme}}]\nlane: test/login\n",
    }
    | service("web", "calls: [api]\nentry: [{prefix: /}]\n")
    | service("api")
)


def sources(changes: Mapping[str, str | None] | None = None) -> Sources:
    """SMALL with files replaced, added, or (None) taken away."""
    files = SMALL | dict(changes or {})
    return Sources({path: text.encode() for path, text in files.items() if text is not None})


def compiled(changes: Mapping[str, str | None] | None = None) -> Compiled:
    return valid(compile_sources(sources(changes)))


def fileset(files: Mapping[str, bytes]) -> FileSet:
    made = FileSet()
    for path, content in files.items():
        made.add(path, content)
    return made


def write(root: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    for path, content in sources(changes).files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


@pytest.fixture
def gen() -> Callable[..., tuple[int, str, str]]:
    """Runs a command in process: (exit code, output, messages)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run([str(argument) for argument in arguments], Terminal(out, err))
        return code, out.getvalue(), err.getvalue()

    return call


def installed(name: str, how: str = "`bash tests/kustomize/install`") -> str:
    """A program's path; without it tests are skipped, in CI never."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing, and CI must not skip")
        pytest.skip(f"{name} is not installed: {how}")
    return path


@pytest.fixture(scope="session")
def kubectl() -> str:
    return installed("kubectl")


@pytest.fixture(scope="session")
def kustomize() -> tuple[str, ...]:
    """What builds a folder: Kustomize 5.5, which is that of `kubectl kustomize` and starts five
    times as fast, or kubectl's."""
    if path := shutil.which("kustomize-5.5"):
        return path, "build"
    return installed("kubectl"), "kustomize"


@pytest.hookimpl(optionalhook=True)  # without xdist there is nothing to share out
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who has nothing left takes from the other's share, so that both end together."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="write what is expected anew (never in CI)"
    )
