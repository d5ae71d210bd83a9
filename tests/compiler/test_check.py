"""The rules about the whole: all that each finds, where, and what it points to."""

from __future__ import annotations

import random

import pytest

from generator.compiler.check import circles
from generator.vocabulary.yaml_reader import locate
from tests.conftest import Files, base, compiled, service, sources
from tests.vocabulary.test_findings import (
    ALONE,
    BRANCH,
    DROPS,
    ENV,
    HEADER,
    LANE,
    NAMED,
    PERF,
    PLATFORM,
    TENANT,
    WEB,
    WEB_TEXT,
    by,
    findings,
)

TOP_TEXT = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
ENV_TEXT = "hosts: [test.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}}\n"
API = "environments/services/api.yaml"
API_TEXT = "image: registry.example.com/api\nports: [{name: web, port: 8080, protocol: http}]\n"
OVER, LAST = "expires: 2026-11-24\n", "expires: 2026-11-25\n"  # of tests the day is 2026-11-25
RUNS = "runs: {api: {tag: v}}\n"
PLAIN: Files = {
    "environments/services/api.yaml": (
        "image: registry.example.com/api\nports: [{name: tcp, port: 8080, protocol: tcp}]\n"
    )
}
ALLOWING = TOP_TEXT + "tenants: {by: {headers: [a], hosts: [test.example.com, b.example.com]}}\n"
ISSUER = (
    TOP_TEXT
    + "ingress: {jwt: [{issuer: a, jwksUri: https://a.b/k, audiences: [x, y]}, {issuer: b, jwksUri: https://a.b/k%s}]}\n"
    + "tenants: {by: {claims: [iss, aud, org]}}\n"
)


def told(changes: Files) -> list[str]:
    """All that is found: CODE path:line:column, and > path:line:column of what it points to."""
    files = {
        path: text.encode()
        for path, text in (
            {path: raw.decode() for path, raw in sources().files.items()} | changes
        ).items()
        if text is not None
    }
    lines = []
    for code, where, finding in findings(changes):
        related = [(place.path, locate(files[place.path], place)) for place, _ in finding.related]
        lines.append(
            " > ".join(
                [
                    f"{code} {where}",
                    *(f"{path}:{mark.line}:{mark.column}" for path, mark in related),
                ]
            ).replace("environments/", "")
        )
    return lines


EXPIRY: list[tuple[Files, list[str]]] = [
    ({BRANCH: LAST + RUNS}, []),
    (
        {BRANCH: OVER + RUNS},
        [
            "GEN310 lanes/mixed.yaml:1:11 > test/branches/login.yaml:1:10",
            "GEN310 tenants/acme.yaml:2:7 > test/branches/login.yaml:1:10",
        ],
    ),
    (
        {ENV: OVER + ENV_TEXT, TENANT: HEADER + "lane: perf\n"},
        ["GEN310 perf/environment.yaml:2:10 > test/environment.yaml:1:10"],
    ),
    (
        {
            BRANCH: OVER + RUNS,
            LANE: "through: [perf]\npin: {api: test/login}\n",
            TENANT: HEADER + "lane: mixed\n",
        },
        ["GEN310 lanes/mixed.yaml:2:12 > test/branches/login.yaml:1:10"],
    ),
    (
        {
            BRANCH: OVER + RUNS,
            LANE: None,
            TENANT: HEADER + "lane: {through: [perf, test/login], pin: {api: test/login}}\n",
        },
        [
            "GEN310 tenants/acme.yaml:2:24 > test/branches/login.yaml:1:10",
            "GEN310 tenants/acme.yaml:2:48 > test/branches/login.yaml:1:10",
        ],
    ),
    (
        {
            BRANCH: OVER + RUNS,
            LANE: None,
            TENANT: HEADER
            + "lane: [{lane: perf, weight: 1}, {lane: test/login, weight: 1}, {lane: {through: [test/login]}, weight: 0}]\n",
        },
        [
            "GEN310 tenants/acme.yaml:2:40 > test/branches/login.yaml:1:10",
            "GEN310 tenants/acme.yaml:2:82 > test/branches/login.yaml:1:10",
        ],
    ),
    (
        {
            BRANCH: OVER + RUNS,
            LANE: None,
            TENANT: HEADER + "lane: [{lane: test/login, weight: 1}]\n",
        },
        ["GEN310 tenants/acme.yaml:2:7 > test/branches/login.yaml:1:10"],
    ),
]

