"""Repositories that mean something: what is added, renamed or changed names what there is, with values that are allowed.

About half of them compile to the end, so that the late stages are asked as well: plans, checks, printers, views.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import yaml

from tests.conftest import base

Files = dict[str, bytes]
Docs = dict[str, dict[str, Any]]  # below environments/
Move = Callable[[Docs, Files, random.Random], None]

NAMES = [
    "a",
    "b2",
    "cart",
    "cart-v2",
    "no",
    "on",
    "y",
    "null-1",
    "x" * 20,
    "n" * 40,
    "login",
    "login-web",
    "web-login",
    "web2",
    "e-3",
    "api-api",
    "lane",
    "host",
    "baseline-1",
    "stage",
    "qa",
    "pre-prod",
    "mid",
    "deep",
]
TEXTS = [
    "",
    " ",
    "no",
    "0x1F",
    "1e3",
    "~",
    "null",
    "'",
    '"',
    "\\",
    "a: b",
    "- a",
    "# a",
    "{{x}}",
    "$(id)",
    "$$",
    "%7e",
    "é",
    "日本",
    "🙂",
    "a\nb",
    "a\n",
    "\ta",
    "---",
    "...",
    "&a",
    "*a",
    "!x",
    "|",
    ">",
    "@",
    "`",
    "x" * 2000,
    "true",
    "2026-01-31",
    "12:30:45",
    "a'b\"c",
    "<<",
    "=",
]
SEEN = [
    "a",
    "acme",
    "no",
    "~",
    "0x1F",
    "1e3",
    "a b",
    "a'b",
    'a"b',
    "a\\b",
    "{}",
    "^(a+)+$",
    ".*",
    "a|b",
    "%41",
    "a,b",
    "a=b",
    "true",
    "#a",
    "x" * 256,
    "*",
    "[a]",
    "!",
    "é",
]  # the last is refused
WORDS = [
    "a",
    "no",
    "0x1F",
    "1.10",
    "123",
    "v1",
    "A_b.c-d",
    "x" * 128,
    "1e3",
    "null",
    "true",
    "_",
    "2026-01-31",
    "0o17",
]
HEADERS = ["x-tenant", "x-user", "a", "x_y", "cookie2", "user-agent", "accept"]
HOSTS = [
    "a.example.com",
    "b.example.com",
    "c.d.e.example.com",
    "1.example.com",
    "x" * 60 + ".example.com",
    "no.example.com",
]
OWNERS = ["team-a", "@shop/orders", "Ann B", "no", "1", "a.b"]


def plausible(files: Files, dice: random.Random) -> Files:
    """A repository after a few moves, each with a purpose."""
    docs = {
        path: yaml.load(raw, Loader=yaml.CSafeLoader)
        for path, raw in files.items()
        if path.startswith("environments/")
    }
    rest = {path: raw for path, raw in files.items() if path not in docs}
    for _ in range(dice.randint(1, 6)):
        dice.choice(MOVES)(docs, rest, dice)
    if dice.random() < 0.8:  # what is expected seldom holds after a move
        for doc in docs.values():
            doc.pop("expect", None)
    written = {
        path: json.dumps(doc, ensure_ascii=False)
        if dice.random() < 0.5
        else yaml.dump(doc, Dumper=_Dumper, allow_unicode=True)
        for path, doc in docs.items()
    }
    return rest | {path: text.encode() for path, text in written.items()}


class _Dumper(yaml.CSafeDumper):
    """No aliases, and quotes around all that some reader takes for a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str",
        text,
        style=None if re.fullmatch("[a-zA-Z][a-zA-Z/_-]*", text) else '"' if "\n" in text else "'",
    ),
)


def _stems(docs: Docs, folder: str) -> list[str]:
    return sorted(
        path.rpartition("/")[2].removesuffix(".yaml")
        for path in docs
        if path.startswith(f"environments/{folder}/")
    )


def _units(docs: Docs) -> dict[str, dict[str, Any]]:
    """Unit → its file."""
    found = {}
    for path, doc in sorted(docs.items()):
        match path.removeprefix("environments/").removesuffix(".yaml").split("/"):
            case [environment, "environment"]:
                found[environment] = doc
            case [environment, "branches", *_, branch]:
                found[f"{environment}/{branch}"] = doc
    return found


def _roots(docs: Docs) -> list[dict[str, Any]]:
    """Environments that stand on their own: what they run, all that extend them can reach."""
    return [doc for name, doc in _units(docs).items() if "/" not in name and not doc.get("extends")]


