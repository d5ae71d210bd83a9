"""What pods say of the mesh: labels and annotations that take them, or a part of their traffic, out
of it. Istio reads them beside the namespace's own word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.manifests.workloads import SERVERS, WORKLOADS
from generator.vocabulary.nodes import mapping
from generator.vocabulary.source import Route

_ALONE = "no lane leads to these pods, and policies do not hold for them"
_PAST = "past the sidecar no lane leads, and policies do not hold"
_OTHER = "another control plane knows neither the lanes nor the policies of this one"
# Key → (the value that does so; None: any, what follows).
_OUT: Mapping[str, tuple[str | None, str]] = {
    "sidecar.istio.io/inject": ("false", _ALONE),
    "istio.io/dataplane-mode": ("none", _ALONE),
    "sidecar.istio.io/interceptionMode": ("NONE", _PAST),
    "istio.io/rev": (None, _OTHER),
    **{
        f"traffic.sidecar.istio.io/{name}": (None, _PAST)
        for name in (
            "excludeInboundPorts",
            "excludeInterfaces",
            "excludeOutboundIPRanges",
            "excludeOutboundPorts",
            "includeInboundPorts",
            "includeOutboundIPRanges",
            "includeOutboundPorts",
        )
    },
}
_ALL = ("", "*")  # what Istio does by itself, said once more


class Outside(NamedTuple):
    """A word that takes pods out of the mesh, by its route, and what follows from it."""

    route: Route
    message: str


def outside(document: Mapping[str, Any]) -> Iterator[Outside]:
    """Words of a workload that serves. Jobs may stand outside: nobody calls them, and what they
    call refuses them."""
    if document["kind"] not in SERVERS:
        return
    template = WORKLOADS[document["kind"]][:-1]
    for part in ("labels", "annotations"):
        said = mapping(document, *template, "metadata", part)
        for key, value in said.items():
            wanted, follows = _OUT.get(key, (None, ""))
            if follows and value not in _ALL and wanted in (None, value):
                yield Outside((*template, "metadata", part, key), follows)
