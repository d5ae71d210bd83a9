"""Every code: its smallest failing case, and a near miss that passes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.views.brought import BROUGHT
from generator.views.examples import EXAMPLES
from generator.vocabulary.findings import RULES, Finding, Findings
from generator.vocabulary.source import Place, Sources
from generator.vocabulary.yaml_reader import locate
from tests.conftest import Files, base, service, sources

TENANT, ENV, BRANCH, WEB = (
    "environments/tenants/acme.yaml",
    "environments/test/environment.yaml",
    "environments/test/branches/login.yaml",
    "environments/services/web.yaml",
)
PLATFORM, LANE, PERF = (
    "environments/platform.yaml",
    "environments/lanes/mixed.yaml",
    "environments/perf/environment.yaml",
)
TODAY = dt.date(2026, 11, 25)
HEADER = "match: [{header: {x-tenant: acme}}]\n"
WEB_TEXT = "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\ncalls: [api]\nentry: [{prefix: /}]\n"
ALONE = "environments/alone/environment.yaml"
KUSTOMIZATION, DEPLOYMENT = (
    "overlays/base/api/kustomization.yaml",
    "overlays/base/api/deployment.yaml",
)
DROPS = service("mid", "calls: [api]\nforwardsColour: false\n") | {
    WEB: WEB_TEXT.replace("calls: [api]", "calls: [mid]"),
    ENV: "runs:\n  web: {tag: v1}\n  mid: {tag: v1}\n  api: {tag: v1}\n",
}

NAMED: dict[str, str] = {WEB: WEB_TEXT + "names: [trpc.shop.web]\n"}


def keys(key: str) -> str:
    return f"name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\ningress: {{jwt: [{{issuer: x, jwks: '{{\"keys\": [{key}]}}'}}]}}\n"


def by(way: str, istio: str) -> str:
    return f"name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\nmesh: {{istio: '{istio}', privateNames: {{by: {way}}}}}\n"


# (code, where it is found as path:line:column, files that fail, files that pass)
CASES: list[tuple[str, str, Files, Files]] = [
    (
        "GEN104",
        f"{TENANT}:3:9",
        {TENANT: HEADER + "lane: [{lane: test, weight: 1}]\nsticky: {cookie: }\n"},
        {TENANT: HEADER + "lane: [{lane: test, weight: 1}]\nsticky: {cookie: c}\n"},
    ),
    (
        "GEN104",
        f"{TENANT}:1:9",
        {TENANT: "match: [{host: ~}]\nlane: test\n"},
        {TENANT: "match: [{host: a.example.com}]\nlane: test\n"},
    ),
    (
        "GEN103",
        f"{BRANCH}:1:19",
        {BRANCH: "runs: {api: {tag: 123}}\n"},
        {BRANCH: "runs: {api: {tag: '123'}}\n"},
    ),
    (
        "GEN103",
        f"{BRANCH}:1:31",
        {BRANCH: "runs: {api: {tag: v, env: {A: true}}}\n"},
        {BRANCH: "runs: {api: {tag: v, env: {A: 'true'}}}\n"},
    ),
    (
        "GEN104",
        f"{BRANCH}:1:19",
        {BRANCH: 'runs: {api: {tag: "v1\\n"}}\n'},
        {BRANCH: 'runs: {api: {tag: "v1"}}\n'},
    ),
    (
        "GEN104",
        f"{BRANCH}:1:10",
        {BRANCH: "expires: 2024-13-45\nruns: {api: {tag: v}}\n"},
        {BRANCH: "expires: 2090-12-31\nruns: {api: {tag: v}}\n"},
    ),
    (
        "GEN104",
        f"{BRANCH}:1:13",
        {BRANCH: "runs: {api: {replicas: 2}}\n"},
        {BRANCH: "runs: {api: {replicas: 2, tag: v}}\n"},
    ),
    (
        "GEN104",
        f"{TENANT}:1:9",
        {TENANT: "match: [{host: a.example.com, header: {x: z}}]\nlane: test\n"},
        {TENANT: "match: [{host: a.example.com}, {header: {x: z}}]\nlane: test\n"},
    ),
    (
        "GEN105",
        "environments/odd/thing.yaml:1:1",
        {"environments/odd/thing.yaml": "a: b\n"},
        {"environments/odd/thing.txt": "a: b\n"},
    ),
    (
        "GEN105",
        "environments/lanes/x.yml:1:1",
        {"environments/lanes/x.yml": "through: [test]\n"},
        {"environments/lanes/x.yaml": "through: [test]\n"},
    ),
    (
        "GEN106",
        "environments/lanes/inline-x.yaml:1:1",
        {"environments/lanes/inline-x.yaml": "through: [test]\n"},
        {"environments/lanes/in-line.yaml": "through: [test]\n"},
    ),
    (
        "GEN106",
        f"{PERF}:2:12",
        {PERF: "extends: test\nnamespace: kube-system\n"},
        {PERF: "extends: test\nnamespace: kubes\n"},
    ),
    (
        "GEN104",
        f"{PLATFORM}:3:17",
        {
            PLATFORM: "name: shop\nargocd: {repository: https://git.example.com/shop.git}\ningress: {jwt: [{issuer: x, jwks: junk}]}\n"
        },
        {
            PLATFORM: "name: shop\nargocd: {repository: https://git.example.com/shop.git}\ningress: {jwt: [{issuer: x, jwks: '{\"keys\": []}'}]}\n"
        },
    ),
    (
        "GEN104",
        f"{PLATFORM}:3:17",
        {PLATFORM: keys('{"kty": "oct", "k": "c2VjcmV0"}')},
        {PLATFORM: keys('{"kty": "RSA", "n": "AQAB", "e": "AQAB"}')},
    ),
    (
        "GEN106",
        "environments/test/branches/mesh.yaml:1:1",
        {"environments/test/branches/mesh.yaml": "runs: {api: {tag: v}}\n"},
        {"environments/test/branches/mesh1.yaml": "runs: {api: {tag: v}}\n"},
    ),
    (
        "GEN106",
        f"environments/test/branches/{'x' * 60}.yaml:1:8",
        {f"environments/test/branches/{'x' * 60}.yaml": "runs: {api: {tag: v}}\n"},
        {f"environments/test/branches/{'x' * 58}.yaml": "runs: {api: {tag: v}}\n"},
    ),
    (
        "GEN202",
        "environments/lanes/test.yaml:1:1",
        {"environments/lanes/test.yaml": "through: [test]\n"},
        {"environments/lanes/test1.yaml": "through: [test]\n"},
    ),
    ("GEN203", f"{WEB}:3:9", {WEB: WEB_TEXT.replace("[api]", "[apu]")}, {WEB: WEB_TEXT}),
    (
        "GEN204",
        "environments/nowhere/branches/x.yaml:1:1",
        {"environments/nowhere/branches/x.yaml": "runs: {api: {tag: v}}\n"},
        {"environments/perf/branches/x.yaml": "runs: {api: {tag: v}}\n"},
    ),
    (
        "GEN209",
        f"{ENV}:1:1",
        {PERF: "extends: test\nnamespace: shop-test\n"},
        {PERF: "extends: test\nnamespace: shop-tests\n"},
    ),
    (
        "GEN209",
        f"{BRANCH}:1:8",
        service("api-login")
        | {
            ENV: "runs:\n  web: {tag: v}\n  api: {tag: v}\n  api-login: {tag: v}\n",
            BRANCH: "runs: {api: {tag: v}}\n",
        },
        service("api-logins")
        | {
            ENV: "runs:\n  web: {tag: v}\n  api: {tag: v}\n  api-logins: {tag: v}\n",
            BRANCH: "runs: {api: {tag: v}}\n",
        },
    ),
    (
        "GEN210",
        f"{WEB}:5:9",
        {WEB: WEB_TEXT + "names: [Shop.Web]\n"},
        {WEB: WEB_TEXT + "names: [trpc.shop.web]\n"},
    ),
    (
        "GEN210",
        f"{WEB}:5:9",
        {WEB: WEB_TEXT + "names: [web.shop-test]\n"},
        {WEB: WEB_TEXT + "names: [web.shop-testing]\n"},
    ),
    (
        "GEN210",
        f"{PLATFORM}:3:42",
        NAMED | {PLATFORM: by("vhostHeader", "1.28")},
        NAMED | {PLATFORM: by("vhostHeader", "1.29")},
    ),
    (
        "GEN210",
        f"{PLATFORM}:3:64",
        NAMED | {PLATFORM: by("calleeHeader, header: x-lane", "1.29")},
        NAMED | {PLATFORM: by("calleeHeader, header: x-lanes", "1.29")},
    ),
    (
        "GEN210",
        f"{WEB}:2:27",
        NAMED | {PLATFORM: by("port", "1.29")},
        NAMED | {PLATFORM: by("port", "1.29"), WEB: NAMED[WEB].replace("8080", "8081")},
    ),
    (
        "GEN210",
        f"{WEB}:2:61",
        {WEB: NAMED[WEB].replace("http}", "http, targetPort: 9}")},
        {WEB: NAMED[WEB].replace("http}", "http, targetPort: 8080}")},
    ),
    (
        "GEN301",
        f"{LANE}:1:1",
        {
            LANE: "through: [alone]\nisolation: strict\n",
            ALONE: "extends: test\nruns: {web: {tag: v}}\n",
        },
        {
            LANE: "through: [alone, test]\nisolation: strict\n",
            ALONE: "extends: test\nruns: {web: {tag: v}}\n",
        },
    ),
    (
        "GEN304",
        f"{PERF}:2:1",
        DROPS | {PERF: "extends: test\nruns: {api: {tag: v}}\n", BRANCH: "runs: {web: {tag: v}}\n"},
        DROPS
        | {
            PERF: "extends: test\nruns: {api: {tag: v}, mid: {tag: v}}\n",
            BRANCH: "runs: {web: {tag: v}}\n",
        }
        | {
            "environments/services/mid.yaml": service("mid", "calls: [api]\n")[
                "environments/services/mid.yaml"
            ]
        },
    ),
    (
        "GEN305",
        f"{TENANT}:3:18",
        {
            TENANT: HEADER
            + "lane: [{lane: test, weight: 1}, {lane: perf, weight: 1}]\nsticky: {header: x-lane}\n"
        },
        {
            TENANT: HEADER
            + "lane: [{lane: test, weight: 1}, {lane: perf, weight: 1}]\nsticky: {header: x-user}\n"
        },
    ),
    (
        "GEN104",
        f"{TENANT}:1:1",
        {TENANT: HEADER + "lane: test\nsticky: {header: x-user}\n"},
        {TENANT: HEADER + "lane: [{lane: test, weight: 1}]\nsticky: {header: x-user}\n"},
    ),
    (
        "GEN209",
        f"{BRANCH}:1:9",
        {BRANCH: "hosts: [test.example.com]\nruns: {api: {tag: v}}\n"},
        {BRANCH: "hosts: [login.example.com]\nruns: {api: {tag: v}}\n"},
    ),
    (
        "GEN305",
        f"{TENANT}:1:10",
        {TENANT: "match: [{claim: {org: a}}]\nlane: test\n"},
        {
            TENANT: "match: [{claim: {org: a}}]\nlane: test\n",
            PLATFORM: "name: shop\nargocd: {repository: https://git.example.com/shop.git}\ningress: {jwt: [{issuer: x, jwksUri: https://id.example.com/keys}]}\n",
        },
    ),
    (
        "GEN306",
        f"{WEB}:4:31",
        {WEB: WEB_TEXT.replace("[{prefix: /}]", "[{prefix: /}, {prefix: /}]")},
        {WEB: WEB_TEXT.replace("[{prefix: /}]", "[{prefix: /}, {prefix: /a}]")},
    ),
    (
        "GEN307",
        f"{WEB}:2:75",
        {WEB: WEB_TEXT.replace("http}", "rpc, carrier: grpc, targetPort: 9}")},
        {WEB: WEB_TEXT.replace("http}", "rpc, carrier: grpc, targetPort: 8080}")},
    ),
    (
        "GEN307",
        f"{WEB}:4:9",
        {WEB: WEB_TEXT.replace("http}", "tcp}")},
        {WEB: WEB_TEXT.replace("http}", "http2}")},
    ),
    ("GEN401", "environments/services/api.yaml:1:1", dict.fromkeys(base("api")), base("api")),
    (
        "GEN402",
        f"{KUSTOMIZATION}:2:1",
        {KUSTOMIZATION: "resources: [deployment.yaml]\nhelmCharts: []\n"},
        {KUSTOMIZATION: "resources: [deployment.yaml]\nlabels: []\n"},
    ),
    (
        "GEN402",
        f"{KUSTOMIZATION}:1:30",
        {KUSTOMIZATION: "resources: [deployment.yaml, ../../../secret.yaml]\n"},
        {
            KUSTOMIZATION: "resources: [deployment.yaml, ../common]\n",
            "overlays/base/common/kustomization.yaml": "labels: []\n",
        },
    ),
    (
        "GEN402",
        f"{DEPLOYMENT}:3:37",
        {
            DEPLOYMENT: (base("api")[DEPLOYMENT] or "").replace(
                "{name: api}", "{name: api, annotations: {argocd.argoproj.io/hook: Sync}}", 1
            )
        },
        base("api"),
    ),
    (
        "GEN403",
        f"{KUSTOMIZATION}:1:1",
        {
            DEPLOYMENT: (base("api")[DEPLOYMENT] or "").replace(
                "image: registry.example.com/api", "image: other"
            )
        },
        {
            DEPLOYMENT: (base("api")[DEPLOYMENT] or "").replace(
                "image: registry.example.com/api", "image: 'registry.example.com/api:v0'"
            )
        },
    ),
]


# What small worlds leave out on purpose: whom nobody calls, what runs nowhere, what is not said.
# tests/compiler/test_forgotten.py looks for these alone.
FORGOTTEN = ("GEN312", "GEN313", "GEN314", "GEN317")


def findings(
    changes: Mapping[str, str | None], without: tuple[str, ...] = FORGOTTEN
) -> list[tuple[str, str, Finding]]:
    """(code, path:line:column, finding) of a small repository with changed files."""
    files = {
        path: text.encode("utf-8", "surrogateescape")
        for path, text in (
            {path: raw.decode() for path, raw in sources().files.items()} | dict(changes)
        ).items()
        if text is not None
    }
    try:
        found = valid(compile_sources(Sources(files), today=TODAY)).warnings
    except Findings as failed:
        found = failed.found
    found = tuple(finding for finding in found if finding.code not in without)
    marks = [locate(files.get(finding.place.path, b""), finding.place) for finding in found]
    return [
        (finding.code, f"{finding.place.path}:{mark.line}:{mark.column}", finding)
        for finding, mark in zip(found, marks, strict=True)
    ]


@pytest.mark.parametrize(
    "code, where, failing, passing",
    CASES,
    ids=[f"{case[0]}-{index}" for index, case in enumerate(CASES)],
)
def test_fails_where_it_stands_and_the_near_miss_passes(
    code: str, where: str, failing: Files, passing: Files
) -> None:
    found = findings(failing)
    assert (code, where) in [(one, place) for one, place, _ in found], found
    assert all(finding.hint and finding.message for _, _, finding in found)
    assert findings(passing) == []


@pytest.mark.parametrize("code", EXAMPLES)
def test_each_example_fails_and_passes_as_its_page_says(code: str) -> None:
    example = EXAMPLES[code]
    without = () if code in FORGOTTEN else FORGOTTEN
    if example.failing:
        assert (code, example.where) in [
            (one, place) for one, place, _ in findings(example.failing, without)
        ]
        assert findings(example.passing, without) == []


def test_every_code_has_an_example_or_words() -> None:
    assert [*EXAMPLES, *BROUGHT] == [*RULES]
    assert all(example.failing or example.words for example in (EXAMPLES | BROUGHT).values())


def test_what_a_cluster_cannot_hold() -> None:
    rule = lambda number, name: f"{{header: {{x-{name}: {'v' * 200}{number}}}}}"  # noqa: E731
    tenants = {
        f"environments/tenants/t{name}.yaml": f"match: [{', '.join(rule(number, name) for number in range(1000))}]\nlane: test\n"
        for name in (4, 5, 6, 7, 10, 11, 12)
    }
    # There are two parts, and all these names fall into one.
    assert [(code, where) for code, where, _ in findings(tenants)] == [
        ("GEN308", "environments/tenants/t10.yaml:1:8")
    ]
    del tenants["environments/tenants/t4.yaml"]
    assert findings(tenants) == []
    lanes = {
        f"environments/lanes/a-lane-with-a-name-that-is-long-{number:04}.yaml": "through: [test/login]\n"
        for number in range(2000)
    }
    assert findings(lanes) == []


def test_a_stage_tells_all_it_finds() -> None:
    found = findings({LANE: "through: [tset, prf]\npin: {x: z}\n", TENANT: HEADER + "lane: nope\n"})
    assert [code for code, _, _ in found] == ["GEN203", "GEN204", "GEN204", "GEN206"]


def test_did_you_mean() -> None:
    assert "did you mean `mixed`?" in findings({TENANT: HEADER + "lane: mixd\n"})[0][2].hint


def test_what_is_accepted_stays_accepted_where_a_compile_builds_on_the_last() -> None:
    drops = {
        WEB: WEB_TEXT + "forwardsColour: false\n",
        BRANCH: None,
        LANE: None,
        PERF: "extends: test\nruns: {api: {tag: p}}\naccept: {GEN304: nobody asks api in perf}\n",
        TENANT: HEADER
        + "lane: {through: [perf]}\naccept: {GEN304: nobody asks api in this lane}\n",
    }
    expired = {
        ENV: "hosts: [test.example.com]\nexpires: 2026-01-31\nruns: {web: {tag: v}, api: {tag: v}}\n"
    }
    other = {"environments/tenants/b.yaml": HEADER.replace("acme", "b") + "lane: test\n"}
    for first, day in (
        (drops | other, None),
        (drops | other, TODAY),
        (drops | expired | other, None),
        (expired | other, None),
    ):
        before = valid(compile_sources(sources(first), today=day))
        for change in (
            {},
            {"environments/tenants/b.yaml": HEADER.replace("acme", "c") + "lane: test\n"},
            {TENANT: HEADER + "lane: {through: [perf]}\n"},
        ):
            for now in (None, TODAY):
                after = sources(first | change)
                assert (
                    valid(compile_sources(after, memory=before.memory(), today=now)).warnings
                    == valid(compile_sources(after, today=now)).warnings
                ), (first, change, day, now)


def test_a_base_may_use_all_that_is_harmless() -> None:
    whole = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
metadata: {name: api}
resources: [deployment.yaml, ../common]
components: [../../components/debug]
commonLabels: {a: b}
commonAnnotations: {a: b}
generatorOptions: {disableNameSuffixHash: true}
labels: [{pairs: {a: b}, includeSelectors: false, includeTemplates: true}]
images: [{name: fluent-bit, newName: example.com/fluent-bit, newTag: v3}, {name: other, digest: sha256:00000000000000000000000000000000}]
replicas: [{name: api, count: 2}]
patches: [{path: patch.yaml, target: {kind: Deployment}}, {patch: '- {op: add, path: /spec/replicas, value: 2}', target: {kind: Deployment}}]
configMapGenerator: [{name: a, namespace: b, behavior: create, files: [k=file.txt], literals: [a=b], options: {labels: {a: b}}}]
secretGenerator: [{name: a, type: Opaque, envs: [x.env], env: x.env}]
"""
    files = {
        KUSTOMIZATION: whole,
        "overlays/base/common/kustomization.yaml": "resources: []\n",
        "overlays/components/debug/kustomization.yaml": "kind: Component\nlabels: []\n",
        "overlays/base/api/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [{name: log, image: fluent-bit}]}}}\n",
        "overlays/base/api/file.txt": "{{ not yaml",
        "overlays/base/api/x.env": "A=b\n",
        DEPLOYMENT: (base("api")[DEPLOYMENT] or "").replace(
            "}]}", "}, {name: log, image: fluent-bit}, {name: o, image: other}]}"
        ),
    }
    assert findings(files) == []
    for path in files:
        if path not in (KUSTOMIZATION, DEPLOYMENT):
            assert "GEN401" in {code for code, _, _ in findings(files | {path: None})}, path
    for key in ("images", "patches", "labels", "replicas", "configMapGenerator", "secretGenerator"):
        wrong = "\n".join(
            f"{key}: [{{x: z}}]" if line.startswith(key + ":") else line
            for line in whole.split("\n")
        )
        assert "GEN402" in {code for code, _, _ in findings(files | {KUSTOMIZATION: wrong})}, key
        assert "GEN405" in {
            code
            for code, _, _ in findings(files | {KUSTOMIZATION: wrong.replace("[{x: z}]", "[x]")})
        }, key
        assert "GEN405" in {
            code for code, _, _ in findings(files | {KUSTOMIZATION: wrong.replace("[{x: z}]", "x")})
        }, key
    for key in (
        "metadata",
        "resources",
        "components",
        "commonLabels",
        "commonAnnotations",
        "generatorOptions",
        "apiVersion",
        "kind",
    ):
        wrong = "\n".join(
            f"{key}: 7" if line.startswith(key + ":") else line for line in whole.split("\n")
        )
        assert "GEN405" in {code for code, _, _ in findings(files | {KUSTOMIZATION: wrong})}, key


