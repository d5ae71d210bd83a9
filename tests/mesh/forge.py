"""`python -m tests.mesh.forge --count 10000`: colours forged outside, in random spellings; none may reach a branch (M5)."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.conftest import write
from tests.mesh import network, tools
from tests.mesh.case import Case

HOST = "test.example.com"
BLANKS = ("", " ", "  ", "\t", " \t ")
LANES = ("test/login", "mixed", "perf")


def repository(root: Path, propagation: str) -> None:
    """Web and api in test; the branch and the other environment run both, so that any believed colour shows."""
    write(
        root,
        {
            "environments/platform.yaml": f"name: shop\nmesh: {{mtls: disabled, propagation: {propagation}}}\ningress: {{namespace: istio-ingress, serviceAccount: istio-ingress, selector: {{istio: ingress}}, port: 80}}\nargocd: {{repository: https://git.example.com/shop.git}}\n",
            "environments/test/branches/login.yaml": "runs:\n  web: {tag: b1}\n  api: {tag: b1}\n",
            "environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns:\n  web: {tag: p1}\n  api: {tag: p1}\n",
        },
    )


def spelled(dice: random.Random) -> bytes:
    """A request with a colour in some spelling that some reader might take for one."""
    name = dice.choice(
        (
            "x-lane",
            "x-lane",
            "x-lane",
            "X-Lane",
            "x_lane",
            "x-lane ",
            " x-lane",
            "x-lane\0",
            "baggage",
            "connection",
            "x-envoy-original-path",
            "x-envoy-decorator-operation",
            "x-forwarded-for",
        )
    )
    name = "".join(dice.choice((letter, letter.upper())) for letter in name)
    lane = dice.choice(LANES)
    value = {
        "baggage": f"{dice.choice(('', 'a=b,', 'a=b , '))}{dice.choice(('x-lane', 'X-Lane', 'x-lane '))}={lane}{dice.choice(('', ';p=1', ',x-lane=perf'))}",
        "connection": "x-lane, close",
    }.get(name.lower(), lane)
    value = dice.choice(
        (
            value,
            value,
            f"{value},{dice.choice(LANES)}",
            f'"{value}"',
            value.upper(),
            f"{value}\t",
            f"test, {value}",
            f"{value}\r\n {dice.choice(LANES)}",
        )
    )
    lines = [
        f"{name}:{dice.choice(BLANKS)}{value}{dice.choice(BLANKS)}"
        for _ in range(dice.choice((1, 1, 1, 2, 3, 20)))
    ]
    if dice.random() < 0.3:
        lines.append(f"x-lane: {dice.choice(('', 'nobody', *LANES))}")
    if dice.random() < 0.2:
        lines.append(f"connection: {dice.choice(('x-lane', 'close, x-lane', 'keep-alive'))}")
    if dice.random() < 0.1:
        lines += ["te: trailers", "trailer: x-lane"]
    lines += [f"{dice.choice(('Host', 'host', 'HOST'))}: {HOST}", "connection: close"]
    dice.shuffle(lines)
    path = dice.choice(("/", "/x", f"/?x-lane={lane}", "/;x-lane=test%2Flogin", f"http://{HOST}/"))
    if dice.random() < 0.1:  # a body in chunks, with a colour behind it
        lines.append("transfer-encoding: chunked")
        return (
            "\r\n".join(
                [f"POST {path} HTTP/1.1", *lines, "", "1", "a", "0", f"x-lane: {lane}", "", ""]
            )
        ).encode("latin1")
    return ("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""])).encode("latin1")


def ask(case: Case, dice: random.Random, count: int) -> tuple[int, list[str]]:
    """(requests that were answered at all, those that went astray)."""
    answered, wrong = 0, []
    gateway = case.cluster.gateway["status"]["podIP"]
    own = case.input.pod("web", "test")
    for number in range(count):
        request: dict[str, Any]
        if number % 5:
            request = {"raw": spelled(dice).decode("latin1")}
        else:  # HTTP/2, where a client writes names in lower case
            headers = [
                [
                    dice.choice(("x-lane", "baggage")),
                    dice.choice((lane, f"x-lane={lane}", f"{lane},{lane}")),
                ]
                for lane in dice.choices(LANES, k=dice.randint(1, 4))
            ]
            request = {"host": HOST, "path": "/", "headers": headers, "http2": True}
        answer = case.gateway.ask(address=gateway, port=80, **request)
        if answer.get("status") == 200:
            answered += 1
            body = answer["body"]
            said = json.loads(body[body.index("{") : body.rindex("}") + 1])
            if case.judge.pods[said["address"]] != own or said["colour"] != "test":
                wrong.append(f"{request}: {said}")
        elif answer.get("status") not in (400, 403, 404, 501) and "error" not in answer:
            wrong.append(f"{request}: {answer}")
    return answered, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS)
    options = parser.parse_args()
    versions = options.envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    failed = 0
    for index, version in enumerate(versions):
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            repository(Path(folder), "baggage" if index % 2 else "header")
            case = Case(Path(folder), version, index)
            try:
                count = options.count // len(versions)
                answered, wrong = ask(case, random.Random(index), count)
            finally:
                case.close()
        print(
            f"Envoy {version}: {count} forged colours, {answered} requests answered, {len(wrong)} went astray",
            flush=True,
        )
        for line in wrong[:5]:
            print(f"  {line}")
        failed += len(wrong) + (answered < count // 4)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
