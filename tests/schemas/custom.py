"""Custom resources of well-known families, drawn from their definitions, and damaged: gen's verdict beside the server's.

Definitions come from Go modules when they are asked for. Rules in CEL are not gen's to ask: where nothing else refuses a
resource, it is counted apart.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import re2
import yaml

from generator.manifests.crds import Definitions
from generator.manifests.document import problems
from generator.manifests.problem import BROKEN, SERVERS, UNCHECKED
from generator.vocabulary.findings import outcome
from generator.vocabulary.yaml_reader import read_manifests
from tests.mesh.tools import argocd_crds, downloaded
from tests.schemas.server import Server

VERSION = "1.36"
# Module, version, and where its definitions lie.
MODULES = (
    ("sigs.k8s.io/gateway-api", "v1.6.0", "config/crd/standard/*.yaml"),
    ("github.com/kedacore/keda/v2", "v2.21.0", "config/crd/bases/keda.sh_*.yaml"),
    ("github.com/cert-manager/cert-manager", "v1.21.2", "deploy/crds/*.yaml"),
    (
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "example/prometheus-operator-crd/*.yaml",
    ),
    (
        "istio.io/istio",
        "v0.0.0-20260827124520-eed52ebb66ad",
        "manifests/charts/base/files/crd-all.gen.yaml",
    ),
)
TEXTS = (
    "a", "abc", "a.example.com", "/a", "10s", "1", "1Gi", "a-b", "https://a.example.com", "GET", "*",
    "2027-01-31T08:00:00Z", "v1", "Kind", "100%", "10.0.0.0/8", "10.0.0.1", "http", "0.5", "",
    "gateway.networking.k8s.io", "a/b", "PT1H", "YQ==", "5m", "x-a", "example.com/v1",
)  # fmt: skip
Schema = dict[str, Any]


class _Loader(yaml.CSafeLoader):
    """`=` is text."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


@cache
def files() -> dict[str, bytes]:
    """Path → text of all definitions."""
    found = [*argocd_crds()]
    for module, version, pattern in MODULES:
        found += sorted(downloaded(f"{module}@{version}").glob(pattern))
    return {str(path): path.read_bytes() for path in found}


def parse(path: str, raw: bytes) -> list[Any]:
    """As gen reads its own folder."""
    documents, found = outcome(read_manifests(path, raw, 4 << 20, 200))
    if found:
        raise ValueError(f"{path}: {found[0].message}")
    return documents


@cache
def definitions() -> list[Any]:
    """Their documents; some files hold more than definitions."""
    return [
        each
        for raw in files().values()
        for each in yaml.load_all(raw, Loader=_Loader)
        if each and each["kind"] == "CustomResourceDefinition"
    ]


def kinds() -> Iterator[tuple[str, str, str, Schema]]:
    """(apiVersion, kind, scope, schema) of each version that is served."""
    for definition in definitions():
        spec = definition["spec"]
        for version in spec["versions"]:
            if version["served"]:
                schema = version["schema"]["openAPIV3Schema"]
                yield (
                    f"{spec['group']}/{version['name']}",
                    spec["names"]["kind"],
                    spec["scope"],
                    schema,
                )


def judge(server: Server, resources: int, variants: int, seed: int, least: float) -> list[str]:
    """Where the two disagree, if they do so too often."""
    all_of_them = [*kinds()]
    server.define(definitions())
    ours, chance = Definitions(files(), sorted(files()), parse), random.Random(seed)
    count: Counter[str] = Counter()
    disagreed: list[str] = []
    for number in range(resources):
        api_version, kind, _, schema = all_of_them[number % len(all_of_them)]
        good = _accepted(server, chance, api_version, kind, schema)
        for variant in [good, *(damaged(chance, good) for _ in range(variants))]:
            said = server.says(variant)
            found = [
                each
                for each in problems(variant, VERSION, ours)
                if each.code not in (BROKEN, SERVERS, UNCHECKED)
            ]
            verdict = _verdict(said, bool(found), schema)
            count[verdict] += 1
            count["taken"] += not said
            if verdict == "otherwise":
                why = said[:300] if said else found[0].message
                disagreed.append(f"{kind}: {why} <- {json.dumps(variant.get('spec'))[:200]}")
    asked = count["alike"] + count["otherwise"]
    share = count["alike"] / asked
    print(
        f"custom resources: {share:.2%} of {asked} alike, {count['taken']} of them taken; "
        f"{count['CEL']} more were refused by rules in CEL alone",
        *disagreed[:12],
        sep="\n  ",
    )
    return [] if share >= least else [f"custom resources: {share:.2%} alike, {least:.1%} wanted"]


