"""Findings → text with carets, JSON, GitHub annotations, SARIF: one list, one order, four
printers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import __version__
from generator.io.terminal import Terminal, clean, width
from generator.vocabulary.findings import RULES, Finding
from generator.vocabulary.source import Mark, Place, Sources
from generator.vocabulary.yaml_reader import locate

SHOWN = 100  # findings of one file; who has more has made one mistake many times
NOTES = 8  # related places of one finding that a person is shown

_LONGEST_LINE = 160
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with its line and column, and the finding that stands there."""

    finding: Finding
    mark: Mark

    @property
    def where(self) -> str:
        return f"{clean(self.finding.place.path)}:{self.mark.line}:{self.mark.column}"


def spots(found: Iterable[Finding], sources: Sources) -> list[Spot]:
    """Findings with their lines, ordered by file, line, column, code; doubles once."""
    located = {
        Spot(finding, _mark(finding.place, sources)): None
        for finding in sorted(found, key=lambda finding: finding.place.path)
    }
    return sorted(
        located,
        key=lambda spot: (
            spot.finding.place.path,
            spot.mark,
            spot.finding.code,
            spot.finding.message,
        ),
    )


def _mark(place: Place, sources: Sources) -> Mark:
    return locate(sources.files.get(place.path, b""), place)


def text(found: list[Spot], sources: Sources, terminal: Terminal, err: bool = False) -> str:
    """For people: where, what, the line with a caret, related places, the next step."""
    told: dict[str, list[Spot]] = {}
    for spot in found:
        told.setdefault(spot.finding.place.path, []).append(spot)
    blocks = []
    for path, there in told.items():
        blocks += [_one(spot, sources, terminal, err) for spot in there[:SHOWN]]
        if len(there) > SHOWN:
            blocks.append(f"{clean(path)}: … and {len(there) - SHOWN} more findings in this file\n")
    return "\n".join(blocks)


def _one(spot: Spot, sources: Sources, terminal: Terminal, err: bool) -> str:
    finding = spot.finding

    def style(words: str, *styles: str) -> str:
        return terminal.style(words, *styles, err=err)

    severity = style(finding.severity, "red" if finding.severity == "error" else "yellow")
    code = terminal.link(finding.code, page(finding.code), err)
    head = f"{style(spot.where, 'bold')}: {severity} {code}: {clean(finding.message)}"
    lines = [head, *_caret(finding.place, spot.mark, sources, style)]
    for place, words in finding.related[:NOTES]:
        mark = _mark(place, sources)
        lines.append(
            f"  {style('note', 'blue')}: {clean(place.path)}:{mark.line}:{mark.column}: "
            f"{clean(words)}"
        )
    if (more := len(finding.related) - NOTES) > 0:
        lines.append(f"  {style('note', 'blue')}: … and {more} more; `--format json` has them all")
    if finding.hint:
        lines.append(f"  {style('help', 'green')}: {clean(finding.hint)}")
    return "\n".join(lines) + "\n"


def page(code: str) -> str:
    """Where a finding is told of, on the page of findings that `GEN_FINDINGS` names; empty where it
    names none."""
    where = os.environ.get("GEN_FINDINGS", "")
    if not where.startswith(("https://", "http://", "file://")):
        return ""
    words = re.sub(r"[^\w\s-]", "", f"{code}: {RULES[code].title}".lower())
    name = re.sub(r"\s", "-", words)  # as the site calls a heading, and hosts of repositories
    return f"{where}#{name}"


