"""What is wrong with a value, and what to do: the words that people read."""

from __future__ import annotations

import json

import pytest

from generator.compiler.shape import did_you_mean
from tests.vocabulary.test_findings import (
    BRANCH,
    ENV,
    HEADER,
    LANE,
    PLATFORM,
    TENANT,
    WEB,
    WEB_TEXT,
    findings,
)

TOP_TEXT = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
RUN = "digest, draining, env, replicas, tag"
PORT = "name: web, port: 8080, protocol: http"


# A file, what is wrong in it, the next step.
@pytest.mark.parametrize(
    "path, text, message, hint",
    [
        (BRANCH, "runs: {api: {tga: v, tag: v}}\n", "unknown key `tga`", "did you mean `tag`?"),
        (
            BRANCH,
            "runs: {api: {tag: v}}\nexpirse: 2090-01-31\n",
            "unknown key `expirse`",
            "did you mean `expires`?",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v}}\ntests: {one: {requets: [], requests: [{service: api}]}}\n",
            "unknown key `requets`",
            "did you mean `requests`?",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v}}\ntests: {one: {requests: [{service: api, pth: /}]}}\n",
            "unknown key `pth`",
            "did you mean `path`?",
        ),
        (ENV, "takes: {from: test, form: test}\n", "unknown key `form`", "did you mean `from`?"),
        (
            ENV,
            "takes: {from: test, testde: true}\n",
            "unknown key `testde`",
            "did you mean `tested`?",
        ),
        (ENV, "trustColor: true\n", "unknown key `trustColor`", "did you mean `trustColour`?"),
        (
            WEB,
            WEB_TEXT.replace("http}", "http, targetport: 1}"),
            "unknown key `targetport`",
            "did you mean `targetPort`?",
        ),
        (
            WEB,
            WEB_TEXT + "zzzzzz: 1\n",
            "unknown key `zzzzzz`",
            "known: accept, account, addresses, calls, consumes, entry, forwardsColour, image, listens, names, owner, ports, …",
        ),
        (
            ENV,
            "zzzzzz: 1\n",
            "unknown key `zzzzzz`",
            "known: accept, adopting, asleep, cluster, expires, extends, hosts, namespace, owner, plane, quota, resumes, …",
        ),
        (
            LANE,
            "through: [test]\nislation: strict\n",
            "unknown key `islation`",
            "did you mean `isolation`?",
        ),
        (
            TENANT,
            HEADER + "lane: {throug: [test], through: [test]}\n",
            "unknown key `throug`",
            "did you mean `through`?",
        ),
        (
            TENANT,
            HEADER + "lane: [{lane: test, wieght: 1, weight: 1}]\n",
            "unknown key `wieght`",
            "did you mean `weight`?",
        ),
        (
            TENANT,
            HEADER + "lane: [{lane: {through: [test], pni: {}}, weight: 1}]\n",
            "unknown key `pni`",
            "did you mean `pin`?",
        ),
        (
            TENANT,
            "match: [{header: {a: b}, haeder: c}]\nlane: test\n",
            "unknown key `haeder`",
            "did you mean `header`?",
        ),
        (
            TENANT,
            HEADER + "lane: test\nsticky: {cokie: c}\n",
            "unknown key `cokie`",
            "did you mean `cookie`?",
        ),
        (
            PLATFORM,
            TOP_TEXT + "mesh: {privateNames: {yb: port}}\n",
            "unknown key `yb`",
            "known: by, header",
        ),
        (
            PLATFORM,
            TOP_TEXT + "ingress: {jwt: [{isuer: a, issuer: a, jwksUri: https://a.b}]}\n",
            "unknown key `isuer`",
            "did you mean `issuer`?",
        ),
        (
            PLATFORM,
            TOP_TEXT + "namespaces: {limits: {defualt: {}}}\n",
            "unknown key `defualt`",
            "did you mean `default`?",
        ),
        (
            PLATFORM,
            TOP_TEXT + "namespaces: {limits: {default: {cup: 1}}}\n",
            "unknown key `cup`",
            "did you mean `cpu`?",
        ),
        (BRANCH, "owner: me\n", "`runs` is missing", "add `runs: …` here"),
        (WEB, WEB_TEXT.replace("name: web, ", ""), "`name` is missing", "add `name: …` here"),
        (
            BRANCH,
            "runs: {api: {tag: 7}}\n",
            "`tag` must be text, and this is a number to YAML",
            'write it in quotes: "7"',
        ),
        (
            BRANCH,
            "runs: {api: {tag: true}}\n",
            "`tag` must be text, and this is true or false to YAML",
            'write it in quotes: "true"',
        ),
        (
            BRANCH,
            "runs: {api: {tag: v, env: {A: ~}}}\n",
            "`A` must be text",
            "write something, or delete the key",
        ),
        (BRANCH, "runs: {api: {tag: [v]}}\n", "`tag` must be text", "write text here"),
        (BRANCH, "runs: [api]\n", "`runs` must be a mapping", "write a mapping here"),
        (BRANCH, "runs: {api: v}\n", "`api` must be a mapping", "write a mapping here"),
        (
            BRANCH,
            "runs: {api: ~}\n",
            "`api` must be a mapping",
            "write something, or delete the key",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v, replicas: '2'}}\n",
            "`replicas` must be a whole number",
            "write a whole number here",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v, draining: 'yes'}}\n",
            "`draining` must be true or false",
            "write true or false here",
        ),
        (WEB, WEB_TEXT.replace("[api]", "api"), "`calls` must be a list", "write a list here"),
        (
            WEB,
            WEB_TEXT.replace("8080", "0"),
            "`port` must be at least 1",
            "write a number that is at least 1",
        ),
        (
            WEB,
            WEB_TEXT.replace("8080", "70000"),
            "`port` must be at most 65535",
            "write a number that is at most 65535",
        ),
        (
            WEB,
            WEB_TEXT.replace("http}", "http, targetPort: 'http--web'}"),
            "`http--web` is not a port's number, or the name that a container gives a port: at most 15 of a-z, 0-9 and '-', with a letter among them",
            "change it to fit",
        ),
        (
            WEB,
            WEB_TEXT.replace("[api]", "[" + "a, " * 1001 + "]"),
            "`calls` must have at most 1000 entries",
            "give it at most 1000",
        ),
        (
            WEB,
            WEB_TEXT.replace("http}", "htp}"),
            "`htp` is not allowed for `protocol`",
            "one of 'http', 'http2', 'grpc', 'tcp' or 'rpc'",
        ),
        *(
            (
                WEB,
                WEB_TEXT.replace("http}", f"{protocol}}}"),
                f"`{protocol}` is not allowed for `protocol`",
                hint,
            )
            for protocol, hint in (
                ("HTTPS", "write `tcp` if the application ends TLS itself, else `http`"),
                (
                    "websocket",
                    "write `http`: it begins as a request, which is routed by its colour",
                ),
                ("udp", "the mesh carries none of it: run it beside the mesh, shared by all lanes"),
                ("postgres", "write `tcp`; connections carry no colour"),
            )
        ),
        (
            "environments/externals/db.yaml",
            "hosts: [db.example.com]\nports: [{port: 443, protocol: https}]\n",
            "`https` is not allowed for `protocol`",
            "write `tls`: the application begins it itself",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v, image: 'registry.example.com/b:v1'}}\n",
            "`registry.example.com/b:v1` is not an image name without tag or digest, such as registry.example.com/shop/cart",
            "change it to fit",
        ),
        (
            WEB,
            WEB_TEXT.replace("http}", "rpc}"),
            "`carrier: grpc` or `carrier: http2` goes with `protocol: rpc`, and only with it",
            "see the reference of this file",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v}}\nexpires: soon\n",
            "`soon` is not a date such as 2027-01-31",
            "write year-month-day",
        ),
        (
            BRANCH,
            "runs: {api: {}}\n",
            "needs a `tag` or a `digest`: without one nobody can say what runs",
            "see the reference of this file",
        ),
        (
            BRANCH,
            "runs: {api: {tag: v}}\ntests: {one: {}}\n",
            "a smoke test has either `requests`, or an `image` with its `command` and whom it `calls`",
            "see the reference of this file",
        ),
        (
            TENANT,
            HEADER + "lane: test\nsticky: {header: x}\n",
            "`sticky` goes with a weighted `lane`: a list of {lane, weight}",
            "see the reference of this file",
        ),
        (
            PLATFORM,
            TOP_TEXT + "ingress: {jwt: [{issuer: a}]}\n",
            "needs exactly one of `jwks` and `jwksUri`",
            "see the reference of this file",
        ),
        (
            BRANCH,
            "runs: {api: {tag: '" + "x" * 60 + "!'}}\n",
            f"`{'x' * 57}…` is not an image tag: letters, digits, '_', '.' and '-', at most 128 characters",
            "change it to fit",
        ),
        (
            BRANCH,
            "runs: {api: {tag: '" + "x" * 59 + "!'}}\n",
            f"`{'x' * 59}!` is not an image tag: letters, digits, '_', '.' and '-', at most 128 characters",
            "change it to fit",
        ),
    ],
)
def test_what_is_said_of_a_value_and_what_to_do(
    path: str, text: str, message: str, hint: str
) -> None:
    assert [(finding.message, finding.hint) for _, _, finding in findings({path: text})] == [
        (message, hint)
    ]


