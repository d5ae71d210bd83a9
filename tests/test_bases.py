"""Hand-written bases and components: what gen takes from them, and all that is wrong in them."""

from __future__ import annotations

import pytest

from generator.vocabulary.plan import Base, Workload
from generator.views.examples import workload
from tests.conftest import Files, base, compiled, jobs, service
from tests.test_check import API, API_TEXT, told
from tests.test_findings import BRANCH, DEPLOYMENT, KUSTOMIZATION, PERF, findings

MAIN = "{name: main, image: registry.example.com/api}"
FOLDER, DEBUG = "overlays/base/api/", "overlays/components/debug/kustomization.yaml"


def of(changes: Files) -> Base:
    return compiled(changes).resolved.bases.of["api"]


def test_what_is_taken_from_a_base() -> None:
    more = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api}\nspec: {}\n"
    found = of({KUSTOMIZATION: "resources: [deployment.yaml, ../more]\nconfigMapGenerator: [{name: a}]\n", "overlays/base/more/kustomization.yaml": "secretGenerator: [{name: a}]\n", DEPLOYMENT: workload() + jobs("api") + more})
    main = [Workload("apps/v1", "Deployment", "api", "main", True, True), Workload("batch/v1", "CronJob", "sweep", "main", False, False), Workload("batch/v1", "Job", "migrate", "main", False, False)]
    kinds = (("", "ConfigMap"), ("", "Secret"), ("", "ServiceAccount"), ("apps", "Deployment"), ("batch", "CronJob"), ("batch", "Job"), ("policy", "PodDisruptionBudget"))
    assert found == Base(tuple(main), True, ("overlays/base/api", "overlays/base/more"), kinds, False)
    assert of({}) == Base((Workload("apps/v1", "Deployment", "api", "main", True, True),), False, ("overlays/base/api",), (("apps", "Deployment"),), False)
    assert not of({DEPLOYMENT: workload() + more.replace("{name: api}", "{name: apis}")}).has_service_account
    assert compiled({DEBUG: "kind: Component\nconfigMapGenerator: [{name: a}]\n"}).resolved.bases.components == {"debug": Base((), False, ("overlays/components/debug",), (("", "ConfigMap"),), False)}


@pytest.mark.parametrize("kind, serves", [("Deployment", True), ("StatefulSet", True), ("DaemonSet", True), ("Job", False)])
def test_kinds_that_have_pods(kind: str, serves: bool) -> None:
    assert of({DEPLOYMENT: workload().replace("Deployment", kind)}).workloads == (Workload("apps/v1", kind, "api", "main", serves, True),)


@pytest.mark.parametrize("changes", [
    {DEPLOYMENT: workload().replace("metadata: {labels: {app: api}}", "metadata: {}")},
    {DEPLOYMENT: workload().replace("{labels: {app: api}}", "{labels: null}")},
    {DEPLOYMENT: workload().replace("{labels: {app: api}}", "{labels: {gen/serves: api}}")},
    {DEPLOYMENT: workload("serviceAccountName: 7, containers: [" + MAIN + "]")},
    {DEPLOYMENT: workload("containers: [" + MAIN.replace("}", ", args: [a, null]}") + "]")},
    {DEPLOYMENT: workload(metadata="{name: api, annotations: ~}")},
    {DEPLOYMENT: workload(metadata="{name: a.b}")},
    {DEPLOYMENT: workload().replace("apps/v1", "'apps/v1 '")},
    {DEPLOYMENT: workload().replace("apps/v1", "v1")},
    {KUSTOMIZATION: "resources: [deployment.yaml]\nnamePrefix: x-\n"},
    {KUSTOMIZATION: "resources: [deployment.yaml, a]\n", FOLDER + "a/kustomization.yaml": "namePrefix: x-\nresources: [../../more]\n", "overlays/base/more/kustomization.yaml": "configMapGenerator: [{name: a}]\n"},
    {KUSTOMIZATION: "resources: [deployment.yaml]\npatches: [{patch: '- {op: remove, path: /spec/template/metadata/labels}', target: {kind: Deployment}}]\n"},
    {KUSTOMIZATION: "resources: [deployment.yaml]\ncomponents: [../../components/debug]\n", DEBUG: "kind: Component\npatches: [{path: a.yaml, target: {kind: .*}}]\n", "overlays/components/debug/a.yaml": "- {op: test, path: /a, value: b}\n"},
])
def test_a_workload_that_is_not_as_it_is_written(changes: Files) -> None:
    assert [found.as_written for found in of(changes).workloads] == [False]


