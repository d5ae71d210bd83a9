"""Every small configuration once: up to renaming of environments, branches and services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, combinations_with_replacement, permutations, product
from typing import NamedTuple

from tests.specification.model import Lane, Model, Service

ENVIRONMENTS, BRANCHES = 3, 2
LONGEST = 3  # units that a lane goes through

Forest = tuple[int | None, ...]  # environment → the one that it extends


class Shape(NamedTuple):
    """Environments, what they extend, and where branches are."""

    forest: Forest
    branches: tuple[int, ...]

    @property
    def environments(self) -> list[str]:
        return [f"e{index}" for index in range(len(self.forest))]

    @property
    def units(self) -> list[str]:
        beside = [f"e{home}/b{index}" for index, home in enumerate(self.branches)]
        return [*self.environments, *beside]

    @property
    def extends(self) -> dict[str, str | None]:
        return {
            name: None if parent is None else f"e{parent}"
            for name, parent in zip(self.environments, self.forest, strict=True)
        }


def shapes(environments: int = ENVIRONMENTS, branches: int = BRANCHES) -> Iterator[Shape]:
    """Of those that are the same but for names, the first."""
    for count in range(1, environments + 1):
        seen = set[Shape]()
        for forest in product([None, *range(count)], repeat=count):
            if _is_forest(forest):
                for beside in range(branches + 1):
                    for homes in combinations_with_replacement(range(count), beside):
                        if (shape := _canonical(forest, homes)) not in seen:
                            seen.add(shape)
                            yield shape


def _is_forest(forest: Forest) -> bool:
    for start in range(len(forest)):
        at: int | None = start
        for _ in forest:
            at = forest[at] if at is not None else None
        if at is not None:
            return False
    return True


def _canonical(forest: Forest, homes: tuple[int, ...]) -> Shape:
    """The smallest of all renamings."""
    found = []
    for names in permutations(range(len(forest))):
        renamed: list[int | None] = [None] * len(forest)
        for index, parent in enumerate(forest):
            renamed[names[index]] = None if parent is None else names[parent]
        found.append(Shape(tuple(renamed), tuple(sorted(names[home] for home in homes))))
    return min(
        found,
        key=lambda shape: ([-1 if one is None else one for one in shape.forest], shape.branches),
    )


def subsets(items: Sequence[str]) -> Iterator[frozenset[str]]:
    every = chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))
    return map(frozenset, every)


def sleepers(shape: Shape) -> Iterator[frozenset[str]]:
    """With an environment sleep its branches."""
    for some in subsets(shape.units):
        if all(unit in some for unit in shape.units if unit.split("/")[0] in some):
            yield some


def ways(units: Sequence[str], longest: int = LONGEST) -> Iterator[tuple[str, ...]]:
    """The lists that a lane may go through."""
    for length in range(1, longest + 1):
        yield from permutations(units, length)


def columns(shape: Shape) -> dict[str, frozenset[str]]:
    """A service for each set of units that may run it. Who answers for one depends on nothing that is said of
    another, so that all of them stand in one configuration; what depends on it, the model would tell."""
    return {f"s{index:02}": units for index, units in enumerate(subsets(shape.units))}


def model_of(shape: Shape, runners: dict[str, frozenset[str]], asleep: frozenset[str]) -> Model:
    runs = {
        unit: frozenset(name for name, units in runners.items() if unit in units)
        for unit in shape.units
    }
    return Model(shape.extends, runs, dict.fromkeys(runners, Service(entry=True)), {}, asleep)


def lanes(shape: Shape, runners: dict[str, frozenset[str]]) -> Iterator[Lane]:
    """Every way, shared and strict, without pins and with all services pinned to each unit that runs them."""
    pins = [{}] + [
        {name: unit for name, units in runners.items() if unit in units} for unit in shape.units
    ]
    for through in ways(shape.units):
        for strict in (False, True):
            for pin in pins:
                yield Lane(through, pin, strict)


def graphs() -> Iterator[dict[str, Service]]:
    """Who calls whom among three services: every graph without circles, who forwards, and raw TCP."""
    for first, second, third in product((False, True), repeat=3):
        calls = {
            "s0": tuple(name for name, there in (("s1", first), ("s2", second)) if there),
            "s1": ("s2",) if third else (),
            "s2": (),
        }
        for drops, tcp in product(("", "s0", "s1"), (False, True)):
            if (drops and not calls[drops]) or (tcp and not (second or third)):
                continue
            yield {
                name: Service(called, name == "s0", name != drops, tcp and name == "s2")
                for name, called in calls.items()
            }


def populations(shape: Shape) -> Iterator[dict[str, frozenset[str]]]:
    """What each unit runs of three services; a branch runs something."""
    every = list(subsets(("s0", "s1", "s2")))
    for runs in product(*(every if "/" not in unit else every[1:] for unit in shape.units)):
        yield dict(zip(shape.units, runs, strict=True))