# All that is found in a file.
@pytest.mark.parametrize(
    "path, text, expected",
    [
        (
            WEB,
            "image: registry.example.com/web\nports: [{name: web}]\n",
            ["GEN102:2:9", "GEN102:2:9"],
        ),
        (
            WEB,
            "image: registry.example.com/web\nports: [{name: web}, 7]\ncalls: {}\n",
            ["GEN102:2:9", "GEN102:2:9", "GEN103:2:22", "GEN103:3:8"],
        ),
        (TENANT, "match: [{header: {a: ' b'}}]\nlane: test\n", ["GEN104:1:22"]),
        (TENANT, "match: [{header: {A: b}}]\nlane: test\n", ["GEN104:1:19"]),
        (TENANT, "match: [{header: {}}]\nlane: test\n", ["GEN104:1:18"]),
        (TENANT, "match: [{header: {a: b, c: d}}]\nlane: test\n", ["GEN104:1:18"]),
        (
            TENANT,
            "match: []\nlane: [{lane: {through: []}, weight: -1}]\n",
            ["GEN104:1:8", "GEN104:2:25", "GEN104:2:38"],
        ),
        (
            BRANCH,
            "runs: {Api: {tag: v}, api: {tag: v, env: {1a: x}}}\n",
            ["GEN104:1:8", "GEN104:1:43"],
        ),
    ],
)
def test_where_it_is_said(path: str, text: str, expected: list[str]) -> None:
    assert [
        f"{code}:{where[len(path) + 1 :]}" for code, where, _ in findings({path: text})
    ] == expected


