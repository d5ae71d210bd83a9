"""`python -m tests.matrix`: what gen is run with, and by which command. Prints docs/matrix.md and the badge of the README;
with `--results`, a page of what the runs that are kept in build/results showed.

Versions are read where they are set, and stand nowhere twice.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args
from xml.sax.saxutils import escape

from generator.vocabulary.clusters import Cluster
from tests import results
from tests.cluster.tools import ETCD, KUBERNETES
from tests.kustomize.tools import VERSIONS as KUSTOMIZE
from tests.mesh.tools import ENVOYS
from tests.mesh.topology import ISTIO
from tests.reftable import DEBIAN
from tests.render.__main__ import VERSIONS as RENDERED
from tests.torture.servers.gitea import VERSION as GITEA

TOP = Path(__file__).parent.parent
PAGE = TOP / "docs/matrix.md"
BADGE = TOP / "docs/badges/matrix.svg"


class Row(NamedTuple):
    """Something real that gen's output or its commands meet, in these versions, by these targets."""

    what: str
    versions: Callable[[], Iterable[str]]
    targets: tuple[str, ...]
    asks: str


def required(pattern: str, *folders: str) -> list[str]:
    """Versions of a Go module that programs of the tests are built from."""
    found = set[str]()
    for folder in folders:
        for path in (TOP / folder).rglob("*.mod"):
            wanted = re.compile(rf"^\s*(?:require )?{pattern} v(\S+)$", re.MULTILINE)
            found |= set(wanted.findall(path.read_text()))
    return sorted(found, key=_ordered)


def gateway_api() -> list[str]:
    """What the control plane is built with, which brings the definitions too."""
    text = (TOP / "tests/mesh/controlplane/go.mod").read_text()
    return re.findall(r"sigs\.k8s\.io/gateway-api v(\S+)", text)


