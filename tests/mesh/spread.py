"""Random repositories over several clusters: what a topology has is spread out, and mended where that parts it."""

from __future__ import annotations

import random
from typing import Any, Literal

from tests.mesh.oracle import Input, shares
from tests.mesh.topology import MENDS, Files

Kind = Literal["flat", "networks", "apart", "mixed"]
KINDS: tuple[Kind, ...] = ("flat", "networks", "apart", "mixed")
NAMES = ("", "b", "c")


def ranges(index: int) -> str:
    """The addresses of pods of a cluster."""
    return f"10.244.{64 * index}.0/18"


def spread(dice: random.Random, files: Files, kind: Kind, count: int) -> None:
    """Puts environments on clusters. `flat`: all share a mesh and a network; `networks`: a mesh of several; `apart`: a mesh
    each; `mixed`: the last one is apart."""
    seats = [_seat(kind, index, count) for index in range(count)]
    platform = files["platform.yaml"]
    platform["cluster"], *more = seats
    platform["clusters"] = dict(zip(NAMES[1:], more, strict=False))
    platform["mesh"]["across"] = "allow"
    start = dice.randrange(count)
    paths = sorted(path for path in files if path.endswith("/environment.yaml"))
    for index, path in enumerate(paths):
        if name := NAMES[(start + index) % count]:
            files[path]["cluster"] = name
    _part(files)
    _trust(dice, platform)


def _trust(dice: random.Random, platform: Any) -> None:
    """Trust domains: one for all, or one that only a part of the clusters has."""
    for seat in (platform["cluster"], *platform["clusters"].values()):
        if said := dice.choice((None, None, "x.example.com", "y-1")):
            seat["trustDomain"] = said


def _seat(kind: Kind, index: int, count: int) -> dict[str, Any]:
    seat: dict[str, Any] = {"podRanges": [ranges(index)]}
    if kind == "apart" or (kind == "mixed" and index == count - 1):
        return seat
    if kind == "networks":
        seat["network"] = f"n{index % 2}"  # of three, two share one
    return seat | {"mesh": "one"}


def _part(files: Files) -> None:
    """Takes away what leads from one mesh to another, and lets baselines answer what is lost by it."""
    source = Input(files)

    def mesh(unit: str) -> str:
        return source.mesh(source.cluster(unit.split("/", maxsplit=1)[0]))

    for name, environment in source.environments.items():
        if (parent := environment.get("extends")) and mesh(parent) != mesh(name):
            del environment["extends"]
    lanes = [*source.named.values(), *(one for one in source.choices() if not isinstance(one, str))]
    for lane in lanes:
        here = mesh(lane["through"][0])
        lane["through"] = [unit for unit in lane["through"] if mesh(unit) == here]
        lane["pin"] = {
            name: unit for name, unit in lane.get("pin", {}).items() if mesh(unit) == here
        }
    for tenant in source.tenants.values():
        tenant.pop("expect", None)
        if isinstance(tenant["lane"], list):
            first = mesh(source.lane(shares(tenant)[0][0])["through"][0])
            stay = [
                one
                for one in tenant["lane"]
                if mesh(source.lane(one["lane"])["through"][0]) == first
            ]
            tenant["lane"] = stay
            if not any(one["weight"] for one in stay):
                stay[0]["weight"] = 1
    _answer(files)


def _answer(files: Files) -> None:
    for _ in range(MENDS * 4):
        source = Input(files)
        if not (missing := source.unanswered()):
            return
        choice, service = missing[0]
        lane = source.lane(choice)
        if lane.get("isolation") == "strict":
            del lane["isolation"]
        environment = lane["through"][0].split("/")[0]
        files[f"{environment}/environment.yaml"]["runs"][service] = {"tag": "v1"}
    raise RuntimeError("a topology that cannot be mended")