@pytest.mark.parametrize("path, value, selects", [
    ("/spec/template/spec/affinity", "{podAffinity: {required: [{labelSelector: {matchLabels: {a: b}}}]}}", True),
    ("/spec/template/spec/topologySpreadConstraints/0/labelSelector/matchLabels", "{a: b}", True),
    ("/spec/template/spec/affinity", "{nodeAffinity: {}}", False),
])
def test_pods_that_choose_their_neighbours(path: str, value: str, selects: bool) -> None:
    patch = f"patches: [{{patch: '- {{op: add, path: {path}, value: {value}}}', target: {{kind: Deployment}}}}]\n"
    assert of({KUSTOMIZATION: "resources: [deployment.yaml]\n" + patch}).selects_neighbours == selects
    assert compiled({DEBUG: "kind: Component\n" + patch}).resolved.bases.components["debug"].selects_neighbours == selects
    if path.endswith("affinity"):
        assert of({DEPLOYMENT: workload(f"affinity: {value}, containers: [{MAIN}]")}).selects_neighbours == selects


PORTS = ", ports: [{containerPort: %s}]}"


@pytest.mark.parametrize("first, second, serves", [
    ("}", "}", [True, True]),  # none says its ports: all may be servers
    (PORTS % "8080", "}", [True, False]),
    ("}", PORTS % "8080", [False, True]),
    (PORTS % "8080", PORTS % "8080", [True, True]),
    (PORTS % "9", "}", [True, True]),
    (PORTS % "'8080'", PORTS % "8080", [False, True]),
    (", ports: [8080]}", PORTS % "8080", [False, True]),
    (", ports: 8080}", PORTS % "8080", [False, True]),
])
def test_a_worker_beside_the_server_answers_nobody(first: str, second: str, serves: list[bool]) -> None:
    one, two = (workload("containers: [" + MAIN.replace("}", more) + "]") for more in (first, second))
    assert [found.serves for found in of({DEPLOYMENT: one + "---\n" + two.replace("{name: api}\nspec", "{name: worker}\nspec")}).workloads] == serves


def test_the_containers_port_is_the_target() -> None:
    two = "---\n" + workload(f"containers: [{MAIN}]").replace("{name: api}\nspec", "{name: worker}\nspec")
    files = {DEPLOYMENT: workload("containers: [" + MAIN.replace("}", PORTS % "9") + "]") + two, API: API_TEXT.replace("http}", "http, targetPort: 9}")}
    assert [found.serves for found in of(files).workloads] == [True, False]


@pytest.mark.parametrize("image, container", [("api", "main"), ("api:v1", "main"), ("api@sha256:0", "main"), ("api:v1@sha256:0", "main"), ("api/x:v", "other"), ("ap:v", "other")])
def test_the_container_with_the_services_image(image: str, container: str) -> None:
    containers = "containers: [{name: first, image: 'a:b'}, 7, {name: main, image: 'registry.example.com/%s'}, {name: other, image: registry.example.com/api}]"
    assert of({DEPLOYMENT: workload(containers % image)}).workloads[0].container == container


def test_an_image_with_a_port_in_its_name() -> None:
    files = {API: API_TEXT.replace("registry.example.com/api", "registry.example.com:5000/api"), DEPLOYMENT: workload("containers: [{name: main, image: 'registry.example.com:5000/api'}]")}
    assert of(files).workloads[0].container == "main"


