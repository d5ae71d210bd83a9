"""The same configuration, printed for another target: for another plane, or as other routes."""

from __future__ import annotations

from collections.abc import Mapping

from generator.edits.document import Document
from generator.edits.edit import applied
from generator.vocabulary.layout import PLATFORM
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
    return applied(sources, {PLATFORM: document.raw})


def _others(document: Document, name: str, value: str | None) -> None:
    """What clusters say of their own: the same; or, where they are to stay as they are, what they
    had from the platform."""
    had = (document.data.get("mesh") or {}).get(name, Mesh.model_fields[name].default)
    for cluster, said in (document.data.get("clusters") or {}).items():
        if value is not None and name in said:
            document.set(("clusters", cluster, name), value)
        if value is None and name not in said:
            document.set(("clusters", cluster, name), had)
