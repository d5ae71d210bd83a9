"""No input makes a traceback: bytes, and values of the wrong kind in every place."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generator.compiler.compile import compile_sources, valid
from generator.vocabulary.findings import Findings
from generator.vocabulary.model import KINDS
from generator.vocabulary.source import Sources
from generator.vocabulary.yaml_reader import locate
from tests.conftest import TOP, sources
from tests.fuzz import fields, inputs, strings

ROUNDS = 500  # of each; `make fuzz` asks many more


def compile_all(files: dict[str, bytes]) -> None:
    changed = Sources(files)
    try:
        valid(compile_sources(changed)).files  # noqa: B018
    except Findings as failed:
        if not failed.found:
            raise
        for finding in failed.found:
            locate(files.get(finding.place.path, b""), finding.place)


@pytest.mark.parametrize("seed", range(2))
def test_values_of_the_wrong_kind(seed: int) -> None:
    dice = random.Random(seed)
    whole = dict(sources().files) | {
        path: (TOP / path).read_bytes() for path in ("environments/platform.yaml",)
    }
    for _ in range(ROUNDS // 2):
        files = dict(whole)
        for path in dice.sample(sorted(files), dice.randint(1, 3)):
            files[path] = json.dumps(inputs.change(yaml.safe_load(files[path]), dice)).encode()
        compile_all(files)


@pytest.mark.parametrize("seed", range(2))
def test_bytes(seed: int) -> None:
    dice = random.Random(seed)
    whole = dict(sources().files)
    for _ in range(ROUNDS // 2):
        path = dice.choice(sorted(whole))
        compile_all(whole | {path: inputs.damage(whole[path], dice)})


def text_fields(schema: dict[str, Any], every: dict[str, Any], path: str) -> Iterator[str]:
    """Where a schema lets text stand: `.key`, `[]` for an item, `{}` for a key and `.*` for its value."""
    if "$ref" in schema:
        yield from text_fields(every[schema["$ref"].rpartition("/")[2]], every, path)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from text_fields(part, every, path)
    if schema.get("type") == "string" and not {"enum", "const"} & schema.keys():
        yield path
    if schema.get("type") == "array":
        yield from text_fields(schema["items"], every, f"{path}[]")
    for key, part in schema.get("properties", {}).items():
        yield from text_fields(part, every, f"{path}.{key}")
    for part in (
        *schema.get("patternProperties", {}).values(),
        *([more] if isinstance(more := schema.get("additionalProperties"), dict) else []),
    ):
        yield f"{path}{{}}"
        yield from text_fields(part, every, f"{path}.*")


def slots(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, str) and "$" in node:
        yield path
    for item in node if isinstance(node, list) else ():
        yield from slots(item, f"{path}[]")
    for key, item in node.items() if isinstance(node, dict) else ():
        yield from [f"{path}{{}}"] if "$" in key else []
        for name in (key, "*"):
            yield from slots(item, f"{path}.{name}")


def test_strings_go_through_every_field_that_takes_text() -> None:
    """But for codes of warnings, of which there are few, and the other places of the reason beside them."""
    there = {
        field
        for kind, model in KINDS.items()
        for field in text_fields(
            model.model_json_schema(), model.model_json_schema().get("$defs", {}), kind
        )
    }
    tried = {slot for kind, document in fields.DOCUMENTS.values() for slot in slots(document, kind)}
    assert len(there) > 100 and not {
        field
        for field in there - tried
        if ".accept" not in field
        and ".adopted." not in field  # held to the labels of a base, where strings come, too
        and field != "platform.guards.errors[]"
        and not field.startswith("platform.tenants.by.")  # compared, and printed nowhere
    }


def test_strings_come_out_as_they_are() -> None:
    run, dice = strings.Run(), random.Random(1)
    run.batch([strings.string(dice) for _ in range(10)])
    assert run.count["printed"] > 50 and run.count["repositories"]
    default = valid(compile_sources(Sources(fields.repository({})))).files
    with pytest.raises(AssertionError, match="nowhere"):
        strings.held(default, {"tester": ["nowhere:v9"]}, slow=False)
