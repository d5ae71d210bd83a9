"""Two platforms in one Argo CD, and behind one ingress."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.vocabulary.findings import Findings
from tests.conftest import Files, compiled


def platform(name: str, argocd: str = "", ingress: str = "istio: ingress") -> Files:
    return {
        "environments/platform.yaml": f"name: {name}\n"
        f"ingress: {{namespace: gates, serviceAccount: gate, selector: {{{ingress}}}}}\n"
        f"argocd: {{repository: https://git.example.com/shop.git{argocd}}}\n"
    }


def things(files: Files) -> dict[tuple[str, str], dict[str, Any]]:
    """What one Argo CD is given for a platform, and what stands beside the gateway."""
    made = compiled(files).files
    return {
        (thing["kind"], thing["metadata"]["name"]): thing
        for path in made
        if path.startswith(("argocd/", "overlays/edge/"))
        and not path.endswith("kustomization.yaml")
        for thing in yaml.safe_load_all(bytes(made[path]))
    }


def test_a_shared_argocd_has_no_two_applications_of_a_name() -> None:
    shop, pay = things(platform("shop")), things(platform("pay", ", shared: true", "istio: pay"))
    assert not shop.keys() & pay.keys()
    assert ("Application", "test.mesh") in shop
    assert ("Application", "pay.test.mesh") in pay
    assert ("Application", "pay.edge") in pay


def test_a_second_platform_that_does_not_say_so_is_refused_by_argocd() -> None:
    shop, pay = things(platform("shop")), things(platform("pay", ingress="istio: pay"))
    assert ("Application", "test.mesh") in shop.keys() & pay.keys()
    for made in (shop, pay):
        (root,) = (
            thing
            for (_, name), thing in made.items()
            if name in ("shop-root", "pay-root") and thing["kind"] == "Application"
        )
        assert "FailOnSharedResource=true" in root["spec"]["syncPolicy"]["syncOptions"]


@pytest.mark.parametrize("selector, shared", [("istio: ingress", True), ("istio: pay", False)])
def test_a_gateway_is_one_platforms(selector: str, shared: bool) -> None:
    shop = things(platform("shop"))
    pay = things(platform("pay", ", shared: true", selector))
    assert {kind for kind, _ in shop.keys() & pay.keys()} == ({"ConfigMap"} if shared else set())
    edge = pay["Application", "pay.edge"]["spec"]
    assert "FailOnSharedResource=true" in edge["syncPolicy"]["syncOptions"]
    project = pay["AppProject", "pay-edge"]["spec"]["namespaceResourceWhitelist"]
    assert {"group": "", "kind": "ConfigMap"} in project


@pytest.mark.parametrize("name", ["root", "edge", "base", "components"])
def test_environments_whose_names_are_taken(name: str) -> None:
    """An environment `root` would replace the project of the root itself."""
    with pytest.raises(Findings) as stopped:
        compiled(
            {f"environments/{name}/environment.yaml": "extends: test\nruns: {api: {tag: a}}\n"}
        )
    assert {found.code for found in stopped.value.found} == {"GEN106"}


@pytest.mark.parametrize(
    "length, tests, found",
    [(53, False, set()), (54, False, {"GEN106"}), (48, True, set()), (49, True, {"GEN106"})],
)
def test_no_applications_name_is_too_long_for_a_label(
    length: int, tests: bool, found: set[str]
) -> None:
    """`<environment>.namespace` and `<environment>.baseline.tests` are the longest."""
    asks = "tests: {health: {requests: [{service: api}]}}\n" if tests else ""
    text = f"namespace: long\nextends: test\nruns: {{api: {{tag: a}}}}\n{asks}"
    try:
        compiled({f"environments/{'e' * length}/environment.yaml": text})
        told: set[str] = set()
    except Findings as stopped:
        told = {finding.code for finding in stopped.found}
    assert told == found
