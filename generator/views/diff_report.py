"""A difference as people read it: sections of signed lines, a comment in Markdown, JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.views.diff_requests import command
from generator.views.difference import (
    CHANGES,
    COMES,
    GOES,
    Answer,
    Asker,
    Change,
    ChangedObject,
    Difference,
    Example,
    Moved,
)
from generator.vocabulary.plural import count, some

SIGNS = {COMES: "+", GOES: "-", CHANGES: "~"}
COMMENT = 60_000  # bytes; a comment on GitHub holds 65,536 characters
NAMED = 20  # of those with the same changes; JSON has all
FEW = 6  # names in one line of objects, and lines of objects of one kind
# Lists of `Change` in JSON.
CHANGED = (
    "trust",
    "overtaken",
    "lanes",
    "workloads",
    "routes",
    "stores",
    "policies",
    "settings",
    "printed",
    "applications",
    "files",
)
MARK = "<!-- gen diff -->"  # by which a comment is known again
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; each line with its sign: `+` comes, `-` goes, `~` changes, blank for
    what belongs to it."""

    title: str
    lines: tuple[tuple[str, str], ...]


def sections(difference: Difference) -> list[Section]:
    """What there is to say, the most important first."""
    parts = [
        ("Trust", _lines(difference.trust)),
        ("Target", _lines(difference.printed)),
        ("Tenants", _askers(difference.tenants)),
        ("Rules before those of other tenants", _lines(difference.overtaken)),
        ("Requests without a tenant", _askers(difference.environments)),
        ("Lanes", _lines(difference.lanes)),
        ("Workloads", _lines(difference.workloads)),
        ("Routes", _lines(difference.routes)),
        ("Stores", _lines(difference.stores)),
        ("Policies", _lines(difference.policies)),
        ("Settings", _lines(difference.settings)),
        ("Objects", _objects(difference.objects)),
        ("Argo CD applications", _lines(difference.applications)),
    ]
    return [Section(title, lines) for title, lines in parts if lines]


def files(difference: Difference) -> str:
    """Counts of output files."""
    kinds = Counter(change.kind for change in difference.files)
    added = count(kinds[COMES], "file")
    return f"{added} added, {kinds[CHANGES]} changed, {kinds[GOES]} deleted"


def _lines(changes: Iterable[Change]) -> tuple[tuple[str, str], ...]:
    return tuple((SIGNS[change.kind], _line(change)) for change in changes)


def _line(change: Change) -> str:
    name = _one_line(change.name)
    return f"{name}: {_one_line(change.what)}" if change.what else name


def _objects(objects: Iterable[ChangedObject]) -> tuple[tuple[str, str], ...]:
    """Objects of one kind and one fate, by their names and Applications; many by their number."""
    names: dict[tuple[str, str, str], list[str]] = {}
    for one in objects:
        names.setdefault((one.kind, one.change, one.where), []).append(one.name)
    places: dict[tuple[str, str], dict[tuple[str, ...], list[str]]] = {}
    for (kind, change, where), which in sorted(names.items()):
        places.setdefault((kind, change), {}).setdefault(tuple(sorted(which)), []).append(where)
    return tuple(
        (SIGNS[change], _one_line(f"{kind}{line}", 1000))
        for (kind, change), groups in places.items()
        for line in _grouped(groups)
    )


def _grouped(groups: Mapping[tuple[str, ...], list[str]]) -> Iterator[str]:
    if len(groups) > FEW:
        number = sum(len(names) * len(places) for names, places in groups.items())
        wheres = {place for places in groups.values() for place in places}
        yield f": {number:,} in {count(len(wheres), 'application')}"
        return
    for names, places in groups.items():
        yield f" {some(names, FEW)} in {some(places, FEW)}"


def _askers(askers: Iterable[Asker]) -> tuple[tuple[str, str], ...]:
    """Those with the same changes share them, and the request that shows it of the first."""
    groups: dict[tuple[str, tuple[Moved, ...], str], list[str]] = {}
    examples: dict[tuple[str, tuple[Moved, ...], str], Example | None] = {}
    for asker in askers:
        key = (asker.kind, asker.services, asker.what)
        groups.setdefault(key, []).append(asker.name)
        examples.setdefault(key, asker.example)
    lines = []
    for (kind, services, what), names in groups.items():
        told = f": {_one_line(what)}" if what else ""
        lines.append((SIGNS[kind], some(names, NAMED) + told))
        lines += [(" ", f"    {moved.service}: {_answer(kind, moved)}") for moved in services]
        if example := examples[kind, services, what]:
            lines.append((" ", f"    shown by: {_one_line(command(example))}"))
    return tuple(lines)


