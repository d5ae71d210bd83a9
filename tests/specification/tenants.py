"""M4, M5, M6 and M8: whose a request is, what a tenant's coming changes, and that order changes nothing. Here whole
configurations are compiled, and the edge's table runs on LuaJIT."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any, NamedTuple

from generator.compiler.compile import Compiled, compile_sources
from generator.views.explain import Request, explain_request
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.conftest import base, service
from tests.envoy import Filters, table
from tests.mesh.oracle import Input
from tests.specification import shapes
from tests.specification.model import Lane, Model
from tests.specification.rules import Wrong
from tests.specification.written import PLATFORM, repository

Rule = tuple[str, str, str]  # (kind, name, value)
Files = dict[str, Any]
KINDS = ("claim", "header", "cookie", "host")
OWN = "t.example.org"
TOKENS = {"issuer": "https://id.example.com", "jwksUri": "https://id.example.com/keys"}
POOL: tuple[Rule, ...] = (
    ("claim", "tenant", "a"),
    ("claim", "tenant", "b"),
    ("header", "x-tenant", "a"),
    ("cookie", "tenant", "a"),
    ("host", "", OWN),
)
LANES = {"t0": "test/login", "t1": "perf"}
HOSTS = {"test.example.com": "test", "perf.example.com": "perf"}
# What a tenant's coming may change: the edge's table, the tag that its Application reads at, and lists of files; and where
# it brings a host of its own, the hosts at the ingress of the environment where its lane begins.
EDGE = ("overlays/edge/", "argocd/applications/edge.yaml", ".gen/")
HOST = ("overlays/perf/mesh/hosts.yaml", "argocd/applications/perf/mesh.yaml")


def _files(trusts: bool, tenants: Mapping[str, tuple[Rule, ...]]) -> Files:
    files: Files = {
        "platform.yaml": PLATFORM | {"ingress": {"jwt": [TOKENS]}},
        "test/environment.yaml": {
            "hosts": ["test.example.com"],
            "runs": {"web": {"tag": "v1"}},
            "trustColour": trusts,
        },
        "test/branches/login.yaml": {"runs": {"web": {"tag": "b1"}}},
        "perf/environment.yaml": {"hosts": ["perf.example.com"], "runs": {"web": {"tag": "p1"}}},
    }
    for name, rules in tenants.items():
        match = [{kind: value if kind == "host" else {of: value}} for kind, of, value in rules]
        files[f"tenants/{name}.yaml"] = {"match": match, "lane": LANES[name]}
    return files


def _compiled(files: Files, order: int = 1) -> Compiled | Findings:
    """`order` -1: every file and every key the other way round."""
    written: dict[str, str | None] = {}
    for path, content in files.items():
        written[f"environments/{path}"] = json.dumps(_turned(content, order))
        top, _, name = path.partition("/")
        if top == "services":
            written |= base(name.removesuffix(".yaml"))
    if not any(path.startswith("services/") for path in files):
        written |= service("web", "entry: [{prefix: /}]\n")
    texts = {path: str(text).encode() for path, text in list(written.items())[::order]}
    return compile_sources(Sources(texts))


def _turned(content: Any, order: int) -> Any:
    if isinstance(content, dict):
        return {key: _turned(value, order) for key, value in list(content.items())[::order]}
    return content


def pairs() -> Iterator[dict[str, tuple[Rule, ...]]]:
    """Two tenants, each with one or two rules."""
    some = [*combinations(POOL, 1), *combinations(POOL, 2)]
    for first, second in product(some, repeat=2):
        yield {"t0": first, "t1": second}


class Brought(NamedTuple):
    """A request at the edge."""

    host: str
    rules: frozenset[Rule]
    colour: str | None

    @property
    def lines(self) -> list[tuple[str, str]]:
        lines = [(":authority", self.host), (":path", "/")]
        for kind, name, value in sorted(self.rules):
            if kind == "header":
                lines.append((name, value))
            elif kind == "cookie":
                lines.append(("cookie", f"{name}={value}"))
        return lines + ([("x-lane", self.colour)] if self.colour else [])

    @property
    def claims(self) -> dict[str, str]:
        return {name: value for kind, name, value in self.rules if kind == "claim"}

    @property
    def curl(self) -> str:
        words = [f"-H '{name}: {value}'" for name, value in self.lines[2:]]
        token = f" with a token of {self.claims}" if self.claims else ""
        return f"$ curl -sS {' '.join(words)} http://{self.host}/{token}"


def requests() -> Iterator[Brought]:
    claims = [[], [POOL[0]], [POOL[1]]]
    for host, claim, header, cookie, colour in product(
        (*HOSTS, OWN), claims, (True, False), (True, False), (None, "test/login", "nobody")
    ):
        rules = [*claim, *([POOL[2]] if header else []), *([POOL[3]] if cookie else [])]
        yield Brought(host, frozenset([*rules, *([POOL[4]] if host == OWN else [])]), colour)


def whose(asked: Brought, tenants: Mapping[str, tuple[Rule, ...]], trusts: bool) -> str | None:
    """The colour of a request: one that is sent, at a host that trusts it; else that of the tenant with the first rule
    that fits, by kind; else the host's. None: the host is nobody's (M5, M6)."""
    there = {
        *HOSTS,
        *(value for rules in tenants.values() for kind, _, value in rules if kind == "host"),
    }
    if asked.host not in there:
        return None
    if asked.colour and trusts and asked.host == "test.example.com":
        return asked.colour
    for kind in KINDS:
        for name, rules in tenants.items():
            if any(rule[0] == kind and rule in asked.rules for rule in rules):
                return LANES[name]
    return HOSTS.get(asked.host)


def who_has_a_request() -> int:
    """M5 and M6: equal rules are refused; all else is as `whose` says, by the edge's Lua and by `gen explain`."""
    asked = 0
    for trusts, tenants in product((False, True), pairs()):
        files = _files(trusts, tenants)
        done = _compiled(files)
        equal = bool({*tenants["t0"]} & {*tenants["t1"]})
        asked += 1
        if isinstance(done, Findings) != equal:
            why = done.found[0].message if isinstance(done, Findings) else "it is taken"
            raise Wrong([*_written(files), f"# equal rules: {equal}; {why}"])
        if isinstance(done, Findings):
            continue
        filters = Filters(table(done))
        for request in requests():
            expected = whose(request, tenants, trusts)
            if expected is None:
                continue
            asked += 1
            headers = dict(request.lines[2:])
            cookies = {"tenant": "a"} if POOL[3] in request.rules else {}
            told = explain_request(
                done.plan, Request(request.host, "/", headers, cookies, request.claims)
            )
            given = filters.ask(request.lines, request.claims or None).values("x-lane")
            if given != [expected] or told is None or told.lane != expected:
                words = f"# the edge gives {given}, `gen explain` says {told and told.lane}"
                raise Wrong([*_written(files), request.curl, f"{words}, expected {expected}"])
    return asked


