"""The same configuration, printed for another target: for another plane, or as other routes."""

from __future__ import annotations

from collections.abc import Mapping

from generator.edits.document import Document
from generator.edits.edit import applied
from generator.vocabulary.layout import PLATFORM, of_kind, path_of
from generator.vocabulary.platform import Mesh
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Route, Sources

# What may be chosen → where platform.yaml says it.
CHOICES: Mapping[str, Route] = {
    "plane": ("mesh", "plane"),
    "routes": ("mesh", "routes"),
    "ingress": ("ingress", "kind"),
}
# What Istio says itself of a gateway that it makes.
_MADE = ("selector", "serviceAccount")


def aimed(sources: Sources, choices: Mapping[str, str], cluster: str | None = None) -> Sources:
    """The configuration as if platform.yaml said these choices, and all else as it is: of one
    cluster, or of each if none is named."""
    made = _of_platform(sources, choices, cluster)
    if plane := choices.get("plane"):
        made |= _of_environments(sources, plane, cluster)
    return applied(sources, made)


def turned(sources: Sources, plane: str, environment: str) -> Sources:
    """The configuration as if one environment said this plane."""
    path = path_of("environment", environment)
    document = Document(path, sources.files[path])
    document.set(("plane",), plane)
    return applied(sources, {path: document.raw})


def _of_environments(sources: Sources, plane: str, cluster: str | None) -> dict[str, bytes]:
    """Those that say a plane of their own, where the choice holds."""
    made = {}
    for _, path in of_kind(sources.files, "environment"):
        document = Document(path, sources.files[path])
        there = cluster is None or cluster == (document.data.get("cluster") or "")
        if there and document.data.get("plane"):
            document.set(("plane",), plane)
            made[path] = document.raw
    return made


def _of_platform(
    sources: Sources, choices: Mapping[str, str], cluster: str | None
) -> dict[str, bytes]:
    if PLATFORM not in sources.files:
        raise Refusal(f"{PLATFORM} is missing", "start with `gen init`", exit_code=1)
    document = Document(PLATFORM, sources.files[PLATFORM])
    for name, value in choices.items():
        if cluster:
            document.set(("clusters", cluster, name), value)
            continue
        if CHOICES[name][0] == "mesh":
            _others(document, name, value if cluster is None else None)
        document.set(CHOICES[name], value)
    if choices.get("ingress") == "gateway":
        for key in _MADE:
            if key in document.data["ingress"]:
                document.remove(("ingress", key))
    return {PLATFORM: document.raw}


def _others(document: Document, name: str, value: str | None) -> None:
    """What clusters say of their own: the same; or, where they are to stay as they are, what they
    had from the platform."""
    had = (document.data.get("mesh") or {}).get(name, Mesh.model_fields[name].default)
    for cluster, said in (document.data.get("clusters") or {}).items():
        if value is not None and name in said:
            document.set(("clusters", cluster, name), value)
        if value is None and name not in said:
            document.set(("clusters", cluster, name), had)
