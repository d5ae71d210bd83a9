"""Where the nodes of a graph stand, and which way its edges take: in columns from left to right, so
that calls lead on, and past the nodes that they do not concern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

APART = 18  # between two nodes of a column
PASSING = 8  # what an edge takes of a column that it passes
SWEEPS, SETTLES = 8, 4

Ends = tuple[int, int]
Adjacent = list[list[int]]


class Size(NamedTuple):
    width: int
    height: int


class Box(NamedTuple):
    """A node, or where an edge passes a column: its left upper corner and its size."""

    x: int
    y: int
    width: int
    height: int


Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes of nodes; of each edge where it begins, and then two points for each gap between
    columns; those that lead back have only their ends."""

    boxes: list[Box]
    ways: list[list[Point]]
    back: frozenset[int]


def layout(sizes: Sequence[Size], edges: Sequence[Ends], labels: Sequence[int]) -> Layout:
    """Places for nodes and edges; `labels` is how wide what is said at each edge is."""
    depth = _depths(len(sizes), edges)
    back = frozenset(i for i, (one, other) in enumerate(edges) if depth[one] >= depth[other])
    grid = _Grid(sizes, depth)
    chains = [
        [source, target] if index in back else grid.chain(source, target)
        for index, (source, target) in enumerate(edges)
    ]
    grid.order()
    gaps = [60] * len(grid.columns)
    for (source, _), label in zip(edges, labels, strict=True):
        gaps[depth[source]] = max(gaps[depth[source]], label + 40)
    boxes = grid.placed(gaps)
    sides = [0] * len(grid.columns)  # where columns end
    for box, column in zip(boxes, depth, strict=False):
        sides[column] = max(sides[column], box.x + box.width)
    ways = _ways(chains, boxes, {chain[0]: sides[depth[chain[0]]] for chain in chains}, back)
    return Layout(boxes[: len(sizes)], ways, back)


