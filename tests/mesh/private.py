"""`python -m tests.mesh.private`: private names at Pod addresses, in each of the four ways, on each Envoy, with identities.

The calls are made as the reference shim makes them, to applications bound to the Pod's address and to localhost.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from docs.examples import shim
from tests.conftest import Files, base, write
from tests.mesh.case import Case
from tests.mesh.scene import Scene, play

WAYS = ("authority", "calleeHeader", "vhostHeader", "port")
VIRTUAL_HOST_BY_HEADER = "1.37"  # the first Envoy that can
CALLED = {"stock": 9000, "price": 9001}


def rpc(name: str, port: int, more: str) -> Files:
    text = f"image: registry.example.com/{name}\nports: [{{name: rpc, port: {port}, protocol: rpc, carrier: {'grpc' if port % 2 else 'http2'}}}]\nnames: [trpc.shop.{name}]\n{more}"
    return {f"environments/services/{name}.yaml": text} | base(name)


def repository(root: Path, by: str) -> None:
    """Web → stock → price, and web → price. stock has a branch, perf its own price; strict goes nowhere but to the branch."""
    write(
        root,
        {
            "environments/platform.yaml": f'name: shop\nmesh: {{istio: "1.31", privateNames: {{by: {by}}}}}\ningress: {{namespace: istio-ingress, serviceAccount: istio-ingress, selector: {{istio: ingress}}, port: 80}}\nargocd: {{repository: https://git.example.com/shop.git}}\n',
            "environments/services/web.yaml": "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\ncalls: [stock, price]\nentry: [{prefix: /}]\n",
            "environments/services/api.yaml": None,
            "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  stock: {tag: v1}\n  price: {tag: v1}\n",
            "environments/test/branches/login.yaml": "runs:\n  stock: {tag: b1}\n",
            "environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns:\n  price: {tag: p1}\n",
        }
        | rpc("stock", 9000, "calls: [price]\nlistens: podIP\n")
        | rpc("price", 9001, "listens: localhost\n"),
    )


def ask(case: Case, by: str, works: bool) -> None:
    for caller in (("web", "test"), ("stock", "test"), ("stock", "test/login")):
        pod = case.pods[case.input.pod(*caller)]
        for service in case.input.calls(caller[0]):
            port = case.input.ports(service)[0]
            for address in addresses(case, service):
                for colour in (None, "nobody", *case.input.lanes()):
                    for http2 in (True, False):
                        with shim.serving({"X-Lane": colour} if colour else {}):
                            host, headers = shim.calling(
                                f"trpc.shop.{service}", address, port["port"], by
                            )
                        request = {
                            "address": address,
                            "port": port["port"],
                            "host": host,
                            "headers": [list(pair) for pair in headers.items()],
                            "http2": http2,
                        }
                        answer = pod.ask(**request)
                        if works:
                            outcomes = case.input.outcomes(
                                service,
                                caller[1].split("/")[0],
                                [colour] if colour else [],
                                caller[1],
                            )
                            case.judge.hear(
                                f"{caller} → {service} by {by} as {request}",
                                answer,
                                service,
                                port,
                                outcomes,
                                caller,
                            )
                        else:
                            _status(
                                case,
                                f"{caller} → {service} by {by}, which this Envoy cannot, as {request}",
                                answer,
                                502,
                            )
        _odd(case, by, works, caller, pod)


def addresses(case: Case, service: str) -> list[str]:
    """What the private name service hands out: the Pods of the service in every unit."""
    return [
        case.cluster.pods[case.input.pod(service, unit)]["status"]["podIP"]
        for unit, runs in sorted(case.input.running.items())
        if service in runs
    ]


def _odd(case: Case, by: str, works: bool, caller: tuple[str, str], pod: Any) -> None:
    """A name of nobody, an address alone, a Kubernetes name, and the own Pod."""
    service = case.input.calls(caller[0])[0]
    port, address, environment = (
        CALLED[service],
        addresses(case, service)[0],
        caller[1].split("/")[0],
    )
    if by != "port":
        host, headers = shim.calling("trpc.shop.nobody", address, port, by)
        _status(
            case,
            f"{caller} → a name of nobody by {by}",
            pod.ask(
                address=address,
                port=port,
                host=host,
                headers=[list(pair) for pair in headers.items()],
            ),
            502,
        )
        _status(
            case,
            f"{caller} → an address alone by {by}",
            pod.ask(address=address, port=port, host=f"{address}:{port}"),
            502,
        )
    if works:
        namespace = case.input.namespace(environment)
        answer = pod.ask(
            address=case.cluster.addresses[namespace, service],
            port=port,
            host=f"{service}.{namespace}",
        )
        case.judge.hear(
            f"{caller} → {service} by its Kubernetes name",
            answer,
            service,
            case.input.ports(service)[0],
            case.input.outcomes(service, environment, [], caller[1]),
            caller,
        )
    if (
        caller[0] == "stock"
    ):  # bound to the Pod's address: a call to it stays in the Pod, whatever its colour
        own = case.cluster.pods[case.input.pod(*caller)]["status"]["podIP"]
        said = pod.ask(
            address=own, port=9000, host=f"{own}:9000", headers=[["x-lane", "test/login"]]
        )
        case.judge.record.requests += 1
        if said.get("status") != 200 or json.loads(said["body"])["address"] != own:
            case.judge.wrong(f"{caller} → its own Pod: {said}")


def _status(case: Case, question: str, answer: dict[str, Any], status: int) -> None:
    case.judge.record.requests += 1
    if answer.get("status") != status:
        case.judge.wrong(f"{question}: {json.dumps(answer)}, expected {status}")


def scene(by: str, version: str) -> Scene:
    works = by != "vhostHeader" or version >= VIRTUAL_HOST_BY_HEADER
    return Scene(
        f"private names by {by}",
        lambda root: repository(root, by),
        lambda case: ask(case, by, works),
    )


def main() -> int:
    return play(__doc__, lambda version: [scene(by, version) for by in WAYS])


if __name__ == "__main__":
    sys.exit(main())
