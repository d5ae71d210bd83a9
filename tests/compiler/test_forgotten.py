"""The mesh that people forget: what is told, and the near misses of which nothing is."""

from __future__ import annotations

import pytest
import yaml

from generator.compiler.compile import Compiled
from generator.manifests.dials import addresses
from generator.plan.units import Unit
from generator.views.examples import workload
from generator.views.explain import as_json, explain_lane
from generator.vocabulary.source import Place
from tests.conftest import Files, base, compiled, service
from tests.vocabulary.test_findings import PLATFORM, findings

WEB, API = "environments/services/web.yaml", "environments/services/api.yaml"
ENV, BRANCH = "environments/test/environment.yaml", "environments/test/branches/login.yaml"
TENANT, DB = "environments/tenants/acme.yaml", "environments/externals/db.yaml"
_PORTS = "ports: [{name: web, port: 8080, protocol: http}]\n"
ALONE = "image: registry.example.com/web\n" + _PORTS + "entry: [{prefix: /}]\n"
CALLS = ALONE + "calls: [api]\nforwardsColour: true\n"
API_TEXT = "image: registry.example.com/api\n" + _PORTS
TOP = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
MATCH = "match: [{header: {x-tenant: acme}}]\nlane: test/login\n"
TWO = "runs: {web: {tag: v}, api: {tag: v}, more: {tag: v}}\nhosts: [test.example.com]\n"
POSTGRES = "hosts: [db.example.com]\nports: [{port: 5432, protocol: tcp}]\n"


def env(value: str) -> Files:
    """`api` with one variable."""
    pod = f"containers: [{{name: main, image: registry.example.com/api, env: [{{name: A, value: '{value}'}}]}}]"
    return {"overlays/base/api/deployment.yaml": workload(pod)}


def more(text: str) -> Files:
    """`api` with more in its base."""
    return {
        "overlays/base/api/kustomization.yaml": "resources: [deployment.yaml, more.yaml]\n",
        "overlays/base/api/more.yaml": text,
    }


def named(kind: str, spec: str) -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: api-more}}\nspec: {{{spec}}}\n"


REDIS = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: redis}\nspec:\n"
    "  selector: {matchLabels: {app: redis}}\n  template:\n    metadata: {labels: {app: redis}}\n"
    "    spec: {containers: [{name: redis, image: 'redis:7.4', ports: [{containerPort: 6379}]}]}\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: redis}\n"
    "spec: {selector: {app: redis}, ports: [{port: 6379}]}\n"
)
SECOND = "environments/externals/two.yaml"


def hosts(host: str) -> Files:
    return {DB: f"hosts: [{host}]\nports: [{{port: 5432, protocol: tls}}]\n"}


