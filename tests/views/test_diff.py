"""What a change does is computed over all tenants, and told so that nothing from the repository becomes anything else."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.views import reach
from generator.views.diff import diff
from generator.views.diff_report import MARK, files, markdown, sections
from generator.views.difference import Difference
from generator.views.explain import explain_lane
from tests.conftest import SMALL, TOP, Files, compiled, write

Gen = Callable[..., tuple[int, str, str]]
ENV, BRANCH, TENANT, LANE = (
    "environments/test/environment.yaml",
    "environments/test/branches/login.yaml",
    "environments/tenants/acme.yaml",
    "environments/lanes/mixed.yaml",
)
RULE = "match: [{header: {x-tenant: acme}}]\n"


def lines(difference: Difference) -> list[str]:
    return [
        f"{section.title}: {sign} {line}"
        for section in sections(difference)
        for sign, line in section.lines
    ]


@pytest.mark.parametrize(
    "changes, summary, expected",
    [
        ({}, "no differences", []),
        (
            {TENANT: RULE + "lane: perf\n"},
            "1 of 1 tenant changes, on 1 service; requests without a tenant change in 0 of 2 environments",
            [
                "Tenants: ~ acme",
                "Tenants:       api: test/login b1 → perf p1",
                "Argo CD applications: ~ edge: 1 file",
            ],
        ),
        (
            {BRANCH: "runs:\n  api: {tag: b2}\n"},
            "1 of 1 tenant changes, on 1 service; requests without a tenant change in 0 of 2 environments",
            [
                "Tenants:       api: test/login b1 → test/login b2",
                "Workloads: ~ api in test/login: tag b1 → b2",
                "Argo CD applications: ~ test/login: 1 file",
            ],
        ),
        (
            {
                "overlays/base/api/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
                "overlays/base/api/kustomization.yaml": "resources: [deployment.yaml, extra.yaml]\n",
            },
            "1 of 1 tenant changes, on 1 service; requests without a tenant change in 2 of 2 environments",
            [
                "Tenants:       api: test/login b1, made otherwise",
                "Workloads: ~ api in perf: of its base or components, ConfigMap x comes",
                "Objects: + ConfigMap x in perf/baseline, test/baseline, test/login",
                "Argo CD applications: ~ test/login: bases or components that it reads, or its manifest",
            ],
        ),
        (
            {TENANT: RULE + "lane: [{lane: test, weight: 90}, {lane: test/login, weight: 10}]\n"},
            "1 of 1 tenant changes, on 1 service; requests without a tenant change in 0 of 2 environments",
            ["Tenants:       api: test/login b1 → test v1 (90 %) or test/login b1 (10 %)"],
        ),
        (
            {TENANT: "match: [{header: {x-tenant: acme2}}]\nlane: test/login\n"},
            "1 of 1 tenant changes, on 0 services; requests without a tenant change in 0 of 2 environments",
            [
                "Tenants: ~ acme: matched by header x-tenant: acme2, no longer by header x-tenant: acme"
            ],
        ),
        (
            {TENANT: None},
            "1 of 1 tenant changes, on 2 services; requests without a tenant change in 0 of 2 environments",
            ["Tenants: - acme", "Tenants:       api: test/login b1"],
        ),
        (
            {BRANCH: None, TENANT: RULE + "lane: test\n", LANE: None},
            "1 of 1 tenant changes, on 1 service; requests without a tenant change in 0 of 2 environments",
            [
                "Lanes: - test/login: through test/login, test",
                "Workloads: - api in test/login: b1",
                "Routes: - api in lane test/login: test/login",
                "Policies: - web in test and its branches may call api in test/login",
                "Argo CD applications: - test/login",
            ],
        ),
        (
            {"environments/dev/environment.yaml": "extends: test\nruns:\n  web: {tag: d1}\n"},
            "0 of 1 tenant change, on 0 services; requests without a tenant change in 1 of 3 environments",
            [
                "Requests without a tenant: + dev",
                "Requests without a tenant:       web: dev d1",
                "Argo CD applications: + dev/baseline",
                "Argo CD applications: + dev/mesh",
            ],
        ),
    ],
)
def test_whose_answers_change(changes: Files, summary: str, expected: list[str]) -> None:
    difference = diff(compiled(), compiled(changes))
    assert difference.summary == summary
    assert {*expected} <= {*lines(difference)}, lines(difference)
    assert bool(difference) == bool(changes)


def test_where_there_was_nothing_all_comes() -> None:
    difference = diff(None, compiled())
    assert (
        difference.summary
        == "1 of 1 tenant changes, on 2 services; requests without a tenant change in 2 of 2 environments"
    )
    assert files(difference).endswith(" 0 changed, 0 deleted") and all(
        line.split(": ")[1][0] in "+ " for line in lines(difference)
    )


def test_a_colour_that_is_lost_counts_where_it_is_lost() -> None:
    drops = {
        "environments/services/web.yaml": str(SMALL["environments/services/web.yaml"]).replace(
            "forwardsColour: true", "forwardsColour: false"
        )
    }
    assert diff(
        compiled(drops), compiled(drops | {TENANT: RULE + "lane: test\n"})
    ).summary.startswith("1 of 1 tenant changes, on 0 services")


def test_reach_is_what_explain_says() -> None:
    plan = valid(compile_sources(read_sources(TOP))).plan
    for lane in plan.lanes:
        said: dict[str, set[object]] = {}
        for hop in explain_lane(plan, lane).hops:
            said.setdefault(hop.service, set()).add(hop.target)
        assert reach.answers(plan, lane) == said, lane


def test_markdown_is_inert_and_fits() -> None:
    hostile = "```\n</details><script>@everyone"
    many = {
        f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: [{{lane: test, weight: {number % 997}}}, {{lane: test/login, weight: {1 + number // 997}}}]\n"
        for number in range(3000)
    }
    text = markdown(
        diff(
            compiled(),
            compiled(
                many | {BRANCH: f"runs:\n  api: {{tag: b1, env: {{A: {json.dumps(hostile)}}}}}\n"}
            ),
        ),
        20_000,
    )
    assert (
        text.startswith(MARK)
        and len(text.encode()) <= 20_000
        and "more lines; `gen diff` shows them" in text
    )
    outside = re.sub(r"(?ms)^(`{3,})diff\n.*?^\1$", "", text)
    assert "script" not in outside and "everyone" not in outside and "````diff" in text
    assert outside.count("<details") == outside.count("</details>") == 4


def test_diff_of_a_clone(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path / "clone/config")

    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@localhost"]
        subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)

    subprocess.run(["git", "init", "-q", str(tmp_path / "clone")], check=True)
    git("commit", "-q", "--allow-empty", "-m", "nothing yet")
    git("add", "-A"), git("commit", "-q", "-m", "first")
    assert gen("-C", root, "diff")[:2] == (0, "no differences\n")
    (root / TENANT).write_text(RULE + "lane: perf\n")
    code, out, _ = gen("-C", root, "diff")
    assert code == 16 and "api: test/login b1 → perf p1" in out
    code, out, _ = gen("-C", root, "diff", "--format", "json")
    assert (
        code == 16
        and json.loads(out)["version"] == 1
        and json.loads(out)["tenants"][0]["services"][0]["after"]
        == [{"unit": "perf", "version": "p1", "share": 100.0}]
    )
    assert "+ acme" in gen("-C", root, "diff", "HEAD~1")[1]
    assert gen("-C", root, "diff", "--", "--upload-pack=x")[0] == 2


def test_a_base_that_is_invalid_says_so(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "environments/lanes/link.yaml").symlink_to("mixed.yaml")
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "-m", "x"],
    ):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    (root / "environments/lanes/link.yaml").unlink()
    code, _, err = gen("-C", root, "diff")
    assert code == 1 and "environments/lanes/link.yaml: " in err and "(GEN001)" in err


def test_whom_a_new_rule_overtakes() -> None:
    """A request that fits both rules is another tenant's from now on."""
    ingress = "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"
    platform = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n" + ingress
    before: Files = {
        "environments/platform.yaml": platform,
        "environments/tenants/gold.yaml": "match: [{claim: {plan: gold}}]\nlane: perf\n",
    }
    tenant = "environments/tenants/new.yaml"

    def overtaken(rule: str) -> list[str]:
        text = f"match: [{{{rule}}}]\nlane: perf\n"
        told = lines(diff(compiled(before), compiled(before | {tenant: text})))
        return [line.partition(": + ")[2] for line in told if line.startswith("Rules before")]

    assert overtaken("header: {x-tenant: other}") == []
    assert overtaken("cookie: {x: y}") == []
    assert overtaken("header: {x-a: y}") == [
        "new, by header x-a: y: is tried before all rules of acme"
    ]
    assert overtaken("claim: {plan: basic}") == [
        "new, by claim plan: basic: is tried before all rules of acme"
    ]
    assert overtaken("claim: {org: a}") == [
        "new, by claim org: a: is tried before all rules of acme, gold"
    ]


