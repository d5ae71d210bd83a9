"""What stands beside a Compose file and tells of ports and calls: files that containers mount,
Dockerfiles, labels for a proxy. Nothing of it is taken but addresses and ports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.manifests.dials import addresses
from generator.vocabulary.base import Dial
from generator.vocabulary.nodes import below, listed, mapping
from generator.vocabulary.source import Place

# Path of a Compose file, and of a file as it names it → that file's text; empty where it is none
# that may be read.
Near = Callable[[str, str], str]
MOST = 500  # files that are read for one import

_PORT = re.compile(r"traefik\.(http|tcp)\.services\.[^.=]{1,100}\.loadbalancer\.server\.port")
_FROM = re.compile(r"(?:--\S+\s+)*(?P<parent>\S+)(?:\s+as\s+(?P<name>\S+))?\s*", re.IGNORECASE)
_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_COMMENT = re.compile(r"^[ \t]*(?:#|//|;|<!--).*|[ \t]#.*", re.MULTILINE)
# Ends of what people read, or a program is written in: an address there says no call.
_PROSE = (
    *(".c", ".cs", ".css", ".csv", ".go", ".html", ".java", ".js", ".jsx", ".kt", ".log", ".md"),
    *(".mjs", ".php", ".py", ".rb", ".rs", ".rst", ".sql", ".svg", ".ts", ".tsx", ".txt", ".vue"),
)
_INSTRUCTION = re.compile(r"\s*(?P<word>FROM|EXPOSE)\s+(?P<rest>[^#]*)", re.IGNORECASE)
_EXPOSED = re.compile(r"(?P<port>[0-9]{1,5})(?:/tcp)?", re.IGNORECASE)


def nobody(path: str, name: str) -> str:  # noqa: ARG001
    """Of a text without a place: nothing stands beside it."""
    return ""


def bounded(near: Near) -> Near:
    """The same, and of more files than a person writes nothing."""
    left = iter(range(MOST))

    def read(path: str, name: str) -> str:
        return near(path, name) if next(left, None) is not None else ""

    return read


def mounted(path: str, said: Mapping[str, Any], near: Near) -> list[str]:
    """The settings that a service mounts from beside the Compose file, without comments."""
    sources = (one for one in _sources(said) if not one.lower().endswith(_PROSE))
    texts = (_COMMENT.sub("", near(path, source)) for source in sources)
    return [text for text in texts if text]


def _sources(said: Mapping[str, Any]) -> Iterator[str]:
    for entry in listed(said, "volumes"):
        if isinstance(entry, dict):
            source = str(entry.get("source") or "")
        else:
            source = str(entry).partition(":")[0]
        if source.startswith("./"):
            yield source


def dialled_in(texts: list[str], services: Mapping[str, Any], place: Place) -> Iterator[Dial]:
    """The addresses of other services in texts that are no part of what is taken."""
    for text in texts:
        for dial in addresses(text, place):
            if dial.host in services and (dial.url or dial.port):
                yield dial


def exposed(path: str, said: Mapping[str, Any], near: Near) -> list[int]:
    """The ports that the Dockerfile of a service says that its container listens on."""
    build = said.get("build")
    if isinstance(build, str):
        build = {"context": build}
    if not isinstance(build, dict) or not isinstance(build.get("context", "."), str):
        return []
    asked = build.get("target")
    target = "" if asked is None else str(asked)
    if inline := build.get("dockerfile_inline"):
        return _exposed(str(inline), target)
    file = f"{build.get('context', '.')}/{build.get('dockerfile') or 'Dockerfile'}"
    return _exposed(near(path, file), target)


def _exposed(text: str, target: str) -> list[int]:
    """Of the last stage, or the one that is asked for, and of those that it begins with."""
    stages: dict[str, tuple[str, list[int]]] = {}  # name → what it begins with, its ports
    last = ""
    for line in _CONTINUED.sub(" ", _COMMENT.sub("", text)).splitlines():
        said = _INSTRUCTION.match(line)
        if said is None:
            continue
        if said["word"].upper() == "FROM" and (begun := _FROM.fullmatch(said["rest"])):
            last = (begun["name"] or str(len(stages))).lower()
            stages[last] = begun["parent"].lower(), []
        elif last in stages:
            numbers = (_EXPOSED.fullmatch(word) for word in said["rest"].split())
            stages[last][1].extend(int(found["port"]) for found in numbers if found)
    numbered = {str(number): name for number, name in enumerate(stages)}
    asked = numbered.get(target, target.lower()) or last
    return list(dict.fromkeys(_inherited(stages, asked)))


def _inherited(stages: Mapping[str, tuple[str, list[int]]], name: str) -> Iterator[int]:
    seen = set[str]()
    while name in stages and name not in seen:
        seen.add(name)
        name, ports = stages[name]
        yield from (port for port in ports if 0 < port < 65536)


def labelled(said: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(port, what it speaks) as labels tell Traefik, which finds services by them."""
    told = below(said, "labels")
    pairs = (str(one).partition("=") for one in listed(told))
    labels = mapping(told) or {key: value for key, _, value in pairs}
    if str(labels.get("traefik.enable", "")).lower() == "false":
        return
    for key, value in labels.items():
        known = _PORT.fullmatch(str(key))
        port = str(value).strip()
        if known and re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536:
            yield int(port), "http" if known[1] == "http" else ""
