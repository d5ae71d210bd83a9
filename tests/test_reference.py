"""docs/reference is printed from the code: findings with their test cases, commands from their help, input from the models."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from generator.command.main import VERBS, gen
from generator.views.reference import page
from generator.vocabulary.findings import RULES
from generator.vocabulary.model import KINDS
from tests.conftest import SMALL, TOP
from tests.test_findings import CASES

PRINTED = "<!-- Printed from the code by tests/test_reference.py; edit there. -->\n"


def findings() -> str:
    head = f"# Findings\n\n{PRINTED}\nA code is permanent. `gen validate --explain CODE` shows its part of this page. Each example changes a small repository, and is also the rule's test.\n"
    return head + "".join(f"\n{page(code)}" for code in RULES)


def commands() -> str:
    lines = [f"# Commands\n\n{PRINTED}"]
    top = click.Context(gen, info_name="gen", terminal_width=100, help_option_names=["-h", "--help"])
    lines.append(f"\n## gen\n\n```\n{gen.get_help(top)}\n```\n")
    for name in VERBS:
        command = gen.get_command(top, name)
        assert command is not None
        context = click.Context(command, parent=top, info_name=name)
        lines.append(f"\n## gen {name}\n\n```\n{command.get_help(context)}\n```\n")
    return "".join(lines)


def inputs() -> str:
    lines = [f"# Input\n\n{PRINTED}\nOne document a file, camelCase keys, unknown keys refused. A thing's name is its file's name.\n"]
    for kind, model in KINDS.items():
        schema = model.model_json_schema()
        lines.append(f"\n## {kind}\n\n{model.__doc__}\n")
        for title, part in [(None, schema), *sorted(schema.get("$defs", {}).items())]:
            if "properties" in part:
                lines.append((f"\n### {title} (in {kind})\n" if title else "") + "\n| key | type | default | what |\n|---|---|---|---|\n")
                lines += [_row(key, value, key in part.get("required", [])) for key, value in part["properties"].items()]
    return "".join(lines)


def _row(key: str, value: dict[str, Any], required: bool) -> str:
    default = "required" if required else f"`{value['default']}`" if value.get("default") not in (None, [], {}) else ""
    return f"| `{key}` | {_type(value)} | {default if '{' not in default else ''} | {value.get('description', '')} |\n"


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "enum" in value:
        return ", ".join(f"`{item}`" for item in value["enum"])
    for group in ("anyOf", "oneOf"):
        if group in value:
            return " or ".join(dict.fromkeys(_type(item) for item in value[group] if item.get("type") != "null"))
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}"
    return {"object": "mapping", "string": "text", "integer": "whole number", "boolean": "true or false"}.get(str(value.get("type")), "")


@pytest.mark.parametrize("name, printed", [("findings.md", findings), ("commands.md", commands), ("input.md", inputs)])
def test_the_reference_is_current(name: str, printed: Callable[[], str], request: pytest.FixtureRequest) -> None:
    path: Path = TOP / "docs/reference" / name
    text = printed()
    if request.config.getoption("--update-goldens"):
        path.write_text(text)
    old = path.read_text() if path.exists() else ""
    assert text == old, "\n".join(difflib.unified_diff(old.splitlines(), text.splitlines(), "docs", "code", lineterm=""))


def test_cases_change_the_small_repository() -> None:
    assert all(failing != passing and (set(failing) | set(passing)) and SMALL for _, _, failing, passing in CASES)
