"""Whom policies let in: what lanes take, and never less or more when a branch comes or goes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.plan.units import ANY, Unit
from generator.vocabulary.source import Sources
from tests.conftest import Files, compiled, service
from tests.mesh.topology import generate

STRICT: Files = {
    "environments/platform.yaml": "name: shop\nmesh: {mtls: strict}\nnamespaces: {networkPolicies: both}\n"
    "ingress: {namespace: istio-ingress, serviceAccount: gate, selector: {istio: ingress}}\n"
    "argocd: {repository: https://git.example.com/shop.git}\n",
}
GATE = "cluster.local/ns/istio-ingress/sa/gate"


def policies(files: Any, kind: str, prefix: str) -> list[dict[str, Any]]:
    """The specs of an environment's policies of a kind, whose names begin so."""
    things = [
        thing
        for path in files
        if path.startswith("overlays/test/mesh.pods/services/")
        for thing in yaml.safe_load_all(bytes(files[path]))
    ]
    return [
        thing["spec"]
        for thing in things
        if thing["kind"] == kind and thing["metadata"]["name"].startswith(prefix)
    ]


def account(name: str, environment: str = "test") -> str:
    return f"cluster.local/ns/shop-{environment}/sa/{name}"


def whole(name: str, environment: str = "test") -> list[str]:
    return [account(name, environment), account(f"{name}-*", environment)]


def test_a_service_is_let_in_with_all_its_branches() -> None:
    made = compiled(STRICT)
    web, api, branch = (
        policies(made.files, "AuthorizationPolicy", name) for name in ("web.", "api.", "api-login.")
    )
    tests = whole("gen.tests") + whole("gen.tests", "perf")
    (rule,) = api[0]["rules"]
    assert rule["from"] == [{"source": {"principals": whole("web")}}]
    (rule,) = web[0]["rules"]
    assert rule["from"] == [{"source": {"principals": sorted([GATE, *tests])}}]
    (rule,) = branch[0]["rules"]
    assert rule["from"] == [{"source": {"principals": whole("web")}}]


def test_the_network_lets_in_the_same() -> None:
    (api,) = policies(compiled(STRICT).files, "NetworkPolicy", "api.")
    assert api["ingress"][0]["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop-test"}},
            "podSelector": {
                "matchExpressions": [
                    {
                        "key": "app.kubernetes.io/name",
                        "operator": "In",
                        "values": ["web"],
                    }
                ]
            },
        }
    ]


def test_services_whose_names_begin_alike_are_told_apart() -> None:
    branches: Files = {
        f"environments/test/branches/{name}.yaml": "runs: {web: {tag: b}}\n"
        for name in ("worker-x", "other")
    }
    made = compiled(STRICT | service("web-worker") | branches)
    (api,) = policies(made.files, "AuthorizationPolicy", "api.")
    plain, apart = (entry["source"] for entry in api["rules"][0]["from"])
    assert plain == {"principals": [account("web"), account("web-worker-x")]}
    assert apart == {
        "principals": [account("web-*")],
        "notPrincipals": [account("web-worker"), account("web-worker-*")],
    }


def test_a_branch_that_is_named_like_another_services_branch_is_not_let_in() -> None:
    """`web-worker-x` is the account of web in `worker-x`, and no branch's of web-worker."""
    files: Files = service("late") | service("web-worker", "calls: [late]\nentry: [{prefix: /w}]\n")
    runs = "hosts: [test.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}, late: {tag: v1}, web-worker: {tag: v1}}\n"
    files |= {
        "environments/test/environment.yaml": runs,
        "environments/test/branches/worker-x.yaml": "runs: {web: {tag: b}}\n",
    }
    (late,) = policies(compiled(STRICT | files).files, "AuthorizationPolicy", "late.")
    plain, apart = (entry["source"] for entry in late["rules"][0]["from"])
    perf = [account(name, "perf") for name in ("web-worker", "web-worker-*")]
    assert plain == {"principals": [*perf, account("web-worker")]}
    assert apart == {
        "principals": [account("web-worker-*")],
        "notPrincipals": [account("web-worker-x")],
    }