@pytest.mark.parametrize(
    "kind",
    [
        "networking.istio.io/v1 Gateway",
        "security.istio.io/v1 RequestAuthentication",
        "apiregistration.k8s.io/v1 APIService",
        "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding",
        "v1 Node",
        "v1 PersistentVolume",
    ],
)
def test_kinds_that_are_no_services_to_bring(kind: str) -> None:
    version, name = kind.split()
    text = (
        base("api")[DEPLOYMENT] or ""
    ) + f"---\napiVersion: {version}\nkind: {name}\nmetadata: {{name: x}}\n"
    assert [(code, where) for code, where, _ in findings({DEPLOYMENT: text})] == [
        ("GEN404", f"{DEPLOYMENT}:11:1")
    ]
    others = findings(
        {DEPLOYMENT: text.replace(f"apiVersion: {version}\n", "apiVersion: example.com/v1\n")}
    )
    assert {code for code, _, _ in others} == {"GEN409", "GEN419"}


def test_a_base_of_very_many_folders() -> None:
    chain = {KUSTOMIZATION: "resources: [deployment.yaml, a]\n"} | {
        f"overlays/base/api/{'a/' * depth}kustomization.yaml": "resources: [a]\n"
        for depth in range(1, 40)
    }
    assert [code for code, _, _ in findings(chain)] == ["GEN008"]
    fine = {path: text for path, text in chain.items() if path.count("/") < 34} | {
        f"overlays/base/api/{'a/' * 31}kustomization.yaml": "resources: []\n"
    }
    assert findings(fine) == []