CIRCLES: list[tuple[Files, list[str]]] = [
    ({API: API_TEXT + "calls: [api]\n"}, []),  # replicas may know each other
    ({API: API_TEXT + "calls: [web]\n"}, ["GEN211 services/api.yaml:3:9 > services/web.yaml:3:9"]),
    (
        service("mid", "calls: [api, web]\n")
        | {
            WEB: WEB_TEXT.replace("[api]", "[mid]"),
            ENV: ENV_TEXT.replace("}}", "}, mid: {tag: v}}"),
        },
        ["GEN211 services/mid.yaml:3:14 > services/web.yaml:3:9"],
    ),
    (
        service("a1", "calls: [a2]\n")
        | service("a2", "calls: [a3, a1]\n")
        | service("a3", "calls: [a1]\n")
        | service("b1", "calls: [b2]\n")
        | service("b2", "calls: [b1, a1]\n"),
        [
            "GEN211 services/a1.yaml:3:9 > services/a2.yaml:3:13",
            "GEN211 services/b1.yaml:3:9 > services/b2.yaml:3:9",
        ],
    ),
    (
        service("a1", "calls: [a2, a3]\n")
        | service("a2", "calls: [a4]\n")
        | service("a3", "calls: [a4]\n")
        | service("a4"),
        [],
    ),
]

COLLISIONS: list[tuple[Files, list[str]]] = [
    (
        {PERF: "extends: test\nnamespace: argocd\n"},
        ["GEN209 perf/environment.yaml:2:12 > platform.yaml:2:1"],
    ),
    (
        {PERF: "extends: test\nnamespace: istio-system\n"},
        ["GEN209 perf/environment.yaml:2:12 > platform.yaml:1:1"],
    ),
    (
        {PERF: "extends: test\nnamespace: istio-ingress\n"},
        ["GEN209 perf/environment.yaml:2:12 > platform.yaml:1:1"],
    ),
    ({PERF: "extends: test\nnamespace: default\n"}, ["GEN106 perf/environment.yaml:2:12"]),
    (
        {PLATFORM: TOP_TEXT.replace("shop\n", "n" * 59 + "\n")},
        ["GEN106 perf/environment.yaml:1:1", "GEN106 test/environment.yaml:1:1"],
    ),
    ({PLATFORM: TOP_TEXT.replace("shop\n", "n" * 58 + "\n")}, []),
    (
        {PERF: "extends: test\nhosts: [a.example.com, test.example.com, a.example.com]\n"},
        [
            "GEN209 perf/environment.yaml:2:42 > perf/environment.yaml:2:9",
            "GEN209 test/environment.yaml:1:9 > perf/environment.yaml:2:24",
        ],
    ),
    (
        {
            BRANCH: "hosts: [a.example.com]\n" + RUNS,
            "environments/perf/branches/x.yaml": "hosts: [b.example.com, a.example.com]\n" + RUNS,
        },
        ["GEN209 test/branches/login.yaml:1:9 > perf/branches/x.yaml:1:24"],
    ),
    ({"environments/test/branches/" + "x" * 58 + ".yaml": "runs: {web: {tag: v}}\n"}, []),
    (
        {"environments/test/branches/" + "x" * 59 + ".yaml": "runs: {web: {tag: v}}\n"},
        ["GEN106 test/branches/" + "x" * 59 + ".yaml:1:1"],
    ),
    (
        {WEB: WEB_TEXT + "names: [trpc.a, trpc.b, trpc.a]\n"},
        ["GEN209 services/web.yaml:5:25 > services/web.yaml:5:9"],
    ),
    (
        {WEB: WEB_TEXT + "names: [trpc.a]\n", API: API_TEXT + "names: [trpc.a]\n"},
        ["GEN209 services/web.yaml:5:9 > services/api.yaml:3:9"],
    ),
]