def _some(dice: random.Random, things: list[Any], most: int = 3) -> list[Any]:
    return dice.sample(things, min(len(things), dice.randint(1, most))) if things else []


def _run(dice: random.Random) -> dict[str, Any]:
    run: dict[str, Any] = (
        {"tag": dice.choice(WORDS)}
        if dice.random() < 0.8
        else {"digest": "sha256:" + f"{dice.randrange(16**8):08x}" * 8}
    )
    more = {
        "replicas": dice.choice([0, 1, 10000]),
        "env": {
            dice.choice(["A", "LOG_LEVEL", "a_1", "NO"]): dice.choice(TEXTS)
            for _ in range(dice.randint(0, 3))
        },
        "draining": dice.random() < 0.2,
    }
    return run | {key: more[key] for key in more if dice.random() < 0.3}


def _lane(docs: Docs, dice: random.Random) -> dict[str, Any]:
    units = _units(docs)
    lane: dict[str, Any] = {"through": _some(dice, list(units))}
    if dice.random() < 0.3:
        unit = dice.choice(list(units))
        lane["pin"] = dict.fromkeys(_some(dice, list(units[unit].get("runs") or {}), 2), unit)
    return lane | ({"isolation": dice.choice(["shared", "strict"])} if dice.random() < 0.2 else {})


def _choice(docs: Docs, dice: random.Random) -> Any:
    return dice.choice([*_units(docs), *_stems(docs, "lanes"), _lane(docs, dice)])


def _rule(docs: Docs, dice: random.Random) -> dict[str, Any]:
    value = dice.choice(SEEN) + dice.choice(["", "1", "2"])
    rules = [
        {"header": {dice.choice(HEADERS): value}},
        {"cookie": {dice.choice(["c", "A-b"]): re.sub(r'[ ",;\\]', "", value) or "a"}},
        {"host": dice.choice(HOSTS)},
    ]
    return dice.choice(
        rules
        + [{"claim": {dice.choice(["org", "sub", "aud", "iss"]): value}}]
        * bool((docs["environments/platform.yaml"].get("ingress") or {}).get("jwt"))
    )


def rename(docs: Docs, rest: Files, dice: random.Random) -> None:
    """A thing's name, wherever it stands."""
    old = dice.choice(
        [
            *_stems(docs, "services"),
            *_stems(docs, "lanes"),
            *_stems(docs, "tenants"),
            *(name for unit in _units(docs) for name in unit.split("/")),
        ]
    )
    new = dice.choice(NAMES)
    whole = re.compile(rf"(?<![A-Za-z0-9-]){re.escape(old)}(?![A-Za-z0-9-])")

    def renamed(value: Any) -> Any:
        match value:
            case str():
                return whole.sub(new, value)
            case dict():
                return {renamed(key): renamed(item) for key, item in value.items()}
            case list():
                return [renamed(item) for item in value]
        return value

    changed = {whole.sub(new, path): renamed(doc) for path, doc in docs.items()}
    if "environments/platform.yaml" not in changed or len(changed) < len(docs):
        return  # it met a word of the layout, or another thing
    files = {
        whole.sub(new, path): whole.sub(new, raw.decode()).encode() for path, raw in rest.items()
    }
    docs.clear(), rest.clear()
    docs |= changed
    rest |= files


def add_service(docs: Docs, rest: Files, dice: random.Random) -> None:
    name, known = dice.choice(NAMES), _stems(docs, "services")
    if name in known:
        return
    protocol = dice.choice(["http", "http2", "grpc", "tcp", "rpc"])
    doc: dict[str, Any] = {
        "image": f"registry.example.com/{name}",
        "ports": [
            {"name": "p", "port": dice.choice([1, 80, 9000, 65535]), "protocol": protocol}
            | ({"carrier": dice.choice(["grpc", "http2"])} if protocol == "rpc" else {})
        ],
    }
    doc |= {"calls": _some(dice, known)} | {"forwardsColour": dice.random() < 0.8}
    docs[f"environments/services/{dice.choice(['', 'x/', 'deep/er/'])}{name}.yaml"] = doc
    rest |= {path: text.encode() for path, text in base(name).items() if text}
    for root in _roots(docs):
        root["runs"] = (root.get("runs") or {}) | {name: _run(dice)}