UNSAID, ELSEWHERE = (f"GEN{code} environments/services/api.yaml:1:1" for code in (316, 333))
ROWS: list[tuple[Files, list[str]]] = [
    # who is never called
    ({WEB: ALONE}, ["GEN312 environments/services/api.yaml:1:1"]),
    ({WEB: CALLS}, []),
    ({WEB: ALONE, API: API_TEXT + "entry: [{prefix: /api}]\n"}, []),
    ({WEB: ALONE, API: "image: registry.example.com/api\nports: []\n"}, []),
    ({WEB: ALONE, API: API_TEXT + "consumes: [orders]\n"}, []),
    (
        {
            WEB: ALONE,
            ENV: "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}}\n"
            "tests: {one: {requests: [{service: api}]}}\n",
        },
        ["GEN313 environments/test/branches/login.yaml:2:3"],  # they ask the baseline alone
    ),
    # what no request comes to
    (
        {WEB: ALONE, TENANT: MATCH + "expect: {api: test/login}\n"},
        [
            "GEN312 environments/services/api.yaml:1:1",
            "GEN313 environments/tenants/acme.yaml:3:10",
        ],
    ),
    ({WEB: CALLS, TENANT: MATCH + "expect: {api: test/login}\n"}, []),
    (
        service("jobs")
        | service("more")
        | {
            "environments/services/jobs.yaml": "image: registry.example.com/jobs\nports: []\n"
            "calls: [more]\n",
            ENV: TWO.replace("more: {tag: v}", "more: {tag: v}, jobs: {tag: v}"),
            BRANCH: "runs: {api: {tag: b}, more: {tag: b}}\n",
        },
        [
            "GEN317 environments/services/jobs.yaml:1:1",
            "GEN313 environments/test/branches/login.yaml:1:23",
        ],
    ),
    # what runs nowhere
    ({"environments/services/new.yaml": API_TEXT}, ["GEN314 environments/services/new.yaml:1:1"]),
    (base("apis"), ["GEN314 overlays/base/apis/kustomization.yaml:1:1"]),
    (
        {
            "overlays/base/api/kustomization.yaml": "resources: [../apis]\n",
            "overlays/base/apis/kustomization.yaml": "resources: [deployment.yaml]\n",
            "overlays/base/apis/deployment.yaml": workload(),
            "overlays/base/api/deployment.yaml": None,
        },
        [],
    ),
    (
        {
            "overlays/components/debug/kustomization.yaml": "kind: Component\n"
            "resources: [../../base/shared]\n",
            "overlays/base/shared/kustomization.yaml": "configMapGenerator: [{name: c}]\n",
        },
        [],
    ),
    # Services of a base
    (more(REDIS), ["GEN315 overlays/base/api/more.yaml:12:18"]),
    (
        more(named("Service", "type: ExternalName, externalName: a.example.com")),
        ["GEN315 overlays/base/api/more.yaml:3:18"],
    ),
    (
        more(named("Service", "type: LoadBalancer, selector: {app: api}, ports: [{port: 80}]")),
        ["GEN315 overlays/base/api/more.yaml:3:18"],
    ),
    (
        more(named("Service", "clusterIP: None, selector: {app: api}, ports: [{port: 9000}]")),
        ["GEN315 overlays/base/api/more.yaml:3:18"],
    ),
    (
        more(named("Service", "clusterIP: None, selector: {app: api}, ports: [{port: 9000}]"))
        | {API: API_TEXT + "calls: [api]\nforwardsColour: true\n"},
        [],
    ),
    (more(named("Service", "selector: {app: api}, ports: [{port: 9090}]")), []),
    (
        more(named("Service", "type: LoadBalancer, selector: {app: api}, ports: [{port: 80}]"))
        | {API: API_TEXT + "accept: {GEN315: 'an old client still uses it'}\n"},
        [],
    ),
    # what is dialled
    (env("web:8080"), ["GEN316 environments/services/api.yaml:1:1"]),
    (env("http://web"), ["GEN316 environments/services/api.yaml:1:1"]),
    (env("dns:///web:8080"), ["GEN316 environments/services/api.yaml:1:1"]),
    (env("http://me:word@web/x"), ["GEN316 environments/services/api.yaml:1:1"]),
    # In test and in perf: each is another one's name for the pods of the other.
    (env("web.shop-test"), [UNSAID, ELSEWHERE]),
    (env("a=1,web.shop-perf.svc.cluster.local"), [UNSAID, ELSEWHERE]),
    (env("web.shop-perf") | {API: API_TEXT + "addresses: [perf]\n"}, [UNSAID]),
    (env("web.shop-perf") | {API: API_TEXT + "addresses: [test]\n"}, [UNSAID, ELSEWHERE]),
    (env("web.shop-perf") | {API: API_TEXT + "addresses: ['*']\n"}, [UNSAID]),
    (env("web.shop-perf") | {PLATFORM: TOP + "mesh: {addresses: [perf]}\n"}, [UNSAID]),
    ({API: API_TEXT + "addresses: [staging]\n"}, ["GEN204 environments/services/api.yaml:3:13"]),
    (
        {PLATFORM: TOP + "mesh: {addresses: [test, prefs]}\n"},
        ["GEN204 environments/platform.yaml:3:26"],
    ),
    (env("http://api:8080"), []),
    (env("web"), []),
    (env("web:9090"), []),
    (env("the-web:8080"), []),
    (env("web-2:8080"), []),
    (env("registry.example.com/web:8080"), []),
    (env("http://web.example.com"), []),
    (env("web.shop-tests"), []),
    (env("http://example.com/web:8080"), []),
    (env("loki.logs.svc:3100"), ["GEN318 environments/services/api.yaml:1:1"]),
    (env("http://loki.logs.svc.cluster.local"), ["GEN318 environments/services/api.yaml:1:1"]),
    (
        env("loki.logs.svc:3100") | {PLATFORM: TOP + "namespaces: {reaches: [logs]}\n"},
        [],
    ),
    (env("istiod.istio-system.svc:15012"), []),
    (env("http://loki.shop-test.svc"), []),
    (env("http://loki.logs"), []),
    (env("http://loki.logs.example.com"), []),
    (env("http://loki.logs.svc.example.com"), []),
    (
        env("http://loki.logs.svc")
        | {DB: "hosts: [loki.logs.svc]\n" + POSTGRES.partition("\n")[2]},
        ["GEN316 environments/services/api.yaml:1:1"],
    ),
    (
        {BRANCH: "runs: {api: {tag: b, env: {A: 'http://web:8080'}}}\n"},
        ["GEN316 environments/services/api.yaml:1:1"],
    ),
    (
        more(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 'url: http://web'}\n"
        ),
        ["GEN316 environments/services/api.yaml:1:1"],
    ),
    (
        {
            "overlays/base/api/kustomization.yaml": "resources: [deployment.yaml]\n"
            "configMapGenerator: [{name: c, literals: [A=web:8080]}]\n"
        },
        ["GEN316 environments/services/api.yaml:1:1"],
    ),
    # externals
    (
        {DB: POSTGRES} | env("postgres://db.example.com:5432/x"),
        ["GEN316 environments/services/api.yaml:1:1"],
    ),
    (
        {DB: POSTGRES, API: API_TEXT + "calls: [db]\n"} | env("postgres://db.example.com:5432/x"),
        [],
    ),
    (
        {"environments/externals/web.yaml": POSTGRES},
        ["GEN202 environments/externals/web.yaml:1:1"],
    ),
    ({DB: "ports: [{port: 1, protocol: tcp}]\n"}, ["GEN104 environments/externals/db.yaml:1:1"]),
    (
        {DB: "cidrs: [10.0.0.1/8]\nports: [{port: 1, protocol: tcp}]\n"},
        ["GEN104 environments/externals/db.yaml:1:9"],
    ),
    (hosts("web.shop-test.svc.cluster.local"), [f"GEN209 {DB}:1:9"]),
    (hosts("web.shop-test.svc"), [f"GEN209 {DB}:1:9"]),
    (hosts("web.shop-test"), [f"GEN209 {DB}:1:9"]),
    (hosts('"*.svc.cluster.local"'), [f"GEN209 {DB}:1:9"]),
    (hosts('"*.web.shop-test.svc.cluster.local"'), [f"GEN209 {DB}:1:9"]),
    (hosts("web.elsewhere.svc.cluster.local"), []),
    (hosts('"*.elsewhere.svc.cluster.local"'), []),
    (hosts("a.example.com") | {SECOND: POSTGRES}, []),
    (hosts("db.example.com") | {SECOND: POSTGRES}, [f"GEN209 {SECOND}:1:9"]),
    # what is not said
    ({WEB: ALONE + "calls: [api]\n"}, ["GEN317 environments/services/web.yaml:1:1"]),
    (
        {WEB: ALONE + "calls: [api]\naccept: {GEN317: 'it is being found out'}\n"},
        [],
    ),
    # ports
    (
        {API: "image: registry.example.com/api\nports: []\n", WEB: CALLS},
        ["GEN307 environments/services/web.yaml:4:9"],
    ),
    (
        {API: API_TEXT.replace("8080", "15021")},
        ["GEN307 environments/services/api.yaml:2:27"],
    ),
    (
        {API: API_TEXT.replace("8080", "80, targetPort: 15006")},
        ["GEN307 environments/services/api.yaml:2:43"],
    ),
    ({API: API_TEXT.replace("8080", "15022")}, []),
]