SERVICES: list[tuple[Files, list[str]]] = [
    (
        {WEB: WEB_TEXT.replace("http}]", "http}, {name: web, port: 8080, protocol: tcp}]")},
        [
            "GEN307 services/web.yaml:2:57 > services/web.yaml:2:16",
            "GEN307 services/web.yaml:2:68 > services/web.yaml:2:27",
        ],
    ),
    ({WEB: WEB_TEXT.replace("http}]", "rpc, carrier: grpc, targetPort: 8080}]")}, []),
    ({WEB: WEB_TEXT.replace("http}]", "http, targetPort: 9}]")}, []),
    (
        {WEB: WEB_TEXT.replace("{prefix: /}", "{prefix: /, port: wbe}")},
        ["GEN307 services/web.yaml:4:27"],
    ),
    (
        {
            WEB: WEB_TEXT.replace("http}]", "http}, {name: raw, port: 1, protocol: tcp}]").replace(
                "{prefix: /}", "{prefix: /, port: raw}"
            )
        },
        ["GEN307 services/web.yaml:4:27"],
    ),
    ({WEB: WEB_TEXT.replace("http}]", "http}, {name: raw, port: 1, protocol: tcp}]")}, []),
    (
        {API: API_TEXT + "entry: [{prefix: /a}, {prefix: /}]\n"},
        ["GEN306 services/web.yaml:4:18 > services/api.yaml:3:32"],
    ),
    (
        {WEB: WEB_TEXT.replace("{prefix: /}", "{prefix: /}, {prefix: /}, {prefix: /}")},
        [
            "GEN306 services/web.yaml:4:31 > services/web.yaml:4:18",
            "GEN306 services/web.yaml:4:44 > services/web.yaml:4:18",
        ],
    ),
]

PRIVATE: list[tuple[Files, list[str]]] = [
    (
        {WEB: NAMED[WEB].replace("http}", "tcp}").replace("entry: [{prefix: /}]\n", "")},
        ["GEN210 services/web.yaml:4:8"],
    ),
    (
        {WEB: NAMED[WEB].replace("http}", "rpc, carrier: grpc, targetPort: 9}")},
        ["GEN307 services/web.yaml:2:75"],
    ),
    (
        {
            WEB: NAMED[WEB].replace(
                "http}]", "http}, {name: raw, port: 1, protocol: tcp, targetPort: 2}]"
            )
        },
        [],
    ),
    (NAMED | {PLATFORM: by("port", "1.29")}, ["GEN210 services/web.yaml:2:27"]),
    (
        {
            PLATFORM: by("port", "1.29"),
            WEB: NAMED[WEB]
            .replace("8080", "8081")
            .replace("http}]", "http}, {name: b, port: 8081, protocol: http}]"),
        },
        [
            "GEN307 services/web.yaml:2:66 > services/web.yaml:2:27",
            "GEN210 services/web.yaml:2:27",
            "GEN210 services/web.yaml:2:66",
        ],
    ),
    (
        {
            PLATFORM: by("port", "1.29"),
            WEB: NAMED[WEB]
            .replace("8080", "8081")
            .replace("http}]", "http}, {name: raw, port: 8080, protocol: tcp}]"),
        },
        [],
    ),
    (NAMED | {PLATFORM: by("vhostHeader", "1.30")}, []),
    ({PLATFORM: by("vhostHeader", "1.28")}, []),
    (NAMED | {PLATFORM: by("vhostHeader, header: cookie", "1.29")}, ["GEN210 platform.yaml:3:63"]),
    (NAMED | {PLATFORM: by("authority, header: cookie", "1.28")}, []),
    ({PLATFORM: by("calleeHeader", "1.28"), WEB: WEB_TEXT + "names: [Shop.Web]\n"}, []),
    (
        {
            WEB: WEB_TEXT
            + "names: [a.shop-perf.svc, b.shop-test.svc.cluster.local, c.shop-test, d.shop-test.svc.other, shop-test.svc]\n"
        },
        [
            "GEN210 services/web.yaml:5:9",
            "GEN210 services/web.yaml:5:26",
            "GEN210 services/web.yaml:5:57",
        ],
    ),
]