def test_a_branch_in_a_strict_lane_lets_in_exactly_who_calls_it() -> None:
    lane: Files = {
        "environments/lanes/alone.yaml": "through: [test/login]\npin: {web: test}\nisolation: strict\n"
    }
    plan = compiled(STRICT | lane).plan
    assert plan.allowed["api", Unit("test", "login")] == (("web", Unit("test")),)
    assert ("web", Unit("test", ANY)) in plan.allowed["api", Unit("test")]


@pytest.mark.parametrize(
    "branch",
    [
        "runs: {web: {tag: b}}\n",
        "runs: {api: {tag: b}}\n",
        "runs: {web: {tag: b}, api: {tag: b}, late: {tag: b}}\n",
        "runs: {web: {tag: b}}\ntests: {health: {requests: [{service: web}]}}\n",
        "runs: {web: {tag: b}}\nhosts: [b.example.com]\n",
    ],
)
@pytest.mark.parametrize("environment", ["test", "perf"])
def test_no_branch_changes_whom_a_baseline_lets_in(environment: str, branch: str) -> None:
    late = service("late", "calls: [api, web]\n")
    before = compiled(STRICT | late)
    path = f"environments/{environment}/branches/new.yaml"
    after = compiled(STRICT | late | {path: branch})
    assert baselines(after.files) == baselines(before.files)


def baselines(files: Any) -> dict[tuple[str, str, str], Any]:
    """Policies that choose the pods of baselines, or all of a namespace, by kind and name."""
    found = {}
    for path in files:
        if "/mesh.pods/" in path or "/namespace/" in path:
            for thing in yaml.load_all(bytes(files[path]), yaml.CSafeLoader):
                if thing["kind"] not in ("AuthorizationPolicy", "NetworkPolicy"):
                    continue
                spec, metadata = thing["spec"], thing["metadata"]
                chosen = spec.get("selector", spec.get("podSelector", {})).get("matchLabels", {})
                if chosen.get("gen/branch", "baseline") == "baseline":
                    found[thing["kind"], metadata["namespace"], metadata["name"]] = thing
    return found


@pytest.mark.parametrize("seed", range(1, 13))
def test_branches_of_random_repositories_leave_the_baselines_policies_as_they_are(
    seed: int, tmp_path: Path
) -> None:
    generate(seed, tmp_path, "1.40.0", "strict")
    files = dict(read_sources(tmp_path).files)
    before = valid(compile_sources(Sources(files)))
    plan, draw = before.plan, random.Random(seed)
    for index in range(6):
        environment = draw.choice(sorted(plan.environments))
        ran = sorted(name for name in plan.services if name in plan.bases)
        runs = draw.sample(ran, min(len(ran), draw.randint(1, 3)))
        path = f"environments/{environment}/branches/coming-{index}.yaml"
        text = "".join(f"  {name!r}: {{tag: b{index}}}\n" for name in runs)
        files[path] = f"runs:\n{text}".encode()
    after = valid(compile_sources(Sources(files)))
    assert baselines(after.files) == baselines(before.files)


@pytest.mark.parametrize("rests", ["asleep: true\n", "draining"])
def test_what_sleeps_or_drains_keeps_its_callers(rests: str) -> None:
    """Policies come before the routes that leave it."""
    path = "environments/test/branches/login.yaml"
    run = "{tag: b1, draining: true}" if rests == "draining" else "{tag: b1}"
    more = "" if rests == "draining" else rests
    awake, resting = (
        compiled(STRICT | {path: text}).plan
        for text in ("runs:\n  api: {tag: b1}\n", f"runs:\n  api: {run}\n{more}")
    )
    login = Unit("test", "login")
    assert ("api", login) not in resting.callers
    assert resting.allowed["api", login] == awake.allowed["api", login]


def test_environments_that_the_same_services_call_from_share_an_entry() -> None:
    (web,) = policies(compiled(STRICT).files, "NetworkPolicy", "web.")
    _, testers = web["ingress"][0]["from"]
    assert testers["namespaceSelector"] == {
        "matchExpressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "In",
                "values": ["shop-perf", "shop-test"],
            }
        ]
    }
    assert testers["podSelector"]["matchExpressions"][0]["values"] == ["gen.tests"]