@pytest.mark.parametrize(
    "path, text, message",
    [
        (WEB, WEB_TEXT.replace("8080", "0"), "`port` must be at least 1"),
        (WEB, WEB_TEXT.replace("8080", "70000"), "`port` must be at most 65535"),
        (
            WEB,
            WEB_TEXT.replace("name: web", "name: " + "a" * 64),
            f"`{'a' * 57}…` is not a DNS label: a-z, 0-9 and '-', at most 63 characters, no '-' at the ends",
        ),
        (WEB, WEB_TEXT.replace("http}", "htp}"), "`htp` is not allowed for `protocol`"),
        (
            BRANCH,
            "runs: {api: {tag: v}}\nexpires: soon\n",
            "`soon` is not a date such as 2027-01-31",
        ),
        (BRANCH, "runs: {api: {tag: 7}}\n", "`tag` must be text, and this is a number to YAML"),
        (
            BRANCH,
            "runs: {api: {tag: true}}\n",
            "`tag` must be text, and this is true or false to YAML",
        ),
        (BRANCH, "runs: {api: {tag: [v]}}\n", "`tag` must be text"),
        (BRANCH, "runs: [api]\n", "`runs` must be a mapping"),
        (BRANCH, "owner: me\n", "`runs` is missing"),
        (
            BRANCH,
            "runs: {api: {}}\n",
            "needs a `tag` or a `digest`: without one nobody can say what runs",
        ),
        (
            BRANCH,
            "runs: {api: {tag: '" + "x" * 200 + "'}}\n",
            f"`{'x' * 57}…` is not an image tag: letters, digits, '_', '.' and '-', at most 128 characters",
        ),
    ],
)
def test_what_is_said_of_a_value(path: str, text: str, message: str) -> None:
    assert message in [finding.message for _, _, finding in findings({path: text})]


def test_the_span_of_what_is_shown() -> None:
    raw = "runs: {api: {tag: 12.30}}\nabcd: [x, 'long one']\n"
    spans = [
        locate(raw.encode(), Place("x", route, on_key))
        for route, on_key in (
            (("abcd",), True),
            (("abcd", 1), False),
            (("abcd",), False),
            (("runs", "api", "tag"), True),
            (("abcd", 5), False),
        )
    ]
    assert [(mark.line, mark.column, mark.width) for mark in spans] == [
        (2, 1, 4),
        (2, 11, 10),
        (2, 7, 15),
        (1, 14, 3),
        (2, 1, 4),
    ]
    assert [
        finding.place.mark and finding.place.mark.width
        for _, _, finding in findings({BRANCH: "runs: {api: {tag: 12.30}}\n"})
    ] == [5]
