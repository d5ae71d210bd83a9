"""`python -m tests.mesh.learned`: `gen learn` reads what real Envoys log as users have it written: Istio's text, Istio's JSON, a
format of MeshConfig's, and the provider of docs/see-it.md beside Envoy's own format. Who called whom is held against the
requests that were sent, and lost colours against what the applications were told to do."""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from generator.adoption.telemetry.evidence import Call, Evidence, Who
from generator.adoption.telemetry.reader import Telemetry
from generator.compiler.check.dials import names_of
from generator.compiler.compile import compile_sources, valid
from generator.io.evidence import feed
from generator.io.tree import read_sources
from generator.plan.journey import given
from tests.conftest import TOP, Files, service, write
from tests.mesh.case import MESH, Case, gen
from tests.mesh.scene import Scene, play

REQUESTS = 300
RECALL, POINTS = 0.98, 0.02
CALLS = {
    "web": ["cart", "cart-api", "search", "prices"],
    "cart": ["prices", "stock"],
    "cart-api": ["cart", "stock"],
    "search": ["prices", "stock"],
    "prices": ["stock"],
    "stock": [],
}
TCP = ("prices", "db")  # who writes to whom without a request
LOSES = {"cart": 0.3, "cart-api": 1.0, "search": 0.1}  # the colour, in this share of calls
FORGETS = {"search": 1.0, "cart": 0.2}  # the request's id, so that nothing can be joined
LANES = {"acme": "test/login", "beta": "mixed", "": "test"}
TEST = "shop-test"
PLATFORM = 'name: shop\nmesh: {istio: "1.31"}\ningress: {namespace: istio-ingress, serviceAccount: istio-ingress, selector: {istio: ingress}, port: 80}\nargocd: {repository: https://git.example.com/shop.git}\n'
ENVOY = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% '
    '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" '
    '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n'
)
ASKED = {
    key: f"%{value}%"
    for key, value in (
        ("cluster", "UPSTREAM_CLUSTER"),
        ("x-request-id", "REQ(X-REQUEST-ID)"),
        ("x-lane", "REQ(X-LANE)"),
        ("code", "RESPONSE_CODE"),
    )
}
QUIET = {key: value for key, value in MESH.items() if not key.startswith("accessLog")}


class Text(Case):
    mesh = QUIET | {"accessLogFile": "/dev/stdout"}


class Json(Case):
    mesh = QUIET | {"accessLogFile": "/dev/stdout", "accessLogEncoding": "JSON"}


class Format(Case):
    mesh = Json.mesh | {"accessLogFormat": json.dumps(ASKED)}


class Provider(Case):
    """That of the docs, which gen's own Telemetry names, and one that writes what Envoys do unasked."""

    mesh = QUIET | {
        "extensionProviders": [
            one
            for block in re.findall(
                r"```yaml\n(.*?)```", (TOP / "docs/see-it.md").read_text(), re.DOTALL
            )
            if "envoyFileAccessLog" in block
            for one in yaml.safe_load(block)["extensionProviders"]
            if one["name"] == "lanes"
        ]
        + [
            {
                "name": "own",
                "envoyFileAccessLog": {"path": "/dev/stdout", "logFormat": {"text": ENVOY}},
            }
        ]
    }


def repository(root: Path, said: str = "") -> None:
    """A branch has cart and prices, perf its own stock, and mixed leads through both."""
    files: Files = {
        "environments/platform.yaml": PLATFORM + said,
        "environments/services/api.yaml": None,
        "environments/tenants/beta.yaml": "match: [{header: {x-tenant: beta}}]\nlane: mixed\n",
        "environments/test/branches/login.yaml": "runs:\n  cart: {tag: b1}\n  prices: {tag: b1}\n",
        "environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns:\n  stock: {tag: p1}\n",
        "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n"
        + "".join(f"  {name}: {{tag: v1}}\n" for name in [*CALLS, "db"]),
    }
    for name, callees in CALLS.items():
        called = [*callees, *(callee for caller, callee in [TCP] if caller == name)]
        entry = "entry: [{prefix: /}]\n" if name == "web" else ""
        forwards = f"forwardsColour: {str(LOSES.get(name) != 1).lower()}\n"
        files |= service(name, f"calls: [{', '.join(called)}]\n{entry}{forwards}")
    write(root, files | service("db", protocol="tcp"))