@pytest.mark.parametrize(("changes", "told"), ROWS, ids=range(len(ROWS)))
def test_all_that_is_told(changes: Files, told: list[str]) -> None:
    assert [f"{code} {where}" for code, where, _ in findings(changes, ())] == told


@pytest.mark.parametrize(
    "spec, kind, ports",
    [
        ("ports: [{port: 80}]", "own", (80,)),
        ("selector: {}, ports: [{port: 80}]", "own", (80,)),
        ("selector: {app: other}, ports: [{port: 80, targetPort: 81}]", "own", (81,)),
        ("selector: {app: redis}, ports: [{port: 80}]", "workload", (80,)),
        ("selector: {app: redis, tier: x}, ports: [{port: 80}]", "own", (80,)),
        ("type: NodePort, selector: {app: api}, ports: [{port: 80}]", "balancer", (80,)),
        ("type: LoadBalancer, selector: {app: redis}, ports: [{port: 80}]", "workload", (80,)),
        (
            "clusterIP: None, selector: {app: api}, ports: [{name: a, port: 80}, {name: b, port: 9}]",
            "headless",
            (9, 80),
        ),
        ("type: ExternalName, externalName: a.example.com", "alias", ()),
    ],
)
def test_who_stands_behind_a_service_of_a_base(
    spec: str, kind: str, ports: tuple[int, ...]
) -> None:
    changes = more(REDIS.partition("---\n")[0] + "---\n" + named("Service", spec))
    [found] = compiled(changes).resolved.bases.beside["api"]
    assert (found.name, found.kind, found.ports) == ("api-more", kind, ports)