def test_what_another_target_makes_of_it(gen: Gen, tmp_path: Path) -> None:
    """The proof of who migrates: nobody's answer changes, and all that is printed otherwise is told."""
    platform = "environments/platform.yaml"
    text = "name: shop  # kept\nargocd: {repository: https://git.example.com/shop.git}\nmesh:\n  istio: '1.31'\n"
    root = write(tmp_path, {platform: text})
    code, out, _ = gen("-C", root, "diff", "--plane", "ambient", "--all")
    assert code == 16 and (root / platform).read_text() == text
    assert out.startswith("0 of 1 tenant change, on 0 services; requests without a tenant change")
    assert "~ target: virtualService on sidecar → virtualService on ambient" in out
    assert "+ Gateway waypoint in perf/namespace, test/namespace" in out
    assert re.search(r"~ objects: \d+ → \d+\n  ~ bytes of them: [\d,]+ → [\d,]+\n", out)
    assert "+ who may call whom is decided at a waypoint" in out and "\nPolicies\n" not in out
    code, out, _ = gen("-C", root, "diff", "--routes", "gateway", "--format", "json")
    (tmp_path / "report").write_text(out)
    told = json.loads(out)
    assert code == 16 and told["tenants"] == told["environments"] == []
    assert told["printed"][0]["what"] == "virtualService on sidecar → gateway on sidecar"
    assert "~ target: " in gen("-C", root, "diff", "--read", tmp_path / "report")[1]
    assert gen("-C", root, "diff", "--routes", "virtualService")[:2] == (0, "no differences\n")
    there = write(tmp_path / "there", {platform: text + "  plane: ambient\n"})
    back = gen("-C", there, "diff", "--plane", "sidecar")[1]
    assert "- who may call whom is decided at a waypoint" in back