@dataclass(frozen=True)
class Hop:
    """A call as it is to be made: whether with the colour, and with the id, of the request that it is made for."""

    caller: str
    callee: str
    colour: bool
    request: bool

    def words(self, case: Case) -> str:
        address = case.cluster.addresses[TEST, self.callee]
        return f"{address},8080,{self.callee}:8080,{self.colour + 2 * self.request}"


@dataclass
class Truth:
    """What was done. `joined`: calls for which it can be told whether the colour was lost, and `lost` those that lost it."""

    calls: Counter[Call] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    came: dict[tuple[str, str], set[str | None]] = field(default_factory=lambda: defaultdict(set))
    made: list[tuple[str, str, bool]] = field(default_factory=list)  # of one request

    def settle(self) -> None:
        """The end of a request. Where it came to a service with several colours, its id tells nothing."""
        for group, caller, lost in self.made:
            colours = self.came[group, caller]
            if len(colours) == 1 and None not in colours:
                self.joined[caller] += 1
                self.lost[caller] += lost
        self.came.clear()
        self.made.clear()


def walk(chance: random.Random) -> Iterator[Hop]:
    """A chain of calls from the entry on."""
    caller = "web"
    while CALLS[caller] and (caller == "web" or chance.random() < 0.75):
        callee = chance.choice(CALLS[caller])
        kept, known = (
            chance.random() >= LOSES.get(caller, 0),
            chance.random() >= FORGETS.get(caller, 0),
        )
        yield Hop(caller, callee, kept, known)
        caller = callee


def traffic(case: Case) -> Truth:
    """Random requests in three lanes, each with one to three chains of calls."""
    chance, truth = random.Random(1), Truth()
    for _ in range(REQUESTS):
        chains = [list(walk(chance)) for _ in range(chance.randint(1, 3))]
        tenant = chance.choice(sorted(LANES))
        vias = [quote(";".join(hop.words(case) for hop in chain), safe="") for chain in chains]
        answer = case.gateway.ask(
            address=case.cluster.gateway["status"]["podIP"],
            port=80,
            host="test.example.com",
            path="/{odd}?" + "&".join(f"via={via}" for via in vias),
            headers=[["user-agent", 'a" "b {'], *([["x-tenant", tenant]] if tenant else [])],
        )
        case.judge.record.requests += 1
        if answer.get("status") != 200:
            case.judge.wrong(f"{tenant}: {answer}")
            continue
        said = json.loads(answer["body"])
        answers = said["next"] if isinstance(said["next"], list) else [said["next"]]
        truth.came["0", "web"].add(said["colour"])
        for number, (chain, following) in enumerate(zip(chains, answers, strict=True)):
            _follow(case, truth, [said, *_all(following)], chain, f"{number}.")
        truth.settle()
    for _ in range(5):
        address = case.cluster.addresses[TEST, TCP[1]]
        answer = case.pods[TEST, TCP[0]].ask(address=address, port=8080, tcp=True)
        truth.calls[TCP] += answer.get("status") == 200
    return truth


def _all(said: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    while said is not None:
        yield said
        said = said.get("next")


def _follow(
    case: Case, truth: Truth, said: list[dict[str, Any]], chain: list[Hop], name: str
) -> None:
    """A chain of calls, by what each application says that it got. `group`: calls that have one id."""
    group = "0"
    for index, (hop, before, after) in enumerate(zip(chain, said, said[1:], strict=False)):
        if "error" in after:
            case.judge.wrong(f"{hop}: {after}")
            return
        truth.calls[hop.caller, hop.callee] += 1
        _, pod = case.judge.pods[before["address"]]
        own = f"test/{pod.removeprefix(hop.caller)[1:]}"  # what a branch's pods are given
        if hop.request and before["colour"] != own:
            truth.made.append((group, hop.caller, not hop.colour))
        group = group if hop.request else f"{name}{index}"
        truth.came[group, hop.callee].add(after["colour"])


def ask(case: Case, coloured: bool, told: bool) -> None:
    """`coloured`: whether the colour stands in the log; `told`: whether lines stand there that nobody can read."""
    truth = traffic(case)
    for pod in case.pods.values():  # an Envoy that ends writes what it holds
        pod.process.terminate()
        pod.process.wait()
    with tempfile.TemporaryDirectory(prefix="gen-logs-") as folder:
        sources = list(_files(case, Path(folder), prefixed=not coloured))
        _held(case, truth, _read(case, sources), coloured, told)
        _command(case, sources)


def _files(case: Case, folder: Path, *, prefixed: bool) -> Iterator[str]:
    """A file for each pod, or all in one as `kubectl logs --prefix` writes it."""
    whole = folder / "all.log"
    for (namespace, name), pod in case.pods.items():
        lines = pod.log.read_text().splitlines(keepends=True)
        if prefixed:
            with whole.open("a") as file:
                file.writelines(f"[pod/{pod.name}/istio-proxy] {line}" for line in lines)
            continue
        path = folder / (namespace or "gate") / f"{name}-5d4f7c9b8-x2x4z.log"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(lines))
        yield str(path)
    if prefixed:
        yield str(whole)