def add_environment(docs: Docs, rest: Files, dice: random.Random) -> None:
    units = _units(docs)
    parent = dice.choice([name for name in units if "/" not in name])
    runs = {service: _run(dice) for service in _some(dice, list(units[parent].get("runs") or {}))}
    docs[f"environments/{dice.choice(NAMES)}/environment.yaml"] = (
        {"extends": parent, "runs": runs}
        if dice.random() < 0.7
        else {"runs": {service: _run(dice) for service in _stems(docs, "services")}}
    )


def add_branch(docs: Docs, rest: Files, dice: random.Random) -> None:
    services = _stems(docs, "services")
    environment = dice.choice([name for name in _units(docs) if "/" not in name])
    if services:
        docs[
            f"environments/{environment}/branches/{dice.choice(['', 'x/'])}{dice.choice(NAMES)}.yaml"
        ] = {"runs": {service: _run(dice) for service in _some(dice, services)}}


def add_lane(docs: Docs, rest: Files, dice: random.Random) -> None:
    docs[f"environments/lanes/{dice.choice(['', 'x/'])}{dice.choice(NAMES)}.yaml"] = _lane(
        docs, dice
    )


def add_tenant(docs: Docs, rest: Files, dice: random.Random) -> None:
    tenant: dict[str, Any] = {"match": [_rule(docs, dice) for _ in range(dice.randint(1, 3))]}
    if dice.random() < 0.6:
        tenant["lane"] = _choice(docs, dice)
    else:
        tenant["lane"] = [
            {"lane": _choice(docs, dice), "weight": dice.choice([0, 1, 1, 7, 1000])}
            for _ in range(dice.randint(1, 3))
        ]
        if dice.random() < 0.5:
            tenant["sticky"] = dice.choice([{"cookie": "session"}, {"header": "x-user"}])
    docs[f"environments/tenants/{dice.choice(['', 'x/'])}{dice.choice(NAMES)}.yaml"] = tenant


def point(docs: Docs, rest: Files, dice: random.Random) -> None:
    """Another thing that there is, where one is named."""
    path = dice.choice(sorted(docs))
    doc, units = docs[path], list(_units(docs))
    if path.startswith("environments/tenants/"):
        doc["lane"] = _choice(docs, dice)
        doc.pop("sticky", None)
    elif path.startswith("environments/lanes/"):
        doc |= _lane(docs, dice)
    elif path.startswith("environments/services/"):
        doc["calls"] = _some(dice, _stems(docs, "services"))
    elif "extends" in doc:
        doc["extends"] = dice.choice([unit for unit in units if "/" not in unit])


def run(docs: Docs, rest: Files, dice: random.Random) -> None:
    """A version in a unit that comes, changes or goes."""
    doc = dice.choice(list(_units(docs).values()))
    runs = doc.setdefault("runs", {})
    if dice.random() < 0.2 and len(runs) > 1:
        del runs[dice.choice(list(runs))]
    elif services := _stems(docs, "services"):
        runs[dice.choice(services)] = _run(dice)


def drop(docs: Docs, rest: Files, dice: random.Random) -> None:
    """A tenant or a lane less; that a lane is still named is for the rules to tell."""
    if paths := [
        path
        for path in sorted(docs)
        if path.startswith(("environments/tenants/", "environments/lanes/"))
    ]:
        del docs[dice.choice(paths)]


def say_of_unit(docs: Docs, rest: Files, dice: random.Random) -> None:
    name = dice.choice(list(units := _units(docs)))
    services = list(units[name].get("runs") or {})
    more: dict[str, Any] = {
        "hosts": _some(dice, HOSTS),
        "expires": dice.choice(["2026-11-24", "2026-11-25", "2090-12-31"]),
        "owner": dice.choice(OWNERS),
        "asleep": dice.random() < 0.5,
        "sleeps": {"at": "20:00", "until": dice.choice(["07:00", "20:00", "23:59"])},
    }
    if services:
        service = dice.choice(services)
        more["tests"] = {
            dice.choice(["smoke", "t" * 20]): {
                "requests": [{"service": service, "path": dice.choice(["/", "/a~b", "/x.y/-"])}]
            }
            if dice.random() < 0.6
            else {"image": "e2e:v1", "command": [dice.choice(SEEN)], "calls": [service]}
        }
    if "/" not in name:
        more |= {
            "namespace": dice.choice(NAMES),
            "trustColour": dice.random() < 0.5,
            "quota": {"pods": 5, "requests.cpu": dice.choice(["500m", "4", 4])},
            "takes": {
                "from": dice.choice([unit for unit in units if "/" not in unit]),
                "tested": True,
            },
        }
    key = dice.choice(sorted(more))
    units[name][key] = more[key]


