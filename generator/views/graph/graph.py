"""A graph as data: what is drawn, before anybody says how."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from generator.vocabulary.names import UNSEEN

LONGEST = 80  # characters of a line; a digest and its name fit
_UNSEEN = re.compile(f"[\t\n{UNSEEN}]")

# What a node is, and how sure an edge is: `kept` leads on in the request's lane, `lost` out of it,
# `message` waits for no answer, `falls` is where a lane falls back to, `named` what it names.
NODES = ("ingress", "environment", "unit", "lane", "service", "external", "nobody")
EDGES = ("kept", "lost", "message", "falls", "named")


@dataclass(frozen=True, slots=True)
class Node:
    """`lines` are what stands in it, `group` those that it is drawn like."""

    kind: str
    lines: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """From and to are the keys of nodes."""

    source: str
    target: str
    kind: str = "kept"
    label: str = ""


@dataclass(slots=True)
class Graph:
    """Nodes by a key of their maker's; each edge stands once."""

    title: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)

    def add(self, key: str, kind: str, *lines: str, group: str = "") -> str:
        """The key of a node, which is there from now on; the first that names it says what it
        is."""
        shown = tuple(map(_shown, filter(None, lines)))
        self.nodes.setdefault(key, Node(kind, shown, _shown(group)))
        return key

    def join(self, source: str, target: str, kind: str = "kept", label: str = "") -> None:
        self.edges[Edge(source, target, kind, _shown(label))] = None

    @property
    def numbers(self) -> dict[str, int]:
        """Key → number: names in a picture's text are gen's own."""
        return {key: index for index, key in enumerate(self.nodes)}

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(node.group for node in self.nodes.values() if node.group))


Drawing = Callable[[Graph], str]


def as_text(graph: Graph) -> str:
    """A line for each edge, and for what has none."""
    called = {key: " ".join(node.lines) for key, node in graph.nodes.items()}
    lines = []
    for edge in graph.edges:
        told = ", ".join(filter(None, [edge.kind if edge.kind != "kept" else "", edge.label]))
        way = f"{called[edge.source]} → {called[edge.target]}"
        lines.append(f"{way}  ({told})" if told else way)
    joined = {key for edge in graph.edges for key in (edge.source, edge.target)}
    lines += [name for key, name in called.items() if key not in joined]
    return "".join(f"{line}\n" for line in lines)


def as_json(graph: Graph) -> dict[str, Any]:
    """The versioned JSON of docs/reference/json.md."""
    nodes = [
        {"id": number, "kind": node.kind, "lines": list(node.lines), "group": node.group or None}
        for number, node in enumerate(graph.nodes.values())
    ]
    numbers = graph.numbers
    edges = [
        {
            "from": numbers[edge.source],
            "to": numbers[edge.target],
            "kind": edge.kind,
            "label": edge.label or None,
        }
        for edge in graph.edges
    ]
    return {"version": 1, "title": graph.title, "nodes": nodes, "edges": edges}


def _shown(text: str) -> str:
    text = _UNSEEN.sub(lambda unseen: f"\\u{ord(unseen.group()):04x}", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
