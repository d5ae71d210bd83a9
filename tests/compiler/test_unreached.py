"""What objects of kinds beyond Kubernetes' own say of others, and whose accounts policies take them for."""

from __future__ import annotations

import pytest

from tests.conftest import Files, base, jobs, service
from tests.vocabulary.test_findings import findings

WORKLOAD = "overlays/base/api/deployment.yaml"
PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
KINDS = (
    "example.com/Queue: everywhere, external-secrets.io/ExternalSecret: everywhere, "
    "keda.sh/ScaledObject: everywhere, networking.k8s.io/Ingress: everywhere, "
    "cert-manager.io/Certificate: everywhere"
)
RUNS = "hosts: [test.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}, api-more: {tag: v1}}\n"


def thing(kind: str, spec: str, name: str = "api", version: str = "example.com/v1") -> str:
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\n{spec}\n"


def told(brought: str, more: str = "", files: Files | None = None) -> list[str]:
    changes: Files = {
        "environments/platform.yaml": f"{PLATFORM}bases: {{kinds: {{{KINDS}}}{more}}}\n",
        WORKLOAD: str(base("api")[WORKLOAD]) + brought,
        "environments/test/environment.yaml": RUNS,
        **service("api-more", "entry: [{prefix: /m}]\n"),
        **(files or {}),
    }
    wanted = ("GEN104", "GEN209", "GEN405", "GEN431", "GEN432", "GEN437")
    return [f"{code} {where}" for code, where, _ in findings(changes) if code in wanted]


@pytest.mark.parametrize(
    "name, wrong",
    [
        ("api", False),
        ("api-zz", False),
        ("free", False),
        ("webster", False),
        ("web", True),
        ("web-zz", True),
        ("api-more", True),
        ("api-more-zz", True),
        ("api-moreover", False),
    ],
)
def test_an_account_that_policies_take_for_another_services(name: str, wrong: bool) -> None:
    """Policies tell identities by how they begin: `web-…` is a branch of `web` to them."""
    spots = told(thing("ServiceAccount", "", name, "v1"))
    assert (f"GEN432 {WORKLOAD}:12:18" in spots) == wrong
    running = told(thing("Queue", f"spec: {{pods: {{serviceAccountName: {name}}}}}"))
    assert any(spot.startswith("GEN432") for spot in running) == wrong


def test_an_account_that_a_branch_makes_another_services() -> None:
    """`x` becomes `x-y-1` in the branch `y-1`, which is one of the service `x-y`."""
    branch: Files = {
        "environments/test/branches/y-1.yaml": "runs: {api: {tag: b1}}\n",
        "environments/test/environment.yaml": RUNS.replace("api-more", "x-y"),
        **service("x-y", "entry: [{prefix: /m}]\n"),
    }
    spots = told(thing("ServiceAccount", "", "x", "v1"), files=branch)
    assert "GEN432 environments/test/branches/y-1.yaml:1:8" in spots


SECRET = thing("Secret", "", "api-key", "v1")
QUEUE = SECRET + thing("Queue", "spec: {from: {keyName: api-key}}")


@pytest.mark.parametrize(
    "brought, more, wrong",
    [
        (QUEUE, "", True),
        (QUEUE, ", references: {example.com/Queue: {spec/from/keyName: Secret}}", False),
        (QUEUE, ", references: {example.com/Queue: {spec/keyName: Secret}}", True),
        (QUEUE, ", references: {example.com/Queue: {spec/from/keyName: ConfigMap}}", True),
        (SECRET + thing("Queue", "spec: {from: {keyName: other-key}}"), "", False),
        (SECRET + thing("Queue", "spec: {from: {label: api-key}}"), "", False),
        (SECRET + thing("Queue", "spec: {selector: {app.kubernetes.io/name: api-key}}"), "", False),
        (SECRET + thing("Queue", "spec: {of: {matchLabels: {name: api-key}}}"), "", False),
        (SECRET + thing("Queue", "spec: {keyNames: [a, api-key]}"), "", True),
        (SECRET + thing("Queue", "spec: {secretRef: {name: api-key}}"), "", True),
        (thing("Queue", "spec: {target: {name: api}}"), "", True),
        (
            thing("ScaledObject", "spec: {scaleTargetRef: {name: api}}", "a", "keda.sh/v1alpha1"),
            "",
            False,
        ),
        (
            thing(
                "Ingress",
                "spec: {defaultBackend: {service: {name: api, port: {number: 80}}}}",
                "a",
                "networking.k8s.io/v1",
            ),
            "",
            False,
        ),
    ],
)
def test_a_name_that_no_suffix_reaches(brought: str, more: str, wrong: bool) -> None:
    assert any(spot.startswith("GEN437") for spot in told(brought, more)) == wrong


