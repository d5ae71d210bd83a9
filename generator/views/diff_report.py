"""A difference as people read it: sections of signed lines, a comment in Markdown, JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generator.views.diff import CHANGES, COMES, GOES, Answer, Asker, Change, Difference

SIGNS = {COMES: "+", GOES: "-", CHANGES: "~"}
COMMENT = 60_000  # bytes; a comment on GitHub holds 65,536 characters
NAMED = 20  # of those with the same changes; JSON has all
MARK = "<!-- gen diff -->"  # by which a comment is known again
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; each line with its sign: `+` comes, `-` goes, `~` changes, blank for what belongs to it."""

    title: str
    lines: tuple[tuple[str, str], ...]


def sections(difference: Difference) -> list[Section]:
    """What there is to say, the most important first."""
    parts = [
        ("Tenants", _askers(difference.tenants)),
        ("Requests without a tenant", _askers(difference.environments)),
        ("Lanes", _lines(difference.lanes)),
        ("Workloads", _lines(difference.workloads)),
        ("Routes", _lines(difference.routes)),
        ("Policies", _lines(difference.policies)),
        ("Argo CD applications", _lines(difference.applications)),
    ]
    return [Section(title, lines) for title, lines in parts if lines]


def files(difference: Difference) -> str:
    """Counts of output files."""
    kinds = Counter(change.kind for change in difference.files)
    return f"{kinds[COMES]} files added, {kinds[CHANGES]} changed, {kinds[GOES]} deleted"


def _lines(changes: Iterable[Change]) -> tuple[tuple[str, str], ...]:
    return tuple((SIGNS[change.kind], f"{change.name}: {_one_line(change.what)}" if change.what else change.name) for change in changes)


def _askers(askers: Iterable[Asker]) -> tuple[tuple[str, str], ...]:
    """Those with the same changes share them."""
    groups: dict[Any, list[str]] = {}
    for asker in askers:
        groups.setdefault((asker.kind, asker.services), []).append(asker.name)
    lines = []
    for (kind, services), names in groups.items():
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        lines.append((SIGNS[kind], ", ".join(names[:NAMED]) + more + ("" if services else ": told by other rules or hosts, with the same answers")))
        for moved in services:
            if kind == CHANGES:
                lines.append((" ", f"    {moved.service}: {_answers(moved.before)} → {_answers(moved.after)}"))
            else:
                lines.append((" ", f"    {moved.service}: {_answers(moved.after or moved.before)}"))
    return tuple(lines)


def _answers(answers: tuple[Answer, ...]) -> str:
    return " or ".join(map(str, answers)) or "not asked"


def _one_line(text: str, longest: int = 300) -> str:
    text = _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return text if len(text) <= longest else text[:longest] + " …"


def markdown(difference: Difference, limit: int = COMMENT) -> str:
    """A comment for a pull request, inert whatever the names are: everything from the repository stands in code blocks
    whose fence is longer than any run of backticks in it. What does not fit is cut from the longest part, and said."""
    parts = sections(difference)
    room = [len(part.lines) for part in parts]
    while len((text := _markdown(difference, parts, room)).encode()) > limit:
        longest = max(range(len(parts)), key=lambda index: sum(len(line) + 3 for _, line in parts[index].lines[: room[index]]))
        room[longest] //= 2
    return text


def _markdown(difference: Difference, parts: list[Section], room: list[int]) -> str:
    out = [MARK, f"**{difference.summary}**", ""]
    largest = max((len(part.lines) for part in parts), default=0)
    for part, most in zip(parts, room, strict=True):
        shown = [f"{'!' if sign == '~' else sign} {line}" for sign, line in part.lines[:most]]
        if most < len(part.lines):
            shown.append(f"  … {len(part.lines) - most:,} more lines; `gen diff` shows them")
        fence = "`" * max(3, 1 + max((len(run) for line in shown for run in re.findall("`+", line)), default=0))
        count = sum(sign != " " for sign, _ in part.lines)
        opened = "" if len(part.lines) == largest and largest > 12 else " open"
        out += [f"<details{opened}><summary>{part.title} ({count:,})</summary>", "", f"{fence}diff", *shown, fence, "</details>", ""]
    if difference:
        out.append(files(difference) + ".")
    return "\n".join(out) + "\n"


def as_json(difference: Difference, base: str) -> dict[str, Any]:
    """The versioned JSON of docs/reference/json.md."""
    def answer(one: Answer) -> dict[str, Any]:
        return {"unit": one.unit, "version": one.version or None, "share": one.share}

    def asker(one: Asker) -> dict[str, Any]:
        services = [{"service": moved.service, "before": [*map(answer, moved.before)], "after": [*map(answer, moved.after)]} for moved in one.services]
        return {"name": one.name, "change": one.kind, "services": services}

    def change(one: Change) -> dict[str, Any]:
        return {"name": one.name, "change": one.kind} | ({"what": one.what} if one.what else {})

    named = ("lanes", "workloads", "routes", "policies", "applications", "files")
    return {
        "version": 1,
        "base": base,
        "summary": difference.summary,
        "tenants": [*map(asker, difference.tenants)],
        "environments": [*map(asker, difference.environments)],
    } | {name: [*map(change, getattr(difference, name))] for name in named}
