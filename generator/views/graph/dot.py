"""A graph in DOT, the language of Graphviz."""

from __future__ import annotations

import re

from generator.views.graph.graph import Graph

# Of a quoted string: what ends it, what begins an escape, and what begins an entity.
_ESCAPED = re.compile(r'["\\&]')
_SHAPES = {
    "ingress": "oval",
    "environment": "box3d",
    "unit": "box",
    "lane": "hexagon",
    "service": "box",
    "external": "parallelogram",
    "nobody": "circle",
}
_STYLES = {
    "kept": "solid",
    "lost": 'dashed, color="#d1242f"',
    "message": "dashed",
    "falls": "dotted",
    "named": "bold",
}


def draw(graph: Graph) -> str:
    numbers = graph.numbers
    lines = [f"digraph {_quoted(graph.title)} {{", "  rankdir=LR", '  node [fontname="monospace"]']
    for key, node in graph.nodes.items():
        label = '"' + "\\n".join(map(_text, node.lines)) + '"'
        colour = ', color="#d1242f"' if node.kind == "nobody" else ""
        lines.append(f"  n{numbers[key]} [label={label}, shape={_SHAPES[node.kind]}{colour}]")
    for edge in graph.edges:
        label = f"label={_quoted(edge.label)}, " if edge.label else ""
        ends = f"n{numbers[edge.source]} -> n{numbers[edge.target]}"
        lines.append(f"  {ends} [{label}style={_STYLES[edge.kind]}]")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    return _ESCAPED.sub(lambda odd: "&amp;" if odd.group() == "&" else f"\\{odd.group()}", text)