def what_a_tenant_changes() -> int:
    """M4: beside the edge's table no byte, whichever tenant comes beside which."""
    asked = 0
    for tenants in pairs():
        if {*tenants["t0"]} & {*tenants["t1"]}:
            continue
        before, after = (
            _compiled(_files(trusts=False, tenants={name: tenants[name] for name in names}))
            for names in (["t0"], ["t0", "t1"])
        )
        assert isinstance(before, Compiled) and isinstance(after, Compiled)
        may_change = EDGE + (HOST if POOL[4] in tenants["t1"] else ())
        old, new = dict(before.files.items()), dict(after.files.items())
        for path in sorted(old.keys() | new.keys()):
            asked += 1
            if old.get(path) != new.get(path) and not path.startswith(may_change):
                lines = _written(_files(trusts=False, tenants=tenants))
                raise Wrong([*lines, f"# with t1 comes a change of {path}"])
    return asked


def some_models() -> Iterator[Model]:
    """Of each shape some configurations that are valid, with and without lanes of their own."""
    for shape in shapes.shapes():
        every = [
            Lane(through, {}, strict)
            for through in shapes.ways(shape.units, 2)
            for strict in (False, True)
        ]
        everything = {unit: frozenset(("s0", "s1", "s2")) for unit in shape.units}
        for index, services in enumerate(shapes.graphs()):
            plain = Model(shape.extends, everything, services)
            yield plain
            first, second = every[index % len(every)], every[-1 - index % len(every)]
            yield Model(shape.extends, everything, services, {"l0": first, "l1": second})
            few = {
                unit: frozenset(
                    list(names)[: (index + len(unit)) % 3 + 1] if "/" in unit else names
                )
                for unit, names in everything.items()
            }
            asleep = [
                unit
                for unit in shape.units
                if f"{unit}/".startswith(f"{shape.units[min(1, len(shape.units) - 1)]}/")
            ]
            yield Model(shape.extends, few, services, {"l0": first}, frozenset(asleep))


def order_changes_nothing() -> int:
    """M8: files and keys in the other order give the same bytes."""
    asked = 0
    for index, model in enumerate(some_models()):
        if index % 7 or not model.is_valid():
            continue
        files = repository(model)
        made = []
        for order in (1, -1):
            done = _compiled(files, order)
            if isinstance(done, Findings):
                raise Wrong([*_written(files), f"# it is refused: {done.found[0].message}"])
            made.append({path: bytes(content) for path, content in done.files.items()})
        asked += len(made[0])
        if made[0] != made[1]:
            different = min(
                path for path in made[0] | made[1] if made[0].get(path) != made[1].get(path)
            )
            raise Wrong([*_written(files), f"# in the other order {different} is another"])
    return asked


def the_model_is_the_oracle() -> int:
    """The model, and what `make mesh` judges real Envoys by, say the same."""
    asked = 0
    for model in some_models():
        oracle, lanes = Input(repository(model)), model.lanes
        edges = set(oracle.allowed()) if model.is_valid() else set()
        told = [
            (model.asleep or model.is_valid(), model.asleep or not oracle.unanswered()),
            (model.allowed() if model.is_valid() else set(), edges),
            *(
                (model.target(lane, one), oracle.target(name, one))
                for name, lane in lanes.items()
                for one in model.services
            ),
            *(
                (model.target(lanes[model.decides(colour, place, unit, one)], one), outcome.unit)
                for place in model.extends
                for unit in model.runs
                for one in model.services
                for colour in (None, "nobody", *lanes)
                for outcome in oracle.outcomes(one, place, [colour] if colour else [], unit)
            ),
        ]
        asked += len(told)
        wrong = [pair for pair in told if pair[0] != pair[1]]
        if wrong:
            raise Wrong(
                [
                    *_written(repository(model)),
                    f"# the model says {wrong[0][0]}, the oracle {wrong[0][1]}",
                ]
            )
    return asked


def _written(files: Files) -> list[str]:
    lines = []
    for path, content in sorted(files.items()):
        lines += [f"# environments/{path}", json.dumps(content)]
    return lines


RULES = (
    ("M5 M6 whose a request is", who_has_a_request),
    ("M4 what a tenant changes", what_a_tenant_changes),
    ("M8 order changes nothing", order_changes_nothing),
    ("the model is the oracle", the_model_is_the_oracle),
)