LANES: list[tuple[Files, list[str]]] = [
    (
        {
            LANE: "through: [alone]\nisolation: strict\n",
            ALONE: "extends: test\nruns: {web: {tag: v}}\n",
        },
        ["GEN301 lanes/mixed.yaml:1:1 > services/web.yaml:3:8"],
    ),
    (
        {
            LANE: "isolation: strict\nthrough: [alone]\n",
            ALONE: "extends: test\nruns: {web: {tag: v}}\n",
        },
        ["GEN301 lanes/mixed.yaml:2:1 > services/web.yaml:3:8"],
    ),
    (
        {
            TENANT: HEADER + "lane: {isolation: strict, through: [alone]}\n",
            ALONE: "extends: test\nruns: {web: {tag: v}}\n",
        },
        ["GEN301 tenants/acme.yaml:2:27 > services/web.yaml:3:8"],
    ),
    (
        {
            PERF: "runs: {web: {tag: v}}\n",
            "environments/perf/branches/x.yaml": "runs: {web: {tag: v}}\n",
            LANE: None,
        },
        ["GEN301 perf/environment.yaml:1:1 > services/web.yaml:3:8"],
    ),
    (
        {
            PERF: "runs: {api: {tag: v}}\n",
            "environments/perf/branches/x.yaml": "runs: {web: {tag: v}}\n",
            LANE: None,
        },
        [],
    ),
    (
        DROPS | {BRANCH: "runs: {api: {tag: v}}\n", PERF: None, LANE: None},
        ["GEN304 test/branches/login.yaml:1:1 > services/mid.yaml:4:17"],
    ),
    # TCP carries none, so that only a branch's own pods come to what it brings
    (
        PLAIN | {BRANCH: "runs: {api: {tag: v}}\n", PERF: None, LANE: None},
        ["GEN304 test/branches/login.yaml:1:1 > services/web.yaml:3:8"],
    ),
    (PLAIN | {BRANCH: "runs: {web: {tag: v}, api: {tag: v}}\n", PERF: None, LANE: None}, []),
    (PLAIN | {BRANCH: "runs: {web: {tag: v}}\n", PERF: None, LANE: None}, []),
    (DROPS | {BRANCH: "runs: {mid: {tag: v}, api: {tag: v}}\n", PERF: None, LANE: None}, []),
    (DROPS | {BRANCH: "runs: {web: {tag: v}}\n", PERF: None, LANE: None}, []),
]

SHADOWS: list[tuple[Files, list[str]]] = [
    (
        {
            PLATFORM: ALLOWING,
            TENANT: "match: [{header: {a: b}}, {host: test.example.com}]\nlane: test\n",
        },
        ["GEN309 test/environment.yaml:1:9 > tenants/acme.yaml:1:34"],
    ),
    ({TENANT: "match: [{header: {a: test.example.com}}]\nlane: test\n"}, []),
    (
        {
            PLATFORM: ALLOWING,
            TENANT: "match: [{host: b.example.com}]\nlane: test\n",
            BRANCH: "hosts: [a.example.com, b.example.com]\n" + RUNS,
        },
        ["GEN309 test/branches/login.yaml:1:24 > tenants/acme.yaml:1:16"],
    ),
    (
        {
            PLATFORM: ISSUER % "",
            TENANT: "match: [{claim: {iss: a}}, {claim: {iss: c}}, {claim: {aud: z}}, {claim: {org: z}}]\nlane: test\n",
        },
        ["GEN309 tenants/acme.yaml:1:42"],
    ),
    (
        {
            PLATFORM: ISSUER % ", audiences: [z]",
            TENANT: "match: [{claim: {aud: x}}, {claim: {aud: z}}, {claim: {aud: w}}]\nlane: test\n",
        },
        ["GEN309 tenants/acme.yaml:1:61"],
    ),
]

SMOKE = "runs: {api: {tag: v}}\ntests:\n  one: {requests: [%s]}\n"
SMOKES: list[tuple[Files, list[str]]] = [
    (
        {BRANCH: SMOKE % "{service: api}, {service: api, port: web}, {service: api, port: wbe}"},
        ["GEN311 test/branches/login.yaml:3:84"],
    ),
    (
        {
            BRANCH: SMOKE % "{service: api}",
            API: API_TEXT.replace("http}", "tcp}"),
            LANE: None,
            PERF: None,
        }
        | {WEB: WEB_TEXT.replace("calls: [api]\n", "") + "calls: []\n"},
        ["GEN311 test/branches/login.yaml:3:30"],
    ),
    (
        {BRANCH: SMOKE % "{service: other}"} | service("other"),
        ["GEN311 test/branches/login.yaml:3:30"],
    ),
    (
        {BRANCH: "runs: {api: {tag: v}}\ntests: {one: {image: 'e:v', calls: [web, other]}}\n"}
        | service("other"),
        ["GEN311 test/branches/login.yaml:2:42"],
    ),
]

