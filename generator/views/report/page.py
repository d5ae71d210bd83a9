"""The page as one file: what it shows packed as data, and its style and programs, which its own
policy knows by their hashes. It asks nobody for anything; a live one asks who served it alone."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
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


LIVE = "live"  # the program that a page has besides while somebody serves it
MADE = (
    "Made by <code>gen report</code> from Git alone; no cluster was asked, and this page asks "
    "nobody."
)
SERVED = "Shown by <code>gen serve</code>, from the files of this machine; no cluster was asked."


def page(shown: Mapping[str, Any]) -> str:
    """Nothing of a configuration stands in it but in the packed data."""
    return _filled(_program(PROGRAMS), packed(as_json(shown)))


def live_page(pieces: Mapping[str, str], told: Mapping[str, Any]) -> str:
    """The same as it is served, from packed pieces (none while there is nothing to show) and what
    is told of what is saved: it hears from who served it what is new."""
    return _filled(_program((*PROGRAMS, LIVE)), listed(pieces), packed(as_json(told)))


def listed(pieces: Mapping[str, str]) -> str:
    """Packed pieces with their names, as the page reads them."""
    return " ".join(f"{name}:{one}" for name, one in pieces.items())


def as_json(shown: Mapping[str, Any]) -> str:
    return json.dumps(shown, separators=(",", ":"))


def packed(text: str) -> str:
    """Data as the page reads it: letters, digits, `+`, `/` and `=`."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def live_policy() -> str:
    """The policy of a live page, for who serves it."""
    return _policy(_asset("page.css"), _program((*PROGRAMS, LIVE)), live=True)


def _filled(program: str, shown: str, state: str | None = None) -> str:
    style, live = _asset("page.css"), state is not None
    text = _asset("page.html")
    for word, value in (
        ("POLICY", _policy(style, program, live=live)),
        ("STYLE", style),
        ("FOOTER", SERVED if live else MADE),
        ("DATA", shown),
        ("LIVE", f'<script type="application/octet-stream" id="live">{state}</script>\n' * live),
        ("PROGRAM", program),
    ):
        text = text.replace(f"%{word}%", value, 1)
    return text


def _program(names: Iterable[str]) -> str:
    parts = [_asset(f"{name}.js") for name in names]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();\n"


def _policy(style: str, program: str, *, live: bool) -> str:
    """What browsers let the page do: run these two texts, load an empty icon, and, live, hear from
    who served it."""
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
    if live:
        rules["connect-src"] = "'self'"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