def _depths(count: int, edges: Sequence[Ends]) -> list[int]:
    """Of each node the longest way to it, without the edges that close a circle."""
    following: Adjacent = [[] for _ in range(count)]
    waiting = [0] * count
    for source, target in _without_circles(count, edges):
        following[source].append(target)
        waiting[target] += 1
    depth = [0] * count
    free = [node for node in range(count) if not waiting[node]]
    for node in free:  # grows
        for target in following[node]:
            depth[target] = max(depth[target], depth[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    return depth


def _without_circles(count: int, edges: Sequence[Ends]) -> list[Ends]:
    """The edges, less those that lead back on the way that a walk of all of them takes."""
    following: Adjacent = [[] for _ in range(count)]
    for source, target in dict.fromkeys(edges):
        if source != target:
            following[source].append(target)
    kept: list[Ends] = []
    state = [0] * count  # 1 while a node is on the way, 2 after it
    way: list[tuple[int, Iterator[int]]] = []
    for start in range(count):
        if not state[start]:
            state[start] = 1
            way.append((start, iter(following[start])))
        while way:
            node, rest = way[-1]
            target = next(rest, -1)
            if target < 0:
                state[node] = 2
                way.pop()
                continue
            if state[target] != 1:
                kept.append((node, target))
            if not state[target]:
                state[target] = 1
                way.append((target, iter(following[target])))
    return kept


class _Grid:
    """Columns of nodes, and of what passes between them."""

    def __init__(self, sizes: Sequence[Size], depth: Sequence[int]) -> None:
        self.sizes, self._depth = list(sizes), list(depth)
        self.columns: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
        for node, column in enumerate(depth):
            self.columns[column].append(node)
        self._ahead: Adjacent = [[] for _ in sizes]
        self._behind: Adjacent = [[] for _ in sizes]

    def chain(self, source: int, target: int) -> list[int]:
        """The nodes from one to the other, one in each column."""
        nodes = [source]
        for column in range(self._depth[source] + 1, self._depth[target]):
            self.columns[column].append(len(self.sizes))
            nodes.append(len(self.sizes))
            self.sizes.append(Size(0, PASSING))
            self._ahead.append([])
            self._behind.append([])
        nodes.append(target)
        for one, other in pairwise(nodes):
            self._ahead[one].append(other)
            self._behind[other].append(one)
        return nodes

    def order(self) -> None:
        """Each column by where the neighbours of its nodes stand, which leaves few crossings."""
        stands = {
            node: (index + 0.5) / len(column)
            for column in self.columns
            for index, node in enumerate(column)
        }
        for sweep in range(SWEEPS):
            near, order = self._side(sweep)
            for column in order:
                asked = {
                    node: _mean([stands[o] for o in near[node]], stands[node]) for node in column
                }
                column.sort(key=asked.__getitem__)
                stands.update((node, (i + 0.5) / len(column)) for i, node in enumerate(column))

    def placed(self, gaps: Sequence[int]) -> list[Box]:
        """Columns side by side, each node as near to the middle of its neighbours as the others of
        its column let it."""
        middles = [0.0] * len(self.sizes)
        for turn in range(SETTLES):
            near, order = self._side(turn)
            for column in order:
                wishes = [_mean([middles[o] for o in near[node]], middles[node]) for node in column]
                heights = [self.sizes[node].height for node in column]
                for node, middle in zip(column, _settled(wishes, heights), strict=True):
                    middles[node] = middle
        tops = [middle - size.height / 2 for middle, size in zip(middles, self.sizes, strict=True)]
        highest, left = min(tops, default=0), 0
        boxes = [Box(0, 0, 0, 0)] * len(self.sizes)
        for column, gap in zip(self.columns, gaps, strict=True):
            width = max(self.sizes[node].width for node in column)
            for node in column:
                own = self.sizes[node].width or width
                boxes[node] = Box(left, round(tops[node] - highest), own, self.sizes[node].height)
            left += width + gap
        return boxes

    def _side(self, turn: int) -> tuple[Adjacent, list[list[int]]]:
        """Whom nodes follow in this turn, and the order of columns for it."""
        if turn % 2:
            return self._ahead, self.columns[::-1]
        return self._behind, self.columns


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _settled(wishes: Sequence[float], heights: Sequence[int]) -> list[float]:
    """Middles that keep their order and their distance, as near to what is wished as can be: those
    that would overlap move together to the mean of their wishes."""
    offsets, low = [], 0.0
    for height in heights:
        offsets.append(low + height / 2)
        low += height + APART
    groups: list[tuple[float, int]] = []  # (mean, how many)
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, number = wish - offset, 1
        while groups and groups[-1][0] > mean:
            other, count = groups.pop()
            mean = (mean * number + other * count) / (number + count)
            number += count
        groups.append((mean, number))
    shifts = [mean for mean, number in groups for _ in range(number)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _ways(
    chains: Sequence[Sequence[int]],
    boxes: Sequence[Box],
    sides: Mapping[int, int],
    back: frozenset[int],
) -> list[list[Point]]:
    """The points of each edge; edges of one node leave and enter it apart, by where they lead.
    `sides` tells where the column of a node ends."""
    leaving: dict[int, list[int]] = {}
    entering: dict[int, list[int]] = {}
    for index, chain in enumerate(chains):
        leaving.setdefault(chain[0], []).append(index)
        entering.setdefault(chain[-1], []).append(index)
    begin = _ports(leaving, boxes, {i: boxes[chain[1]].y for i, chain in enumerate(chains)})
    end = _ports(entering, boxes, {i: boxes[chain[-2]].y for i, chain in enumerate(chains)})
    ways = []
    for index, chain in enumerate(chains):
        first, last = boxes[chain[0]], boxes[chain[-1]]
        way = [(first.x + first.width, begin[index])]
        if index not in back:
            way.append((sides[chain[0]], begin[index]))
            for node in chain[1:-1]:
                box = boxes[node]
                middle = box.y + box.height // 2
                way += [(box.x, middle), (box.x + box.width, middle)]
        ways.append([*way, (last.x, end[index])])
    return ways


def _ports(
    sides: dict[int, list[int]], boxes: Sequence[Box], other: dict[int, int]
) -> dict[int, int]:
    """Edge → where on the side of its node it stands."""
    ports = {}
    for node, indices in sides.items():
        box, number = boxes[node], len(indices)
        for rank, index in enumerate(sorted(indices, key=lambda i: (other[i], i))):
            ports[index] = box.y + box.height * (rank + 1) // (number + 1)
    return ports
