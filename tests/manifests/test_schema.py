"""Manifests beside schemas and rules: the mistakes that people make, each with its place, and what only looks like one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.manifests.document import problems
from generator.manifests.library import library, versions
from generator.manifests.schema import Walk
from generator.vocabulary.findings import outcome
from generator.vocabulary.platform import Cluster
from generator.vocabulary.source import Place
from generator.vocabulary.yaml_reader import locate, read_manifests
from tests.conftest import TOP

VERSION = "1.36"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 3
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: main
          image: registry.example.com/api
          imagePullPolicy: Always
          command: [sh, -c]
          ports:
            - {name: web, containerPort: 8080}
          env:
            - {name: A, value: "8080"}
          resources:
            limits: {memory: 1Gi}
          livenessProbe:
            httpGet: {path: /, port: web}
          volumeMounts:
            - {name: data, mountPath: /data}
      volumes:
        - {name: data, emptyDir: {}}
"""
POD_VOLUMES = "      volumes:\n        - {name: data, emptyDir: {}}\n"
RESOURCES = "          resources:\n            limits: {memory: 1Gi}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}\n"
QUOTA = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: x}\nspec: {hard: {request.cpu: 4}}\n"


def told(text: str, version: str = VERSION, **how: bool) -> list[str]:
    """`CODE line:column message | hint` of all documents."""
    documents, found = outcome(read_manifests("x.yaml", text.encode(), 2 << 20))
    assert not found
    lines = []
    for number, document in enumerate(documents):
        for problem in problems(document, version, **how):
            place = Place("x.yaml", problem.route, problem.on_key, document=number)
            mark = locate(text.encode(), place)
            where = f"{problem.code} {mark.line}:{mark.column}"
            lines.append(f"{where} {problem.message} | {problem.hint}")
    return lines


# (what is written, what is written instead, where it is found, what the message or the hint holds)
MISTAKES: list[tuple[str, str, str, str]] = [
    ("replicas: 3", 'replicas: "3"', "GEN410 6:13", "write 3 without quotes"),
    ("containerPort: 8080", 'containerPort: "8080"', "GEN410 17:42", "write 8080 without quotes"),
    ('"8080"', "8080", "GEN410 19:32", 'quote it: "8080"'),
    ('"8080"', "true", "GEN410 19:32", 'quote it: "true"'),
    ('"8080"', "1.5", "GEN410 19:32", 'quote it: "1.5"'),
    ("livenessProbe", "livenesProbe", "GEN410 22:11", "did you mean `livenessProbe`?"),
    ("imagePullPolicy", "imagepullpolicy", "GEN410 14:11", "did you mean `imagePullPolicy`?"),
    ("httpGet", "httpget", "GEN410 23:13", "did you mean `httpGet`?"),
    ('value: "8080"', "valueFrom: {secretKeyReff: {name: a, key: b}}", "GEN410 19:37", "did you mean `secretKeyRef`?"),
    (POD_VOLUMES, POD_VOLUMES.replace("      ", "          "), "GEN410 26:11", "`volumes` belongs in `spec.template.spec`: indent it less"),
    (POD_VOLUMES, POD_VOLUMES.replace("      ", "    ", 1), "GEN410 26:5", "`volumes` belongs in `spec.template.spec`"),
    (RESOURCES, "", "", ""),
    ("    spec:\n", "    resources: {limits: {memory: 1Gi}}\n    spec:\n", "GEN410 10:5", "`resources` belongs in `spec.template.spec`"),
    ("{memory: 1Gi}", '"1Gi"', "GEN410 21:21", "must be a mapping"),
    ("[sh, -c]", "sh -c", "GEN410 15:20", 'write a list: ["sh", "-c"]'),
    ("labels: {app: api}", "labels: {app: web}", "GEN413 7:33", "the pods' template has web"),
    ("apps/v1", "extensions/v1beta1", "GEN411 1:13", "write `apiVersion: apps/v1`"),
    ("1Gi", "512MB", "GEN412 21:30", "did you mean `512M`?"),
    ("1Gi", "64mi", "GEN412 21:30", "did you mean `64Mi`?"),
    ("{name: data, mount", "{name: dat, mount", "GEN413 25:22", "did you mean `data`?"),
    ("port: web", "port: wob", "GEN415 23:38", "did you mean `web`?"),
    ("      volumes:\n", "        - {name: main, image: a}\n      volumes:\n", "GEN413 26:11", "two items with name main"),
    ("  name: api\n", "  name: Api\n", "GEN412 4:9", "use lower-case letters"),
    ("      volumes:\n", "      restartPolicy: Never\n      volumes:\n", "GEN413 26:22", "always restarted"),
    ("containers:", "contianers:", "GEN410 11:7", "did you mean `containers`?"),
    ("kind: Deployment", "kind: Deploymnet", "GEN411 2:7", "did you mean `Deployment`?"),
    ("\nspec:", "\nsepc:", "GEN410 5:1", "did you mean `spec`?"),
    ("  name: api\n", "  name: api\n  uid: 12-3\n", "GEN414 5:3", "delete it"),
    ("  name: api\n", '  name: api\n  resourceVersion: "7"\n', "GEN414 5:3", "delete it"),
    (POD_VOLUMES, POD_VOLUMES + "status: {replicas: 1}\n", "GEN414 28:1", "delete it"),
]  # fmt: skip


