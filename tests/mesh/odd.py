"""`python -m tests.mesh.odd`: uncoloured and odd traffic, with identities: jobs and cron jobs of a branch and of a baseline,
browsers (preview hosts, redirects back from a login, cookies in pieces, preflights), tokens by a key set's address, and
health checks through Istio's own agent.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import jobs as jobs_beside
from tests.conftest import service, write
from tests.mesh import network, tokens, tools
from tests.mesh.case import Case
from tests.mesh.envoy import Client
from tests.mesh.oracle import Instance, Outcome
from tests.mesh.scene import Scene, play

NODE, AGENT = "10.244.0.1", 15020
ASKED = 40  # requests to a service whose jobs run: each must find a server
HEADERS = list[list[str]]


def repository(root: Path, keys: str) -> None:
    web = service("web", "calls: [api, tally]\nentry: [{prefix: /}]\n")
    web["overlays/base/web/deployment.yaml"] = str(
        web["overlays/base/web/deployment.yaml"]
    ) + jobs_beside("web")
    write(
        root,
        {
            "environments/platform.yaml": 'name: shop\nmesh: {header: x-lane, addresses: ["*"]}\n'
            f"ingress: {{namespace: istio-ingress, serviceAccount: istio-ingress, selector: {{istio: ingress}}, port: 80, jwt: [{{issuer: {tokens.ISSUER}, audiences: [{tokens.AUDIENCE}], jwksUri: {keys}}}]}}\n"
            "argocd: {repository: https://git.example.com/shop.git}\n",
            "environments/test/branches/login.yaml": "hosts: [login.preview.example.com]\nruns:\n  web: {tag: b1}\n  api: {tag: b1}\n",
            "environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns:\n  api: {tag: p1}\n",
            "environments/tenants/acme.yaml": "match: [{claim: {tenant: acme}}, {cookie: {shop-lane: login}}]\nlane: test/login\n",
            "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n  tally: {tag: v1}\n",
        }
        | web
        | service("api", "listens: podIP\n")
        | service("tally", "listens: localhost\n"),
    )


def jobs(case: Case) -> None:
    """Pods of jobs call as the unit that they belong to, and are called by nobody."""
    for name, unit in (
        ("sweep", "test"),
        ("migrate", "test"),
        ("sweep-login", "test/login"),
        ("migrate-login", "test/login"),
    ):
        key, caller = ("shop-test", name), ("web", unit)
        case.join(key, case.cluster)
        for environment in ("test", "perf"):
            for colours in ([], ["nobody"], ["test"], ["test/login"], ["perf"]):
                outcomes = case.input.outcomes("api", environment, colours, unit)
                request = {
                    "address": case.cluster.addresses[case.input.namespace(environment), "api"],
                    "port": 8080,
                    "host": f"api.{case.input.namespace(environment)}",
                    "headers": [["x-lane", colour] for colour in colours],
                }
                _hear(
                    case,
                    f"the job {name} → api in {environment} colours {colours}",
                    case.pods[key].ask(**request),
                    "api",
                    outcomes,
                    caller,
                )
    for lane in ("test", "test/login"):
        for _ in range(ASKED):
            _browse(
                case,
                f"web while its jobs run, {lane}",
                {"test": "test.example.com", "test/login": "login.preview.example.com"}[lane],
                "/",
                [],
                lane,
            )


def browsers(case: Case) -> None:
    preview, shared = "login.preview.example.com", "test.example.com"
    _browse(case, "a branch's own host", preview, "/", [], "test/login")
    _browse(
        case,
        "back from the login, at the branch's host",
        preview,
        "/callback?code=4%2F0Ab&state=x-lane%3Dperf",
        [["cookie", "state=x; nonce=y"]],
        "test/login",
    )
    _browse(
        case,
        "back from the login, at a shared host",
        shared,
        "/callback?code=1&state=a",
        [["cookie", "session=abc; shop-lane=login"]],
        "test/login",
    )
    _browse(
        case,
        "a cookie of another name",
        shared,
        "/callback",
        [["cookie", "old-shop-lane=login; x=shop-lane=login"]],
        "test",
    )
    _browse(
        case,
        "a cookie's value that only begins so",
        shared,
        "/",
        [["cookie", "shop-lane=login2"]],
        "test",
    )
    _browse(
        case,
        "cookies in pieces",
        shared,
        "/",
        [["cookie", "a=b"], ["cookie", "shop-lane=login"]],
        "test/login",
        http2=True,
    )
    _browse(
        case,
        "cookies in two headers",
        shared,
        "/",
        [["cookie", "a=b"], ["cookie", "shop-lane=login"]],
        "test/login",
    )
    _browse(
        case,
        "a preflight, which brings no cookie",
        shared,
        "/",
        [["origin", "https://x.example.com"], ["access-control-request-method", "POST"]],
        "test",
    )
    _browse(
        case,
        "a colour in the address",
        shared,
        "/?x-lane=test/login",
        [["referer", f"https://{preview}/"]],
        "test",
    )
    _browse(case, "a host with a port", f"{preview}:80", "/", [], "test/login")


def bearers(case: Case) -> None:
    """Tokens are verified by keys that the control plane fetched."""

    def bearer(claims: dict[str, Any], forged: bool = False) -> HEADERS:
        return [["authorization", f"Bearer {tokens.token(claims, forged)}"]]

    host = "test.example.com"
    _browse(case, "a claim", host, "/", bearer({"tenant": "acme"}), "test/login")
    _browse(
        case,
        "a claim and a forged colour",
        host,
        "/",
        [*bearer({"tenant": "acme"}), ["x-lane", "perf"]],
        "test/login",
    )
    _browse(case, "a claim of nobody", host, "/", bearer({"tenant": "other"}), "test")
    _browse(case, "a claim that is a list", host, "/", bearer({"tenant": ["acme"]}), "test")
    _browse(
        case,
        "one of several audiences",
        host,
        "/",
        bearer({"tenant": "acme", "aud": ["x", tokens.AUDIENCE]}),
        "test/login",
    )
    for what, claims, forged in (
        ("a forged signature", {}, True),
        ("another audience", {"aud": "other"}, False),
        ("another issuer", {"iss": "https://evil.example.com"}, False),
        ("an expired token", {"exp": 1000000000}, False),
    ):
        _refused(case, what, host, bearer({"tenant": "acme"} | claims, forged))
    _refused(case, "no token at all", host, [["authorization", "Bearer x"]])


def checks(case: Case) -> None:
    """A kubelet's health checks come without an identity: to the agent, which asks the application at the Pod's address.
    They meet no policy, and an application bound to localhost does not hear them. Past the agent nobody is answered."""
    case.network.add("node", [NODE], redirect=False)
    node = Client(case.network, "node")
    for name, status in (("web", 200), ("web-login", 200), ("api", 200), ("tally", 500)):
        pod = case.pods["shop-test", name]
        address = case.cluster.pods["shop-test", name]["status"]["podIP"]
        probers = json.dumps(
            {
                f"/app-health/main/{kind}": {"httpGet": {"path": "/healthz", "port": 8080}}
                for kind in ("livez", "readyz")
            }
        )
        case.serve(
            case.network.inside(
                pod.space,
                "setpriv",
                f"--reuid={network.PROXY_USER}",
                f"--regid={network.PROXY_USER}",
                "--clear-groups",
                str(tools.agent()),
                address,
                probers,
            )
        )
        end = time.monotonic() + 10
        while (
            "error" in node.ask(address=address, port=AGENT, host=address)
            and time.monotonic() < end
        ):
            time.sleep(0.05)  # it says that it is ready before it listens
        for kind in ("livez", "readyz"):
            case.judge.record.requests += 1
            answer = node.ask(
                address=address, port=AGENT, host=address, path=f"/app-health/main/{kind}"
            )
            if answer.get("status") != status:
                case.judge.wrong(f"the check {kind} of {name}: {answer}, expected {status}")
        case.judge.record.requests += 1
        if "error" not in (
            answer := node.ask(address=address, port=8080, host=address, path="/healthz")
        ):
            case.judge.wrong(f"a check of {name} past the agent: {answer}")
    node.close()


def _browse(
    case: Case, what: str, host: str, path: str, headers: HEADERS, lane: str, http2: bool = False
) -> None:
    answer = case.gateway.ask(
        address=case.cluster.gateway["status"]["podIP"],
        port=80,
        host=host,
        path=path,
        headers=headers,
        http2=http2,
    )
    _hear(
        case,
        f"{what}: {host}{path} {headers}",
        answer,
        "web",
        [Outcome(case.input.target(lane, "web"), lane, lane)],
        None,
    )


def _hear(
    case: Case,
    what: str,
    answer: dict[str, Any],
    name: str,
    outcomes: list[Outcome],
    caller: Instance | None,
) -> None:
    case.judge.hear(what, answer, name, case.input.ports(name)[0], outcomes, caller)


def _refused(case: Case, what: str, host: str, headers: HEADERS) -> None:
    answer = case.gateway.ask(
        address=case.cluster.gateway["status"]["podIP"], port=80, host=host, headers=headers
    )
    case.judge.record.requests += 1
    if answer.get("status") not in (401, 403):  # an audience that is not meant: 403
        case.judge.wrong(f"{what}: {answer}, expected 401 or 403")


@contextmanager
def keys() -> Iterator[str]:
    """The address of the issuer's key set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(tokens.jwks().encode())

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()


def ask(case: Case) -> None:
    jobs(case)
    browsers(case)
    bearers(case)
    checks(case)


def main() -> int:
    with keys() as address:
        return play(
            __doc__,
            lambda version: [Scene("odd traffic", lambda root: repository(root, address), ask)],
        )


if __name__ == "__main__":
    sys.exit(main())
