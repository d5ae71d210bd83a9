"""No input makes a traceback: bytes, and values of the wrong kind in every place."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml

from generator.compiler.compile import compile_sources
from generator.compiler.yaml_reader import locate
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.conftest import TOP, sources

ROUNDS = 1500
VALUES: list[Any] = [None, True, 0, -1, 10**17, "", " ", "no", "a", "A", "a/b", "a/b/c", "../x", "x" * 300, "test", "test/login", "web", "api", "é", "\n", "{{x}}", [], [[]], {}, {"a": None}, ["test"], {"through": ["test"]}, {"web": {"tag": "v"}}, [{"lane": "test", "weight": 0}]]


def mutate(value: Any, dice: random.Random) -> Any:
    """The same document with one place changed: another value, a key less, a key more, a doubled item."""
    places: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict | list):
            places.append(node)
            for item in node.values() if isinstance(node, dict) else node:
                walk(item)

    copy = json.loads(json.dumps(value, default=str))
    walk(copy)
    node = dice.choice(places)
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    what = dice.random()
    if keys and what < 0.6:
        node[dice.choice(keys)] = dice.choice(VALUES)
    elif keys and what < 0.75:
        del node[dice.choice(keys)]
    elif isinstance(node, dict):
        node[str(dice.choice([*VALUES, "tag", "lane", "extends", "runs", "calls", "patches", "metadata"]))] = dice.choice(VALUES)
    else:
        node.append(dice.choice(VALUES))
    return copy


def compile_all(files: dict[str, bytes]) -> None:
    changed = Sources(files)
    try:
        compile_sources(changed).files  # noqa: B018
    except Findings as failed:
        assert failed.found
        for finding in failed.found:
            locate(files.get(finding.place.path, b""), finding.place)


@pytest.mark.parametrize("seed", range(4))
def test_values_of_the_wrong_kind(seed: int) -> None:
    dice = random.Random(seed)
    whole = dict(sources().files) | {path: (TOP / path).read_bytes() for path in ("environments/platform.yaml",)}
    for _ in range(ROUNDS // 4):
        files = dict(whole)
        for path in dice.sample(sorted(files), dice.randint(1, 3)):
            files[path] = json.dumps(mutate(yaml.safe_load(files[path]), dice)).encode()
        compile_all(files)


@pytest.mark.parametrize("seed", range(4))
def test_bytes(seed: int) -> None:
    dice = random.Random(seed)
    whole = dict(sources().files)
    for _ in range(ROUNDS // 4):
        path = dice.choice(sorted(whole))
        raw = bytearray(whole[path])
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(raw) + 1)
            raw[at : at + dice.randint(0, 3)] = dice.choice([b"", b"\x00", b"\xff", b"&a ", b"*a", b"!!x ", b"{", b"]", b":", b"\n", b"- ", b"? ", b"|", b"%", b"\t", b"'", b'"', "‮".encode(), b"<<: "])
        compile_all(whole | {path: bytes(raw)})
