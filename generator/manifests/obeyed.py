"""Annotations and labels that Argo CD, Helm and Kustomize obey: gen's to set, and nobody else's.
Others of theirs, such as `helm.sh/chart`, tell people something and pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

_OBEYED = " is obeyed by Argo CD, Helm or Kustomize, and gen's to set"
MOST_RELATED = 5  # places that are shown of one cause
_PREFIXES = (
    "argocd.argoproj.io/",
    "link.argocd.argoproj.io/",
    "helm.sh/hook",
    "helm.sh/resource-policy",
    "config.kubernetes.io/",
    "internal.config.kubernetes.io/",
    "kustomize.config.k8s.io/",
    "config.k8s.io/",
)


def obeyed(place: Place, node: Any, *, inside: bool = False) -> Iterator[Finding]:
    """Every key with a meaning of that kind, however deep, and JSON pointers to one. `inside` a
    text that stands at `place`, the word is looked for from there on."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from obeyed(place if inside else place.at(index), item, inside=inside)
    elif isinstance(node, dict):
        for key, value in node.items():
            if is_obeyed(key):
                yield _finding(place._replace(word=key) if inside else place.key(key), key)
            elif key in ("path", "from") and isinstance(value, str) and _points(value):
                yield _finding(place._replace(word=value) if inside else place.at(key), value)
            yield from obeyed(place if inside else place.at(key), value, inside=inside)


def is_obeyed(key: str) -> bool:
    """Whether a label or an annotation is of that kind."""
    return key.startswith(_PREFIXES)


def _points(pointer: str) -> bool:
    return any(is_obeyed(unescaped(token)) for token in pointer.split("/"))


def unescaped(token: str) -> str:
    """A part of a JSON pointer as the key that it means."""
    return token.replace("~1", "/").replace("~0", "~")


def _finding(place: Place, key: str) -> Finding:
    return Finding(
        "GEN402",
        place,
        f"`{key[:80]}`{_OBEYED}",
        "delete it",
    )


def grouped(found: Iterable[Finding]) -> list[Finding]:
    """Findings of one such key as one, at the first place, with how often it is there."""
    first: dict[tuple[str, int], list[Finding]] = {}
    for number, finding in enumerate(found):
        same = _OBEYED in finding.message
        first.setdefault((finding.message, 0 if same else number), []).append(finding)
    return [_counted(same) for same in first.values()]


def _counted(same: Sequence[Finding]) -> Finding:
    if len(same) == 1:
        return same[0]
    related = tuple((other.place, "here too") for other in same[1 : MOST_RELATED + 1])
    message = f"{same[0].message} ({len(same)} times)"
    return same[0]._replace(message=message, related=related)
