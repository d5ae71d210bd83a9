"""A Compose file's text → its data, with the place of each part.

It is read as Compose reads it: anchors, aliases and merge keys are resolved, and variables in
values become what is known of them, or their defaults. All under caps: a few lines of aliases can
stand for gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from generator.vocabulary import names
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.nodes import mapping
from generator.vocabulary.source import Mark, Place, Route

MOST_NODES = 50_000
MOST_DEPTH = 32
HINT = "`docker compose config | gen import -` brings it resolved, or write it out"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SERVICES = re.compile(r"^services[ \t]*:", re.MULTILINE)
_OBJECT = re.compile(r"^(?:apiVersion|kind)[ \t]*:", re.MULTILINE)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[Tt ][0-9:.Z +-]+")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|"
    r"\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<word>[^{}]*))?\})"
)


class _TooMuchError(Exception):
    """More than any Compose file holds."""

    def __init__(self, node: Any) -> None:
        super().__init__()
        self.node = node


def is_compose(text: str) -> bool:
    """Whether a text is a Compose file rather than objects of a cluster."""
    return _SERVICES.search(text) is not None and _OBJECT.search(text) is None


@dataclass(slots=True)
class Composed:
    """What a file says, and what it asks for. Where it says a value by a variable, `open_` has the
    route and the name; `anew` has where Compose makes another text of a number or a time without
    quotes. `known` are values of variables, and `taken` those of them that were used."""

    path: str
    line: int
    top: Any
    data: dict[str, Any]
    open_: dict[Route, str] = field(default_factory=dict)
    anew: set[Route] = field(default_factory=set)
    known: Mapping[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def given(self, name: str) -> str | None:
        """The value of a variable that the file only names."""
        value = self.known.get(name)
        if value is not None:
            self.taken.add(name)
        return value

    def place(self, *route: str | int) -> Place:
        """Where a part stands, or the nearest thing above it."""
        node, spot = self.top, self.top
        for part in route:
            key, node = _below(node, part)
            if node is None:
                break
            spot = key if key is not None else node
        mark = spot.start_mark
        return Place(self.path, mark=Mark(self.line + mark.line, mark.column + 1))


def composed(path: str, line: int, text: str, known: Mapping[str, str]) -> Reading[Composed | None]:
    """The data of a file that begins in a line; None with a finding if it cannot be read."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH:
                yield _too_much(path, line, event)
                return None
        top = yaml.compose(text, Loader=_Loader)
        made = Composed(path, line, top, {}, known=known)
        data = _Values(made).value(top, (), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Mark(line + mark.line, mark.column + 1) if mark else Mark(line, 1)
        problem = re.sub(r"[^ -~]", "?", error.problem or "the text is not YAML")
        yield Finding("GEN004", Place(path, mark=at), problem[:200], "look at the line above, too")
        return None
    except _TooMuchError as error:
        yield _too_much(path, line, error.node)
        return None
    if not isinstance(data, dict) or not isinstance(data.get("services"), dict):
        place = Place(path, mark=Mark(line, 1))
        yield Finding("GEN009", place, "`services` holds no services", "bring a Compose file")
        return None
    made.data = data
    yield from _told(made)
    return made


def _too_much(path: str, line: int, node: Any) -> Finding:
    mark = Mark(line + node.start_mark.line, node.start_mark.column + 1)
    message = "this is deeper, or stands for more, than any Compose file"
    return Finding("GEN008", Place(path, mark=mark), message, "write the values out")


def _told(made: Composed) -> Iterator[Finding]:
    """Variables, each once: nobody here knows what they are where it runs."""
    first: dict[str, Route] = {}
    for route, said in made.open_.items():
        first.setdefault(said, route)
    for said, route in first.items():
        yield Finding(
            "GEN617",
            made.place(*route),
            f"a variable of whoever starts it: {said}",
            "look at the value that was taken; `docker compose config` brings the real ones",
            about=said,
        )


def _below(node: Any, part: str | int) -> tuple[Any, Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key, value
        for key, value in node.value:  # what is merged stands where it was written first
            if key.value == "<<":
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    found = _below(source, part)
                    if found[1] is not None:
                        return found
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None, None


class _Values:
    """Nodes → data, each node counted as often as it is referred to."""

    def __init__(self, made: Composed) -> None:
        self.made = made
        self.count = 0

    def value(self, node: Any, route: Route, depth: int) -> Any:
        self.count += 1
        if self.count > MOST_NODES or depth > MOST_DEPTH:
            raise _TooMuchError(node)
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [self.value(item, (*route, index), depth + 1) for index, item in items]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, route, depth)
        return self._scalar(node, route)

    def _mapping(self, node: Any, route: Route, depth: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a key must be text", key.start_mark)
            if key.value == "<<":
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    other = self.value(source, route, depth + 1)
                    merged = {**mapping(other), **merged}
                continue
            if key.value in own:
                problem = f"`{key.value[:60]}` is given twice here"
                raise yaml.MarkedYAMLError(None, None, problem, key.start_mark)
            own[key.value] = self.value(value, (*route, key.value), depth + 1)
        return merged | own

    def _scalar(self, node: Any, route: Route) -> Any:
        text: str = node.value
        if "$" in text:
            text = _VARIABLE.sub(lambda match: self._variable(match, route), text)
        if node.style or (text != node.value and not text):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if names.matches(names.NO_TEXT, text) or _TIME.fullmatch(text):
            self.made.anew.add(route)
        return text

    def _variable(self, match: re.Match[str], route: Route) -> str:
        """The value of a variable; of one that nobody sets its default, or nothing."""
        if match["dollar"]:
            return "$"
        name, how = match["plain"] or match["name"], match["how"] or ""
        word = match["word"] or ""
        value = self.made.given(name)
        if value is not None and (value or not how.startswith(":")):
            return word if how.endswith("+") else value
        has_default = how.endswith("-")
        if not how.endswith("+"):
            said = "whose default is taken" if has_default else "which has no value here"
            self.made.open_[route] = f"{name}, {said}"
        return word if has_default else ""