def _caret(place: Place, mark: Mark, sources: Sources, style: Callable[..., str]) -> list[str]:
    raw = sources.files.get(place.path)
    if raw is None:
        return []
    lines = raw.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    line = lines[mark.line - 1].rstrip("\r") if mark.line <= len(lines) else ""
    start = max(0, mark.column - 1 - _LONGEST_LINE // 2) if len(line) > _LONGEST_LINE else 0
    shown, at = line[start : start + _LONGEST_LINE].replace("\t", " "), mark.column - 1 - start
    under = max(1, width(clean(shown[at : at + mark.width])))
    number = str(mark.line)
    return [
        f"  {style(number, 'dim')} | {clean(shown)}",
        f"  {' ' * len(number)} | {' ' * width(clean(shown[:at]))}{style('^' * under, 'red')}",
    ]


def as_json(found: list[Spot], sources: Sources, _prefix: str = "") -> str:
    """`{"version": 1, "findings": […]}`; `docs/reference/json.md` tells the fields."""

    def place(place: Place, mark: Mark) -> dict[str, Any]:
        return {"file": place.path, "line": mark.line, "column": mark.column, "width": mark.width}

    items = [
        place(spot.finding.place, spot.mark)
        | {
            "code": spot.finding.code,
            "severity": spot.finding.severity,
            "message": spot.finding.message,
            "hint": spot.finding.hint,
        }
        | {
            "related": [
                place(related, _mark(related, sources)) | {"message": words}
                for related, words in spot.finding.related
            ]
        }
        for spot in found
    ]
    return json.dumps({"version": 1, "findings": items}, indent=2)


def github(found: list[Spot], _sources: Sources, prefix: str = "") -> str:
    """Workflow commands; every character that could end one is escaped."""
    lines = []
    for spot in found:
        finding, mark = spot.finding, spot.mark
        properties = {
            "file": _property(prefix + finding.place.path),
            "line": mark.line,
            "col": mark.column,
            "endColumn": mark.column + mark.width,
            "title": _property(finding.code),
        }
        pairs = ",".join(f"{name}={value}" for name, value in properties.items())
        told = _data(clean(f"{finding.message}. {finding.hint}"))
        lines.append(f"::{finding.severity} {pairs}::{told}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clean(text)).replace(":", "%3A").replace(",", "%2C")


def sarif(found: list[Spot], sources: Sources, prefix: str = "") -> str:
    """SARIF 2.1.0, as code scanning takes it."""
    codes = list(RULES)
    rules = [
        {
            "id": code,
            "shortDescription": {"text": _message(rule.title)},
            "fullDescription": {"text": _message(rule.why)},
            "help": {"text": _message(rule.why)},
            "defaultConfiguration": {"level": rule.severity},
        }
        for code, rule in RULES.items()
    ]
    results = [
        {
            "ruleId": spot.finding.code,
            "ruleIndex": codes.index(spot.finding.code),
            "level": spot.finding.severity,
            "message": {"text": _message(f"{spot.finding.message}. {spot.finding.hint}".strip())},
            "locations": [_location(prefix, spot.finding.place, spot.mark)],
            "relatedLocations": [
                _location(prefix, place, _mark(place, sources))
                | {"message": {"text": _message(words)}}
                for place, words in spot.finding.related
            ],
        }
        for spot in found
    ]
    driver = {"name": "gen", "version": __version__, "rules": rules}
    return json.dumps(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
            ],
        },
        indent=2,
    )


def _message(text: str) -> str:
    """Plain text in which nothing is a placeholder or a link (SARIF 3.11.5 and 3.11.6)."""
    return clean(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _location(prefix: str, place: Place, mark: Mark) -> dict[str, Any]:
    from urllib.parse import quote

    region = {
        "startLine": mark.line,
        "startColumn": mark.column,
        "endColumn": mark.column + mark.width,
    }
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(clean(prefix + place.path))},
            "region": region,
        }
    }


def prefix(root: Path) -> str:
    """Where a configuration lies in its git repository: annotations and code scanning name files
    from the top of that."""
    here = root.resolve()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return f"{here.relative_to(top).as_posix()}/" if top != here else ""


FORMATS: Mapping[str, Callable[[list[Spot], Sources, str], str]] = {
    "json": as_json,
    "github": github,
    "sarif": sarif,
}
