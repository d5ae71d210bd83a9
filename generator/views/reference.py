"""The page of a finding: what it means, and an example that fails and one that passes."""

from __future__ import annotations

import re
from typing import NamedTuple

from generator.views.brought import BROUGHT
from generator.views.examples import EXAMPLES, Example, Files
from generator.vocabulary.findings import ACCEPTABLE, RULES

_UNSEEN = re.compile(r"[^ -~\n…–é]")


class Text(NamedTuple):
    """What the page of a code says in one language."""

    title: str
    why: str
    words: str = ""


class Labels(NamedTuple):
    """What stands around it on every page, in one language."""

    error: str = "Severity: error."
    warning: str = "Severity: warning."
    accepted: str = " It can be accepted in its file: `accept: {CODE: the reason}`."
    fails: str = "Fails at `PLACE`:"
    passes: str = "Passes:"
    there: str = "With the file in its place."
    absent: str = "(no such file)"
    repeated: str = "xxx… (hundreds of thousands)"


_ENGLISH = Labels()


def english(code: str) -> Text:
    """What gen says of a code."""
    rule = RULES[code]
    return Text(rule.title, rule.why, _example(code).words)


def page(code: str, text: Text | None = None, labels: Labels = _ENGLISH) -> str:
    """The page of one code, in Markdown: in English, or around another text."""
    text, example = text or english(code), _example(code)
    severity = labels.warning if RULES[code].severity == "warning" else labels.error
    accepted = labels.accepted.replace("CODE", code) if code in ACCEPTABLE else ""
    lines = [f"## {code}: {text.title}\n\n{severity}{accepted}\n\n{text.why}\n"]
    if text.words:
        lines.append(f"\n{text.words}\n")
    if example.failing or example.passing:
        fails = labels.fails.replace("PLACE", example.where)
        failing = _files(example.failing, example.passing, labels)
        passing = _files(example.passing, example.failing, labels)
        lines.append(f"\n{fails}\n\n{failing}\n{labels.passes}\n\n{passing}")
    return "".join(lines)


def _example(code: str) -> Example:
    return (EXAMPLES | BROUGHT)[code]


def _files(files: Files, other: Files, labels: Labels) -> str:
    """What differs, and the files that both need around it."""
    if not files:
        return f"{labels.there}\n"
    shown = sorted(files.items(), key=lambda pair: other.get(pair[0]) == pair[1])
    return "".join(
        f"```yaml\n# {path}\n{labels.absent if text is None else _visible(text, labels)}\n```\n"
        for path, text in shown
    )


def _visible(text: str, labels: Labels) -> str:
    shown = _UNSEEN.sub(lambda match: f"<U+{ord(match.group()):04X}>", text.rstrip("\n"))
    return re.sub(r"x{100,}", lambda _: labels.repeated, shown)