MATCHES = "match: [{}]\nlane: test\n"
ONE = "match: [{%s}]\nlane: test\n"
TOKENS = TOP_TEXT + "ingress: {jwt: [{issuer: a, jwksUri: https://a.b/k}]}\n"
TELLING: list[tuple[Files, list[str]]] = [
    *(
        ({TENANT: ONE % f"header: {{{name}: v}}"}, [f"{code} tenants/acme.yaml:1:19"])
        for code, names in {
            "GEN305": (
                "host cookie connection te upgrade content-length transfer-encoding keep-alive "
                "x-request-id x-forwarded-for x-forwarded-proto x-envoy-internal x-lane"
            ),
            "GEN320": (
                "accept authorization baggage content-type user-agent x-forwarded-host x-real-ip "
                "grpc-timeout sec-fetch-mode x-b3-traceid traceparent"
            ),
        }.items()
        for name in names.split()
    ),
    *(({TENANT: ONE % f"header: {{{name}: v}}"}, []) for name in ("x-tenant", "x-forwarder")),
    *(
        (
            {PLATFORM: TOKENS, TENANT: ONE % f"claim: {{{name}: v}}"},
            ["GEN320 tenants/acme.yaml:1:18"] if name != "sub" else [],
        )
        for name in ("iss", "aud", "azp", "exp", "scope", "typ", "sub")
    ),
    *(
        (
            {PLATFORM: TOKENS, TENANT: ONE % f'claim: {{org: "{value}"}}'},
            [f"GEN322 tenants/acme.yaml:1:{23}"] if told else [],
        )
        for value, told in {
            "true": True,
            "false": True,
            "null": True,
            "[a]": True,
            "{a}": True,
            "1.5": True,
            "1e3": True,
            "9007199254740992": True,
            "-9007199254740992": True,
            "9007199254740991": False,
            "123456789012345": False,
            "0": False,
            "acme": False,
            "trues": False,
            "1.2.3": False,
            "v1": False,
        }.items()
    ),
    (
        {TENANT: ONE % "host: test.example.com"},
        ["GEN320 tenants/acme.yaml:1:16"],
    ),
    (
        {PLATFORM: TOP_TEXT + "tenants: {by: {}}\n", TENANT: HEADER + "lane: test\n"},
        ["GEN321 tenants/acme.yaml:1:19"],
    ),
    (
        {
            PLATFORM: TOP_TEXT + "tenants: {by: {headers: [accept]}}\n",
            TENANT: ONE % "header: {accept: v}",
        },
        [],
    ),
    (
        {PLATFORM: TOP_TEXT + "tenants: {by: {headers: [te]}}\n", TENANT: ONE % "header: {te: v}"},
        ["GEN305 tenants/acme.yaml:1:19"],
    ),
    *(
        (
            {
                PLATFORM: TOP_TEXT + "tenants: {by: {hosts: [.a.example.com, b.org]}}\n",
                TENANT: ONE % f"host: {host}",
            },
            [] if fine else ["GEN321 tenants/acme.yaml:1:16"],
        )
        for host, fine in {
            "x.a.example.com": True,
            "b.org": True,
            "a.example.com": False,
            "xa.example.com": False,
            "c.b.org": False,
        }.items()
    ),
    *(
        ({PLATFORM: TOP_TEXT + f"mesh: {{header: {name}}}\n"}, ["GEN323 platform.yaml:3:16"])
        for name in (
            "host",
            "cookie",
            "authorization",
            "te",
            "connection",
            "content-type",
            "baggage",
            "x-request-id",
            "x-forwarded-for",
            "accept",
            "traceparent",
            "upgrade",
        )
    ),
    *(
        (
            {
                PLATFORM: TOP_TEXT
                + f"mesh: {{privateNames: {{by: calleeHeader, header: {name}}}}}\n",
                API: API_TEXT + "names: [trpc.api]\n",
            },
            [] if name == "x-name" else ["GEN210 platform.yaml:3:49"],
        )
        for name in (
            "x-name",
            "x-lane",
            "host",
            "cookie",
            "authorization",
            "content-type",
            "baggage",
        )
    ),
    (
        {TENANT: MATCHES.format(", ".join(f"{{header: {{x-{i}: v}}}}" for i in range(201)))},
        ["GEN324 tenants/acme.yaml:1:8"],
    ),
    (
        {TENANT: MATCHES.format(", ".join(f"{{header: {{x-{i}: v}}}}" for i in range(200)))},
        [],
    ),
    (
        {TENANT: MATCHES.format(", ".join(f"{{header: {{x: v{i}}}}}" for i in range(900)))},
        [],
    ),
]

