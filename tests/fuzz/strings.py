"""Strings through every field that takes text, to the output and on to its readers: equal there, or refused before."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from generator.compiler.compile import compile_sources
from generator.compiler.shape import shape
from generator.compiler.yaml_reader import read
from generator.edge.tree import write
from generator.vocabulary.findings import Finding
from generator.vocabulary.model import KINDS
from generator.vocabulary.source import Sources
from tests.conftest import SMALL, sources

BATCH = 500  # strings of one repository
LOOKALIKES = ["n", "y", "no", "yes", "on", "off", "true", "null", "~", "1e3", "0o17", "0x1F", "010", "1_000", "12:30:45", "123e4567", ".inf", ".nan", "2024-01-01", "-", "=", "<<", "a: b", "a #b", "#a", "*a", "&a", "!a", "%a", "@a", "`a",
              " a", "a ", "a\nb", "a\tb", '"', "'", "\\", "${{ x }}", "{{x}}", "$(x)", "]]", "[[", "]=]", "--", "\\065", "\\n", "%s", "a\n\n", "\n", "- a", "? a", "| a", "---", "...", "{", "[a]", ",", "0777", "1.10", "+1", "0b1", "1e400", "null ", "a:b", "a,b", "é", "😀", "ﬁ", "ß"]
PIECES = [*LOOKALIKES, *"abcxyz019_-./:@ #'\"\\\n\t{}[]&*!|>%,?=~`$();<>", "\u00a0", "\u3000", "\u0301", "中", "ع", "🇩🇪", "\x85", "\u2028", "\u202e", "\x00", "\x7f", "\ufeff", "\ud800", "\U0010ffff"]
# Field → where it stands: a mapping around it, with the string at `None`.
FIELDS: dict[str, tuple[str, Any]] = {
    "tag": ("branch", {"runs": {"api": {"tag": None}}}),
    "header": ("tenant", {"match": [{"header": {"x-tenant": None}}], "lane": "test"}),
    "cookie": ("tenant", {"match": [{"cookie": {"c": None}}], "lane": "test"}),
    "claim": ("tenant", {"match": [{"claim": {"c": None}}], "lane": "test"}),
    "host": ("tenant", {"match": [{"host": None}], "lane": "test"}),
}
PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\ningress: {jwt: [{issuer: x, jwksUri: https://id.example.com/keys}]}\n"


def string(dice: random.Random) -> str:
    if dice.random() < 0.15:
        return dice.choice(LOOKALIKES)
    if dice.random() < 0.3:
        return "".join(chr(dice.randrange(0x21, 0x7F)) for _ in range(dice.randint(1, 20)))
    if dice.random() < 0.2:
        return "".join(chr(dice.randrange(0x110000)) for _ in range(dice.randint(1, 12)))
    return "".join(dice.choice(PIECES) for _ in range(dice.randint(0, 12)))


def filled(around: Any, text: str) -> Any:
    if isinstance(around, dict):
        return {key: filled(value, text) for key, value in around.items()}
    return [filled(item, text) for item in around] if isinstance(around, list) else text if around is None else around


def accepted(kind: str, value: Any) -> bool:
    """Whether a file of this kind may say so; its reader must then have seen the very value."""
    found: list[Finding] = []
    data = read(kind, json.dumps(value).encode(), found)
    assert found or data == value
    return data is not None and shape(KINDS[kind], kind, data, found) is not None


class Loader(yaml.SafeLoader):
    """Kustomize prints `=` and `<<` bare, which are text to it and to Kubernetes."""


for _tag in ("merge", "value"):
    Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_yaml_str)


def seen(raw: bytes) -> list[Any]:
    """What both readers of YAML see; they must see the same."""
    first, second = list(yaml.safe_load_all(raw)), list(YAML(typ="safe", pure=True).load_all(raw))
    assert first == second, raw
    return first


def kustomize(folder: Path) -> list[Any]:
    return [thing for thing in yaml.load_all(subprocess.run(["kubectl", "kustomize", str(folder)], check=True, capture_output=True).stdout, Loader) if thing]


def container(things: list[Any]) -> Any:
    return next(thing for thing in things if thing["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]


def batch(texts: list[str], count: dict[str, int]) -> None:
    env = {f"V{index}": text for index, text in enumerate(texts) if read("x", json.dumps({"a": text}).encode(), []) is not None}
    rules: list[dict[str, dict[str, str]]] = []
    tags: list[str] = []
    for text in dict.fromkeys(texts):
        for field, (kind, around) in FIELDS.items():
            if accepted(kind, filled(around, text)):
                count[field] = count.get(field, 0) + 1
                tags += [text] if field == "tag" else []
                rules += [filled(around["match"][0], text)] if field != "tag" else []
    files = dict(sources({"environments/platform.yaml": PLATFORM}).files)
    files["environments/test/branches/login.yaml"] = json.dumps({"runs": {"api": {"tag": "v", "env": env}}}).encode()
    for index, tag in enumerate(tags):
        files[f"environments/test/branches/t{index}.yaml"] = json.dumps({"runs": {"api": {"tag": tag}}}).encode()
    if rules:
        files["environments/tenants/acme.yaml"] = json.dumps({"match": rules[:1000], "lane": "test"}).encode()
    compiled = compile_sources(Sources(files)).files
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        write(out, compiled)
        patch = seen(compiled["overlays/test/login/api/workload.yaml"])[0]["spec"]["template"]["spec"]["containers"][0]["env"]
        assert {item["name"]: item["value"] for item in patch} == env
        assert {item["name"]: item["value"] for item in container(kustomize(out / "overlays/test/login"))["env"]} == env
        for index, tag in enumerate(tags):
            assert seen(compiled[f"overlays/test/t{index}/api/kustomization.yaml"])[0]["images"][0]["newTag"] == tag
        for index, tag in list(enumerate(tags))[:3]:
            assert container(kustomize(out / f"overlays/test/t{index}"))["image"] == f"registry.example.com/api:{tag}"
    lines = {line for path in compiled if path.startswith("overlays/edge/") and path.endswith(".yaml") for line in _texts(seen(compiled[path])).split("\n")}
    for rule in rules[:1000]:
        told = next(iter(rule.values()))
        value = told if isinstance(told, str) else next(iter(told.values()))
        assert value in lines, value
    count["variable"] = count.get("variable", 0) + len(env)
    count["refused as a variable"] = count.get("refused as a variable", 0) + len(texts) - len(env)


def _texts(node: Any) -> str:
    if isinstance(node, dict | list):
        return "\n".join(_texts(item) for item in (node.values() if isinstance(node, dict) else node))
    return str(node)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.strings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100_000)
    asked = parser.parse_args()
    assert SMALL and shutil.which("kubectl"), "kubectl is missing"
    dice, started, count = random.Random(asked.seed), time.monotonic(), dict[str, int]()
    for done in range(0, asked.count, BATCH):
        batch([string(dice) for _ in range(min(BATCH, asked.count - done))], count)
    print(f"strings: {asked.count:,} in {time.monotonic() - started:.0f} s, seed {asked.seed}: 0 differ; " + ", ".join(f"{field} {number:,}" for field, number in sorted(count.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
