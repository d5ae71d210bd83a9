"""Services that ran before gen did: what is told of them."""

from __future__ import annotations

import pytest

from generator.views.explain import explain_lane
from tests.conftest import Files, compiled, service
from tests.vocabulary.test_findings import findings

ENV, BRANCH = "environments/test/environment.yaml", "environments/test/branches/login.yaml"
API = "overlays/base/api/deployment.yaml"
OPEN = "adopting: true\n"


def said(api: str = "", web: str = "", more: str = OPEN) -> Files:
    def run(name: str, adopted: str) -> str:
        return f"  {name}: {{tag: v1{adopted and f', adopted: {{{adopted}}}'}}}\n"

    return {ENV: f"hosts: [test.example.com]\n{more}runs:\n{run('web', web)}{run('api', api)}"}


def labelled(labels: str, knows: str = "") -> Files:
    return {
        API: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
        f"spec: {{selector: {{matchLabels: {{{knows or labels}}}}}, template: {{metadata: {{labels: {{{labels}}}}}, "
        "spec: {containers: [{name: main, image: registry.example.com/api}]}}}\n"
    }


def asking(labels: str, *expressions: str) -> Files:
    asked = "".join(f"{{{each}}}, " for each in expressions)
    text = str(labelled(labels)[API])
    return {API: text.replace(f"matchLabels: {{{labels}}}", f"matchExpressions: [{asked}]")}


NAMED = "app.kubernetes.io/name: api"
HELM = f"{NAMED}, app.kubernetes.io/instance: shop"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (said("selector: {app: api}"), ()),
        (said("selector: {app: api}, untouched: true"), ()),
        (said("selector: {app: other}"), ("GEN331 runs.api.adopted.selector",)),
        (
            said("selector: {app: api}, untouched: true", more=""),
            ("GEN331 runs.api.adopted.untouched",),
        ),
        (  # nothing that gen does not set itself tells the branch's pods from these
            said(f"selector: {{{NAMED}}}") | labelled(NAMED),
            ("GEN331 runs.api.adopted.selector",),
        ),
        (said(f"selector: {{{HELM}}}") | labelled(HELM), ()),
        (  # the Service tells them apart, the Deployment does not
            said(f"selector: {{{HELM}}}") | labelled(HELM, NAMED),
            ("GEN331 runs.api.adopted.selector",),
        ),
        (said(f"selector: {{{NAMED}}}") | labelled(NAMED) | {BRANCH: "runs: {web: {tag: v}}\n"}, ()),
        (
            said("selector: {app.kubernetes.io/name: chart}, untouched: true")
            | labelled("app.kubernetes.io/name: chart"),
            (),
        ),
        (  # gen's own label of that name would hide them
            said("selector: {app.kubernetes.io/name: chart}")
            | labelled("app.kubernetes.io/name: chart"),
            ("GEN331 runs.api.adopted.selector",),
        ),
        (  # a label of two services
            said("selector: {team: a}")
            | labelled("app: api, team: a")
            | {"overlays/base/web/deployment.yaml": labelled("app: web, team: a")[API].replace(": api", ": web").replace("/api", "/web")},
            ("GEN331 runs.api.adopted.selector",),
        ),
        (said("selector: {app: api}") | asking("app: api", "key: app, operator: In, values: [api]"), ()),
        (  # nothing but this expression tells them apart, and it does
            said(f"selector: {{{HELM}}}") | asking(HELM, "key: app.kubernetes.io/instance, operator: In, values: [shop]"),
            (),
        ),
        (  # a branch's pods have this label as well, whatever its value
            said("selector: {app: api}") | asking("app: api", "key: app, operator: Exists"),
            ("GEN331 runs.api.adopted.selector",),
        ),
        (
            said("selector: {app: api}") | asking("app: api", "key: app, operator: NotIn, values: [web]"),
            ("GEN331 runs.api.adopted.selector",),
        ),
        (  # gen's own label would hide them
            said("selector: {app: api}") | asking("app: api", "key: gen/branch, operator: DoesNotExist") | {BRANCH: "runs: {web: {tag: v}}\n"},
            ("GEN331 runs.api.adopted.selector",),
        ),
        (
            said("selector: {app: api}, untouched: true") | asking("app: api", "key: gen/branch, operator: DoesNotExist"),
            (),
        ),
        (said(web="selector: {app: web}, untouched: true"), ("GEN332 runs.web.adopted.untouched",)),
        (said(web="selector: {app: web}"), ()),
    ],
)  # fmt: skip
def test_what_is_told(changes: Files, told: tuple[str, ...]) -> None:
    found = [
        f"{code} {'.'.join(map(str, finding.place.route))}"
        for code, _, finding in findings(changes)
        if code in ("GEN331", "GEN332")
    ]
    assert tuple(found) == told


def test_a_branch_adopts_nothing() -> None:
    changes = {BRANCH: "runs: {api: {tag: b1, adopted: {selector: {app: api}}}}\n"}
    assert [code for code, _, _ in findings(changes)] == ["GEN331"]


def test_a_service_that_only_others_run_is_not_found_without_a_proxy() -> None:
    """Routes alone lead to what another environment runs."""
    changes = said(web="selector: {app: web}, untouched: true") | {
        "environments/services/web.yaml": service(
            "web", "calls: [api, far]\nentry: [{prefix: /}]\n"
        )["environments/services/web.yaml"],
        "environments/ground/environment.yaml": "runs: {far: {tag: v1}}\n",
    }
    changes[ENV] = f"extends: ground\n{changes[ENV]}"
    told = [
        finding.message
        for code, _, finding in findings(changes | service("far"))
        if code == "GEN332"
    ]
    assert "web calls far, which test does not run" in told[0]


def test_a_pod_without_a_proxy_loses_the_colour() -> None:
    def behind(adopted: str) -> str:
        hops = explain_lane(compiled(said(web=adopted)).plan, "test/login").hops
        return str(next(hop.target for hop in hops if hop.service == "api"))

    assert behind("selector: {app: web}") == "test/login"
    assert behind("selector: {app: web}, untouched: true") == "test"
