"""One example of each finding that fails, and the nearest that passes: its documentation, and its
test.

Each changes files of a small repository: `web` calls `api`; both run in `test`, which has a branch
`login` of `api`; `perf` extends `test` and runs its own `api`; the lane `mixed` and the tenant
`acme` take the branch. None takes a file away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Files = Mapping[str, str | None]

PLATFORM = "environments/platform.yaml"
TEST, PERF, ALONE = (f"environments/{name}/environment.yaml" for name in ("test", "perf", "alone"))
BRANCH, LANE, TENANT = (
    "environments/test/branches/login.yaml",
    "environments/lanes/mixed.yaml",
    "environments/tenants/acme.yaml",
)
WEB, API = "environments/services/web.yaml", "environments/services/api.yaml"
KUSTOMIZATION, DEPLOYMENT = (
    "overlays/base/api/kustomization.yaml",
    "overlays/base/api/deployment.yaml",
)

_PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
_LINK_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li"
    "/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="
)
_CLUSTERS = "clusters: {us: {}}\n"
_FAR = "http://api.shop-perf:8080"
_MESH = (
    "cluster: {mesh: one, podRanges: [10.1.0.0/16]}\n"
    "clusters: {us: {mesh: one, podRanges: [10.2.0.0/16]}}\n"
)
_MATCH = "match: [{header: {x-tenant: acme}}]\n"
_WEB = "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\n"
_API = "image: registry.example.com/api\nports: [{name: web, port: 8080, protocol: http}]\n"
_CALLS = "calls: [api]\nforwardsColour: true\nentry: [{prefix: /}]\n"
_WEB_RUNS, _API_RUNS = "  web: {tag: v}\n", "  api: {tag: v}\n"
_WEB_ADOPTED = "  web: {tag: v, adopted: {selector: {app: web}"
_UNCALLED = "accept: {GEN312: 'jobs ask it, from outside the mesh'}\n"
_DATABASE = "hosts: [db.example.com]\nports: [{port: 5432, protocol: tcp}]\n"
_TWO_DATABASES = "environments/externals/two.yaml"
_CALLING = (
    "hosts: [test.example.com]\nruns:\n"
    "  web: {{tag: v1, env: {{API: 'http://{}:8080'}}}}\n  api: {{tag: v1}}\n"
)
_SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: api-more}\n"
_POD = "containers: [{name: main, image: registry.example.com/api}]"


def workload(pod: str = _POD, metadata: str = "{name: api}") -> str:
    """A Deployment of `api`."""
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {metadata}\n"
        "spec:\n  selector: {matchLabels: {app: api}}\n"
        f"  template:\n    metadata: {{labels: {{app: api}}}}\n    spec: {{{pod}}}\n"
    )


_MEMBER = "{labels: {app: api}}"  # what its pods are
_LEAVES = '}, annotations: {sidecar.istio.io/inject: "false"}}'
_SETTINGS = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: api-settings}\n"
_QUEUE = "---\napiVersion: example.com/v1\nkind: Queue\nmetadata: {{name: api}}\nspec: {}\n"
_CRD = "schemas/crds/queues.yaml"
_DEFINITION = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: queues.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Queue, plural: queues}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {size: {type: integer}}
"""


_QUEUES = _PLATFORM + "bases: {kinds: {example.com/Queue: everywhere}}\n"
_SECRETS = _DEFINITION.replace("{size:", "{keyName: {type: string}, size:")
_KEPT = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: api-more}\n"
_KEYED = _QUEUE.format("{keyName: api-key}") + _KEPT.replace("api-more", "api-key")
_NAMED = "}, references: {example.com/Queue: {spec/keyName: Secret}}}\n"
_TWO = "  replicas: 2\n"
_TRUST = "resources: [deployment.yaml]\nconfigMapGenerator: [{name: a, files: [trust.jks]}]\n"
_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 7\n"
_INGRESS = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: api-admin}
spec: {defaultBackend: {service: {name: api, port: {number: 8080}}}}
"""
_EXPOSED = """---
apiVersion: v1
kind: Service
metadata: {{name: api-more}}
spec: {{selector: {{app: api}}, {}}}
"""
_BUDGET = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: api}}
spec: {{minAvailable: 1, selector: {{matchLabels: {{app: {}}}}}}}
"""
_SCALER = """---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}, maxReplicas: 3}
"""