def test_one_cause_is_one_finding_with_its_number() -> None:
    changes: Files = {ENV: "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}}\n"}
    for number in range(20):
        changes[f"environments/services/s{number:02}.yaml"] = API_TEXT
    [(code, _, finding)] = findings(changes, ())
    assert code == "GEN314" and "the same of 19 others: s01, s02" in finding.message
    assert finding.message.endswith("s08 and 11 more") and len(finding.related) == 19


def test_of_a_cause_each_file_accepts_its_own() -> None:
    accepts = API_TEXT + "accept: {GEN314: 'it is not yet built'}\n"
    changes: Files = {"environments/services/s1.yaml": accepts}
    changes["environments/services/s2.yaml"] = API_TEXT
    [(_, where, finding)] = findings(changes, ())
    assert where == "environments/services/s2.yaml:1:1" and finding.message == "s2 runs nowhere"


@pytest.mark.parametrize("text", ["//" * 50_000, "a:" * 50_000, "a." * 50_000, "x@" * 50_000])
def test_no_text_takes_long(text: str) -> None:
    assert len(list(addresses(text, Place("x")))) < 200_000


def things(town: Compiled, path: str) -> list[dict[str, object]]:
    return [thing for thing in yaml.safe_load_all(town.files[path]) if thing]


def test_a_worker_without_ports_has_an_identity_a_scope_and_no_service() -> None:
    worker = "image: registry.example.com/api\nports: []\ncalls: [web]\n"
    town = compiled({API: worker, WEB: ALONE})
    made = things(town, "overlays/test/baseline/api/service.yaml")
    assert [thing["kind"] for thing in made] == ["ServiceAccount"]
    mesh = things(town, "overlays/test/mesh/services/api.yaml")
    assert [thing["kind"] for thing in mesh] == ["Sidecar"]
    assert ("api", Unit("test")) in town.plan.callers["web", Unit("test")]


def test_an_external_is_an_entry_where_it_is_called_and_in_the_scope_of_who_calls_it() -> None:
    external = POSTGRES + "cidrs: [10.2.0.0/16]\n"
    platform = TOP + "namespaces: {networkPolicies: both}\n"
    alone = "environments/alone/environment.yaml"
    changes: Files = {DB: external, API: API_TEXT + "calls: [db]\n", PLATFORM: platform}
    town = compiled(changes | {alone: "runs: {web: {tag: v}}\nextends: test\n"})
    entries = things(town, "overlays/test/mesh/externals.yaml")
    specs = [thing["spec"] for thing in entries]
    assert [spec["resolution"] for spec in specs] == ["DNS", "NONE"]  # type: ignore[index]
    assert specs[1]["addresses"] == ["10.2.0.0/16"]  # type: ignore[index]
    assert "overlays/alone/mesh/externals.yaml" not in town.files
    scope = town.files["overlays/test/mesh/services/api.yaml"].decode()
    assert "./db.example.com" in scope and "./db.external.gen" in scope
    assert "db.example.com" not in town.files["overlays/test/mesh/services/web.yaml"].decode()
    policy = town.files["overlays/test/namespace/namespace.yaml"].decode()
    assert "10.2.0.0/16" in policy and "0.0.0.0/0" not in policy
    assert town.plan.services["api"].calls == () and town.plan.dials == {"api": ("db",)}


def test_replicas_that_call_each_other_know_their_headless_service() -> None:
    headless = named("Service", "clusterIP: None, selector: {app: api}, ports: [{port: 9000}]")
    calls_itself = {API: API_TEXT + "calls: [api]\nforwardsColour: true\n"}
    town = compiled(more(headless) | calls_itself)
    text = town.files["overlays/test/mesh/services/api.yaml"].decode()
    for name in ("api-more", "api-more-login"):
        assert f"shop-test/{name}.shop-test.svc.cluster.local" in text
    made = things(town, "overlays/test/mesh/services/api.yaml")
    [*policies] = [thing for thing in made if thing["kind"] == "NetworkPolicy"]
    for policy in policies:
        _, among = policy["spec"]["ingress"]  # type: ignore[index]
        assert among["ports"] == [{"port": 9000, "protocol": "TCP"}]
        assert len(among["from"]) == 1


def test_namespaces_that_are_reached_are_in_every_scope() -> None:
    town = compiled({PLATFORM: TOP + "namespaces: {reaches: [observability]}\n"})
    assert "observability/*" in town.files["overlays/test/mesh/services/web.yaml"].decode()


def test_what_is_not_said_is_assumed() -> None:
    town = compiled({WEB: ALONE + "calls: [api]\n"})
    hops = as_json(town.plan, explain_lane(town.plan, "test/login"))["hops"]
    assert [(hop["service"], hop["assumed"]) for hop in hops] == [("web", False), ("api", True)]
    assert hops[1]["target"]["branch"] == "login"