@pytest.mark.parametrize("written, instead, where, words", MISTAKES)
def test_a_persons_mistake_is_told_once_and_in_its_place(
    written: str, instead: str, where: str, words: str
) -> None:
    assert written in DEPLOYMENT
    found = told(DEPLOYMENT.replace(written, instead, 1) if instead else DEPLOYMENT)
    assert [line.split(" ", 2)[:2] for line in found] == ([where.split(" ")] if where else [])
    assert all(words in line for line in found)


def test_mistakes_are_told_in_the_order_of_the_keys() -> None:
    text = DEPLOYMENT.replace("  name: api\n", "  name: Api\n", 1)
    text = text.replace("replicas: 3", 'replicas: "3"').replace("limits: {memory", "limit: {memory")
    text = text.replace("containerPort: 8080", 'containerPort: "8080"') + "status: {replicas: 1}\n"
    found = [line.split(" ", 2)[1] for line in told(text)]
    assert found == ["4:9", "6:13", "17:42", "21:13", "28:1"]


def test_what_a_server_gives_and_what_a_quota_does_not_know() -> None:
    assert [line[:11] for line in told(SERVICE)] == ["GEN414 4:8 "]
    assert told(SERVICE.replace("10.0.0.1", "None")) == []
    assert (
        told(QUOTA)[0].startswith("GEN412 4:") and "did you mean `requests.cpu`?" in told(QUOTA)[0]
    )
    assert told(QUOTA.replace("request.cpu", "requests.cpu")) == []