@dataclass(frozen=True, slots=True)
class Example:
    """Where the first is found, as path:line:column, and the files of both. `words` stand where
    files say too little."""

    where: str
    failing: Files
    passing: Files
    words: str = ""


def _one(
    path: str, spot: str, failing: str, passing: str, both: Files | None = None, words: str = ""
) -> Example:
    """Both change one file; `both` are the files around it."""
    return Example(
        spot if "/" in spot else f"{path}:{spot}",
        {path: failing} | dict(both or {}),
        {path: passing} | dict(both or {}),
        words,
    )


EXAMPLES: dict[str, Example] = {
    "GEN001": Example(
        "environments/lanes/link.yaml:1:1",
        {},
        {},
        "A symbolic link, a device, a pipe, a name that is not UTF-8 or a file over 262,144 bytes, "
        "where gen reads; or a folder with more than 200,000 files or 128 MiB.",
    ),
    "GEN002": _one(LANE, "1:1", "through: [test] # \udcff", "through: [test] # é"),
    "GEN003": _one(LANE, "1:19", "through: [test] # \u202e", "through: [test] # –"),
    "GEN004": _one(LANE, "2:1", "through: [test\n", "through: [test]\n"),
    "GEN005": _one(LANE, "1:10", "through: &a [test]\n", "through: ['test']\n"),
    "GEN006": _one(LANE, "2:1", "through: [test]\nthrough: [perf]\n", "through: [test, perf]\n"),
    "GEN007": _one(LANE, "2:1", "through: [test]\n1: x\n", "through: [test]\n"),
    "GEN008": _one(
        LANE, "1:1", "through: [test]\n#" + "x" * 300_000, "through: [test]\n#" + "x" * 200_000
    ),
    "GEN009": _one(LANE, "1:1", "[test]\n", "{through: [test]}\n"),
    "GEN101": _one(LANE, "2:1", "through: [test]\npins: {}\n", "through: [test]\npin: {}\n"),
    "GEN102": _one(LANE, "1:1", "pin: {}\n", "through: [test]\n"),
    "GEN103": _one(BRANCH, "1:19", "runs: {api: {tag: 1e3}}\n", 'runs: {api: {tag: "1e3"}}\n'),
    "GEN104": _one(BRANCH, "1:19", "runs: {api: {tag: a b}}\n", "runs: {api: {tag: a_b}}\n"),
    "GEN105": Example(
        "environments/odd/thing.yaml:1:1",
        {"environments/odd/thing.yaml": "through: [test]\n"},
        {"environments/lanes/thing.yaml": "through: [test]\n"},
    ),
    "GEN106": Example(
        "environments/lanes/Foo.yaml:1:1",
        {"environments/lanes/Foo.yaml": "through: [test]\n"},
        {"environments/lanes/foo.yaml": "through: [test]\n"},
    ),
    "GEN201": Example(f"{PLATFORM}:1:1", {PLATFORM: None}, {}),
    "GEN202": Example(
        f"{LANE}:1:1",
        {"environments/lanes/b/mixed.yaml": "through: [test]\n"},
        {"environments/lanes/b/other.yaml": "through: [test]\n"},
    ),
    "GEN203": _one(BRANCH, "1:8", "runs: {apis: {tag: v}}\n", "runs: {api: {tag: v}}\n"),
    "GEN204": _one(
        PERF,
        "1:10",
        "extends: tset\nruns: {api: {tag: v}}\n",
        "extends: test\nruns: {api: {tag: v}}\n",
    ),
    "GEN205": _one(LANE, "1:11", "through: [test/logn]\n", "through: [test/login]\n"),
    "GEN206": _one(TENANT, "2:7", _MATCH + "lane: mixd\n", _MATCH + "lane: mixed\n"),
    "GEN207": _one(
        LANE, "2:12", "through: [test]\npin: {web: perf}\n", "through: [test]\npin: {api: perf}\n"
    ),
    "GEN208": _one(
        TEST,
        "2:10",
        "runs: {web: {tag: v}, api: {tag: v}}\nextends: perf\n",
        "runs: {web: {tag: v}, api: {tag: v}}\n",
    ),
    "GEN209": Example(
        f"{TEST}:1:9",
        {PERF: "extends: test\nhosts: [test.example.com]\n"},
        {PERF: "extends: test\nhosts: [perf.example.com]\n"},
    ),
    "GEN210": _one(WEB, "3:9", _WEB + "names: [Shop.Web]\n", _WEB + "names: [trpc.shop.web]\n"),
    "GEN211": _one(
        API,
        "3:9",
        _API + "calls: [web]\n",
        _API + "calls: [web]\naccept: {GEN211: web is called back when a job is done}\n",
        {WEB: _WEB + "calls: [api]\n"},
    ),
    "GEN212": _one(
        BRANCH,
        "1:21",
        "runs: {api: {image: registry.example.com.evil.example/api, tag: v}}\n",
        "runs: {api: {image: registry.example.com/forks/api, tag: v}}\n",
        {PLATFORM: _PLATFORM + "registries: [registry.example.com]\n"},
    ),
    "GEN213": _one(
        PERF,
        "1:10",
        "cluster: use\nruns: {web: {tag: v}, api: {tag: v}}\n",
        "cluster: us\nruns: {web: {tag: v}, api: {tag: v}}\n",
        {PLATFORM: _PLATFORM + _CLUSTERS, LANE: "through: [test/login, test]\n"},
    ),
    "GEN214": Example(
        f"{LANE}:1:23",
        {
            PLATFORM: _PLATFORM + _CLUSTERS,
            PERF: "cluster: us\nruns: {web: {tag: v}, api: {tag: v}}\n",
        },
        {PLATFORM: _PLATFORM + _CLUSTERS},
        "`test` runs in the platform's own cluster. Here `perf` runs in another one, `us`: no "
        "request of the lane `mixed` could come there.",
    ),
    "GEN215": _one(
        PLATFORM,
        "4:16",
        _PLATFORM + _MESH.replace("{us: {", "{us: {domain: us.example.com, "),
        _PLATFORM + _MESH,
    ),
    "GEN216": _one(
        PERF,
        "2:10",
        "cluster: us\nextends: test\n",
        "extends: test\n",
        {PLATFORM: _PLATFORM + _MESH},
    ),
    "GEN301": _one(
        ALONE, "1:1", "runs: {web: {tag: v}}\n", "runs: {web: {tag: v}}\nextends: test\n"
    ),
    "GEN302": Example(
        "environments/tenants/b.yaml:1:9",
        {"environments/tenants/b.yaml": _MATCH + "lane: test\n"},
        {"environments/tenants/b.yaml": _MATCH.replace("acme", "b") + "lane: test\n"},
    ),
    "GEN303": _one(
        TENANT,
        "3:15",
        _MATCH + "lane: test/login\nexpect: {api: test}\n",
        _MATCH + "lane: test/login\nexpect: {api: test/login}\n",
    ),
    "GEN304": _one(
        BRANCH,
        "1:1",
        "runs: {api: {tag: v}}\n",
        "runs: {api: {tag: v}}\n"
        "accept: {GEN304: 'only jobs call it, with a colour of their own'}\n",
        {
            WEB: _WEB + "calls: [api]\nforwardsColour: false\nentry: [{prefix: /}]\n",
            PERF: "extends: test\n",
            LANE: None,
        },
    ),
    "GEN305": _one(
        TENANT,
        "1:19",
        "match: [{header: {x-lane: acme}}]\nlane: test\n",
        "match: [{header: {x-lanes: acme}}]\nlane: test\n",
    ),
    "GEN306": _one(
        WEB,
        "3:31",
        _WEB + "entry: [{prefix: /}, {prefix: /}]\n",
        _WEB + "entry: [{prefix: /}, {prefix: /a}]\n",
    ),
    "GEN307": _one(
        API,
        "2:75",
        _API.replace("http}", "rpc, carrier: grpc, targetPort: 9}"),
        _API.replace("http}", "rpc, carrier: grpc, targetPort: 8080}"),
    ),
    "GEN308": Example(
        "environments/services/web.yaml:1:1",
        {},
        {},
        "A part of the edge's table, or the routes of one service, beyond what a cluster stores in "
        "one object (1.5 MiB) or a proxy should try (1,000 routes).",
    ),
    "GEN309": _one(
        BRANCH,
        "1:9",
        "hosts: [login.example.com]\nruns: {api: {tag: v}}\n",
        "hosts: [login.test.example.com]\nruns: {api: {tag: v}}\n",
        {
            TENANT: "match: [{host: login.example.com}]\nlane: test/login\n",
            PLATFORM: _PLATFORM + "tenants: {by: {hosts: [login.example.com]}}\n",
        },
    ),
    "GEN310": Example(
        f"{LANE}:1:11",
        {BRANCH: "expires: 2020-01-31\nruns: {api: {tag: v}}\n"},
        {BRANCH: "expires: 2090-01-31\nruns: {api: {tag: v}}\n"},
    ),
    "GEN311": _one(
        BRANCH,
        "2:47",
        "runs: {api: {tag: v}}\ntests: {one: {requests: [{service: api, port: grpc}]}}\n",
        "runs: {api: {tag: v}}\ntests: {one: {requests: [{service: api, port: web}]}}\n",
    ),
    "GEN312": _one(
        WEB,
        f"{API}:1:1",
        _WEB + "entry: [{prefix: /}]\n",
        _WEB + _CALLS,
    ),
    "GEN313": _one(
        TENANT,
        "3:10",
        _MATCH + "lane: test/login\nexpect: {api: test/login}\n",
        _MATCH + "lane: test/login\nexpect: {web: test}\n",
        {WEB: _WEB + "entry: [{prefix: /}]\n", API: _API + _UNCALLED},
    ),
    "GEN314": Example(
        "environments/services/new.yaml:1:1",
        {"environments/services/new.yaml": _WEB},
        {
            "environments/services/new.yaml": _WEB
            + "accept: {GEN314: 'its first version is built, see SHOP-20'}\n"
        },
    ),
    "GEN315": _one(
        "overlays/base/api/service.yaml",
        "3:18",
        _SERVICE + "spec: {type: ExternalName, externalName: db.example.com}\n",
        _SERVICE + "spec: {ports: [{port: 9090}], selector: {app: api}}\n",
        {KUSTOMIZATION: "resources: [deployment.yaml, service.yaml]\n"},
    ),
    "GEN316": _one(
        DEPLOYMENT,
        f"{API}:1:1",
        workload(_POD.replace("}]", ", env: [{name: URL, value: 'http://web:8080'}]}]")),
        workload(_POD.replace("}]", ", env: [{name: URL, value: 'http://webs:8080'}]}]")),
    ),
    "GEN317": _one(
        WEB,
        "1:1",
        _WEB + "calls: [api]\nentry: [{prefix: /}]\n",
        _WEB + _CALLS,
    ),
    "GEN318": _one(
        DEPLOYMENT,
        f"{API}:1:1",
        workload(_POD.replace("}]", ", env: [{name: LOG, value: 'loki.logs.svc:3100'}]}]")),
        workload(_POD.replace("}]", ", env: [{name: LOG, value: 'loki.logs.example.com:3100'}]}]")),
    ),
    "GEN319": _one(
        _TWO_DATABASES,
        f"{API}:3:13",
        _DATABASE.replace("db.", "other."),
        _DATABASE.replace("db.", "other.") + "cidrs: [10.2.0.0/16]\n",
        {
            "environments/externals/db.yaml": _DATABASE,
            API: _API + "calls: [db, two]\n",
        },
    ),
    "GEN320": _one(
        TENANT,
        "1:16",
        "match: [{host: perf.example.com}]\nlane: test\n",
        "match: [{host: acme.example.com}]\nlane: test\n",
        {PERF: "extends: test\nhosts: [perf.example.com]\n"},
    ),
    "GEN321": _one(
        TENANT,
        "1:19",
        "match: [{header: {x-tennant: acme}}]\nlane: test\n",
        "match: [{header: {x-tenant: acme}}]\nlane: test\n",
        {PLATFORM: _PLATFORM + "tenants: {by: {headers: [x-tenant]}}\n"},
    ),
    "GEN322": _one(
        TENANT,
        "1:23",
        'match: [{claim: {org: "9007199254740993"}}]\nlane: test\n',
        'match: [{claim: {org: "9007199254740991"}}]\nlane: test\n',
        {PLATFORM: _PLATFORM + "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"},
    ),
    "GEN323": _one(
        PLATFORM,
        "3:16",
        _PLATFORM + "mesh: {header: baggage}\n",
        _PLATFORM + "mesh: {header: x-colour}\n",
    ),
    "GEN324": Example(
        f"{TENANT}:1:8",
        {},
        {},
        "Rules that look at more than 200 headers, 500 cookies or 500 claims, or at as much of all"
        " three together; any number of values of one name is fine.",
    ),
    "GEN325": _one(
        LANE,
        f"{BRANCH}:1:9",
        "through: [test/login]\nisolation: strict\n",
        "through: [test/login, test]\nisolation: strict\n",
        {BRANCH: "asleep: true\nruns: {api: {tag: v}}\n"},
    ),
    "GEN327": _one(
        PLATFORM,
        "3:161",
        _PLATFORM + f"ingress: {{links: {{keys: [{_LINK_KEY}], lanes: {{alone: [test]}}}}}}\n",
        _PLATFORM + f"ingress: {{links: {{keys: [{_LINK_KEY}], lanes: {{test: [test]}}}}}}\n",
        {ALONE: "runs: {web: {tag: v}, api: {tag: v}}\n"},
    ),
    "GEN328": _one(
        TEST,
        "2:14",
        "hosts: [test.example.com]\ntrustColour: true\nruns: {web: {tag: v}, api: {tag: v}}\n",
        "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}}\n",
        {PLATFORM: _PLATFORM + "telemetry: {metrics: [prometheus]}\n"},
    ),
    "GEN329": _one(
        BRANCH,
        "1:8",
        "runs: {api: {tag: v}}\n",
        "runs: {api: {tag: v, components: [own-db]}}\n",
        {
            API: _API + "forwardsColour: true\nstores: [{name: db, shared: false, "
            "component: own-db}]\n",
            "overlays/components/own-db/kustomization.yaml": "kind: Component\n"
            "configMapGenerator: [{name: db, literals: [host=own]}]\n",
        },
    ),
    "GEN330": _one(
        LANE,
        "1:1",
        "through: [test/login]\nisolation: strict\n",
        "through: [test/login, test]\nisolation: strict\n",
        {WEB: _WEB + _CALLS, API: _API + "forwardsColour: true\nstores: [db]\n"},
    ),
    "GEN331": _one(
        TEST,
        "3:37",
        f"runs:\n{_WEB_RUNS}  api: {{tag: v, adopted: {{selector: {{app: shop}}}}}}\n",
        f"runs:\n{_WEB_RUNS}  api: {{tag: v, adopted: {{selector: {{app: api}}}}}}\n",
    ),
    "GEN332": _one(
        TEST,
        "3:60",
        f"adopting: true\nruns:\n{_WEB_ADOPTED}, untouched: true}}}}\n{_API_RUNS}",
        f"adopting: true\nruns:\n{_WEB_ADOPTED}}}}}\n{_API_RUNS}",
    ),
    "GEN333": _one(
        TEST,
        f"{WEB}:1:1",
        _CALLING.format("api.shop-perf"),
        _CALLING.format("api.shop-test"),
    ),
    "GEN334": _one(
        TEST,
        "1:33",
        f"runs: {{web: {{tag: v, env: {{API: '{_FAR}'}}}}, api: {{tag: v}}}}\n",
        "runs: {web: {tag: v, env: {API: 'http://api:8080'}}, api: {tag: v}}\n",
        {
            PLATFORM: _PLATFORM + _CLUSTERS,
            PERF: "cluster: us\nruns: {web: {tag: v}, api: {tag: v}}\n",
            LANE: "through: [test/login, test]\n",
        },
    ),
    "GEN335": _one(
        PLATFORM,
        "3:16",
        _PLATFORM + "mesh: {routes: gateway}\n",
        _PLATFORM + "mesh: {routes: virtualService}\n",
        {API: _API + "forwardsColour: true\ntraffic: {retries: {attempts: 2}}\n"},
    ),
    "GEN401": _one(
        BRANCH,
        "1:35",
        "runs: {api: {tag: v, components: [debug]}}\n",
        "runs: {api: {tag: v, components: []}}\n",
    ),
    "GEN402": _one(
        KUSTOMIZATION,
        "1:30",
        "resources: [deployment.yaml, https://example.com/x.yaml]\n",
        "resources: [deployment.yaml]\n",
    ),
    "GEN403": Example(
        f"{KUSTOMIZATION}:1:1",
        {DEPLOYMENT: workload(_POD.replace("/api}", "/other:v1}"))},
        {DEPLOYMENT: workload()},
    ),
    "GEN404": _one(
        "overlays/base/api/service.yaml",
        "2:1",
        "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: api-metrics}\n"
        "spec: {ports: [{port: 9090}]}\n",
        {KUSTOMIZATION: "resources: [deployment.yaml, service.yaml]\n"},
    ),
    "GEN405": _one(
        KUSTOMIZATION,
        "1:1",
        "resources: [deployment.yaml]\n---\nlabels: []\n",
        "resources: [deployment.yaml]\nlabels: []\n",
    ),
    "GEN406": _one(
        DEPLOYMENT,
        "8:91",
        workload(_POD.replace("}]", "}, {name: log, image: fluent-bit}]")),
        workload(_POD.replace("}]", "}, {name: log, image: 'fluent-bit:3.1'}]")),
    ),
    "GEN407": _one(DEPLOYMENT, "9:13", workload() + "  replicas: 0x2\n", workload() + _TWO),
    "GEN408": Example(
        f"{KUSTOMIZATION}:2:40",
        {KUSTOMIZATION: _TRUST, "overlays/base/api/trust.jks": _POINTER},
        {KUSTOMIZATION: _TRUST, "overlays/base/api/trust.jks": "content"},
    ),
    "GEN409": Example(
        f"{DEPLOYMENT}:11:1",
        {DEPLOYMENT: workload() + _INGRESS},
        {
            DEPLOYMENT: workload() + _INGRESS,
            PLATFORM: _PLATFORM + "bases: {kinds: {networking.k8s.io/Ingress: everywhere}}\n",
        },
    ),
    "GEN410": _one(
        DEPLOYMENT,
        "8:71",
        workload(_POD.replace("}]", ", comand: [sh]}]")),
        workload(_POD.replace("}]", ", command: [sh]}]")),
    ),
    "GEN411": _one(
        DEPLOYMENT,
        "1:13",
        workload().replace("apps/v1", "apps/v1beta2"),
        workload(),
    ),
    "GEN412": _one(
        DEPLOYMENT,
        "8:100",
        workload(_POD.replace("}]", ", resources: {limits: {memory: 64MB}}}]")),
        workload(_POD.replace("}]", ", resources: {limits: {memory: 64M}}}]")),
    ),
    "GEN413": _one(
        DEPLOYMENT,
        "5:33",
        workload().replace("labels: {app: api}", "labels: {app: web}"),
        workload(),
    ),
    "GEN414": _one(
        DEPLOYMENT,
        "3:23",
        workload(metadata='{name: api, resourceVersion: "7"}'),
        workload(metadata='{name: api, annotations: {example.com/resourceVersion: "7"}}'),
    ),
    "GEN415": _one(
        DEPLOYMENT,
        "8:105",
        workload(_POD.replace("}]", ", livenessProbe: {tcpSocket: {port: web}}}]")),
        workload(_POD.replace("}]", ", livenessProbe: {tcpSocket: {port: 8080}}}]")),
    ),
    "GEN416": _one(
        DEPLOYMENT,
        "8:103",
        workload(_POD.replace("}]", ", envFrom: [{configMapRef: {name: api-setting}}]}]"))
        + _SETTINGS,
        workload(_POD.replace("}]", ", envFrom: [{configMapRef: {name: api-settings}}]}]"))
        + _SETTINGS,
    ),
    "GEN417": _one(
        DEPLOYMENT,
        "13:8",
        workload() + _QUEUE.format("{sise: 3}"),
        workload() + _QUEUE.format("{size: 3}"),
        {_CRD: _DEFINITION, PLATFORM: _QUEUES},
    ),
    "GEN418": Example(
        f"{DEPLOYMENT}:11:7",
        {
            DEPLOYMENT: workload() + _QUEUE.format("{size: 3}"),
            _CRD: _DEFINITION.replace("openAPIV3Schema", "openAPISchema"),
            PLATFORM: _QUEUES,
        },
        {
            DEPLOYMENT: workload() + _QUEUE.format("{size: 3}"),
            _CRD: _DEFINITION,
            PLATFORM: _QUEUES,
        },
    ),
    "GEN419": _one(
        DEPLOYMENT,
        "11:7",
        workload() + _QUEUE.format("{size: 3}"),
        workload(),
        {PLATFORM: _QUEUES},
    ),
    "GEN430": _one(
        DEPLOYMENT,
        "8:25",
        workload("hostNetwork: true, " + _POD),
        workload("hostAliases: [], " + _POD),
    ),
    "GEN431": _one(
        DEPLOYMENT,
        "8:32",
        workload("serviceAccountName: web, " + _POD),
        workload("serviceAccountName: api, " + _POD),
    ),
    "GEN432": _one(
        DEPLOYMENT,
        "13:43",
        workload() + _EXPOSED.format("externalIPs: [192.0.2.1], ports: [{port: 80}]"),
        workload() + _EXPOSED.format("sessionAffinity: None, ports: [{port: 80}]"),
    ),
    "GEN433": _one(
        DEPLOYMENT,
        "13:24",
        workload() + _KEPT + "stringData: {password: hunter2}\n",
        workload() + _KEPT,
    ),
    "GEN434": _one(
        DEPLOYMENT,
        "13:75",
        workload() + _EXPOSED.format("type: NodePort, ports: [{port: 80, nodePort: 30080}]"),
        workload() + _EXPOSED.format("sessionAffinity: None, ports: [{port: 80}]"),
    ),
    "GEN435": Example(
        f"{API}:2:27",
        {DEPLOYMENT: workload(_POD.replace("}]", ", ports: [{containerPort: 9}]}]"))},
        {DEPLOYMENT: workload(_POD.replace("}]", ", ports: [{containerPort: 8080}]}]"))},
    ),
    "GEN436": _one(
        BRANCH,
        "1:32",
        "runs: {api: {tag: v, replicas: 2}}\n",
        "runs: {api: {tag: v}}\n",
        {DEPLOYMENT: workload() + _SCALER},
    ),
    "GEN437": Example(
        f"{DEPLOYMENT}:13:17",
        {DEPLOYMENT: workload() + _KEYED, _CRD: _SECRETS, PLATFORM: _QUEUES},
        {
            DEPLOYMENT: workload() + _KEYED,
            _CRD: _SECRETS,
            PLATFORM: _QUEUES.replace("}}\n", _NAMED),
        },
    ),
    "GEN438": _one(
        BRANCH,
        "1:32",
        "runs: {api: {tag: v, replicas: 0}}\n",
        "runs: {api: {tag: v, replicas: 1}}\n",
    ),
    "GEN439": _one(
        DEPLOYMENT,
        "13:7",
        workload() + _BUDGET.format("ap"),
        workload() + _BUDGET.format("api"),
    ),
    "GEN440": _one(
        DEPLOYMENT,
        "7:75",
        workload().replace(_MEMBER, _MEMBER.replace("}}", _LEAVES)),
        workload(),
    ),
    "GEN441": _one(
        DEPLOYMENT,
        "6:11",
        workload().replace("  template:", "  paused: true\n  template:"),
        workload(),
    ),
    "GEN450": Example(
        "",
        {},
        {},
        words="No base is known that passes `gen validate` and that Kustomize refuses; "
        "one that does is a gap in gen's reading of bases.",
    ),
    "GEN451": Example(
        "",
        {},
        {},
        words="No base is known that passes `gen validate` and builds to something else; "
        "one that does is a gap in gen's reading of bases.",
    ),
    "GEN501": _one(
        LANE,
        "2:10",
        "through: [test]\naccept: {GEN304: nobody asks api in this lane}\n",
        "through: [test]\n",
    ),
}