PATCH = "resources: [deployment.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |\n%s"
LOG = "{name: log, image: %s}"
ROWS: list[tuple[Files, list[str]]] = [
    # where a kustomization is, and how many
    ({KUSTOMIZATION: None, FOLDER + "kustomization.yml": "resources: [deployment.yaml]\n"}, []),
    ({KUSTOMIZATION: None, FOLDER + "Kustomization": "resources: [deployment.yaml]\n"}, []),
    ({FOLDER + "Kustomization": "resources: [deployment.yaml]\n"}, [f"GEN405 {FOLDER}Kustomization:1:1"]),
    ({FOLDER + "kustomization.yml": "resources: [deployment.yaml]\n", FOLDER + "Kustomization": "labels: []\n"}, [f"GEN405 {FOLDER}kustomization.yml:1:1", f"GEN405 {FOLDER}Kustomization:1:1"]),
    ({"overlays/base/loose/kustomization.yaml": "helmCharts: []\n"}, ["GEN402 overlays/base/loose/kustomization.yaml:1:1"]),
    ({"overlays/base/loose/deep/kustomization.yaml": "helmCharts: []\n"}, []),  # nothing leads there
    ({"overlays/base/kustomization.yaml": "helmCharts: []\n"}, []),
    ({KUSTOMIZATION: "resources: [deployment.yaml, a]\n", FOLDER + "a/kustomization.yaml": "resources: [../b]\n", FOLDER + "b/kustomization.yaml": "resources: [../a]\n"}, [f"GEN405 {FOLDER}{name}/kustomization.yaml:1:13" for name in "ab"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\ncomponents: [../../components/debug]\n", DEBUG: "kind: Component\nhelmCharts: []\n"}, [f"GEN402 {DEBUG}:2:1", f"GEN402 {DEBUG}:2:1"]),
    (service("new") | {"overlays/base/new/kustomization.yaml": None, "overlays/base/new/deployment.yaml": None}, []),  # nobody runs it
    (service("new") | dict.fromkeys(base("new")) | {BRANCH: "runs: {api: {tag: v}, new: {tag: v}}\n"}, ["GEN401 services/new.yaml:1:1"]),
    # what it may name
    ({KUSTOMIZATION: "resources: [deployment.yaml, 'git@x']\n"}, [f"GEN402 {KUSTOMIZATION}:1:30"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml, github.com/x]\n"}, [f"GEN402 {KUSTOMIZATION}:1:30"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml, /overlays/base/api/deployment.yaml]\n"}, [f"GEN402 {KUSTOMIZATION}:1:30"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml, '?a', 'a:b']\n"}, [f"GEN402 {KUSTOMIZATION}:1:30", f"GEN402 {KUSTOMIZATION}:1:36"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml, ../../bases/x, ../../base, ../../components]\n"}, [f"GEN402 {KUSTOMIZATION}:1:30", f"GEN401 {KUSTOMIZATION}:1:45", f"GEN401 {KUSTOMIZATION}:1:57"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml, none]\n"}, [f"GEN401 {KUSTOMIZATION}:1:30"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\nconfigMapGenerator: [{name: a, files: [k=none.txt, deployment.yaml], envs: [none.env], env: no.env}]\n"}, [f"GEN401 {KUSTOMIZATION}:2:40", f"GEN401 {KUSTOMIZATION}:2:77", f"GEN401 {KUSTOMIZATION}:2:93"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\nsecretGenerator: [{name: a}, {name: b, files: [x]}]\n"}, [f"GEN401 {KUSTOMIZATION}:2:48"]),
    # what it may say
    ({KUSTOMIZATION: "resources: [deployment.yaml]\nlabels: ~\npatches: ~\nimages: ~\nconfigMapGenerator: ~\ncomponents: ~\n"}, []),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: ~, newTag: 7}]\nreplicas: [{name: a, count: '2'}]\nlabels: [7, {pairs: {}, fields: []}]\n"}, [f"GEN405 {KUSTOMIZATION}:2:28", f"GEN405 {KUSTOMIZATION}:3:29", f"GEN405 {KUSTOMIZATION}:4:10", f"GEN402 {KUSTOMIZATION}:4:25"]),
    # manifests
    ({DEPLOYMENT: workload() + "---\n---\n# nothing\n"}, []),
    ({DEPLOYMENT: workload() + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ''}\n---\n- a\n---\nkind: A\nmetadata: {name: a}\n---\napiVersion: v1\nmetadata: {name: a}\n---\napiVersion: v1\nkind: A\nmetadata: a\n"},
     [f"GEN405 {DEPLOYMENT}:{line}:1" for line in (10, 14, 16, 19, 22)]),
    # what Argo CD, Helm and Kustomize obey
    *(({DEPLOYMENT: workload(metadata=f"{{name: api, annotations: {{{word}/x: y}}}}")}, [f"GEN402 {DEPLOYMENT}:3:37"]) for word in ("argocd.argoproj.io", "helm.sh", "config.kubernetes.io", "internal.config.kubernetes.io", "kustomize.config.k8s.io", "config.k8s.io")),
    ({DEPLOYMENT: workload(metadata="{name: api, annotations: {argocd.argoproj.io.example.com/x: y}}")}, []),
    ({DEPLOYMENT: workload(metadata="{name: api, annotations: {path: /a/helm.sh~1x, from: a, other: /helm.sh~1x}}")}, [f"GEN402 {DEPLOYMENT}:3:43"]),
    ({KUSTOMIZATION: PATCH % "    - op: add\n      path: /metadata/annotations/helm.sh~1x\n      value: y\n"}, [f"GEN402 {KUSTOMIZATION}:6:13"]),
    ({KUSTOMIZATION: PATCH % "    - op: add\n      path: /metadata/annotations/helm.sh~0x\n      value: y\n"}, []),
    ({KUSTOMIZATION: PATCH % "    - op: copy\n      from: /metadata/annotations/config.k8s.io~1x\n      path: /a\n"}, [f"GEN402 {KUSTOMIZATION}:6:13"]),
    ({KUSTOMIZATION: PATCH % "    kind: A\n    apiVersion: v1\n    metadata: {name: a, annotations: [{helm.sh/x: y}]}\n"}, [f"GEN402 {KUSTOMIZATION}:7:40"]),
    ({KUSTOMIZATION: PATCH % "    a: &b c\n    d: !x e\n"}, [f"GEN005 {KUSTOMIZATION}:4:10", f"GEN005 {KUSTOMIZATION}:4:10"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\npatches: [{path: p.yaml}]\n", FOLDER + "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, helm.sh/x: y}\n"}, [f"GEN402 {FOLDER}p.yaml:7:23"]),
    # images
    ({DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % 'a/b'}], initContainers: [{LOG % 'c'}], ephemeralContainers: [{LOG % 'd'}]")}, [f"GEN406 {DEPLOYMENT}:8:91", f"GEN406 {DEPLOYMENT}:8:134", f"GEN406 {DEPLOYMENT}:8:180"]),
    ({DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % 'a@sha256:0'}, {LOG % repr('a:5/b:v')}]")}, []),
    ({DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % repr('a:5/b')}]")}, [f"GEN406 {DEPLOYMENT}:8:91"]),
    *(({DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % 'a'}]"), KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: a, %s}]\n" % how}, found) for how, found in (("newTag: v", []), ("digest: 'sha256:0'", []), ("newName: b", [f"GEN406 {DEPLOYMENT}:8:91"]))),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: registry.example.com/api, newTag: v}]\n"}, []),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: registry.example.com/api, newName: b}]\n"}, [f"GEN403 {KUSTOMIZATION}:2:43"]),
    ({KUSTOMIZATION: PATCH % "    kind: A\n    metadata: {name: a}\n    spec: {template: {spec: {containers: [{name: main, image: b}]}}}\n"}, [f"GEN403 {KUSTOMIZATION}:4:10"]),
    ({KUSTOMIZATION: PATCH % "    kind: A\n    metadata: {name: a}\n    spec: {template: {spec: {containers: [{name: log, image: b}, {image: c}, {name: x, image: 'd:v'}]}}}\n"}, [f"GEN406 {KUSTOMIZATION}:4:10", f"GEN406 {KUSTOMIZATION}:4:10"]),
    *(({KUSTOMIZATION: PATCH % f"    - op: replace\n      path: /spec/template/spec/{path}\n      value: x\n"}, found) for path, found in (
        ("containers", [f"GEN403 {KUSTOMIZATION}:4:10"]), ("containers/0", [f"GEN403 {KUSTOMIZATION}:4:10"]), ("containers/12/image", [f"GEN403 {KUSTOMIZATION}:4:10"]), ("containers/0/args", []), ("containers/-", []), ("initContainers/0/image", []))),
    ({KUSTOMIZATION: PATCH % "    - op: add\n      path: /spec/template/spec/containers/-\n      value: {name: log, image: b}\n"}, [f"GEN406 {KUSTOMIZATION}:4:10"]),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\npatches: [{path: p.yaml, target: {}}]\n", FOLDER + "p.yaml": "- {op: add, path: /spec/template/spec/containers/-, value: {name: log, image: b}}\n- {op: replace, path: /spec/template/spec/containers/0/image, value: c}\n"}, [f"GEN406 {FOLDER}p.yaml:1:79", f"GEN403 {FOLDER}p.yaml:2:23"]),
    # a component beside all bases
    ({DEBUG: f"kind: Component\nimages: [{{name: registry.example.com/web, newName: b}}]\npatches: [{{patch: '{{apiVersion: v1, kind: A, metadata: {{name: a}}, spec: {{containers: [{{name: main, image: c}}]}}}}'}}]\n"}, [f"GEN403 {DEBUG}:2:43", f"GEN403 {DEBUG}:3:19"]),
    ({PERF: "extends: test\nruns: {api: {tag: v, components: [debug]}}\n"}, ["GEN401 perf/environment.yaml:2:35"]),
    # a base of a service
    ({DEPLOYMENT: workload("containers: []")}, [f"GEN403 {KUSTOMIZATION}:1:1 > services/api.yaml:1:8"]),
    ({DEPLOYMENT: workload("containers: 7")}, [f"GEN403 {KUSTOMIZATION}:1:1 > services/api.yaml:1:8"]),
    ({DEPLOYMENT: workload().replace("kind: Deployment", "kind: Rollout")}, [f"GEN403 {KUSTOMIZATION}:1:1 > services/api.yaml:1:8"]),
    ({DEPLOYMENT: workload("containers: []"), KUSTOMIZATION: "resources: [deployment.yaml]\nbases: []\n"}, [f"GEN402 {KUSTOMIZATION}:2:1"]),
    ({DEPLOYMENT: workload() + "---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: apis}\n"}, [f"GEN404 {DEPLOYMENT}:11:1"]),
]


