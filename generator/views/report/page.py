"""The page as one file: what it shows packed as data, and its style and programs, which its own
policy knows by their hashes. It asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

# In this order, in one program.
PROGRAMS = (
    "simulate",
    "data",
    "elements",
    "picture",
    "environments",
    "calls",
    "services",
    "tenants",
    "matrix",
    "findings",
    "calendar",
    "changes",
    "simulator",
    "page",
)


def page(shown: Mapping[str, Any]) -> str:
    """Nothing of a configuration stands in it but in the packed data."""
    style, program = _asset("page.css"), _program()
    text = _asset("page.html")
    for word, value in (
        ("POLICY", _policy(style, program)),
        ("STYLE", style),
        ("DATA", _packed(shown)),
        ("PROGRAM", program),
    ):
        text = text.replace(f"%{word}%", value, 1)
    return text


def _program() -> str:
    parts = [_asset(f"{name}.js") for name in PROGRAMS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();\n"


def _policy(style: str, program: str) -> str:
    """What browsers let the page do: run these two texts, and load an empty icon."""
    rules = {
        "default-src": "'none'",
        "script-src": _hash(program),
        "style-src": _hash(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _packed(shown: Mapping[str, Any]) -> str:
    text = json.dumps(shown, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
