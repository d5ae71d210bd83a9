"""Makes `generator/manifests/schemas/kubernetes.deflate`: the schemas of Kubernetes' own kinds, all versions in one file.

Types, keys and required fields come from the strict schemas of the package kubernetes-validate, made from the OpenAPI
documents of Kubernetes; which words a field takes comes from the Go code that the API server describes itself with, as
the published documents say hardly any. `python -m tests.schemas.make` writes the file, `--check` compares.

The file is deflated lines of JSON: an index, then one definition a line. The index holds `versions`, `kinds` (apiVersion
and kind → definition) and `names` (definition → [[number of the first version, line or null if it left], …]).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.mesh.tools import CACHE, downloaded

PACKAGE = "kubernetes-validate"
RELEASE = "1.37.0"
MODULE = "k8s.io/kubernetes"
TAGS = ("v1.34.4", "v1.35.4", "v1.36.3", "v1.37.2")  # older ones use the first's words
VERSIONS = tuple(f"1.{minor}" for minor in range(28, 38))
HERE = Path(__file__).parents[2] / "generator/manifests/schemas"
TARGET = HERE / "kubernetes.deflate"

_SHORT = (
    ("io.k8s.apimachinery.pkg.apis.", ""),
    ("io.k8s.apimachinery.pkg.api.resource.", ""),
    ("io.k8s.apimachinery.pkg.util.intstr.", ""),
    ("io.k8s.apimachinery.pkg.", ""),
    ("io.k8s.apiextensions-apiserver.pkg.apis.", ""),
    ("io.k8s.kube-aggregator.pkg.apis.", ""),
    ("io.k8s.api.", ""),
)
_KEPT = ("additionalProperties", "enum", "format", "items", "properties", "required", "type")
_KEYS = {"x-kubernetes-list-map-keys": "keys"}
Definition = dict[str, Any]


def short(name: str) -> str:
    """`io.k8s.api.core.v1.Container` → `core.v1.Container`."""
    for prefix, instead in _SHORT:
        if name.startswith(prefix):
            return instead + name.removeprefix(prefix)
    return name


def package() -> Path:
    """The unpacked package, from the cache."""
    folder = CACHE / PACKAGE / RELEASE
    if not folder.exists():
        unfinished = folder.with_name(f"{RELEASE}.new")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = ["--no-deps", "--target", str(unfinished), f"{PACKAGE}=={RELEASE}"]
        subprocess.run([*pip, *wanted], check=True)
        unfinished.rename(folder)
    return folder


def generated(tag: str) -> str:
    """The Go code in which the API server's own OpenAPI stands, with the words that each field takes."""
    folder = downloaded(f"{MODULE}@{tag}")
    return (folder / "pkg/generated/openapi/zz_generated.openapi.go").read_text()


def words(code: str) -> dict[str, dict[str, tuple[bool, list[str]]]]:
    """Definition → field → (whether its items are meant, the words that it takes)."""
    found: dict[str, dict[str, tuple[bool, list[str]]]] = {}
    definition, field, inside = "", "", False
    for line in code.splitlines():
        if start := re.match(r"func schema_k8sio_api_(\w+?)_(v\w+?)_(\w+)\(", line):
            definition = ".".join(start.groups())
        elif re.match(r"func ", line):
            definition = ""
        elif start := re.match(r'\t{5}"([\w$-]+)": \{$', line):
            field, inside = start.group(1), False
        elif re.match(r"\t+(Items|AdditionalProperties): ", line):
            inside = True
        elif definition and (start := re.match(r"\t+Enum: +\[\]interface\{\}\{(.*)\},", line)):
            found.setdefault(definition, {})[field] = inside, json.loads(f"[{start.group(1)}]")
    return found


def definitions(
    version: str, enums: dict[str, Any]
) -> tuple[dict[str, Definition], dict[str, str]]:
    """(definition by short name, definition by apiVersion and kind) of a version."""
    folder = package() / "kubernetes_validate/kubernetes-json-schema"
    text = (folder / f"v{version}.0-local-strict/_definitions.json").read_text()
    all_of_them = json.loads(text)["$defs"]
    made, kinds = {}, {}
    for name, definition in all_of_them.items():
        made[short(name)] = _plain(definition)
        of_kind = definition.get("x-kubernetes-group-version-kind", [])
        if len(of_kind) == 1 and "metadata" in definition.get("properties", {}):
            group, kind = of_kind[0]["group"], of_kind[0]["kind"]
            api_version = f"{group}/{of_kind[0]['version']}".lstrip("/")
            kinds[f"{api_version} {kind}"] = short(name)
    for name, fields in enums.items():
        _add_words(made.get(name, {}), fields)
    return made, kinds


def _add_words(definition: Definition, fields: dict[str, tuple[bool, list[str]]]) -> None:
    for field, (of_items, taken) in fields.items():
        spot = definition.get("properties", {}).get(field)
        if spot is not None:
            spot = spot.get("items", spot.get("additionalProperties")) if of_items else spot
            spot["enum"] = sorted(taken)


def _plain(schema: Any) -> Any:
    """Less what is for people, and the two unions as plain types."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": short(schema["$ref"].rpartition("/")[2])}
    if "oneOf" in schema:
        types = {word for branch in schema["oneOf"] for word in branch["type"]}
        return {"type": sorted(types)}
    made = {key: schema[key] for key in _KEPT if key in schema}
    if "properties" in made:
        made["properties"] = {key: _plain(value) for key, value in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in made:
            made[key] = _plain(schema[key])
    return made | _list_keys(schema)


def _list_keys(schema: Definition) -> Definition:
    """Of a list in which each item has its own key: the fields that make it."""
    made = {ours: schema[theirs] for theirs, ours in _KEYS.items() if theirs in schema}
    if schema.get("x-kubernetes-list-type") == "set":
        made["keys"] = []
    return made


def content() -> bytes:
    """The whole file; equal definitions of several versions are one line."""
    enums = [words(generated(tag)) for tag in TAGS]
    lines: dict[str, int] = {}
    names: dict[str, list[list[int | None]]] = {}
    kinds: dict[str, str] = {}
    for number, version in enumerate(VERSIONS):
        made, here = definitions(version, enums[max(0, number - len(VERSIONS) + len(TAGS))])
        kinds |= here
        for name in sorted(names.keys() | made.keys()):
            line = lines.setdefault(_text(made[name]), len(lines) + 1) if name in made else None
            runs = names.setdefault(name, [])
            if (runs[-1][1] if runs else None) != line:
                runs.append([number, line])
    index = {"versions": VERSIONS, "kinds": kinds, "names": names}
    return zlib.compress("\n".join([_text(index), *lines]).encode(), 9)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def check() -> Iterator[str]:
    if zlib.decompress(TARGET.read_bytes()) != zlib.decompress(content()):
        yield f"{TARGET} is not what `python -m tests.schemas.make` makes"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    if parser.parse_args().check:
        sys.exit("\n".join(check()) or 0)
    TARGET.write_bytes(content())
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")
