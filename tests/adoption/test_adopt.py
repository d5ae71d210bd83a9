"""What runs already → services, bases, an environment; and what is asked instead of guessed."""

from __future__ import annotations

import base64
import time

import pytest
import yaml

from generator.adoption.adopt import Adopted, Here, adopt
from generator.adoption.belongings import Asked
from generator.adoption.compose import translator
from generator.adoption.items import read
from generator.compiler.compile import compile_sources, valid
from generator.views.brought import BROUGHT, front, workload
from generator.views.examples import Files
from generator.vocabulary.findings import RULES
from generator.vocabulary.source import Sources

PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"


def bring(text: str, **asked: bool) -> Adopted:
    brought = read({"shop.yaml": text.encode()})
    assert not brought.found
    return adopt(brought.items, "test", Asked({}, **asked), Here())


def told(files: Files) -> list[tuple[str, str]]:
    texts = {path: text.encode() for path, text in files.items() if text is not None}
    brought = read(texts, translator(secrets=False))
    made = adopt(brought.items, "test", Asked({}), Here())
    marks = [(finding, finding.place.mark) for finding in [*brought.found, *made.found]]
    return [(f.code, f"{f.place.path}:{mark.line}:{mark.column}") for f, mark in marks if mark]


def compiled(made: Adopted) -> list[str]:
    """The codes of the warnings that a compile of it tells."""
    files = {"environments/platform.yaml": PLATFORM} | made.files
    files |= {f"environments/{one.name}/environment.yaml": one.text() for one in made.environments}
    done = valid(compile_sources(Sources({path: text.encode() for path, text in files.items()})))
    return [finding.code for finding in done.warnings]


@pytest.mark.parametrize("code", BROUGHT)
def test_each_example_is_told_as_its_page_says(code: str) -> None:
    example = BROUGHT[code]
    if not example.failing:
        pytest.skip("what it takes two environments to show")
    assert (code, example.where) in told(example.failing)
    assert told(example.passing) == []
    assert RULES[code].severity == "warning"


def test_text_and_comments_are_kept_but_for_what_goes() -> None:
    text = workload(image="registry.example.com/web:v1.2   # ours") + front()
    made = bring("# Licence\n" + text.replace("{name: web}", "{name: web, namespace: live}", 1))
    assert made.files["overlays/base/web/deployment.yaml"] == "# Licence\n" + workload(
        image="registry.example.com/web   # ours"
    )
    assert made.files["environments/services/web.yaml"].split("\n", 1)[1] == (
        "image: registry.example.com/web\nports:\n"
        "  - {name: http, port: 80, protocol: http, targetPort: 8080}    # named http\n"
    )
    assert (
        made.environments[0].text().split("\n", 1)[1]
        == "namespace: live\nruns:\n  web: {tag: v1.2}\n"
    )


LIVE = """\
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    annotations:
      deployment.kubernetes.io/revision: "3"
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"apps/v1"}
    creationTimestamp: "2026-01-01T00:00:00Z"
    generation: 3
    name: web
    namespace: live
    resourceVersion: "12"
    uid: 1e3
  spec:
    progressDeadlineSeconds: 600
    replicas: 2
    selector:
      matchLabels: {app: web}
    template:
      metadata:
        creationTimestamp: null
        labels: {app: web}
      spec:
        containers:
        - image: registry.example.com/web:v1
          imagePullPolicy: IfNotPresent
          name: main
          ports:
          - containerPort: 8080
            protocol: TCP
          resources: {}
          terminationMessagePath: /dev/termination-log
          terminationMessagePolicy: File
        dnsPolicy: ClusterFirst
        restartPolicy: Always
        schedulerName: default-scheduler
        securityContext: {}
        serviceAccount: default
        serviceAccountName: default
        terminationGracePeriodSeconds: 30
  status:
    replicas: 2
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: live, uid: a, resourceVersion: "1"}
  spec:
    clusterIP: 10.0.0.1
    ports:
    - {appProtocol: kubernetes.io/h2c, name: x, port: 80, protocol: TCP, targetPort: 8080}
    selector: {app: web}
- apiVersion: v1
  kind: Endpoints
  metadata: {name: web, namespace: live}
- apiVersion: apps/v1
  kind: ReplicaSet
  metadata: {name: web-1, namespace: live, ownerReferences: [{kind: Deployment, name: web}]}
kind: List
"""


def test_what_the_server_set_goes() -> None:
    made = bring(LIVE.removesuffix("kind: List\n"))
    deployment = made.files["overlays/base/web/deployment.yaml"]
    assert yaml.safe_load(deployment) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {
                            "image": "registry.example.com/web",
                            "imagePullPolicy": "IfNotPresent",
                            "name": "main",
                            "ports": [{"containerPort": 8080}],
                        }
                    ]
                },
            },
        },
    }
    assert (
        "protocol: http2, targetPort: 8080}    # appProtocol: kubernetes.io/h2c"
        in (made.files["environments/services/web.yaml"])
    )
    assert made.environments[0].namespace == "live"
    assert [one.why for one in made.left] == ["the cluster makes it", "Deployment web makes it"]