def _verdict(said: str, found: bool, schema: Schema) -> str:
    if bool(said) == found:
        return "alike"
    return "CEL" if said and _is_cel(said, schema) else "otherwise"


def _is_cel(said: str, schema: Schema) -> bool:
    """Whether each reason that the server gives is a rule of the definition."""
    try:
        status = json.loads(said)
    except ValueError:
        status = {}
    causes = [each.get("message", "") for each in status.get("details", {}).get("causes", [])]
    known = _messages(json.dumps(schema))
    return bool(causes) and all(
        any(message in cause for message in known) or "rule" in cause for cause in causes
    )


@cache
def _messages(text: str) -> tuple[str, ...]:
    made: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            rules = node.get("x-kubernetes-validations") or ()
            made.extend(str(rule.get("message") or rule["rule"])[:60] for rule in rules)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(text))
    return tuple(made)


def _accepted(
    server: Server, chance: random.Random, api_version: str, kind: str, schema: Schema
) -> Any:
    """A resource that the server takes; the last one tried if it takes none."""
    made: dict[str, Any] = {}
    for _ in range(12):
        made = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}
        for key in ("spec", *[key for key in schema["properties"] if key not in _TOP]):
            if key in schema["properties"]:
                made[key] = drawn(chance, schema["properties"][key], 0)
        if not server.says(made):
            break
    return made


_WHO = ("apiVersion", "kind", "metadata", "status")
_TOP = ("apiVersion", "kind", "metadata", "spec", "status")


def drawn(chance: random.Random, schema: Schema, depth: int) -> Any:
    """A value that fits the plain part of a schema."""
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if schema.get("x-kubernetes-int-or-string"):
        return chance.choice([1, "10%"])
    match schema.get("type"):
        case "object":
            return _drawn_object(chance, schema, depth)
        case "array":
            least = max(schema.get("minItems", 0), 1 if depth < 4 else 0)
            return [drawn(chance, schema["items"], depth + 1) for _ in range(least)]
        case "string":
            return _drawn_text(chance, schema)
        case "integer" | "number":
            low = schema.get("minimum", 0)
            return int(min(low + chance.randrange(3), schema.get("maximum", low + 3)))
        case "boolean":
            return chance.random() < 0.5
    return {}


def _drawn_object(chance: random.Random, schema: Schema, depth: int) -> dict[str, Any]:
    made = {}
    properties, needed = schema.get("properties", {}), set(schema.get("required", ()))
    for branch in schema.get("oneOf") or schema.get("anyOf") or ():
        if branch.get("required"):
            needed |= set(branch["required"])
            break
    few = 5 / max(len(properties), 1)
    for key, below in properties.items():
        if key in needed or chance.random() < min(0.5, few) / (depth + 1):
            made[key] = drawn(chance, below, depth + 1)
    if isinstance(schema.get("additionalProperties"), dict) and depth < 6:
        made["a"] = drawn(chance, schema["additionalProperties"], depth + 1)
    return made


def _drawn_text(chance: random.Random, schema: Schema) -> str:
    fits = [
        text
        for text in TEXTS
        if schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 99)
        and ("pattern" not in schema or re2.search(schema["pattern"], text))
        and (schema.get("format") != "date-time" or "T08" in text)
        and (schema.get("format") != "duration" or text.endswith("s"))
        and (schema.get("format") != "byte" or text in ("", "YQ=="))
    ]
    return chance.choice(fits or ["a"])


def damaged(chance: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    """The document with one value changed, somewhere below its metadata."""
    made = copy.deepcopy(document)
    spots = [(made, key) for key in made if key not in _WHO]
    for key in made:
        if key not in _WHO:
            spots += _spots(made[key])
    if not spots:
        return {**made, "spec": chance.choice([None, 7, "a", []])}
    node, key = chance.choice(spots)
    old = node[key]
    way = chance.randrange(9)
    if way == 0 and isinstance(node, dict):
        del node[key]
    elif way == 1 and isinstance(node, dict):
        node[f"{key}x"] = node.pop(key)
    elif way == 2 and isinstance(old, list) and old:
        old.append(copy.deepcopy(old[0]))
    elif way == 3 and isinstance(old, dict):
        old["unknown"] = 1
    elif way == 4 and isinstance(old, str):
        node[key] = chance.choice([*TEXTS, old + "_", old.upper(), old * 300])
    elif way == 5 and isinstance(old, int):
        node[key] = chance.choice([-1, 0, 1, 65536, 2**31, 2**33])
    else:
        node[key] = chance.choice([None, 7, -7, "a", "", True, [], {}, [1], ["a"], {"a": "b"}, 1.5])
    return made


def _spots(node: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything below."""
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in [*pairs]:
        if key != "status":
            yield node, key
            yield from _spots(value)