def test_a_word_is_compared_with_those_that_are_like_it() -> None:
    assert did_you_mean("web", []) == "there is none yet"
    assert did_you_mean("qqq", ["b", "a"]) == "known: a, b"
    assert did_you_mean("qqq", map("n{:02}".format, range(12))) == "known: " + ", ".join(
        map("n{:02}".format, range(12))
    )
    assert (
        did_you_mean("qqq", map("n{:02}".format, range(13)))
        == "known: " + ", ".join(map("n{:02}".format, range(12))) + ", …"
    )
    assert (
        did_you_mean(
            "paymnet", [f"service-{number}" for number in range(5000)] + ["payment", "pavement"]
        )
        == "did you mean `payment`?"
    )
    assert did_you_mean("x" * 64 + "y" * 1000, ["x" * 63]) == f"did you mean `{'x' * 63}`?"


@pytest.mark.parametrize(
    "path, text, route",
    [
        (BRANCH, "runs: {Api: {tag: v}}\n", ("runs", "Api")),
        (BRANCH, "runs: {api: {env: {1a: x}, tag: v}}\n", ("runs", "api", "env", "1a")),
        (TENANT, HEADER + "lane: {through: [A]}\n", ("lane", "through", 0)),
        (
            TENANT,
            HEADER + "lane: [{lane: {through: [A]}, weight: 1}]\n",
            ("lane", 0, "lane", "through", 0),
        ),
        (TENANT, HEADER + "lane: [{lane: test}]\n", ("lane", 0, "weight")),
    ],
)
def test_the_route_holds_what_stands_in_the_file(
    path: str, text: str, route: tuple[str | int, ...]
) -> None:
    assert [finding.place.route for _, _, finding in findings({path: text})] == [route]


@pytest.mark.parametrize(
    "words, hint",
    [
        ("https tls", "write `tcp` if the application"),
        ("websocket ws wss sse graphql grpc-web", "write `http`: it begins as a request"),
        ("udp quic http3 sctp", "the mesh carries none of it"),
        ("mongo mysql postgres postgresql redis kafka amqp mqtt", "write `tcp`; connections"),
        ("h2c", "write `http2`"),
        ("smtp", "one of 'http', 'http2', 'grpc', 'tcp' or 'rpc'"),
    ],
)
def test_what_the_mesh_carries_a_protocol_as(words: str, hint: str) -> None:
    for word in words.split():
        ((_, _, finding),) = findings({WEB: WEB_TEXT.replace("http}", f"{word}}}")})
        assert finding.hint.startswith(hint), word


def test_a_list_that_is_too_short() -> None:
    (finding,) = (
        each for _, _, each in findings({"environments/lanes/mixed.yaml": "through: []\n"})
    )
    assert (finding.code, finding.hint) == ("GEN104", "give it at least 1")


def test_an_external_of_a_services_name() -> None:
    text = "hosts: [db.example.com]\nports: [{port: 1, protocol: tcp}]\n"
    found = findings({"environments/externals/api.yaml": text})
    assert [code for code, _, _ in found] == ["GEN202"]


@pytest.mark.parametrize("half", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_key_set_with_a_secret_half_is_refused(half: str) -> None:
    """Whoever reads the repository could sign with it. The public half is taken."""
    for key, refused in (({"kty": "RSA"}, False), ({"kty": "RSA", half: "x"}, True)):
        keys = json.dumps(json.dumps({"keys": [key]}))
        jwt = f"ingress: {{jwt: [{{issuer: 'https://id.example.com', jwks: {keys}}}]}}\n"
        told = [found.message for _, _, found in findings({PLATFORM: TOP_TEXT + jwt})]
        assert any("holds a secret key" in message for message in told) == refused, told