def test_a_name_in_a_baseline_is_its_own() -> None:
    gone: Files = {"environments/test/branches/login.yaml": "runs: {web: {tag: b1}}\n"}
    assert not told(QUEUE, files=gone)


@pytest.mark.parametrize(
    "brought, wrong",
    [
        (
            thing(
                "ExternalSecret", "spec: {target: {name: db}}", "api-db", "external-secrets.io/v1"
            ),
            True,
        ),
        (
            thing("ExternalSecret", "spec: {target: {name: db}}", "db", "external-secrets.io/v1"),
            False,
        ),
        (thing("ExternalSecret", "spec: {}", "db", "external-secrets.io/v1"), False),
        (thing("Certificate", "spec: {secretName: tls}", "api", "cert-manager.io/v1"), True),
        (thing("Certificate", "spec: {secretName: api}", "api", "cert-manager.io/v1"), False),
    ],
)
def test_a_secret_that_two_units_make(brought: str, wrong: bool) -> None:
    """Its name follows that of its maker, or both units write one Secret."""
    spots = told(brought)
    assert ("GEN209 environments/test/branches/login.yaml:2:3" in spots) == wrong


@pytest.mark.parametrize(
    "kind, wrong", [("example.com/Queue", False), ("batch/CronJob", True), ("Secret", True)]
)
def test_what_only_baselines_bring_is_left_out_where_pods_run_without_it(
    kind: str, wrong: bool
) -> None:
    says = f"bases: {{kinds: {{example.com/Queue: everywhere, {kind}: baseline}}}}\n"
    if kind == "example.com/Queue":
        says = f"bases: {{kinds: {{{kind}: baseline}}}}\n"
    changes: Files = {
        "environments/platform.yaml": PLATFORM + says,
        WORKLOAD: str(base("api")[WORKLOAD]) + jobs("api") + QUEUE,
    }
    codes = {code for code, _, _ in findings(changes)}
    assert ("GEN409" in codes) == wrong
    assert ("GEN437" in codes) == (kind != "example.com/Queue")


def aims(kind: str, version: str, spec: str) -> str:
    """What is told of the selector of an object beside `api`."""
    changes: Files = {
        "environments/platform.yaml": PLATFORM
        + "bases: {kinds: {networking.k8s.io/NetworkPolicy: everywhere}}\n",
        WORKLOAD: str(base("api")[WORKLOAD]) + thing(kind, f"spec: {spec}", "x", version),
    }
    found = {code for code, _, _ in findings(changes)}
    return " ".join(sorted(found & {"GEN432", "GEN439"}))


BUDGET = ("PodDisruptionBudget", "policy/v1")
SERVICE = ("Service", "v1")
POLICY = ("NetworkPolicy", "networking.k8s.io/v1")