def test_what_istio_says_itself_is_left_out(gen: Gen, tmp_path: Path) -> None:
    """Of an ingress that it makes; the way back leaves the defaults."""
    text = str(SMALL["environments/platform.yaml"]) + "mesh: {istio: '1.31'}\n"
    said = (
        text + "ingress:\n  selector: {app: edge}  # ours\n  serviceAccount: door\n  port: 8080\n"
    )
    root = write(tmp_path, {"environments/platform.yaml": said})
    code, out, err = gen("-C", root, "diff", "--ingress", "gateway")
    assert (code, err) == (16, "") and out.startswith("0 of 1 tenant change")
    assert "~ ingress.kind: istio → gateway: which pods are the gateway" in out
    assert "+ HTTPRoute gen.hosts.web.8080 in perf/mesh, test/mesh" in out
    assert "- VirtualService gen.hosts in perf/mesh, test/mesh" in out


def test_what_another_target_cannot_is_told_instead(gen: Gen, tmp_path: Path) -> None:
    """All of it, with all who ask, and nothing of what it would print."""
    retries = "traffic: {retries: {attempts: 2}}\n"
    web, api = (f"environments/services/{name}.yaml" for name in ("web", "api"))
    root = write(tmp_path, {name: str(SMALL[name]) + retries for name in (web, api)})
    code, out, err = gen("-C", root, "diff", "--plane", "ambient", "--routes", "gateway")
    assert code == 1 and out == "" and err.count("GEN335") == 2
    assert "(asked for by the service api, the service web)" in err
    assert "gateway on ambient cannot say how often" in err and "needs Istio 1.31" in err
    assert gen("-C", root, "diff", "HEAD", "--plane", "ambient")[0] == 2
    assert gen("-C", root, "diff", "--plane", "mesh")[0] == 2
