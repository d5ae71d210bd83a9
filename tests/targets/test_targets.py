"""The walls: another kind of routes is a class and a line, and what a target cannot is told first."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.plan import colours as meeting
from generator.plan.hosts import Requests, VirtualHost
from generator.plan.plan import Plan
from generator.plan.routes import NoAnswer
from generator.targets import objects, registry
from generator.targets.needs import needs
from generator.targets.objects import Object
from generator.targets.target import Capability, Registered, RoutePrinter
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.conftest import TOP, compiled, service, sources

GROUP = "routes.example.com"


class LaneMaps(RoutePrinter):
    """A third kind of routes: a table of colours, and of paths where there are any."""

    def objects(self, host: VirtualHost) -> Iterator[Object]:
        name = f"{host.kind}.{host.service or 'all'}"
        namespace = self.plan.environments[host.environment].namespace
        spec: dict[str, Any] = {"hosts": list(host.names)}
        spec["seenFrom"] = [self.plan.environments[one].namespace for one in host.seen_from]
        spec["requests"] = [self.requests(part) for part in host.requests]
        spec["connections"] = [
            {"from": str(route.match.caller or "*"), "to": str(route.answer)}
            for route in host.connections
        ]
        yield objects.new_object(
            self.plan, f"{GROUP}/v1", "LaneMap", name, namespace, objects.ROUTES, spec
        )

    def requests(self, part: Requests) -> dict[str, Any]:
        """The path of a way, if there is one, and what each colour gets; `*` is all others."""
        table: dict[str, Any] = {}
        for route in part.routes:
            does: Any = (
                {"refuse": route.answer.status} if isinstance(route.answer, NoAnswer) else {}
            )
            if route.unit:
                does = {"to": self.plan.kubernetes_host(part.service, route.unit)}
            whole = self.plan.homes.items() if route.match.whole else ()
            branches = [lane for lane, home in whole if home in route.lanes]
            for lane in (*(route.lanes or ("*",)), *branches):
                table.setdefault(lane, does)
        return {"path": part.way.path if part.way else "/", "colours": table}


def asked(plan: Plan) -> set[Capability]:
    return {need for need, _ in needs(plan, plan.environments)}


def able(*without: Capability) -> frozenset[Capability]:
    return frozenset(Capability) - registry.PLANES["sidecar"].can - set(without)


def with_lane_maps(patch: pytest.MonkeyPatch, read: Sources, *without: Capability) -> Compiled:
    patch.setitem(registry.ROUTES, "laneMap", Registered(able(*without), lambda: LaneMaps))
    patch.setitem(registry.INGRESSES, "laneMap", registry.ROUTES["laneMap"])
    target = registry.target(routes="laneMap", ingress="laneMap")
    return valid(compile_sources(read, target=target))


def documents(files: Mapping[str, bytes], below: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, thing)
        for path in files
        if path.startswith(below) and not path.endswith("kustomization.yaml")
        for thing in yaml.load_all(files[path], Loader=yaml.CSafeLoader)
    ]


def test_a_third_kind_of_routes_is_a_class_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(inspect.getsource(LaneMaps).splitlines()) < 60
    demo = read_sources(TOP)
    made, usual = with_lane_maps(monkeypatch, demo), valid(compile_sources(demo))
    plan, found = made.plan, {}
    for path, thing in documents(made.files, "overlays/"):
        if "/mesh/" not in path:
            continue
        assert thing["kind"] != "VirtualService"
        if thing["kind"] == "LaneMap" and thing["metadata"]["name"].startswith("service."):
            found[path] = thing["spec"]["requests"]
    asked = 0
    for environment, known in plan.known.items():
        for name in known:
            for part in found.get(f"overlays/{environment}/mesh/services/{name}.yaml", ()):
                for lane, answers in plan.answers.items():
                    colours, unit = part["colours"], answers.get(name)
                    met = plan.answers[meeting.met(plan, environment, name, lane)].get(name)
                    assert unit is None or unit == met
                    to = {"to": plan.kubernetes_host(name, met)} if met else {"refuse": 503}
                    assert colours.get(lane, colours["*"]) == to
                    asked += 1
    assert asked > 100
    # Nothing else changed but what tells of it: projects, pins, and lists of what is gen's.
    for path in made.files.keys() | usual.files.keys():
        if made.files.get(path) != usual.files.get(path):
            assert "/mesh/" in path or path.startswith(("argocd/", ".gen/", "overlays/lanes/"))


def test_projects_allow_what_was_printed_and_nothing_of_another_target(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = with_lane_maps(monkeypatch, sources())
    for environment in made.plan.environments:
        ((_, project),) = documents(made.files, f"argocd/projects/{environment}.yaml")
        allowed = project["spec"]["namespaceResourceWhitelist"]
        assert {"group": GROUP, "kind": "LaneMap"} in allowed
        assert {"group": "networking.istio.io", "kind": "VirtualService"} not in allowed
        namespace = made.plan.environments[environment].namespace
        assert [one["namespace"] for one in project["spec"]["destinations"]] == [namespace]
        assert project["spec"]["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]


def test_every_object_is_allowed_by_its_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for made in (valid(compile_sources(read_sources(TOP))), with_lane_maps(monkeypatch, sources())):
        for environment in (*made.plan.environments, "lanes", "edge"):
            ((_, project),) = documents(made.files, f"argocd/projects/{environment}.yaml")
            lists = ("namespaceResourceWhitelist", "clusterResourceWhitelist")
            allowed = {
                (kind["group"], kind["kind"]) for one in lists for kind in project["spec"][one]
            }
            for path, thing in documents(made.files, f"overlays/{environment}/"):
                if not path.endswith(("workload.yaml", "names.yaml")) or "/mesh/" in path:
                    group = thing["apiVersion"].rpartition("/")[0]
                    assert (group, thing["kind"]) in allowed, path


def test_what_a_target_cannot_is_refused_before_anything_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strict = {"environments/lanes/mixed.yaml": "through: [perf]\nisolation: strict\n"}
    with pytest.raises(Findings) as refused:
        with_lane_maps(monkeypatch, sources(strict), Capability.REFUSALS)
    (found,) = refused.value.found
    assert found.code == "GEN335"
    assert found.message == (
        "laneMap on sidecar behind an ingress of kind laneMap cannot refuse a lane that nobody answers "
        "(asked for by the service web in perf, the service web in test)"
    )
    assert with_lane_maps(monkeypatch, sources(), Capability.REFUSALS).files  # nobody is refused


API = "environments/services/api.yaml"


@pytest.mark.parametrize(
    "capability, changes",
    [
        (
            Capability.REFUSALS,
            {"environments/lanes/mixed.yaml": "through: [perf]\nisolation: strict\n"},
        ),
        (Capability.REWRITES, service("web", "calls: [api]\nentry: [{prefix: /x, rewrite: /}]\n")),
        (Capability.TIMEOUTS, service("api", "traffic: {timeout: 2s}\n")),
        (Capability.TRIES, service("api", "traffic: {retries: {attempts: 2}}\n")),
        (Capability.POD_LIMITS, service("api", "traffic: {limits: {requests: 9}}\n")),
        (Capability.LOCALHOST, service("api", "listens: localhost\n")),
        (Capability.PRIVATE_NAMES, service("api", "names: [trpc.shop.api]\n")),
        (
            Capability.CALLERS,
            service("api", protocol="tcp")
            | {"environments/test/branches/login.yaml": "runs: {web: {tag: b}, api: {tag: b}}\n"},
        ),
        (Capability.ORIGIN, {"environments/test/branches/other.yaml": "runs: {api: {tag: b}}\n"}),
        (
            Capability.EXTERNALS,
            service("api", "calls: [bank]\n")
            | {
                "environments/externals/bank.yaml": "hosts: [bank.example.com]\nports: [{port: 443, protocol: tls}]\n"
            },
        ),
        (
            Capability.BAGGAGE,
            {
                "environments/platform.yaml": "name: shop\nmesh: {propagation: baggage, mtls: disabled}\nargocd: {repository: https://git.example.com/shop.git}\n"
            },
        ),
        (
            Capability.IDENTITIES,
            {
                "environments/platform.yaml": "name: shop\nmesh: {mtls: strict}\nargocd: {repository: https://git.example.com/shop.git}\n"
            },
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Capability) else "",
)
def test_what_a_plan_asks_for(capability: Capability, changes: Mapping[str, str]) -> None:
    off = "name: shop\nmesh: {mtls: disabled}\nargocd: {repository: https://git.example.com/shop.git}\n"
    plain = {
        "environments/platform.yaml": off,
        "environments/test/branches/login.yaml": None,
        "environments/lanes/mixed.yaml": "through: [perf]\n",
        "environments/tenants/acme.yaml": "match: [{header: {x-tenant: acme}}]\nlane: perf\n",
    }
    assert set(asked(compiled(plain).plan)) == {Capability.NO_IDENTITIES}
    assert capability in asked(compiled(plain | changes).plan)


def test_the_target_of_all_platforms_can_everything() -> None:
    assert registry.target().can == set(Capability)
