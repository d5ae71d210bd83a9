"""What ran before gen did stays as it ran, and no branch beside it is taken for it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.io.built import write
from generator.targets.kube.adopted import of_branch
from tests.conftest import Files, compiled, installed

API = "overlays/base/api/deployment.yaml"
ENV, BRANCH = "environments/test/environment.yaml", "environments/test/branches/login.yaml"
MORE = (
    "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: api-queue}\nspec:\n"
    "  serviceName: api\n  selector: {matchLabels: {app: queue, team: a}}\n"
    "  template:\n    metadata: {labels: {app: queue, team: a}}\n"
    "    spec: {containers: [{name: main, image: 'registry.example.com/queue:1'}]}\n"
    "  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]\n"
    "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api}\n"
    "spec: {minAvailable: 1, selector: {matchLabels: {app: api}}}\n"
)
BASE = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n"
    "  selector: {matchLabels: {app: api}}\n  template:\n"
    "    metadata: {labels: {app: api, team: a}, annotations: {since: '2019'}}\n"
    "    spec:\n      containers:\n"
    "        - name: main\n          image: registry.example.com/api\n"
    "          ports: [{containerPort: 8080}]\n          env: [{name: WORD, value: old}]\n" + MORE
)
UNTOUCHED = "adopted: {selector: {app: api}, untouched: true, account: digger}"
Objects = dict[tuple[str, str], dict[str, Any]]


def changes(adopted: str, more: str = "adopting: true\n") -> Files:
    runs = f"runs:\n  web: {{tag: v1}}\n  api: {{tag: v1, {adopted}}}\n"
    return {API: BASE, ENV: f"hosts: [test.example.com]\n{more}{runs}"}


@pytest.fixture(scope="session", params=["kustomize-5.5", "kustomize-5.8"])
def kustomize(request: pytest.FixtureRequest) -> list[str]:
    return [installed(request.param), "build"]


def built(kustomize: list[str], folder: Path, part: str, files: Files) -> Objects:
    write(folder / "out", compiled(files).files)
    path = str(folder / f"out/overlays/test/{part}")
    done = subprocess.run([*kustomize, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    things = [thing for thing in yaml.safe_load_all(done.stdout) if thing]
    return {(thing["kind"], thing["metadata"]["name"]): thing for thing in things}


def test_untouched_pods_are_those_of_the_base(kustomize: list[str], tmp_path: Path) -> None:
    made = built(kustomize, tmp_path, "baseline", changes(UNTOUCHED))
    spec, base = made["Deployment", "api"]["spec"], next(yaml.safe_load_all(BASE))["spec"]
    base["template"]["spec"]["containers"][0]["image"] += ":v1"
    base["template"]["spec"]["serviceAccountName"] = "digger"
    assert spec == base
    assert made["Deployment", "api"]["metadata"]["labels"]["gen/environment"] == "test"
    assert made["Service", "api"]["spec"]["selector"] == {"app": "api"}
    assert made["PodDisruptionBudget", "api"]["spec"]["selector"] == {"matchLabels": {"app": "api"}}
    web = made["Deployment", "web"]["spec"]["template"]["metadata"]["labels"]
    assert web["sidecar.istio.io/inject"] == "true" and web["app.kubernetes.io/part-of"] == "shop"


def test_pods_that_come_in_are_found_as_before(kustomize: list[str], tmp_path: Path) -> None:
    made = built(kustomize, tmp_path, "baseline", changes("adopted: {selector: {app: api}}"))
    for kind, name, knows in (
        ("Deployment", "api", {"app": "api"}),
        ("StatefulSet", "api-queue", {"app": "queue", "team": "a"}),
    ):
        spec = made[kind, name]["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == knows and knows.items() <= labels.items()
        assert labels["gen/branch"] == "baseline" and labels["gen/environment"] == "test"
        assert labels["sidecar.istio.io/inject"] == "true"
        assert spec["template"]["spec"]["serviceAccountName"] == "api"
    claim = made["StatefulSet", "api-queue"]["spec"]["volumeClaimTemplates"][0]
    assert claim["metadata"] == {"name": "data"}
    assert made["Service", "api"]["spec"]["selector"] == {"app": "api"}


@pytest.mark.parametrize("adopted", [UNTOUCHED, "adopted: {selector: {app: api}}"])
def test_a_branch_beside_has_other_labels(
    kustomize: list[str], tmp_path: Path, adopted: str
) -> None:
    made = built(kustomize, tmp_path, "login", changes(adopted))
    for kind, name, told in (
        ("Deployment", "api-login", {"app": "api-login"}),
        ("StatefulSet", "api-queue-login", {"app": "queue-login", "team": "a-login"}),
    ):
        spec = made[kind, name]["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert told.items() <= labels.items() and labels["gen/branch"] == "login"
        assert spec["selector"]["matchLabels"].items() <= labels.items()
        assert labels["sidecar.istio.io/inject"] == "true"
    chosen = made["PodDisruptionBudget", "api-login"]["spec"]["selector"]["matchLabels"]
    labels = made["Deployment", "api-login"]["spec"]["template"]["metadata"]["labels"]
    assert chosen.items() <= labels.items() and chosen["app"] == "api-login"
    assert made["Service", "api-login"]["spec"]["selector"].items() <= labels.items()


EXPRESSED = BASE.replace(
    "{matchLabels: {app: api}}\n  template",
    "{matchExpressions: [{key: app, operator: In, values: [api, old]}, {key: gone, operator: DoesNotExist}]}\n  template",
).replace(
    "{matchLabels: {app: queue, team: a}}",
    "{matchLabels: {team: a}, matchExpressions: [{key: app, operator: In, values: [queue]}]}",
).replace(
    "selector: {matchLabels: {app: api}}}\n",
    "selector: {matchExpressions: [{key: app, operator: In, values: [api, cart]}]}}\n",
)  # fmt: skip


@pytest.mark.parametrize("adopted", [UNTOUCHED, "adopted: {selector: {app: api}}"])
def test_expressions_are_kept(kustomize: list[str], tmp_path: Path, adopted: str) -> None:
    made = built(kustomize, tmp_path, "baseline", changes(adopted) | {API: EXPRESSED})
    for thing in yaml.safe_load_all(EXPRESSED):
        key = thing["kind"], thing["metadata"]["name"]
        assert made[key]["spec"]["selector"] == thing["spec"]["selector"]
    labels = made["Deployment", "api"]["spec"]["template"]["metadata"]["labels"]
    assert labels["app"] == "api" and ("gen/branch" in labels) == (adopted != UNTOUCHED)


@pytest.mark.parametrize("adopted", [UNTOUCHED, "adopted: {selector: {app: api}}"])
def test_a_branch_beside_expressions_is_known_by_its_own_labels(
    kustomize: list[str], tmp_path: Path, adopted: str
) -> None:
    made = built(kustomize, tmp_path, "login", changes(adopted) | {API: EXPRESSED})
    for kind, name, told in (
        ("Deployment", "api", {"app": "api-login"}),
        ("StatefulSet", "api-queue", {"app": "queue-login", "team": "a-login"}),
    ):
        spec = made[kind, f"{name}-login"]["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert told.items() <= labels.items()
        assert selects(spec["selector"], labels) and spec["selector"]["matchLabels"]
        (kept,) = [
            one["spec"]["selector"]
            for one in yaml.safe_load_all(EXPRESSED)
            if (one["kind"], one["metadata"]["name"]) == (kind, name)
        ]
        assert not selects(kept, labels)
    labels = made["Deployment", "api-login"]["spec"]["template"]["metadata"]["labels"]
    chosen = made["PodDisruptionBudget", "api-login"]["spec"]["selector"]
    assert selects(chosen, labels) and chosen["matchExpressions"][0]["values"] == [
        "api-login",
        "cart",
    ]


OTHERS = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: api-peers}\n"
    "spec: {clusterIP: None, selector: {app: queue}, ports: [{port: 7000}]}\n"
    "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: cart}\n"
    "spec: {minAvailable: 1, selector: {matchLabels: {app: cart}}}\n"
)


def test_what_means_others_beside_a_branch_stays(kustomize: list[str], tmp_path: Path) -> None:
    base = BASE.replace("serviceName: api", "serviceName: api-peers") + OTHERS
    made = built(kustomize, tmp_path, "login", changes(UNTOUCHED) | {API: base})
    cart = made["PodDisruptionBudget", "cart-login"]["spec"]["selector"]
    assert cart == {"matchLabels": {"app": "cart"}}
    labels = made["StatefulSet", "api-queue-login"]["spec"]["template"]["metadata"]["labels"]
    assert made["Service", "api-peers-login"]["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize(
    "more",
    [
        "matchLabels: {app: api, tier: back}",  # which a patch gives
        "matchLabels: {app: api, app.kubernetes.io/name: api}",  # which gen gives
        "matchLabels: {app: api}, matchExpressions: [{key: tier, operator: Exists}]",
        "matchExpressions: [{key: app, operator: In, values: [api]}, {key: tier, operator: In, values: [back]}]",
    ],
)
def test_what_asks_for_more_labels_than_a_template_has_means_the_branchs_pods(
    kustomize: list[str], tmp_path: Path, more: str
) -> None:
    """Else it means the adopted ones once more, and nobody evicts pods of two budgets."""
    budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: more}\n"
    patch = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api}, spec: {template: {metadata: {labels: {tier: back}}}}}"
    folder = {
        API: f"{BASE}{budget}spec: {{minAvailable: 1, selector: {{{more}}}}}\n",
        "overlays/base/api/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        f"resources: [deployment.yaml]\npatches: [{{patch: '{patch}'}}]\n",
    }
    made = built(kustomize, tmp_path, "login", changes(UNTOUCHED) | folder)
    labels = made["Deployment", "api-login"]["spec"]["template"]["metadata"]["labels"]
    assert selects(made["PodDisruptionBudget", "more-login"]["spec"]["selector"], labels)


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector is true of labels, as Kubernetes reads it."""
    named = selector.get("matchLabels") or {}
    holds = {
        "In": lambda key, values: labels.get(key) in values,
        "NotIn": lambda key, values: labels.get(key) not in values,
        "Exists": lambda key, _: key in labels,
        "DoesNotExist": lambda key, _: key not in labels,
    }
    return named.items() <= labels.items() and all(
        holds[one["operator"]](one["key"], one.get("values"))
        for one in selector.get("matchExpressions") or ()
    )