TENANTS: list[tuple[Files, list[str]]] = [
    (
        {
            TENANT: HEADER.replace("]", ", {cookie: {a: b}}]") + "lane: test\n",
            "environments/tenants/b.yaml": "match: [{cookie: {c: d}}, {cookie: {a: b}}]\nlane: test\n",
        },
        ["GEN302 tenants/b.yaml:1:27 > tenants/acme.yaml:1:37"],
    ),
    (
        {TENANT: "match: [{host: a.b}, {host: a.b}]\nlane: test\n"},
        ["GEN302 tenants/acme.yaml:1:22 > tenants/acme.yaml:1:9"],
    ),
    (
        {
            TENANT: "match: [{header: {cookie: a}}, {header: {x-lane: a}}, {header: {x-callee: a}}]\nlane: test\n"
        },
        ["GEN305 tenants/acme.yaml:1:19", "GEN305 tenants/acme.yaml:1:42"],
    ),
    (
        {
            TENANT: "match: [{header: {x-callee: a}}]\nlane: test\n",
            PLATFORM: by("calleeHeader", "1.29"),
        },
        ["GEN305 tenants/acme.yaml:1:19"],
    ),
    (
        {TENANT: HEADER + "lane: [{lane: test, weight: 1}]\nsticky: {header: cookie}\n"},
        ["GEN305 tenants/acme.yaml:3:18"],
    ),
    (
        {TENANT: HEADER + "lane: [{lane: test, weight: 1}]\nsticky: {claim: sub}\n"},
        ["GEN305 tenants/acme.yaml:3:10"],
    ),
    (
        {
            TENANT: HEADER
            + "lane: [{lane: test, weight: 1}, {lane: test/login, weight: 1}]\nexpect: {web: test, api: test}\n"
        },
        ["GEN303 tenants/acme.yaml:3:26"],
    ),
    (
        {
            TENANT: HEADER
            + "lane: [{lane: test, weight: 1}, {lane: test/login, weight: 0}]\nexpect: {web: test, api: test}\n"
        },
        [],
    ),
    ({TENANT: HEADER + "lane: test/login\nexpect: {web: test, api: test/login}\n"}, []),
]

ACCEPTED: list[tuple[Files, list[str]]] = [
    ({API: API_TEXT + "calls: [web]\naccept: {GEN211: 'a circle that is meant'}\n"}, []),
    (
        {WEB: WEB_TEXT + "accept: {GEN211: 'a circle that is meant'}\n"},
        ["GEN501 services/web.yaml:5:10"],
    ),
    (
        {
            LANE: "through: [test/login]\naccept: {GEN304: 'a lane that is meant'}\n",
            PERF: "extends: test\nruns: {api: {tag: v}}\naccept: {GEN304: 'one that is meant'}\n",
            BRANCH: RUNS + "accept: {GEN310: 'a branch that stays'}\n",
            TENANT: HEADER + "lane: test\naccept: {GEN309: 'it is meant so'}\n",
        },
        [
            "GEN501 lanes/mixed.yaml:2:10",
            "GEN501 perf/environment.yaml:3:10",
            "GEN501 tenants/acme.yaml:3:10",
            "GEN501 test/branches/login.yaml:2:10",
        ],
    ),
]