def test_what_is_taken_compiles() -> None:
    env = "          env: [{name: API, value: 'api:80'}]\n"
    api = workload("api", "api", "registry.example.com/api:v2") + front("api", "api")
    opened = front().replace("spec:", "spec:\n  type: LoadBalancer", 1)
    made = bring(f"{workload()}{env}{opened}---\n{api}")
    assert "calls: [api]" in made.files["environments/services/web.yaml"]
    assert "entry:\n  - {prefix: /}\n" in made.files["environments/services/web.yaml"]
    assert not made.found and compiled(made) == []


SETTINGS = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {A: b}\n"


@pytest.mark.parametrize(
    ("secret", "calls"),
    [
        ("stringData: {url: 'postgres://me:hidden@db:5432/x'}", True),
        (f"data: {{url: {base64.b64encode(b'postgres://me:hidden@db:5432/x').decode()}}}", True),
        (f"data: {{url: {base64.b64encode(bytes([255, 254])).decode()}}}", False),
        ("data:\n  url: |\n    cG9zdGdyZXM6Ly9tZTpoaWRkZW5A\n    ZGI6NTQzMi94\n", True),
        ("data: {url: 'no base64', other: 7}", False),
        ("data: 7", False),
    ],
)
def test_addresses_in_a_secret_are_calls(secret: str, calls: bool) -> None:
    web = workload().rstrip() + "\n          envFrom: [{secretRef: {name: login}}]\n"
    database = workload("db", "db", "postgres:16", 5432) + front("db", "db", "pg", 5432, "5432")
    login = f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: login}}\n{secret}\n"
    made = bring(f"{web}{front()}---\n{database}{login}")
    assert ("calls: [db]" in made.files["environments/services/web.yaml"]) == calls
    assert not any("hidden" in text for text in made.files.values())


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_what_is_told_has_a_kind_beside_its_name(kind: str) -> None:
    """A call that is none lets somebody in."""
    reference = {"ConfigMap": "configMapRef", "Secret": "secretRef"}[kind]
    web = f"{workload().rstrip()}\n          envFrom: [{{{reference}: {{name: shop}}}}]\n"
    database = workload("db", "db", "postgres:16", 5432) + front("db", "db", "pg", 5432, "5432")
    told = "---\napiVersion: v1\nkind: {}\nmetadata: {{name: shop}}\n{}: {{url: 'postgres://{}:5432/x'}}\n"
    for host, calls in (("db", True), ("elsewhere", False)):
        hosts = {"ConfigMap": "db", "Secret": "db"} | {kind: host}
        said = told.format("ConfigMap", "data", hosts["ConfigMap"])
        said += told.format("Secret", "stringData", hosts["Secret"])
        made = bring(f"{web}{front()}---\n{database}{said}")
        assert ("calls: [db]" in made.files["environments/services/web.yaml"]) == calls


@pytest.mark.parametrize(
    ("dials", "opened", "asked"),
    [
        ({"web": "api"}, ["web"], ["api"]),
        ({"web": "mid", "mid": "api"}, ["web"], ["api"]),
        ({}, [], ["api", "web"]),
        ({"web": "api", "api": "web"}, [], ["api", "web"]),
    ],
)
def test_the_door_in_front_of_the_others_takes_all_paths(
    dials: dict[str, str], opened: list[str], asked: list[str]
) -> None:
    text = ""
    for name in ("api", "mid", "web"):
        variable = f"          env: [{{name: URL, value: 'http://{dials.get(name, 'else.where.com')}:80'}}]\n"
        service = front(name, name)
        if name != "mid":
            service = service.replace("spec:\n", "spec:\n  type: NodePort\n")
        text += f"{'---' * bool(text)}\n{workload(name, name)}{variable}{service}"
    made = bring(text)
    entries = [
        name
        for name in ("api", "mid", "web")
        if "entry:" in made.files[f"environments/services/{name}.yaml"]
    ]
    told = [one for one in made.found if one.code == "GEN610"]
    assert entries == opened and sorted(str(one.about) for one in told) == asked
    assert all(("taken for those of web" in one.message) == bool(opened) for one in told)


LOGIN = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {word: hidden}\n"


def test_what_pods_refer_to_lies_beside_them_and_secrets_if_asked() -> None:
    env = "          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: login}}]\n"
    brought = workload() + env + front() + SETTINGS + LOGIN
    made = bring(brought)
    assert "overlays/base/web/configmap.yaml" in made.files
    assert not any("hidden" in text for text in made.files.values())
    assert [finding.code for finding in made.found] == ["GEN608"]
    assert "overlays/base/web/secret.yaml" in bring(brought, secrets=True).files


def test_a_licence_costs_nothing() -> None:
    licence = "# " + "all rights reserved " * 3 + "\n"
    started = time.process_time()
    made = bring(licence * 5000 + "---\n" + licence * 5000 + workload())
    assert len(made.files) == 3 and time.process_time() - started < 5


def test_a_name_leads_out_of_no_folder() -> None:
    brought = read({"x": workload("../../up").encode()})
    assert [finding.code for finding in brought.found] == ["GEN601"] and brought.items == []