def _read(case: Case, sources: list[str]) -> Evidence:
    plan = valid(compile_sources(read_sources(case.repository))).plan
    telemetry = Telemetry(Who(names_of(plan)), case.input.header, given(plan.runs))
    for source in sources:
        feed(telemetry, source)
    return telemetry.close()


def _held(case: Case, truth: Truth, seen: Evidence, coloured: bool, told: bool) -> None:
    wrong = case.judge.wrong
    invented, found = set(seen.calls) - set(truth.calls), set(seen.calls) & set(truth.calls)
    recall = sum((seen.calls & truth.calls).values()) / truth.calls.total()
    if invented or seen.calls != seen.calls & truth.calls:
        wrong(f"calls that nobody made: {invented or seen.calls - truth.calls}")
    if len(found) < RECALL * len(truth.calls) or recall < RECALL:
        wrong(f"calls not seen: {truth.calls - seen.calls}")
    if told != any("own format" in key for key in seen.unread):
        wrong(f"not read: {seen.unread}")
    shares, worst = seen.shares(), 0.0
    if not coloured and shares:
        wrong(f"losses where no colour stands: {shares}")
    for name, joined in truth.joined.items() if coloured else ():
        share = shares.get(name)
        off = 1.0 if share is None else abs(share.rate - truth.lost[name] / joined)
        worst = max(worst, off)
        if off > POINTS:
            wrong(f"{name} lost {truth.lost[name]} of {joined}, learned {share}")
    if coloured and not (set(shares) == set(truth.joined) and seen.alone["search"]):
        wrong(f"joined: {sorted(shares)} in the place of {sorted(truth.joined)}; {seen.alone}")
    loss = f", loss within {worst * 100:.1f} points" if coloured else ""
    print(
        f"  {truth.calls.total()} calls, {len(truth.calls)} edges, {len(invented)} invented, recall {recall:.3f}{loss}"
    )


def _command(case: Case, sources: list[str]) -> None:
    """Of a catalogue that says nothing, `gen learn` makes the one that is there."""
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        root, wanted, got = Path(folder) / "shop", {}, {}
        shutil.copytree(case.repository, root, ignore=shutil.ignore_patterns("build"))
        for path in sorted(root.glob("environments/services/*.yaml")):
            wanted[path.stem] = set(yaml.safe_load(path.read_text()).get("calls") or ())
            path.write_text(re.sub(r"calls: .*\n", "", path.read_text()))
        done = gen(root, "learn", *sources)
        for path in sorted(root.glob("environments/services/*.yaml")):
            got[path.stem] = set(yaml.safe_load(path.read_text()).get("calls") or ())
        if done.returncode or got != wanted:
            case.judge.wrong(f"gen learn: {done.returncode}, {done.stderr}, {got}")


def scenes(_: str) -> Iterable[Scene]:
    def scene(words: str, made: type[Case], coloured: bool, said: str = "") -> Scene:
        def asked(case: Case) -> None:
            ask(case, coloured, told=bool(said))

        return Scene(words, lambda root: repository(root, said), asked, made)

    yield scene("Istio's text", Text, coloured=False)
    yield scene("Istio's JSON", Json, coloured=False)
    yield scene("a format of MeshConfig's", Format, coloured=True)
    said = "telemetry: {accessLog: [lanes, own]}\n"
    yield scene("the provider of the docs, and Envoy's own", Provider, coloured=True, said=said)


if __name__ == "__main__":
    sys.exit(play(__doc__, scenes))
