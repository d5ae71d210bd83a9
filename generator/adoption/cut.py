"""Cuts in the text of a manifest: parts are taken out and single values exchanged by where the
parser saw them. All else stays as it was written, comments too."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from generator.edits.document import behind
from generator.targets.yaml_text import scalar
from generator.vocabulary.findings import outcome
from generator.vocabulary.source import Route
from generator.vocabulary.yaml_reader import Reader

MOST_DEPTH = 100  # of a manifest: definitions of custom kinds are deep
Keys = Mapping[str, bool]
NOTHING: Mapping[Route, Keys] = {}
Span = tuple[int, int, str]  # from, to, what stands there instead
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def changed(
    data: Any, gone: Iterable[Route], put: Mapping[Route, str], add: Mapping[Route, Keys] = NOTHING
) -> Any:
    """A copy of the data without some parts, with other texts, and with more keys in mappings."""
    made = copy.deepcopy(data)
    for route, keys in add.items():
        _at(made, route).update(keys)
    for route, text in put.items():
        _parent(made, route)[route[-1]] = text
    for route in sorted(gone, key=_last_first, reverse=True):
        del _parent(made, route)[route[-1]]
    return made


def whole(data: Any, gone: Iterable[Route]) -> set[Route]:
    """The same parts, each as the largest that goes: a mapping or a list that would be left empty
    goes as well, and what lies inside of a part goes with it."""
    left, before = set(gone), set[Route]()
    while left != before:
        before, below = set(left), dict[Route, int]()
        for route in left:
            below[route[:-1]] = below.get(route[:-1], 0) + 1
        left |= {top for top, count in below.items() if top and count == len(_at(data, top))}
        left = {route for route in left if not any(route[:n] in left for n in range(len(route)))}
    return left


def cut(
    text: str,
    gone: set[Route],
    put: Mapping[Route, str],
    meant: Any,
    add: Mapping[Route, Keys] = NOTHING,
) -> str | None:
    """The text without the parts of `gone` (as `whole` gives them), with other values, and with
    more keys; None if a reader would not see in it what is meant."""
    if not (gone or put or add):
        return text
    top = yaml.compose(text, Loader=_Loader)
    spans = [_added(_node(top, route), keys) for route, keys in add.items()]
    spans += [_value(top, route, value) for route, value in put.items()]
    for parent in {route[:-1] for route in gone}:
        node = _node(top, parent)
        spans += _gone(text, node, {route[-1] for route in gone if route[:-1] == parent})
    for start, end, instead in sorted(spans, reverse=True):
        text = text[:start] + instead + text[end:]
    return text if seen(text) == meant else None


def seen(text: str) -> Any:
    """What a reader sees in one document; None if it cannot read it."""
    documents = outcome(Reader("", MOST_DEPTH, loose=True).documents(text)).value
    return documents[0] if documents is not None and len(documents) == 1 else None


def _last_first(route: Route) -> tuple[Any, ...]:
    return tuple((part if isinstance(part, int) else -1, str(part)) for part in route)


def _at(data: Any, route: Route) -> Any:
    for part in route:
        data = data[part]
    return data


def _parent(data: Any, route: Route) -> Any:
    return _at(data, route[:-1])


def _node(node: Any, route: Route) -> Any:
    for part in route:
        if isinstance(part, int):
            node = node.value[part]
        else:
            node = next(value for key, value in node.value if key.value == part)
    return node


def _value(top: Any, route: Route, value: str) -> Span:
    """Another text in the place of a scalar, in the quotes that it has."""
    node = _node(top, route)
    start, end, printed = node.start_mark.index, node.end_mark.index, scalar(value)
    if node.style in ("'", '"') and printed == value:
        printed = f"{node.style}{value}{node.style}"
    return start, end, printed


def _added(node: Any, keys: Keys) -> Span:
    """More keys at the beginning of a mapping."""
    if node.flow_style:
        start = node.start_mark.index + 1
        return start, start, "".join(f"{key}: {scalar(value)}, " for key, value in keys.items())
    start, indent = node.start_mark.index, " " * node.start_mark.column
    return start, start, "".join(f"{key}: {scalar(value)}\n{indent}" for key, value in keys.items())


def _gone(text: str, node: Any, parts: set[str | int]) -> Iterator[Span]:
    """What goes of the entries of a mapping, or of the items of a list."""
    is_list = isinstance(node, yaml.SequenceNode)
    entries = [(item, item) for item in node.value] if is_list else node.value
    names = range(len(entries)) if is_list else [key.value for key, _ in entries]
    kept = [number for number, name in enumerate(names) if name not in parts]
    dashed = not (is_list or node.flow_style or _is_first_in_line(text, entries[0][0]))
    if dashed and kept and kept[0]:  # what follows moves up behind the dash
        yield entries[0][0].start_mark.index, entries[kept[0]][0].start_mark.index, ""
        entries, names = entries[kept[0] :], names[kept[0] :]
    for number, name in enumerate(names):
        if name in parts and node.flow_style:
            yield _of_flow(entries, number)
        elif name in parts:
            yield _lines(text, *entries[number])


def _of_flow(entries: list[Any], number: int) -> Span:
    key, value = entries[number]
    if number + 1 < len(entries):
        return key.start_mark.index, entries[number + 1][0].start_mark.index, ""
    return entries[number - 1][1].end_mark.index, value.end_mark.index, ""


def _is_first_in_line(text: str, node: Any) -> bool:
    start = node.start_mark.index
    return not text[text.rfind("\n", 0, start) + 1 : start].strip(" ")


def _lines(text: str, key: Any, value: Any) -> Span:
    """The lines of an entry, with the comments directly above it."""
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    indent = key.start_mark.column if key is not value else _dash(text, start)
    while start and indent >= 0:
        above = text.rfind("\n", 0, start - 1) + 1
        line = text[above : start - 1]
        if not line.startswith(" " * indent + "#"):
            break
        start = above
    end = behind(text, value)
    return start, min(end + 1, len(text)), ""


def _dash(text: str, start: int) -> int:
    line = text[start : text.find("\n", start)]
    return len(line) - len(line.lstrip(" "))