TABLES = {
    name: table for name, table in globals().items() if name.isupper() and isinstance(table, list)
}


@pytest.mark.parametrize(
    "changes, expected",
    [
        pytest.param(*row, id=f"{name.lower()}-{index}")
        for name, table in TABLES.items()
        for index, row in enumerate(table)
    ],
)
def test_all_that_a_rule_finds(changes: Files, expected: list[str]) -> None:
    assert told(changes) == expected


def test_whether_an_accepted_expiry_is_idle_is_asked_only_with_a_day() -> None:
    files = {
        BRANCH: RUNS + "accept: {GEN310: 'a branch that stays'}\n",
        LANE: "through: [test/login]\naccept: {GEN304: 'a lane that is meant'}\n",
    }
    assert [(finding.code, finding.place.path) for finding in compiled(files).warnings] == [
        ("GEN501", LANE)
    ]
    assert told(files) == ["GEN501 lanes/mixed.yaml:2:10", "GEN501 test/branches/login.yaml:2:10"]


@pytest.mark.parametrize("seed", range(40))
def test_circles_are_those_that_a_plain_search_finds(seed: int) -> None:
    dice, names = random.Random(seed), "abcdefgh"
    calls = {name: tuple(dice.sample(names, dice.randint(0, 2))) for name in names}
    steps = {name: dict.fromkeys(calls[name], 1) for name in names}  # from one to another, at least
    for middle in names:
        for name in names:
            for callee, more in steps[middle].items():
                if middle in steps[name]:
                    steps[name][callee] = min(
                        steps[name].get(callee, 99), steps[name][middle] + more
                    )
    first = sorted(
        {
            min(other for other in names if other in steps[name] and name in steps[other])
            for name in names
            if name in steps[name]
        }
    )
    found = list(circles.circles(calls))
    assert [circle[0] for circle in found] == first
    assert all(
        callee in calls[caller]
        for circle in found
        for caller, callee in zip(circle, [*circle[1:], circle[0]], strict=True)
    )
    assert [len(circle) for circle in found] == [steps[name][name] for name in first]


@pytest.mark.parametrize(
    "match, where, hint",
    [
        ("host: b.example.com", "1:16", "platform.yaml allows a.example.com in `tenants.by`"),
        ("header: {x-tenan: acme}", "1:19", "did you mean `x-tenant`?"),
        ("cookie: {shop: acme}", "1:19", "platform.yaml allows no cookies in `tenants.by`"),
    ],
)
def test_what_may_not_tell_a_tenant(match: str, where: str, hint: str) -> None:
    allowed = "tenants: {by: {hosts: [a.example.com], headers: [x-tenant]}}\n"
    platform = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n" + allowed
    changes: Files = {PLATFORM: platform, TENANT: f"match: [{{{match}}}]\nlane: test/login\n"}
    [(code, place, finding)] = findings(changes, ())
    assert (code, place, finding.hint) == ("GEN321", f"{TENANT}:{where}", hint)


@pytest.mark.parametrize(
    "how, wrong",
    [
        ("replicas: 0\n", True),
        ("replicas: 1\n", False),
        ("", False),
    ],
)
def test_a_base_of_which_no_pod_runs(how: str, wrong: bool) -> None:
    """By the manifest or by its kustomization; not where a unit says how many."""
    folder = "overlays/base/api/"
    text = str(base("api")[folder + "deployment.yaml"])
    count = how and f"replicas: [{{name: api, count: {how[10]}}}]\n"
    for files in (
        {folder + "deployment.yaml": text.replace("spec:\n", f"spec:\n  {how}", 1)},
        {folder + "kustomization.yaml": f"resources: [deployment.yaml]\n{count}"},
    ):
        expected = [f"GEN438 {unit}/environment.yaml:4:3" for unit in ("perf", "test")]
        found = sorted(each for each in told(files) if "GEN438" in each)
        assert found == (
            [*expected[:1], "GEN438 test/branches/login.yaml:2:3", expected[1]] if wrong else []
        )
        own = {**files, BRANCH: "runs: {api: {tag: v, replicas: 1}}\n"}
        found = sorted(each for each in told(own) if "GEN438" in each)
        assert found == (expected if wrong else [])
