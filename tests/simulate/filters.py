"""EnvoyFilters: programs of Lua, run by the LuaJIT that Envoy embeds, and which header chooses the virtual host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tests.envoy import Filters
from tests.mesh.kubelet import Object
from tests.simulate import Unread, only
from tests.simulate.istio import ROOT, Registry

Lines = tuple[tuple[str, str], ...]  # headers in lower case, line by line
SIDECAR, GATEWAY = "SIDECAR_OUTBOUND", "GATEWAY"
DRAW = "math.random()"
AUTHORITY = "%REQ(:authority)%"


class Passed(NamedTuple):
    """A request behind the filters; `drawn`: whether its lane may have been drawn by lot."""

    lines: Lines
    drawn: bool


class Chain:
    """The filters of a proxy, in their order: by priority, then by age. Each stands right before the router, so behind
    those that came before it (EnvoyFilter: `priority`, INSERT_BEFORE; seen)."""

    def __init__(self, registry: Registry, pod: Object, context: str) -> None:
        self._programs: dict[str, str] = {}  # filter → what it runs
        self.chooser = ":authority"  # `RouteConfiguration.vhost_header`
        self._copied: list[tuple[str, str]] = []
        namespace, labels = pod["metadata"]["namespace"], pod["metadata"]["labels"]
        items = sorted(
            registry.kinds["EnvoyFilter"], key=lambda item: item["spec"].get("priority", 0)
        )
        for item in items:
            only(item["spec"], {"workloadSelector", "priority", "configPatches"}, "an EnvoyFilter")
            wanted = (item["spec"].get("workloadSelector") or {}).get("labels") or {}
            if (
                item["metadata"]["namespace"] in (namespace, ROOT)
                and wanted.items() <= labels.items()
            ):
                for patch in item["spec"]["configPatches"]:
                    if patch["match"]["context"] == context:
                        self._apply(patch["applyTo"], patch["patch"])
        self._text = tuple(self._programs.values())

    def _apply(self, where: str, patch: dict[str, Any]) -> None:
        value = patch["value"]
        if where == "HTTP_FILTER" and patch["operation"] == "INSERT_BEFORE":
            code = (value["typed_config"].get("default_source_code") or {}).get("inline_string", "")
            self._programs[value["name"]] = code
        elif where == "ROUTE_CONFIGURATION":
            only(
                value,
                {"vhost_header", "request_headers_to_remove", "typed_per_filter_config"},
                where,
            )
            self.chooser = value.get("vhost_header", self.chooser)
            for name, config in (value.get("typed_per_filter_config") or {}).items():
                # What a route says of a Lua filter runs instead of the listener's (LuaPerRoute).
                if name in self._programs:
                    self._programs[name] = config["source_code"]["inline_string"]
        elif where == "NETWORK_FILTER":
            (mutation,) = value["typed_config"]["early_header_mutation_extensions"]
            for one in mutation["typed_config"]["mutations"]:
                append = one["append"]
                if (
                    append["append_action"] != "ADD_IF_ABSENT"
                    or append["header"]["value"] != AUTHORITY
                ):
                    raise Unread(f"an early mutation {append}")
                self._copied.append((append["header"]["key"].lower(), ":authority"))
        else:
            raise Unread(f"a patch of {where}")

    def run(self, lines: Lines, claims: Mapping[str, Any] | None, address: str) -> Passed:
        """Early mutations come before all filters (Envoy: early_header_mutation_extensions); a changed header chooses
        the route again, since each program asks for that or changes what was matched (seen)."""
        known = dict(lines)
        early = tuple((name, known[of]) for name, of in self._copied if name not in known)
        key = tuple(sorted(claims.items())) if claims else None
        asks_address = any("downstreamLocalAddress" in text for text in self._text)
        return _run(self._text, lines + early, key, address if asks_address else "")


@lru_cache(maxsize=256)
def _filters(programs: tuple[str, ...]) -> Filters:
    return Filters(program for program in programs if program)


_REMEMBERED: dict[Any, Passed] = {}
_ROOM = 1 << 15


def _run(programs: tuple[str, ...], lines: Lines, claims: Any, address: str) -> Passed:
    """The same request leaves the same way, unless a lot was drawn."""
    filters = _filters(programs)
    if not filters.runtimes:
        return Passed(lines, drawn=False)
    key = (programs, lines, claims, address)
    if key in _REMEMBERED:
        return _REMEMBERED[key]
    for runtime in filters.runtimes:
        runtime.execute(COUNTED)
    told = filters.ask(lines, dict(claims) if claims is not None else None, address)
    drawn = any(runtime.globals().drawn for runtime in filters.runtimes)
    passed = Passed(tuple(told.headers), drawn)
    if len(_REMEMBERED) == _ROOM:
        _REMEMBERED.clear()
    if not drawn:
        _REMEMBERED[key] = passed
    return passed


def forget() -> None:
    """A world begins as it begins again: lots are drawn in the same order."""
    _filters.cache_clear()
    _REMEMBERED.clear()


COUNTED = """
drawn = false
if not drawing then
  drawing = math.random
  math.randomseed(1)
  math.random = function() drawn = true; return drawing() end
end
"""


def joined(lines: Lines) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Headers by name, each with its lines."""
    found: dict[str, list[str]] = {}
    for name, value in lines:
        found.setdefault(name, []).append(value)
    yield from ((name, tuple(values)) for name, values in found.items())