def _ordered(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def istio() -> list[str]:
    """The release, and the day of the source that is built: modules of releases are not to be had."""
    days = {
        f"{day[:4]}-{day[4:6]}-{day[6:8]}"
        for version in required("istio.io/istio", "tests/mesh/controlplane", "tests/cluster")
        for day in re.findall(r"-(\d{8})\d{6}-", version)
    }
    return [f"{ISTIO} (source of {day})" for day in sorted(days)]


def schemas() -> list[str]:
    known = get_args(Cluster.model_fields["kubernetes"].annotation)
    return [f"{known[0]} to {known[-1]}"]


def python() -> list[str]:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    return [f"{project['requires-python'].removeprefix('>=')} and newer"]


def locked(package: str) -> list[str]:
    found = re.search(
        rf"^{package}==(\S+)", (TOP / "requirements-test.lock").read_text(), re.MULTILINE
    )
    return [found[1]] if found else []


ROWS = (
    Row("Istio's control plane", istio, ("mesh", "cluster-test"), "takes every object, and configures the proxies"),
    Row("Envoy", lambda: ENVOYS, ("mesh", "edge", "bench-edge"), "requests of random topologies; odd but valid requests at the edge"),
    Row("Istio and Envoy, read", istio, ("simulate",), "a million requests over random topologies, without either; held to real Envoys by `make mesh`"),
    Row("Gateway API", gateway_api, ("mesh",), "HTTPRoutes and TCPRoutes, by its own definitions and as Istio's control plane reads them"),
    Row("LuaJIT (lupa)", lambda: locked("lupa"), ("test", "simulate", "specification"), "the filters of the edge and the sidecars"),
    Row("Argo CD", lambda: required("github.com/argoproj/argo-cd/v3", "tests/cluster"), ("cluster-test",), "each verb of daily life, under requests"),
    Row("Kubernetes", lambda: required("k8s.io/kubernetes", "tests/cluster", "tests/schemas"), ("cluster-test", "judge"), "the API server and its controllers"),
    Row("Kubernetes, schemas", schemas, ("test", "judge"), "what bases bring, by `cluster.kubernetes`"),
    Row("etcd", lambda: [ETCD], ("cluster-test", "judge"), "below the API server"),
    Row("Kustomize", lambda: sorted({*KUSTOMIZE, *RENDERED}), ("differential", "render"), "every unit, and bases drawn at random"),
    Row("Gitea", lambda: [GITEA.removeprefix("v")], ("torture",), "publishing, by the rules with which it refuses (`SERVERS=all`)"),
    Row("gitolite, nginx and git", lambda: ["of the machine"], ("torture", "storm"), "publishing, races, kills"),
    Row("git that keeps refs in tables", lambda: [f"of Debian's {DEBIAN}"], ("reftable",), "the tests of all that speaks to git, and of each verb"),
    Row("Python", python, ("test", "lowest", "newest"), "the everyday tests, with the oldest and the newest libraries"),
)  # fmt: skip

HEAD = """# What gen is run with

Nothing here is an estimate: each row is a real program that `make` builds or fetches, and asks. Versions are read from the code that sets them; `python -m tests.matrix` prints this page, and a test holds it to that. What each target compares with what is in [what is tested](testing.md); faults that were found are in the [track record](track-record.md).

Each run keeps what it showed in `build/results/`: commit, time, how many requests were asked and how many answers were wrong. The nightly run of CI has them as an artifact, with a page (`results.md`, by `python -m tests.matrix --results`).

| what | versions | command | asked |
|---|---|---|---|
"""


def page() -> str:
    lines = []
    for row in ROWS:
        commands = ", ".join(f"`make {target}`" for target in row.targets)
        lines.append(f"| {row.what} | {', '.join(row.versions())} | {commands} | {row.asks} |")
    return HEAD + "\n".join(lines) + "\n"


def told(kept: Iterable[Mapping[str, Any]]) -> str:
    """What runs showed, as a page."""
    lines = [
        "# What the runs showed",
        "",
        "| command | commit | when | asked | wrong | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for one in kept:
        counts = ", ".join(
            f"{count:,} {name.replace('_', ' ')}" for name, count in one["counts"].items()
        )
        whole, edited = (
            one["commit"].rstrip("+")[:10],
            " (edited)" if one["commit"].endswith("+") else "",
        )
        lines.append(
            f"| `make {one['target']}` | `{whole}`{edited} | {one['when']} | {counts} | {one['wrong']:,} | {one['seconds']:,} |"
        )
    return "\n".join(lines) + "\n\n" + page().replace("# What", "## What", 1)


def badge() -> str:
    """The versions in one picture, which asks nobody when it is shown."""
    envoys = [version.rpartition(".")[0] for version in ENVOYS]
    argocd = required("github.com/argoproj/argo-cd/v3", "tests/cluster")
    kubernetes = KUBERNETES.removeprefix("v").rpartition(".")[0]
    text = " · ".join(
        [
            f"Istio {ISTIO}",
            f"Envoy {envoys[0]}–{envoys[-1]}",
            f"Argo CD {', '.join(version.rpartition('.')[0] for version in argocd)}",
            f"Kubernetes {kubernetes}",
        ]
    )
    return picture("run with", text)


def picture(name: str, text: str) -> str:
    """A badge, as wide as its words."""
    left, right = 7 * len(name) + 10, 7 * len(text) + 10
    whole, label = left + right, escape(f"{name}: {text}", {'"': "&quot;"})
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}">
<title>{escape(f"{name}: {text}")}</title>
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="#1b6e3c"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left // 2}" y="14" textLength="{left - 10}">{escape(name)}</text>
<text x="{left + right // 2}" y="14" textLength="{right - 10}">{escape(text)}</text>
</g>
</svg>
"""


def main() -> int:
    if "--results" in sys.argv:
        results.FOLDER.mkdir(parents=True, exist_ok=True)
        (results.FOLDER / "results.md").write_text(told(results.read()))
        return 0
    PAGE.write_text(page())
    BADGE.parent.mkdir(exist_ok=True)
    BADGE.write_text(badge())
    return 0


if __name__ == "__main__":
    sys.exit(main())