def _answer(kind: str, moved: Moved) -> str:
    if kind == CHANGES:
        before, after = _answers(moved.before), _answers(moved.after)
        return f"{before} → {after}" if before != after else f"{after}, made otherwise"
    return _answers(moved.after or moved.before)


def _answers(answers: tuple[Answer, ...]) -> str:
    return " or ".join(map(str, answers)) or "not asked"


def _one_line(text: str, longest: int = 300) -> str:
    text = _UNSEEN.sub(lambda unseen: f"\\u{ord(unseen.group()):04x}", text)
    return text if len(text) <= longest else text[:longest] + " …"


def markdown(difference: Difference, limit: int = COMMENT) -> str:
    """A comment for a pull request, inert whatever the names are: everything from the repository
    stands in code blocks whose fence is longer than any run of backticks in it. What does not fit
    is cut from the longest part, and said."""
    parts = sections(difference)
    room = [len(part.lines) for part in parts]

    def taken(index: int) -> int:
        return sum(len(line) + 3 for _, line in parts[index].lines[: room[index]])

    while len((text := _markdown(difference, parts, room)).encode()) > limit:
        room[max(range(len(parts)), key=taken)] //= 2
    return text


def _markdown(difference: Difference, parts: list[Section], room: list[int]) -> str:
    out = [MARK, f"**{difference.summary}**", ""]
    largest = max((len(part.lines) for part in parts), default=0)
    for part, most in zip(parts, room, strict=True):
        shown = [f"{'!' if sign == '~' else sign} {line}" for sign, line in part.lines[:most]]
        if most < len(part.lines):
            shown.append(f"  … {len(part.lines) - most:,} more lines; `gen diff` shows them")
        fence = _fence("\n".join(shown))
        count = sum(sign != " " for sign, _ in part.lines)
        opened = "" if len(part.lines) == largest and largest > 12 else " open"
        out += [
            f"<details{opened}><summary>{part.title} ({count:,})</summary>",
            "",
            f"{fence}diff",
            *shown,
            fence,
            "</details>",
            "",
        ]
    if difference:
        out.append(files(difference) + ".")
    return "\n".join(out) + "\n"


def _fence(text: str) -> str:
    """Longer than any run of backticks in a text."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))


def _request(example: Example) -> dict[str, Any]:
    rule = dict(zip(("kind", "name", "value"), example.rule, strict=True)) if example.rule else None
    return {"host": example.host, "path": example.path, "rule": rule}


def as_json(difference: Difference, base: str) -> dict[str, Any]:
    """The versioned JSON of docs/reference/json.md."""

    def answer(one: Answer) -> dict[str, Any]:
        return {"unit": one.unit, "version": one.version or None, "share": one.share}

    def asker(one: Asker) -> dict[str, Any]:
        services = [
            {
                "service": moved.service,
                "before": [*map(answer, moved.before)],
                "after": [*map(answer, moved.after)],
            }
            for moved in one.services
        ]
        told: dict[str, Any] = {"what": one.what} if one.what else {}
        if one.example:
            told["request"] = _request(one.example)
        return {"name": one.name, "change": one.kind, "services": services} | told

    def change(one: Change) -> dict[str, Any]:
        return {"name": one.name, "change": one.kind} | ({"what": one.what} if one.what else {})

    def of_object(one: ChangedObject) -> dict[str, Any]:
        told = {"group": one.group, "kind": one.kind, "name": one.name}
        return told | {"application": one.where, "change": one.change}

    return {
        "version": 1,
        "base": base,
        "summary": difference.summary,
        "total": dict(zip(("tenants", "environments"), difference.total, strict=True)),
        "tenants": [*map(asker, difference.tenants)],
        "environments": [*map(asker, difference.environments)],
        "objects": [*map(of_object, difference.objects)],
    } | {name: [*map(change, getattr(difference, name))] for name in CHANGED}
