"""What the schemas can say, they say the same as `validate`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from generator.compiler.shape import shape
from generator.views.examples import EXAMPLES
from generator.views.schema import schemas
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import classify
from generator.vocabulary.model import KINDS
from generator.vocabulary.yaml_reader import read
from tests.conftest import SMALL, TOP
from tests.test_hostile import FOLDER, INDEX
from tests.vocabulary.test_findings import CASES

# Rules between two keys, and calendars and key sets, which no schema states; each is told by a message of its own.
BEYOND = ("goes with", "needs a `tag`", "exactly one", "calendar", "jwks")


def _pattern(
    validator: Any, pattern: str, instance: Any, schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """As ECMA-262 has it, and so every editor: `$` is the very end."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance, re.ASCII):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _properties(
    validator: Any, patterns: Any, instance: Any, schema: Any
) -> Iterator[jsonschema.ValidationError]:
    for key, value in instance.items() if isinstance(instance, dict) else ():
        for pattern, below in patterns.items():
            if re.search(pattern.replace("$", r"\Z"), key, re.ASCII):
                yield from validator.descend(value, below, path=key)


def _additional(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[jsonschema.ValidationError]:
    for key, value in instance.items() if isinstance(instance, dict) else ():
        if key not in schema.get("properties", {}) and not any(
            re.search(pattern.replace("$", r"\Z"), key, re.ASCII)
            for pattern in schema.get("patternProperties", {})
        ):
            if allowed is False:
                yield jsonschema.ValidationError(f"{key!r} is not known")
            elif isinstance(allowed, dict):
                yield from validator.descend(value, allowed, path=key)


Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"pattern": _pattern, "patternProperties": _properties, "additionalProperties": _additional},
)
VALIDATORS = {
    name.removesuffix(".json"): Validator(json.loads(text)) for name, text in schemas().items()
}


def texts() -> Iterator[tuple[str, str, bytes]]:
    """(what, path, content) of every configuration file that is good or bad on purpose."""
    for path, text in SMALL.items():
        yield path, path, (text or "").encode()
    for file in (TOP / "environments").rglob("*.yaml"):
        yield str(file), str(file.relative_to(TOP)), file.read_bytes()
    for code, where, failing, passing in [
        (code, example.where, example.failing, example.passing)
        for code, example in EXAMPLES.items()
    ] + CASES:
        for side in (failing, passing):
            yield from (
                (f"{code} {where} {path}", path, text.encode("utf-8", "surrogateescape"))
                for path, text in side.items()
                if text is not None
            )
    for name, place, _ in INDEX:
        yield name, place, (FOLDER / "files" / name).read_bytes()


def test_schemas_are_schemas_and_every_key_is_described() -> None:
    for name, text in schemas().items():
        schema = json.loads(text)
        jsonschema.Draft202012Validator.check_schema(schema)
        for title, part in [(name, schema), *schema.get("$defs", {}).items()]:
            for key, value in part.get("properties", {}).items():
                assert value.get("description"), f"{title}.{key}"


def test_the_schema_and_validate_agree_on_every_good_and_bad_file() -> None:
    agreed, beyond = {True: 0, False: 0}, 0
    for what, path, raw in texts():
        kind, _ = classify(path)
        if kind is None or (data := outcome(read(path, raw)).value) is None:
            continue  # no mapping: there is nothing that a schema could judge
        says = VALIDATORS[kind].is_valid(data)
        value, found = outcome(shape(KINDS[kind], path, data))
        model = value is not None
        if (
            says
            and not model
            and all(any(words in finding.message for words in BEYOND) for finding in found)
        ):
            beyond += 1
            continue
        assert says == model, (
            what,
            [error.message for error in VALIDATORS[kind].iter_errors(data)][:3],
            found[:3],
        )
        agreed[says] += 1
    assert agreed[True] > 150 and agreed[False] > 150 and beyond < 40, (agreed, beyond)


@pytest.mark.parametrize(
    "path", sorted(str(file.relative_to(TOP)) for file in (TOP / "environments").rglob("*.yaml"))
)
def test_modelines_lead_to_the_schema_of_the_kind(path: str) -> None:
    first = (TOP / path).read_text().split("\n")[0]
    target = (TOP / path).parent / first.removeprefix("# yaml-language-server: $schema=")
    assert target.resolve() == TOP / f"schemas/{classify(path)[0]}.json"
