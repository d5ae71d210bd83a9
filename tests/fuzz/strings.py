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
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from generator.io.built import write
from generator.vocabulary.files import FileSet
from generator.vocabulary.findings import outcome
from generator.vocabulary.yaml_reader import read
from tests.fuzz import fields
from tests.lookalikes import LOOKALIKES

BATCH = 500  # strings of one repository
PIECES = [
    *LOOKALIKES,
    *"abcxyz019_-./:@ #'\"\\\n\t{}[]&*!|>%,?=~`$();<>",
    "\u00a0",
    "\u3000",
    "\u0301",
    "中",
    "ع",
    "🇩🇪",
    "\x85",
    "\u2028",
    "\u202e",
    "\x00",
    "\x7f",
    "\ufeff",
    "\ud800",
    "\U0010ffff",
]
ROUNDS = 12  # repositories of one batch, at most: of fields that stand once in it and take nearly all, not each value is printed
SIDE_BY_SIDE = 60  # values of one field in one repository
OTHERS = 25  # one repository in so many is read by the slow readers too


def string(dice: random.Random) -> str:
    if dice.random() < 0.15:
        return dice.choice(LOOKALIKES)
    if dice.random() < 0.3:
        return "".join(chr(dice.randrange(0x21, 0x7F)) for _ in range(dice.randint(1, 20)))
    if dice.random() < 0.2:
        return "".join(chr(dice.randrange(0x110000)) for _ in range(dice.randint(1, 12)))
    return "".join(dice.choice(PIECES) for _ in range(dice.randint(0, 12)))


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
    done = subprocess.run(["kubectl", "kustomize", str(folder)], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return [thing for thing in yaml.load_all(done.stdout, Loader) if thing]


class Run:
    """What was offered, and what came of it."""

    def __init__(self) -> None:
        self.taken: dict[str, set[str]] = {name: set() for name in fields.FIELDS}
        self.count: Counter[str] = Counter()

    def batch(self, texts: list[str]) -> None:
        waiting = {name: self._new(name, texts) for name in fields.FIELDS}
        for _ in range(ROUNDS):
            values = {
                name: given[: SIDE_BY_SIDE if fields.FIELDS[name].many else 1]
                for name, given in waiting.items()
                if given
            }
            waiting = {name: given[len(values.get(name, ())) :] for name, given in waiting.items()}
            if values:
                self._compile(values)

    def _new(self, name: str, texts: list[str]) -> list[str]:
        """Values that the field takes and that were not seen in it yet."""
        asked = dict.fromkeys(
            value for text in texts for value in sorted(fields.candidates(name, text))
        )
        new = [
            value
            for value in asked
            if value not in self.taken[name] and readable(value) and fields.accepted(name, value)
        ]
        self.count["offered"] += len(texts)
        self.taken[name] |= set(new)
        return new

    def _compile(self, values: dict[str, list[str]]) -> None:
        pairs = [(name, value) for name, given in values.items() for value in given]
        files = fields.output(values)
        if (
            files is None and len(pairs) > 1
        ):  # one of them means nothing here, or two cannot stand side by side
            for part in (pairs[::2], pairs[1::2]):
                self._compile(
                    {name: [value for other, value in part if other == name] for name in dict(part)}
                )
        elif files is None:
            self.count["refused by their meaning"] += 1
        else:
            self.count["printed"] += len(pairs)
            self.count["repositories"] += 1
            held(files, values, slow=self.count["repositories"] % OTHERS == 1)


@lru_cache(BATCH)
def readable(text: str) -> bool:
    """Whether gen reads the string at all; it must then have seen the very string."""
    data, found = outcome(read("x", json.dumps({"a": text}).encode()))
    assert found or data == {"a": text}
    return data is not None


def held(files: FileSet, values: dict[str, list[str]], slow: bool) -> None:
    """Asserts that each value is in the output, as every reader sees it."""
    texts = set[str]()
    for path, raw in files.items():
        if path.endswith(".yaml"):
            texts |= _read(raw)
            if slow:
                seen(raw)
    assert not (missing := fields.lost(values, texts)), missing
    if not slow:
        return
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        write(out, files)
        printed = [
            thing
            for folder in sorted((out / "overlays").glob("*/*/kustomization.yaml"))
            if folder.parents[1].name not in ("base", "components")
            for thing in kustomize(folder.parent)
        ]
    printed += [
        thing
        for path, raw in files.items()
        if path.startswith(("argocd", "overlays/edge"))
        for thing in seen(raw)
    ]
    assert not (missing := fields.lost(values, set[str]().union(*map(_texts, printed)))), missing
    env = {
        f"V{index}": text
        for index, text in enumerate(values.get("value") or [fields.FIELDS["value"].default])
    }
    containers = [
        container
        for thing in printed
        if thing["kind"] == "Deployment"
        for container in thing["spec"]["template"]["spec"]["containers"]
    ]
    assert any(
        env.items()
        <= {item["name"]: item.get("value") for item in container.get("env", ())}.items()
        for container in containers
    )


@lru_cache(1000)
def _read(raw: bytes) -> frozenset[str]:
    return frozenset(
        text for thing in yaml.load_all(raw, yaml.CSafeLoader) for text in _texts(thing)
    )


def _texts(node: Any) -> Iterator[str]:
    """Keys and values."""
    if isinstance(node, dict):
        for key, item in node.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, str):
        yield node


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.strings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100_000)
    asked = parser.parse_args()
    assert shutil.which("kubectl"), "kubectl is missing"
    dice, started, run = random.Random(asked.seed), time.monotonic(), Run()
    for done in range(0, asked.count, BATCH):
        run.batch([string(dice) for _ in range(min(BATCH, asked.count - done))])
    print(
        f"strings: {asked.count:,} through {len(fields.FIELDS)} fields in {time.monotonic() - started:.0f} s, seed {asked.seed}: 0 differ; "
        + ", ".join(f"{number:,} {what}" for what, number in run.count.items())
    )
    print(
        "different ones taken: "
        + ", ".join(f"{name} {len(taken):,}" for name, taken in run.taken.items())
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