@pytest.mark.parametrize("folders, expected", [(32, [f"GEN402 {FOLDER}{'a/' * 31}kustomization.yaml:1:1"]), (33, ["GEN008"]), (34, ["GEN008"]), (60, ["GEN008"])])
def test_what_is_beyond_the_folders_that_one_base_may_lead_through_is_not_read(folders: int, expected: list[str]) -> None:
    chain: Files = {f"{FOLDER}{'a/' * depth}kustomization.yaml": "resources: [a]\n" for depth in range(1, folders - 1)}
    chain |= {KUSTOMIZATION: "resources: [deployment.yaml, a]\n", f"{FOLDER}{'a/' * (folders - 1)}kustomization.yaml": "helmCharts: []\n"}
    assert [line if folders <= 32 else line.split()[0] for line in told(chain)] == expected


@pytest.mark.parametrize("changes, expected", ROWS)
def test_all_that_is_wrong_in_a_base(changes: Files, expected: list[str]) -> None:
    assert told(changes) == expected


@pytest.mark.parametrize("text, message", [
    ("namePrefix: 7", "`namePrefix` must be text"),
    ("metadata: a", "`metadata` must be a mapping"),
    ("labels: a", "`labels` must be a list"),
    ("components: [7]", "an entry here must be text"),
    ("images: [7]", "an entry here must be a mapping"),
    ("replicas: [{count: a}]", "`count` must be a whole number"),
    ("labels: [{includeSelectors: a}]", "`includeSelectors` must be true or false"),
    ("helmCharts: []", "`helmCharts` is not allowed in a base"),
    ("images: [{old: a}]", "`old` is not allowed here in a base"),
    ("patches:\n- target: {kind: Deployment}\n  patch: |\n    a: b\n    c: !x d", "in line 2 of this patch: an explicit tag"),
    ("---\na: b", "the kustomization holds 2 documents, of which Kustomize reads the first"),
])
def test_what_is_said_of_a_kustomization(text: str, message: str) -> None:
    assert [finding.message for _, _, finding in findings({KUSTOMIZATION: f"resources: [deployment.yaml]\n{text}\n"})] == [message]
    kind = message.rpartition(" must be ")[2]
    if " must be " in message:
        assert findings({KUSTOMIZATION: f"resources: [deployment.yaml]\n{text}\n"})[0][2].hint == f"write {kind} here"