def namespace(more: str, platform: str = "") -> dict[str, dict[str, Any]]:
    said = (
        "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
        "namespaces: {networkPolicies: both, podSecurity: restricted, quota: {pods: 9}, "
        f"limits: {{default: {{cpu: 1}}}}}}\n{platform}"
    )
    files = changes("adopted: {selector: {app: api}}", more) | {"environments/platform.yaml": said}
    text = compiled(files).files["overlays/test/namespace/namespace.yaml"]
    return {f"{one['kind']} {one['metadata']['name']}": one for one in yaml.safe_load_all(text)}


def test_an_environment_that_adopts_shuts_nobody_out() -> None:
    there, closed = namespace("adopting: true\n"), namespace("")
    assert there["PeerAuthentication default"]["spec"] == {"mtls": {"mode": "PERMISSIVE"}}
    assert there["AuthorizationPolicy gen.open"]["spec"] == {"action": "ALLOW", "rules": [{}]}
    open_network = there["NetworkPolicy gen.open"]["spec"]
    assert open_network["ingress"] == [{}] and open_network["egress"] == [{}]
    for name in ("AuthorizationPolicy gen.open", "NetworkPolicy gen.open"):  # before who is denied
        wave = there[name]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        assert wave == "-2" and name not in closed
    labels = there["Namespace shop-test"]["metadata"]["labels"]
    assert not {key for key in labels if "injection" in key or "pod-security" in key}
    assert not {"ResourceQuota gen", "LimitRange gen"} & there.keys()
    assert {"ResourceQuota gen", "LimitRange gen"} <= closed.keys()
    assert closed["PeerAuthentication default"]["spec"] == {"mtls": {"mode": "STRICT"}}
    assert closed["Namespace shop-test"]["metadata"]["labels"]["istio-injection"] == "enabled"


def test_a_revision_is_joined_by_its_label() -> None:
    said = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\nmesh: {revision: canary}\n"
    files = changes("adopted: {selector: {app: api}}") | {"environments/platform.yaml": said}
    text = compiled(files).files["overlays/test/baseline/web/workload.yaml"].decode()
    assert "istio.io/rev: canary" in text and "sidecar.istio.io/inject" not in text


def test_a_label_of_a_branch_fits() -> None:
    long = of_branch("a" * 60, "login")
    assert of_branch("api", "login") == "api-login" and len(long) <= 63
    assert long != of_branch("a" * 60, "logon")
