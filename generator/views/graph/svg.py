"""A graph as a picture that any browser shows: no script, nothing that is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from generator.views.graph.graph import Edge, Graph, Node
from generator.views.graph.layout import Box, Point, Size, layout

EDGE = 16  # around the picture, and beside the text in a node
LINE, LETTER = 18, 7.3  # pixels of a line, and of a letter of its font
BACK = 40  # below, for edges that lead back
COLOURS = 8  # groups beyond them share
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]"
)
_ODD = re.compile("[&<>\"']")


def draw(graph: Graph) -> str:
    nodes, numbers = [*graph.nodes.values()], graph.numbers
    ends = [(numbers[edge.source], numbers[edge.target]) for edge in graph.edges]
    labels = [round(_columns(edge.label) * LETTER) for edge in graph.edges]
    made = layout([_size(node) for node in nodes], ends, labels)
    low = max((box.y + box.height for box in made.boxes), default=0)
    low = max([low, *(y + LINE // 2 for way in made.ways for _, y in way)])
    width = max((box.x + box.width for box in made.boxes), default=0) + 2 * EDGE
    height = low + 2 * EDGE + (BACK if made.back else 0)
    box = f'viewBox="{-EDGE} {-EDGE} {width} {height}" width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-labelledby="title">',
        f'<title id="title">{_text(graph.title)}</title>',
        f"<style>\n{_style()}</style>",
        *_markers(),
    ]
    for index, edge in enumerate(graph.edges):
        way = made.ways[index]
        lines += _under(edge, way, low) if index in made.back else _edge(edge, way)
    colours = {group: index % COLOURS for index, group in enumerate(graph.groups)}
    for node, place in zip(nodes, made.boxes, strict=True):
        lines += _node(node, place, colours.get(node.group))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _size(node: Node) -> Size:
    longest = max((_columns(line) for line in node.lines), default=0)
    return Size(round(longest * LETTER) + 2 * EDGE, LINE * max(len(node.lines), 1) + EDGE)


def _columns(text: str) -> int:
    return len(text) + len(_WIDE.findall(text))


def _markers() -> Iterator[str]:
    """Ends of arrows, which take the colour of their kind."""
    for kind in ("plain", "lost"):
        yield (
            f'<marker id="{kind}" class="{kind}" viewBox="0 0 8 8" refX="7" refY="4" '
            'markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>'
        )


def _edge(edge: Edge, way: Sequence[Point]) -> Iterator[str]:
    """From left to right: a bend in each gap, straight past the columns between."""
    parts = [f"M{way[0][0]} {way[0][1]}"]
    for (x, y), (to_x, to_y) in zip(way[1::2], way[2::2], strict=True):
        bend = (to_x - x) // 2
        parts.append(f"L{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}")
    (x, y), (to_x, to_y) = way[1:3]
    yield from _drawn(edge, "".join(parts), ((x + to_x) // 2, (y + to_y) // 2 - 4))


def _under(edge: Edge, way: Sequence[Point], low: int) -> Iterator[str]:
    """Back, below everything."""
    (x, y), (to_x, to_y) = way
    floor = low + BACK
    path = f"M{x} {y}C{x + 60} {floor} {to_x - 60} {floor} {to_x} {to_y}"
    yield from _drawn(edge, path, ((x + to_x) // 2, low + BACK // 2))


def _drawn(edge: Edge, path: str, at: Point) -> Iterator[str]:
    marker = "lost" if edge.kind == "lost" else "plain"
    yield f'<path class="edge {edge.kind}" d="{path}" marker-end="url(#{marker})"/>'
    if edge.label:
        yield f'<text class="label {edge.kind}" x="{at[0]}" y="{at[1]}">{_text(edge.label)}</text>'


def _node(node: Node, box: Box, colour: int | None) -> Iterator[str]:
    kinds = f"node {node.kind}" + (f" g{colour}" if colour is not None else "")
    at = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'
    yield f'<g class="{kinds}"><rect {at} rx="6"/>'
    for index, line in enumerate(node.lines):
        x, y = box.x + EDGE, box.y + EDGE // 2 + LINE * index + 13
        yield f'<text class="{"more" if index else "name"}" x="{x}" y="{y}">{_text(line)}</text>'
    yield "</g>"


@cache
def _style() -> str:
    return files(__package__).joinpath("graph.css").read_text("utf-8")


def _text(text: str) -> str:
    return _ODD.sub(lambda odd: f"&#{ord(odd.group())};", text)