@pytest.mark.parametrize("text, message", [("- a\n", "the kustomization is no mapping"), ("labels: [\n", "did not find expected node content")])
def test_what_is_said_of_what_is_no_kustomization(text: str, message: str) -> None:
    assert [finding.message for _, _, finding in findings({KUSTOMIZATION: text})] == [message]


def test_folders_that_lead_back() -> None:
    """Over another folder, and to a folder above; beside a folder that two lead to."""
    common = {"overlays/base/one/kustomization.yaml": "resources: [../two]\n", "overlays/base/two/kustomization.yaml": "resources: []\ncomponents: [../../components/debug]\n",
              "overlays/components/debug/kustomization.yaml": "kind: Component\nlabels: []\n", KUSTOMIZATION: "resources: [deployment.yaml, ../one]\ncomponents: [../../components/debug]\n"}
    assert findings(common) == []
    around = findings(common | {"overlays/base/two/kustomization.yaml": "resources: [../one]\n"})
    assert {(code, place) for code, place, _ in around} == {("GEN405", "overlays/base/one/kustomization.yaml:1:13"), ("GEN405", "overlays/base/two/kustomization.yaml:1:13")}
    assert [finding.message for _, _, finding in findings({KUSTOMIZATION: "resources: [deployment.yaml, deep]\n", "overlays/base/api/deep/kustomization.yaml": "resources: [..]\n"})][-1] == "overlays/base/api leads back to overlays/base/api/deep, and Kustomize goes round in no circle"
