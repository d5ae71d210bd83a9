"""`python -m tests.edge.propagators 1.40.0`: the colour survives three hops through the real baggage
propagators of OpenTelemetry for Python, JavaScript, Go and Java, each pinned below `forward/`.

Each hop is an application's library, and behind it its sidecar: a real Envoy with the filters as
they are emitted, whose routes tell lanes apart. What clients bring goes through the edge's table
first. The application in the middle is another branch's, whose sidecar gives that branch's colour
where there is none.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import Files, compiled
from tests.edge.cost import filtered, free_port, managed, started
from tests.envoy import programs, table
from tests.fetch import insist
from tests.mesh import tools

HERE = Path(__file__).parent / "forward"
LANE = "test/login"
PLATFORM = (
    "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
    "mesh: {propagation: baggage}\n"
)
FILES: Files = {
    "environments/platform.yaml": PLATFORM,
    "environments/test/branches/other.yaml": "runs: {api: {tag: o1}}\n",
}
CLIENT = {"host": "test.example.com", "x-tenant": "acme"}
# What clients may bring, each of it a reason for some library to drop all that there is.
ODD = (
    "", "a=b", "a=b;p=1;q", "a = b", "key=" + "v" * 4000, "key=" + "v" * 5000, "a=%zz", "a=%",
    "a=b%20c", "é=1", "a=é", "=", "a", ",,", "a=b,,c=d", "a=;b", "a=b;;", "a=b=c",
    ",".join(f"k{index}=v" for index in range(300)),
    ",".join(f"k{index}={'v' * 200}" for index in range(60)),
    "x-lane=perf", "x%2Dlane=perf", "x-lane =perf", "%20x-lane=perf", "+x-lane=perf",
    "%78%2d%6C%61%6e%65=perf", "x-lane%20=perf", "x-lane=perf;p=1", "x-lane=", "x-lane", "X-Lane=perf",
    "a=x-lane=perf", "a=1%2Cx-lane%3Dperf",
)  # fmt: skip


class Library:
    """A process that forwards baggage."""

    def __init__(self, name: str, command: list[str], plain: bool, more: dict[str, str]) -> None:
        self.name, self.plain = name, plain
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Java tells of each member that it skips
            text=True,
            encoding="latin-1" if plain else "utf-8",
            env=os.environ | more,
        )

    def forward(self, sent: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write((sent if self.plain else json.dumps(sent)) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline().rstrip("\n")
        assert self.process.poll() is None or said, f"{self.name} ended"
        return said if self.plain else str(json.loads(said))


@contextmanager
def libraries() -> Iterator[list[Library]]:
    """All four, in the releases that `forward/` says."""
    started = [_python(), _node(), _go(), _java()]
    with ExitStack() as ends:
        for library in started:
            ends.callback(library.process.wait)
            ends.callback(library.process.kill)
        yield started


def _fetched(name: str, command: list[str], source: Path) -> Path:
    """A folder that a package manager has filled, once for each content of the source: what it
    fetches is pinned there."""
    files = [path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()]
    content = hashlib.sha256(b"\0".join(files)).hexdigest()[:16]
    folder = tools.CACHE / "forward" / name / content
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = folder.with_name(f"{content}.{os.getpid()}")
        shutil.copytree(source, unfinished)
        insist(command, cwd=unfinished, capture_output=True)
        unfinished.rename(folder)
    return folder


def _python() -> Library:
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", ".", "-r", "requirements.txt"]
    folder = _fetched("python", pip, HERE / "python")
    return Library(
        "Python", [sys.executable, str(folder / "forward.py")], False, {"PYTHONPATH": str(folder)}
    )


def _node() -> Library:
    folder = _fetched("node", ["npm", "ci", "--no-audit", "--no-fund"], HERE / "node")
    node = folder / "node_modules/.bin/node"  # as locked: the machine's may be too old
    return Library("JavaScript", [str(node), str(folder / "forward.js")], False, {})


def _go() -> Library:
    return Library("Go", [str(tools.program(HERE / "go"))], False, {})


def _java() -> Library:
    copy = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"]
    folder = _fetched("java", copy, HERE / "java")
    command = ["java", "-cp", f"{folder}/jars/*", str(folder / "Forward.java")]
    return Library("Java", command, True, {})


def members(baggage: str) -> list[str]:
    return [part.partition("=")[0].strip() for part in baggage.split(",") if part]


class Proxy:
    """A listener of an Envoy with a chain of filters. It answers by itself, with what a request
    holds behind them, and 404 to any other lane."""

    def __init__(self, chain: list[str]) -> None:
        self.port = free_port()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        filters = [
            filtered(f"lua-{index}", "lua.v3.Lua", {"default_source_code": {"inline_string": code}})
            for index, code in enumerate(chain)
        ]
        self.content = managed(filters, {"route_config": {"virtual_hosts": [_lanes()]}}, self.port)

    def pass_on(self, headers: dict[str, str]) -> tuple[int, str]:
        """(status, baggage behind the filters)."""
        self.connection.request("GET", "/", headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("x-baggage", "")


def _lanes() -> dict[str, Any]:
    told = {"header": {"key": "x-baggage", "value": "%REQ(baggage)%"}}
    colour = {"name": "x-lane", "string_match": {"exact": LANE}}
    routes = [
        {
            "match": {"prefix": "/", "headers": [colour]},
            "direct_response": {"status": 200},
            "response_headers_to_add": [told],
        },
        {"match": {"prefix": "/"}, "direct_response": {"status": 404}},
    ]
    return {"name": "all", "domains": ["*"], "routes": routes}


class Hops:
    """The edge, the sidecar of any pod, and that of another branch's pod, on one Envoy."""

    def __init__(self) -> None:
        done = compiled(FILES)
        everybody = programs(done, "overlays/test/", "gen.baggage")
        branch = [*everybody, *programs(done, "overlays/test/", "origin-other")]
        self.edge, self.sidecar, self.branch = map(Proxy, (table(done), everybody, branch))

    @contextmanager
    def running(self, version: str) -> Iterator[Hops]:
        every = [self.edge, self.sidecar, self.branch]
        listeners = [
            listener for each in every for listener in each.content["static_resources"]["listeners"]
        ]
        content = {"static_resources": {"listeners": listeners}}
        with started(content, self.branch.port, version):
            yield self

    def follow(self, sent: str, way: tuple[Library, ...]) -> str | None:
        """What went wrong with a client's request on its way through applications."""
        status, baggage = self.edge.pass_on(CLIENT | {"baggage": sent})
        if status != 200:
            return f"the edge gives another colour: {status}"
        for library, proxy in zip(way, (self.sidecar, self.branch, self.sidecar), strict=True):
            said = library.forward(baggage)
            if "x-lane" not in members(said):
                return f"{library.name} lost the colour of {baggage[:200]!r}: {said[:200]!r}"
            status, baggage = proxy.pass_on({"host": "api", "baggage": said})
            if status != 200:
                return f"behind {library.name} another lane ({status}): {said[:200]!r}"
        return None


def drawn(dice: random.Random) -> str:
    return ",".join(dice.choice(ODD) for _ in range(dice.randint(1, 5)))


def lost(hops: Hops, there: list[Library], count: int) -> Iterator[str]:
    """Every odd baggage on every way, and so many drawn ones."""
    dice, ways = random.Random(1), [*itertools.product(there, repeat=3)]
    sending = [(sent, way) for sent in ODD for way in ways]
    sending += [(drawn(dice), dice.choice(ways)) for _ in range(count)]
    for sent, way in sending:
        if told := hops.follow(sent, way):
            yield f"{sent[:100]!r}: {told}"
    print(f"{len(sending)} requests through three hops and their sidecars", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.edge.propagators")
    parser.add_argument("versions", nargs="*", default=[tools.NEWEST])
    parser.add_argument("--count", type=int, default=1000, help="of drawn baggage")
    options = parser.parse_args()
    wrong = 0
    with libraries() as there:
        for version in options.versions:
            with Hops().running(version) as hops:
                told = [*lost(hops, there, options.count)]
            print(f"Envoy {version}: {len(told)} lost their colour")
            for line in told[:20]:
                print(f"  {line}")
            wrong += len(told)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
