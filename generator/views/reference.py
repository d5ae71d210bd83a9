"""The page of a finding: what it means, and an example that fails and one that passes."""

from __future__ import annotations

import re

from generator.views.brought import BROUGHT
from generator.views.examples import EXAMPLES, Files
from generator.vocabulary.findings import ACCEPTABLE, RULES

_UNSEEN = re.compile(r"[^ -~\n…–é]")


def page(code: str) -> str:
    """The page of one code, in Markdown."""
    rule, example = RULES[code], (EXAMPLES | BROUGHT)[code]
    accepted = ""
    if code in ACCEPTABLE:
        accepted = f" It can be accepted in its file: `accept: {{{code}: the reason}}`."
    lines = [f"## {code}: {rule.title}\n\nSeverity: {rule.severity}.{accepted}\n\n{rule.why}\n"]
    if example.words:
        lines.append(f"\n{example.words}\n")
    if example.failing or example.passing:
        failing = _files(example.failing, example.passing)
        passing = _files(example.passing, example.failing)
        lines.append(f"\nFails at `{example.where}`:\n\n{failing}\nPasses:\n\n{passing}")
    return "".join(lines)


def _files(files: Files, other: Files) -> str:
    """What differs, and the files that both need around it."""
    if not files:
        return "With the file in its place.\n"
    shown = sorted(files.items(), key=lambda pair: other.get(pair[0]) == pair[1])
    return "".join(
        f"```yaml\n# {path}\n{'(no such file)' if text is None else _visible(text)}\n```\n"
        for path, text in shown
    )


def _visible(text: str) -> str:
    text = re.sub(r"x{100,}", "xxx… (hundreds of thousands)", text.rstrip("\n"))
    return _UNSEEN.sub(lambda match: f"<U+{ord(match.group()):04X}>", text)