@pytest.mark.parametrize(
    "kind, spec, code",
    [
        (BUDGET, "{minAvailable: 1, selector: {matchLabels: {app: api}}}", ""),
        (BUDGET, "{minAvailable: 1, selector: {matchLabels: {app: ap}}}", "GEN439"),
        (BUDGET, "{minAvailable: 1, selector: {matchLabels: {app: web}}}", "GEN432"),
        (BUDGET, "{minAvailable: 1, selector: {matchLabels: {gen/serves: api}}}", ""),
        (BUDGET, "{minAvailable: 1, selector: {matchLabels: {gen/branch: logout}}}", "GEN439"),
        (
            BUDGET,
            "{minAvailable: 1, selector: {matchExpressions: [{key: app, operator: In, values: [x]}]}}",
            "GEN439",
        ),
        (BUDGET, "{minAvailable: 1, selector: {}}", "GEN432"),
        (SERVICE, "{ports: [{port: 1}], selector: {app: api}}", ""),
        (
            BUDGET,
            "{minAvailable: 1, selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}",
            "GEN432",
        ),
        (SERVICE, "{ports: [{port: 1}], selector: {app: web}}", "GEN439"),
        (POLICY, "{podSelector: {matchLabels: {app: web}}}", "GEN432"),
        # the service's own pods in another environment may be meant
        (BUDGET, "{minAvailable: 1, selector: {matchLabels: {gen/environment: perf}}}", ""),
        (SERVICE, "{ports: [{port: 1}], selector: {app: none}}", "GEN439"),
        (SERVICE, "{ports: [{port: 1}]}", ""),
        (POLICY, "{podSelector: {matchLabels: {app: none}}}", "GEN439"),
        (POLICY, "{podSelector: {}}", ""),
        (
            POLICY,
            "{podSelector: {matchLabels: {app: api}}, egress: [{to: [{podSelector: {matchLabels: {a: b}}}]}]}",
            "",
        ),
    ],
)
def test_a_selector_of_nobody_or_of_others(kind: tuple[str, str], spec: str, code: str) -> None:
    assert aims(*kind, spec) == code


@pytest.mark.parametrize(
    "spec, path, spot",
    [
        ("{conf: api-key}", "spec/conf", ""),
        ("{conf: {name: api-key}}", "spec/conf", ""),  # a mapping is known by its name
        ("{conf: [api-key, {name: api-key}, ~]}", "spec/conf", ""),
        ("{conf: ~}", "spec/conf/name", ""),
        ("{conf: 7}", "spec/conf", ""),
        ("{other: a}", "spec/conf/name", ""),
        ("{conf: api-key}", "spec/conf/name", "18:14"),
        ("{conf: {nam: api-key}}", "spec/conf", "18:14"),
        ("{conf: [{name: api-key}, {nam: a}]}", "spec/conf", "18:32"),
        ("{conf: [[api-key]]}", "spec/conf/name", "18:16"),
    ],
)
def test_a_field_that_holds_no_name(spec: str, path: str, spot: str) -> None:
    """Kustomize cannot build what it is told to look for a name in."""
    more = f", references: {{example.com/Queue: {{{path}: Secret}}}}"
    found = told(SECRET + thing("Queue", f"spec: {spec}"), more)
    assert found == ([f"GEN405 {WORKLOAD}:{spot}"] if spot else [])
    assert not [each for each in told(thing("Queue", f"spec: {spec}"), more) if "405" in each]


@pytest.mark.parametrize("spec", ["scaleTargetRef", "scaleTargetRef: {nam: a}"])
def test_a_field_of_a_known_kind_that_holds_no_name(spec: str) -> None:
    text = thing("ScaledObject", f"spec: {{{spec}}}", "a", "keda.sh/v1alpha1")
    assert not [each for each in told(text) if "405" in each]
    text = text.replace(spec, "scaleTargetRef: a")
    assert [each.split()[0] for each in told(text)] == ["GEN405"]


@pytest.mark.parametrize("path", ["kind", "apiVersion", "metadata", "metadata/name"])
def test_a_reference_is_never_what_an_object_is_known_by(path: str) -> None:
    more = f", references: {{example.com/Queue: {{{path}: Secret}}}}"
    assert [each.split()[0] for each in told("", more)] == ["GEN104"]
    more = f", references: {{example.com/Queue: {{{path}s/a: Secret}}}}"
    assert told("", more) == []
