"""One example of each finding that fails, and the nearest that passes: its documentation, and its test.

Each changes files of a small repository: `web` calls `api`; both run in `test`, which has a branch `login` of `api`;
`perf` extends `test` and runs its own `api`; the lane `mixed` and the tenant `acme` take the branch. None takes a file away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Files = Mapping[str, str | None]

PLATFORM = "environments/platform.yaml"
TEST, PERF, ALONE = (f"environments/{name}/environment.yaml" for name in ("test", "perf", "alone"))
BRANCH, LANE, TENANT = "environments/test/branches/login.yaml", "environments/lanes/mixed.yaml", "environments/tenants/acme.yaml"
WEB, API = "environments/services/web.yaml", "environments/services/api.yaml"
KUSTOMIZATION, DEPLOYMENT = "overlays/base/api/kustomization.yaml", "overlays/base/api/deployment.yaml"

_PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
_MATCH = "match: [{header: {x-tenant: acme}}]\n"
_WEB = "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\n"
_API = "image: registry.example.com/api\nports: [{name: web, port: 8080, protocol: http}]\n"
_POD = "containers: [{name: main, image: registry.example.com/api}]"


def workload(pod: str = _POD, metadata: str = "{name: api}") -> str:
    """A Deployment of `api`."""
    return (f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {metadata}\nspec:\n  selector: {{matchLabels: {{app: api}}}}\n"
            f"  template:\n    metadata: {{labels: {{app: api}}}}\n    spec: {{{pod}}}\n")


@dataclass(frozen=True, slots=True)
class Example:
    """Where the first is found, as path:line:column, and the files of both. `words` stand where files say too little."""

    where: str
    failing: Files
    passing: Files
    words: str = ""


def _one(path: str, spot: str, failing: str, passing: str, both: Files | None = None, words: str = "") -> Example:
    """Both change one file; `both` are the files around it."""
    return Example(f"{path}:{spot}", {path: failing} | dict(both or {}), {path: passing} | dict(both or {}), words)


EXAMPLES: dict[str, Example] = {
    "GEN001": Example("environments/lanes/link.yaml:1:1", {}, {}, "A symbolic link, a device, a pipe, a name that is not UTF-8 or a file over 262,144 bytes, where gen reads; or a folder with more than 200,000 files or 128 MiB."),
    "GEN002": _one(LANE, "1:1", "through: [test] # \udcff", "through: [test] # é"),
    "GEN003": _one(LANE, "1:19", "through: [test] # \u202e", "through: [test] # –"),
    "GEN004": _one(LANE, "2:1", "through: [test\n", "through: [test]\n"),
    "GEN005": _one(LANE, "1:10", "through: &a [test]\n", "through: ['test']\n"),
    "GEN006": _one(LANE, "2:1", "through: [test]\nthrough: [perf]\n", "through: [test, perf]\n"),
    "GEN007": _one(LANE, "2:1", "through: [test]\n1: x\n", "through: [test]\n"),
    "GEN008": _one(LANE, "1:1", "through: [test]\n#" + "x" * 300_000, "through: [test]\n#" + "x" * 200_000),
    "GEN009": _one(LANE, "1:1", "[test]\n", "{through: [test]}\n"),
    "GEN101": _one(LANE, "2:1", "through: [test]\npins: {}\n", "through: [test]\npin: {}\n"),
    "GEN102": _one(LANE, "1:1", "pin: {}\n", "through: [test]\n"),
    "GEN103": _one(BRANCH, "1:19", "runs: {api: {tag: 1e3}}\n", "runs: {api: {tag: \"1e3\"}}\n"),
    "GEN104": _one(BRANCH, "1:19", "runs: {api: {tag: a b}}\n", "runs: {api: {tag: a_b}}\n"),
    "GEN105": Example("environments/odd/thing.yaml:1:1", {"environments/odd/thing.yaml": "through: [test]\n"}, {"environments/lanes/thing.yaml": "through: [test]\n"}),
    "GEN106": Example("environments/lanes/Foo.yaml:1:1", {"environments/lanes/Foo.yaml": "through: [test]\n"}, {"environments/lanes/foo.yaml": "through: [test]\n"}),
    "GEN201": Example(f"{PLATFORM}:1:1", {PLATFORM: None}, {}),
    "GEN202": Example(f"{LANE}:1:1", {"environments/lanes/b/mixed.yaml": "through: [test]\n"}, {"environments/lanes/b/other.yaml": "through: [test]\n"}),
    "GEN203": _one(BRANCH, "1:8", "runs: {apis: {tag: v}}\n", "runs: {api: {tag: v}}\n"),
    "GEN204": _one(PERF, "1:10", "extends: tset\nruns: {api: {tag: v}}\n", "extends: test\nruns: {api: {tag: v}}\n"),
    "GEN205": _one(LANE, "1:11", "through: [test/logn]\n", "through: [test/login]\n"),
    "GEN206": _one(TENANT, "2:7", _MATCH + "lane: mixd\n", _MATCH + "lane: mixed\n"),
    "GEN207": _one(LANE, "2:12", "through: [test]\npin: {web: perf}\n", "through: [test]\npin: {api: perf}\n"),
    "GEN208": _one(TEST, "2:10", "runs: {web: {tag: v}, api: {tag: v}}\nextends: perf\n", "runs: {web: {tag: v}, api: {tag: v}}\n"),
    "GEN209": Example(f"{TEST}:1:9", {PERF: "extends: test\nhosts: [test.example.com]\n"}, {PERF: "extends: test\nhosts: [perf.example.com]\n"}),
    "GEN210": _one(WEB, "3:9", _WEB + "names: [Shop.Web]\n", _WEB + "names: [trpc.shop.web]\n"),
    "GEN211": _one(API, "3:9", _API + "calls: [web]\n", _API + "calls: [web]\naccept: {GEN211: web is called back when a job is done}\n", {WEB: _WEB + "calls: [api]\n"}),
    "GEN301": _one(ALONE, "1:1", "runs: {web: {tag: v}}\n", "runs: {web: {tag: v}}\nextends: test\n"),
    "GEN302": Example("environments/tenants/b.yaml:1:9", {"environments/tenants/b.yaml": _MATCH + "lane: test\n"}, {"environments/tenants/b.yaml": _MATCH.replace("acme", "b") + "lane: test\n"}),
    "GEN303": _one(TENANT, "3:15", _MATCH + "lane: test/login\nexpect: {api: test}\n", _MATCH + "lane: test/login\nexpect: {api: test/login}\n"),
    "GEN304": _one(BRANCH, "1:1", "runs: {api: {tag: v}}\n", "runs: {api: {tag: v}}\naccept: {GEN304: 'only jobs call it, with a colour of their own'}\n",
                   {WEB: _WEB + "calls: [api]\nforwardsColour: false\nentry: [{prefix: /}]\n", PERF: "extends: test\n", LANE: None}),
    "GEN305": _one(TENANT, "1:19", "match: [{header: {x-lane: acme}}]\nlane: test\n", "match: [{header: {x-lanes: acme}}]\nlane: test\n"),
    "GEN306": _one(WEB, "3:31", _WEB + "entry: [{prefix: /}, {prefix: /}]\n", _WEB + "entry: [{prefix: /}, {prefix: /a}]\n"),
    "GEN307": _one(API, "2:75", _API.replace("http}", "rpc, carrier: grpc, targetPort: 9}"), _API.replace("http}", "rpc, carrier: grpc, targetPort: 8080}")),
    "GEN308": Example("environments/services/web.yaml:1:1", {}, {}, "A part of the edge's table, or the routes of one service, beyond what a cluster stores in one object (1.5 MiB) or a proxy should try (1,000 routes)."),
    "GEN309": _one(BRANCH, "1:9", "hosts: [login.example.com]\nruns: {api: {tag: v}}\n", "hosts: [login.test.example.com]\nruns: {api: {tag: v}}\n",
                   {TENANT: "match: [{host: login.example.com}]\nlane: test/login\n"}),
    "GEN310": Example(f"{LANE}:1:11", {BRANCH: "expires: 2020-01-31\nruns: {api: {tag: v}}\n"}, {BRANCH: "expires: 2090-01-31\nruns: {api: {tag: v}}\n"}),
    "GEN311": _one(BRANCH, "2:47", "runs: {api: {tag: v}}\ntests: {one: {requests: [{service: api, port: grpc}]}}\n", "runs: {api: {tag: v}}\ntests: {one: {requests: [{service: api, port: web}]}}\n"),
    "GEN401": _one(BRANCH, "1:35", "runs: {api: {tag: v, components: [debug]}}\n", "runs: {api: {tag: v, components: []}}\n"),
    "GEN402": _one(KUSTOMIZATION, "1:30", "resources: [deployment.yaml, https://example.com/x.yaml]\n", "resources: [deployment.yaml]\n"),
    "GEN403": Example(f"{KUSTOMIZATION}:1:1", {DEPLOYMENT: workload(_POD.replace("/api}", "/other:v1}"))}, {DEPLOYMENT: workload()}),
    "GEN404": _one("overlays/base/api/service.yaml", "2:1", "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n", "apiVersion: v1\nkind: Service\nmetadata: {name: api-metrics}\n", {KUSTOMIZATION: "resources: [deployment.yaml, service.yaml]\n"}),
    "GEN405": _one(KUSTOMIZATION, "1:1", "resources: [deployment.yaml]\n---\nlabels: []\n", "resources: [deployment.yaml]\nlabels: []\n"),
    "GEN406": _one(DEPLOYMENT, "8:91", workload(_POD.replace("}]", "}, {name: log, image: fluent-bit}]")), workload(_POD.replace("}]", "}, {name: log, image: 'fluent-bit:3.1'}]"))),
    "GEN501": _one(LANE, "2:10", "through: [test]\naccept: {GEN304: nobody asks api in this lane}\n", "through: [test]\n"),
}
