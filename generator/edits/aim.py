"""The same configuration, printed for another target: for another plane, or as other routes."""

from __future__ import annotations

from collections.abc import Mapping

from generator.edits.document import Document
from generator.edits.edit import applied
from generator.vocabulary.layout import PLATFORM
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


def aimed(sources: Sources, choices: Mapping[str, str]) -> Sources:
    """The configuration as if platform.yaml said these choices, of each cluster, and all else as it
    is."""
    if PLATFORM not in sources.files:
        raise Refusal(f"{PLATFORM} is missing", "start with `gen init`", exit_code=1)
    document = Document(PLATFORM, sources.files[PLATFORM])
    for name, value in choices.items():
        document.set(CHOICES[name], value)
        if CHOICES[name][0] == "mesh":
            _everywhere(document, name, value)
    if choices.get("ingress") == "gateway":
        for key in _MADE:
            if key in document.data["ingress"]:
                document.remove(("ingress", key))
    return applied(sources, {PLATFORM: document.raw})


def _everywhere(document: Document, name: str, value: str) -> None:
    """What clusters say of their own instead."""
    for cluster, said in (document.data.get("clusters") or {}).items():
        if name in (said or {}):
            document.set(("clusters", cluster, name), value)
