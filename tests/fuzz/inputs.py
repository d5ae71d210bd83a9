"""Random inputs: bytes of one file that are damaged, and whole repositories whose values, keys and files are changed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import yaml

from tests.conftest import SMALL, TOP, base

Files = dict[str, bytes]
TOKENS = [
    b"",
    b"\x00",
    b"\xff",
    b"&a ",
    b"*a",
    b"!!x ",
    b"!<tag:yaml.org,2002:int> ",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"\n",
    b"- ",
    b"? ",
    b"|",
    b">+2\n",
    b"%YAML 1.1\n",
    b"\t",
    b"'",
    b'"',
    b"\\x",
    b"\r",
    b"\r\n",
    "\u202e".encode(),
    b"<<: ",
    b"---\n",
    b"...\n",
    b"#",
    b",",
    b"0x1F",
    b"1e400",
    b".nan",
    b"9" * 400,
    b"[" * 40,
    b"- " * 40,
    b"\xef\xbb\xbf",
    b"\xc2\x85",
    b"\xed\xa0\x80",
    b"~",
    b"`",
    b"@",
]
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    10**17,
    10**30,
    1.5,
    "",
    " ",
    "no",
    "a",
    "A",
    "a/b",
    "a/b/c",
    "../x",
    "x" * 300,
    "test",
    "test/login",
    "perf",
    "mixed",
    "web",
    "api",
    "é",
    "\n",
    "{{x}}",
    "##[error]x",
    "::error::x",
    "x-lane",
    "host",
    "2020-01-01",
    "2024-13-45",
    "GEN304",
    "sha256:" + "0" * 64,
    "https://example.com/x",
    "^(a+)+$",
    [],
    [[]],
    {},
    {"a": None},
    ["test"],
    {"through": ["test"]},
    {"web": {"tag": "v"}},
    [{"lane": "test", "weight": 0}],
    [{"op": "add", "path": "/metadata/annotations/argocd.argoproj.io~1hook", "value": "x"}],
    {"GEN304": "a reason of some length"},
    "- op: add\n  path: /a\n",
]
KEYS = [
    "tag",
    "digest",
    "lane",
    "extends",
    "runs",
    "calls",
    "patches",
    "patch",
    "path",
    "metadata",
    "annotations",
    "match",
    "through",
    "pin",
    "expect",
    "accept",
    "entry",
    "ports",
    "names",
    "resources",
    "components",
    "images",
    "configMapGenerator",
    "helmCharts",
    "containers",
    "image",
    "hosts",
    "expires",
    "sticky",
    "consumes",
    "guards",
    "errors",
    "argocd.argoproj.io/hook",
    "Path",
]


def corpus() -> Files:
    """Real files of every kind."""
    files = {
        path: (TOP / path).read_bytes()
        for folder in ("environments", "overlays")
        for path in sorted(
            str(file.relative_to(TOP)) for file in (TOP / folder).rglob("*") if file.is_file()
        )
    }
    return files | {path: text.encode() for path, text in SMALL.items() if text is not None}


def small() -> Files:
    extra = {
        "overlays/components/debug/kustomization.yaml": b"kind: Component\npatches: [{target: {kind: Deployment}, path: p.yaml}]\nimages: [{name: x, newTag: v1}]\n",
        "overlays/components/debug/p.yaml": b"- {op: replace, path: /spec/replicas, value: 2}\n",
        "environments/services/stock.yaml": b"image: registry.example.com/stock\nports: [{name: rpc, port: 9000, protocol: rpc, carrier: grpc}]\nnames: [trpc.shop.stock]\ncalls: [api]\nforwardsColour: false\n",
        "environments/tenants/many.yaml": b"match: [{claim: {org: a}}, {cookie: {c: d}}, {host: a.example.com}]\nlane: [{lane: test/login, weight: 1}, {lane: {through: [perf], pin: {api: perf}}, weight: 3}]\nsticky: {cookie: c}\nexpect: {web: test}\n",
        "environments/platform.yaml": b"name: shop\nargocd: {repository: https://git.example.com/shop.git}\nmesh: {istio: '1.29', privateNames: {by: calleeHeader}}\ningress: {jwt: [{issuer: x, jwksUri: https://id.example.com/keys}]}\nguards: {errors: [GEN211]}\n",
    }
    return {
        path: text.encode() for path, text in (SMALL | base("stock")).items() if text is not None
    } | extra


def damage(raw: bytes, dice: random.Random) -> bytes:
    """The bytes with a few of them replaced, doubled, cut or swapped with another part."""
    text = bytearray(raw)
    for _ in range(dice.randint(1, 8)):
        at, what = dice.randrange(len(text) + 1), dice.random()
        if what < 0.6:
            text[at : at + dice.randint(0, 3)] = dice.choice(TOKENS)
        elif what < 0.7:
            text[at : at + 1] = bytes([dice.randrange(256)])
        elif what < 0.85:
            text[at:at] = text[at : at + dice.randint(1, 60)] * dice.randint(1, 30)
        else:
            del text[at : at + dice.randint(1, 40)]
    return bytes(text)


def change(value: Any, dice: random.Random) -> Any:
    """The same document with a few places changed: another value, a key less, a key more, a doubled item, a value from elsewhere."""
    copy = json.loads(json.dumps(value, default=str))
    for _ in range(dice.randint(1, 3)):
        places = [copy] if isinstance(copy, dict | list) else []
        for node in places:  # grows while it is walked
            places += [
                item
                for item in (node.values() if isinstance(node, dict) else node)
                if isinstance(item, dict | list)
            ]
        if not places:
            break
        node = dice.choice(places)
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        fresh = json.loads(
            json.dumps(dice.choice(places) if dice.random() < 0.2 else dice.choice(VALUES))
        )
        what = dice.random()
        if keys and what < 0.55:
            node[dice.choice(keys)] = fresh
        elif keys and what < 0.7:
            del node[dice.choice(keys)]
        elif isinstance(node, dict):
            node[str(dice.choice([*VALUES, *KEYS]))[:400]] = fresh
        else:
            node.append(fresh)
    return copy


def repository(files: Files, dice: random.Random) -> Files:
    """A whole repository with one to three files changed, renamed, copied or taken away."""
    files = dict(files)
    for _ in range(dice.randint(1, 3)):
        path, what = dice.choice(sorted(files)), dice.random()
        if what < 0.7:
            files[path] = json.dumps(
                change(_read(files[path]), dice), ensure_ascii=dice.random() < 0.5
            ).encode("utf-8", "surrogatepass")
        elif what < 0.85:
            files[path] = damage(files[path], dice)
        elif what < 0.92:
            files[_renamed(path, dice)] = files[path]
        else:
            del files[path]
    return files


def _read(raw: bytes) -> Any:
    try:
        return yaml.safe_load(raw)
    except Exception:
        return {}


def _renamed(path: str, dice: random.Random) -> str:
    head, _, tail = path.rpartition("/")
    names: list[Callable[[], str]] = [
        tail.upper,
        lambda: dice.choice(
            [
                "con.yaml",
                "-rf.yaml",
                "a b.yaml",
                "x" * 70 + ".yaml",
                "é.yaml",
                "mesh.yaml",
                "kustomization.yml",
                "inline-x.yaml",
                "a\nb.yaml",
            ]
        ),
        lambda: "x/" + tail,
    ]
    return f"{head}/{dice.choice(names)()}"