def say_of_service(docs: Docs, rest: Files, dice: random.Random) -> None:
    doc = docs[
        dice.choice([path for path in sorted(docs) if path.startswith("environments/services/")])
    ]
    more: dict[str, Any] = {
        "forwardsColour": dice.random() < 0.5,
        "listens": dice.choice(["all", "podIP", "localhost"]),
        "owner": dice.choice(OWNERS),
        "names": _some(dice, ["trpc.shop.a", "b.c", "A_b", "no", "x.y-z"]),
        "publishes": _some(dice, ["orders", "a/b:c", "no"]),
        "consumes": _some(dice, ["orders", "a/b:c", "no"]),
        "entry": [{"prefix": dice.choice(["/", "/a", "/no", "/~x", "/a/b.c"])}],
        "accept": {
            dice.choice(["GEN211", "GEN304"]): dice.choice(
                ["meant so, see SHOP-12", "# not: a comment", "'quoted' and \"so\""]
            )
        },
    }
    key = dice.choice(sorted(more))
    doc[key] = more[key]


def say_of_platform(docs: Docs, rest: Files, dice: random.Random) -> None:
    doc = docs["environments/platform.yaml"]
    more: dict[str, tuple[str, Any]] = {
        "istio": ("mesh", dice.choice(["1.27", "1.29"])),
        "propagation": ("mesh", dice.choice(["header", "baggage"])),
        "mtls": ("mesh", dice.choice(["strict", "disabled"])),
        "privateNames": (
            "mesh",
            {"by": dice.choice(["authority", "calleeHeader", "vhostHeader", "port"])},
        ),
        "revision": ("mesh", dice.choice(NAMES)),
        "header": ("mesh", dice.choice(["x-lane", "x-colour", "x_y"])),
        "networkPolicies": ("namespaces", dice.choice(["ingress", "both", "none"])),
        "observers": ("namespaces", ["monitoring"]),
        "reaches": ("namespaces", ["kafka"]),
        "podSecurity": ("namespaces", dice.choice(["privileged", "baseline", "restricted"])),
        "quota": ("namespaces", {"pods": 3}),
        "limits": ("namespaces", {"default": {"cpu": "1"}}),
        "port": ("ingress", dice.choice([80, 443])),
        "tls": ("ingress", {"credential": "cert"}),
        "jwt": (
            "ingress",
            [
                {
                    "issuer": dice.choice(SEEN),
                    "jwksUri": "https://id.example.com/keys",
                    "audiences": _some(dice, SEEN[:-1]),
                }
            ],
        ),
        "branch": ("argocd", dice.choice(["deploy", "a/b.c", "no"])),
        "domain": ("cluster", "corp.internal"),
    }
    key = dice.choice(sorted(more))
    part, value = more[key]
    doc[part] = (doc.get(part) or {}) | {key: value}


def say_of_base(docs: Docs, rest: Files, dice: random.Random) -> None:
    """More in a base that is allowed there."""
    paths = [
        path
        for path in sorted(rest)
        if path.startswith("overlays/base/") and path.endswith("/kustomization.yaml")
    ]
    path = dice.choice(paths)
    content = yaml.load(rest[path], Loader=yaml.CSafeLoader)
    more: dict[str, Any] = {
        "labels": [{"pairs": {"a": dice.choice(WORDS)[:60]}}],
        "replicas": [{"name": "api", "count": 2}],
        "configMapGenerator": [{"name": "c", "literals": [f"a={dice.choice(TEXTS)}"]}],
        "secretGenerator": [{"name": "s", "literals": ["a=b"]}],
        "commonAnnotations": {"a": dice.choice(TEXTS)},
        "patches": [
            {
                "target": {"kind": "Deployment"},
                "patch": "- {op: add, path: /spec/replicas, value: 2}\n",
            }
        ],
        "images": [{"name": "fluent-bit", "newTag": "v3"}],
    }
    key = dice.choice(sorted(more))
    rest[path] = yaml.dump(content | {key: more[key]}, Dumper=_Dumper, allow_unicode=True).encode()


MOVES: list[Move] = [
    rename,
    add_service,
    add_environment,
    add_branch,
    add_branch,
    add_lane,
    add_tenant,
    add_tenant,
    point,
    run,
    run,
    drop,
    say_of_unit,
    say_of_service,
    say_of_platform,
    say_of_base,
]
