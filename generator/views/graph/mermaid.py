"""A graph as Mermaid's flowchart, which GitHub, GitLab and editors draw."""

from __future__ import annotations

import re

from generator.views.graph.graph import Graph

# Letters stand for themselves, and so do dots and hyphens between them; everything else is a code,
# so that no text is a word of Mermaid's, of Markdown's or of HTML's.
_ODD = re.compile(r"(?<![A-Za-z0-9])[.-]|[.-](?![A-Za-z0-9])|[^A-Za-z0-9 ,/.-]")
_BOXES = {
    "ingress": ('(["', '"])'),
    "environment": ('["', '"]'),
    "unit": ('("', '")'),
    "lane": ('{{"', '"}}'),
    "service": ('["', '"]'),
    "external": ('[/"', '"/]'),
    "nobody": ('(("', '"))'),
}
_ARROWS = {
    "kept": "-->",
    "lost": "-.->",
    "message": "-.->",
    "falls": "-.->",
    "named": "==>",
}


def draw(graph: Graph) -> str:
    lines, numbers = ["flowchart LR"], graph.numbers
    for key, node in graph.nodes.items():
        begin, end = _BOXES[node.kind]
        lines.append(f"  n{numbers[key]}{begin}{'<br/>'.join(map(_text, node.lines))}{end}")
    for edge in graph.edges:
        arrow = _ARROWS[edge.kind]
        if edge.label:
            arrow = f'{arrow.replace(" lost ", "")}|"{_text(edge.label)}"|'
        lines.append(f"  n{numbers[edge.source]} {arrow} n{numbers[edge.target]}")
    for index, key in enumerate(graph.nodes):
        if graph.nodes[key].kind == "nobody":
            lines.append(f"  style n{index} stroke:#d1242f")
    lost = [index for index, edge in enumerate(graph.edges) if edge.kind == "lost"]
    if lost:
        lines.append(f"  linkStyle {','.join(map(str, lost))} stroke:#d1242f")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return _ODD.sub(lambda odd: f"#{ord(odd.group())};", text)
