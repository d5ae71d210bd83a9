"""What must hold besides answers: projects refuse, hand edits are undone, what is broken holds nobody back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from tests.cluster import report, scenarios
from tests.cluster.api import APPLICATIONS, PATCH, PROJECTS, Object
from tests.cluster.run import REST, Run
from tests.cluster.traffic import Config
from tests.cluster.world import World


def each(run: Run, checks: Sequence[Callable[[Run], list[str]]]) -> list[str]:
    """What is wrong."""
    found: list[str] = []
    for check in checks:
        before = len(found)
        found += check(run)
        report.say(f"{check.__name__}: {'ok' if len(found) == before else found[before:]}")
    return found


def projects(run: Run) -> list[str]:
    """An AppProject allows what gen emits and bases may bring: no other namespace, kind or repository."""
    world = run.world
    template = world.applications()["test.baseline"]
    found = []
    for what, things, words in (
        ("a foreign namespace", [_config_map("shop-staging")], "not permitted in project"),
        (
            "a kind that no base may bring",
            [
                {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "Ingress",
                    "metadata": {"name": "mine", "namespace": "shop-test"},
                    "spec": {
                        "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}
                    },
                }
            ],
            "is not permitted in project",
        ),
        (
            "a cluster's kind",
            [
                {
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "ClusterRole",
                    "metadata": {"name": "mine"},
                    "rules": [],
                }
            ],
            "is not permitted in project",
        ),
    ):
        world.foreign(json.dumps({"apiVersion": "v1", "kind": "List", "items": things}))
        world.application("foreign", template["spec"]["project"], world.remote.as_uri(), "foreign")
        said = _until(lambda: _said(world, "foreign"), lambda text, words=words: words in text)
        if words not in said:
            found.append(f"{what} was not refused: {said}")
        world.api.ask("DELETE", f"{APPLICATIONS}/foreign")
        _until(lambda: str(world.api.find(f"{APPLICATIONS}/foreign")), lambda text: text == "None")
    world.application(
        "foreign", template["spec"]["project"], "https://git.example.com/another.git", "deploy"
    )
    said = _until(lambda: _said(world, "foreign"), lambda text: "not permitted in project" in text)
    if "not permitted in project" not in said:
        found.append(f"another repository was not refused: {said}")
    world.api.ask("DELETE", f"{APPLICATIONS}/foreign")
    return found


def sha256(run: Run) -> list[str]:
    """Argo CD reads no repository whose objects are named by SHA-256, as docs/delivery.md says."""
    world = run.world
    remote, work = world.folder / "sha256.git", world.folder / "sha256"
    made = ("init", "--quiet", "--initial-branch", "foreign", "--object-format=sha256")
    world.git(*made, "--bare", str(remote), where=world.folder)
    world.git(*made, str(work), where=world.folder)
    (work / "foreign").mkdir()
    (work / "foreign/manifest.json").write_text(json.dumps(_config_map("shop-test")))
    world.git("add", "--all", where=work)
    world.git("commit", "--quiet", "--message", "foreign", where=work)
    world.git("push", "--quiet", remote.as_uri(), "foreign", where=work)
    everything = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject"}
    world.api.ask("POST", PROJECTS, head | {"metadata": {"name": "foreign"}, "spec": everything})
    world.application("foreign", "foreign", remote.as_uri(), "foreign")
    said = _until(lambda: _said(world, "foreign"), lambda text: "Error" in text or "Synced" in text)
    report.say(f"a repository of SHA-256: {said[:600]}")
    world.api.ask("DELETE", f"{APPLICATIONS}/foreign")
    _until(lambda: str(world.api.find(f"{APPLICATIONS}/foreign")), lambda text: text == "None")
    world.api.ask("DELETE", f"{PROJECTS}/foreign")
    return [] if "ComparisonError" in said else [f"it is read: {said}"]


def conflicts(run: Run) -> list[str]:
    """Nothing was refused or fought over on the way."""
    found = []
    for name, application in run.world.applications().items():
        status = application.get("status", {})
        found += [f"{name}: {each}" for each in status.get("conditions", [])]
        found += [
            f"{name}: {each}"
            for each in status.get("resources", [])
            if each.get("status") != "Synced"
        ]
        if "conflict" in json.dumps(status.get("operationState", {})).lower():
            found.append(f"{name}: a conflict in {status['operationState']}")
    return found


def heals(run: Run) -> list[str]:
    """A hand edit is undone: of a workload, a Service and a route; and a deletion."""
    world = run.world
    found = []
    deployment, service = (
        "/apis/apps/v1/namespaces/shop-test/deployments/api",
        "/api/v1/namespaces/shop-test/services/api",
    )
    route = "/apis/networking.istio.io/v1/namespaces/shop-test/virtualservices/api"
    for what, path, patch, seen in (
        (
            "an account",
            deployment,
            {"spec": {"template": {"spec": {"serviceAccountName": "mine"}}}},
            '"mine"',
        ),
        ("a selector", service, {"spec": {"selector": {"gen/branch": "first"}}}, '"first"'),
        ("a route", route, {"spec": {"exportTo": ["*"]}}, '"*"'),
    ):
        world.api.ask("PATCH", path, patch, PATCH)
        if seen in _until(
            lambda path=path: json.dumps(world.api.ask("GET", path)["spec"]),
            lambda text, seen=seen: seen not in text,
        ):  # type: ignore[misc]
            found.append(f"{what} stays as it was edited by hand")
    world.api.ask("DELETE", route)
    if (
        _until(lambda: str(world.api.find(route) is not None), lambda text: text == "True")
        != "True"
    ):
        found.append("a route that was deleted by hand stays away")
    world.settle()
    time.sleep(REST)
    run.traffic.take()  # a hand edit does harm for as long as it stands
    return found


def prunes(run: Run) -> list[str]:
    """What left the output leaves the cluster, and a namespace holds nothing that no Application knows."""
    world = run.world
    known = {
        (each["kind"], each.get("namespace"), each["name"])
        for application in world.applications().values()
        for each in application.get("status", {}).get("resources", [])
    }
    found = []
    for environment in ("test", "staging"):
        for path, kind in (
            ("/apis/networking.istio.io/v1/namespaces/%s/virtualservices", "VirtualService"),
            ("/apis/apps/v1/namespaces/%s/deployments", "Deployment"),
            ("/api/v1/namespaces/%s/services", "Service"),
            (
                "/apis/security.istio.io/v1/namespaces/%s/authorizationpolicies",
                "AuthorizationPolicy",
            ),
        ):
            there = {
                (kind, item["metadata"]["namespace"], item["metadata"]["name"])
                for item in world.api.list(path % f"shop-{environment}")
            }
            found += [f"{each} belongs to no Application" for each in sorted(there - known)]
    return found


def broken(run: Run) -> list[str]:
    """A version that never starts: what ran before goes on, others' merges arrive, and a revert brings all back."""
    world, found, before = run.world, [], Config.read(run.world.root)
    run.traffic.expect(before)
    scenarios.break_baseline(world)
    world.ring()
    began = time.monotonic()
    scenarios.move(world, "lane: test\n", "lane: test/login\n")
    run.traffic.expect(before, Config.read(world.root))
    world.ring()
    arrived = _until(
        lambda: str(_pin(world, "edge") == world.pins()["edge"][0]),
        lambda text: text == "True",
        200,
    )
    report.say(
        f"another tenant's merge arrives {time.monotonic() - began:.0f} s after one that never starts"
    )
    if arrived != "True":
        found.append("a version that does not start holds back another tenant's merge")
    scenarios.repair(world)
    world.ring()
    world.settle()
    time.sleep(REST)
    run.traffic.expect(Config.read(world.root))
    return found


def _pin(world: World, name: str) -> str:
    return str(
        world.applications()[name]
        .get("status", {})
        .get("sync", {})
        .get("comparedTo", {})
        .get("source", {})
        .get("targetRevision")
    )


def _config_map(namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "mine", "namespace": namespace},
    }


def _said(world: World, name: str) -> str:
    application = world.api.find(f"{APPLICATIONS}/{name}") or {}
    return json.dumps(
        [application.get("status", {}).get(key) for key in ("conditions", "operationState")]
    )


def _until(ask: Callable[[], str], enough: Callable[[str], bool], seconds: float = 60) -> str:
    """The first answer that is enough, or the last one."""
    end = time.monotonic() + seconds
    while not enough(said := ask()) and time.monotonic() < end:
        time.sleep(0.2)
    return said