def test_every_manifest_of_this_repository_passes() -> None:
    for path in sorted((TOP / "overlays/base").rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            assert told(path.read_text()) == [], path


def test_the_versions_are_those_that_a_platform_can_say() -> None:
    said = Cluster.model_json_schema()["properties"]["kubernetes"]["enum"]
    assert tuple(said) == versions()


def rebuilt(version: str) -> dict[str, Any]:
    """The definitions of a version as one JSON Schema, for jsonschema."""
    here = library(version)
    text = json.dumps({name: here[name] for name in here.names()})
    return json.loads(text.replace('{"$ref": "', '{"$ref": "#/$defs/'))


@pytest.mark.parametrize("version, every", [("1.28", 41), ("1.36", 11), ("1.37", 37)])
def test_the_engine_agrees_with_jsonschema(version: str, every: int) -> None:
    """Over manifests here, whole, and with a value replaced, a key misspelt or taken out."""
    definitions, here = rebuilt(version), library(version)
    for path in sorted((TOP / "overlays/base").rglob("*.yaml")):
        for document in outcome(read_manifests(str(path), path.read_bytes())).value:
            name = here.kind(document.get("apiVersion", ""), document.get("kind", ""))
            if name is None:
                continue
            judge = Draft202012Validator({"$defs": definitions, "$ref": f"#/$defs/{name}"})
            for variant in [document, *variants(document)[::every]]:
                walk = Walk(here, rules=False)
                walk.value(variant, {"$ref": name}, ())
                assert (walk.found == []) == judge.is_valid(variant), (path, variant)


def variants(node: Any) -> list[Any]:
    """A document with one value replaced, one key misspelt, or one key taken out."""
    made: list[Any] = []
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        made += [_with(node, key, other) for other in ("text", 7, True, [], {}, [7])]
        if isinstance(node, dict):
            made.append({each: item for each, item in node.items() if each != key})
            made.append({f"{each}x" if each == key else each: item for each, item in node.items()})
        made += [_with(node, key, below) for below in variants(value)]
    return made


def _with(node: Any, key: Any, value: Any) -> Any:
    return (
        {**node, key: value} if isinstance(node, dict) else [*node[:key], value, *node[key + 1 :]]
    )


def test_the_notice_stands_beside_the_data() -> None:
    folder = TOP / "generator/manifests/schemas"
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "kubernetes-validate 1.37.0" in (folder / "NOTICE").read_text()


@pytest.mark.parametrize(
    "api_version, kind, code",
    [
        ("app/v1", "Deployment", "GEN411"),
        ("extensions/v1beta1", "Ingress", "GEN411"),
        ("policy/v1beta1", "PodSecurityPolicy", "GEN411"),
        ("networking.k8s.io/v1beta1", "Ingress", "GEN411"),
        ("certmanager.k8s.io/v1alpha1", "Certificate", "GEN419"),
        ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "GEN419"),
        ("serving.knative.dev/v1", "Service", "GEN419"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute", "GEN419"),
    ],
)
def test_kinds_of_kubernetes_and_others(api_version: str, kind: str, code: str) -> None:
    found = told(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n")
    assert [line.split()[0] for line in found] == [code]


@pytest.mark.parametrize(
    "written, kind, known",
    [
        ("admissionregistration.k8s.io/v2", "MutatingAdmissionPolicy", "v1"),
        ("certificates.k8s.io/v1", "ClusterTrustBundle", "v1beta1"),
        ("resource.k8s.io/v1", "DeviceTaintRule", "v1beta2"),
    ],
)
def test_of_many_versions_the_one_that_lasts_is_named(written: str, kind: str, known: str) -> None:
    [line] = told(f"apiVersion: {written}\nkind: {kind}\nmetadata: {{name: a}}\n")
    assert line.endswith(f"| write `apiVersion: {written.partition('/')[0]}/{known}`")


HUGE = ["1" + "0" * 400, "0x" + "f" * 400, "0b" + "1" * 2000, "9" * 5000, "-" + "9" * 30, "1e400"]


@pytest.mark.parametrize("number", HUGE)
def test_a_number_of_any_size_is_told_of_and_no_more(number: str) -> None:
    replicas = DEPLOYMENT.replace("replicas: 3", f"replicas: {number}")
    memory = DEPLOYMENT.replace("memory: 1Gi", f"memory: {number}")
    port = DEPLOYMENT.replace("containerPort: 8080", f"containerPort: {number}")
    assert [len(told(text)) > 0 for text in (replicas, memory, port)] == [True] * 3


@pytest.mark.parametrize("port, wrong", [("0x1f90", False), ("0x10000", True), ("1e3", False)])
def test_a_number_in_another_form_has_its_range(port: str, wrong: bool) -> None:
    assert bool(told(DEPLOYMENT.replace("containerPort: 8080", f"containerPort: {port}"))) == wrong


def test_a_long_host_of_colons_takes_no_time() -> None:
    ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x}\n"
    host = ":" * 100_000 + "g"
    started = time.process_time()
    assert told(f"{ingress}spec: {{rules: [{{host: '{host}'}}]}}\n")
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", ["1" * 100_000 + "!", "1" + " " * 100_000, "1." * 50_000])
def test_a_long_quantity_takes_no_time(text: str) -> None:
    started = time.process_time()
    assert told(DEPLOYMENT.replace("memory: 1Gi", f"memory: '{text}'"))
    assert time.process_time() - started < 2
