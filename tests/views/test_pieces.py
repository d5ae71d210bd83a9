"""The page in pieces is the page of a whole, and what is kept of it is never stale."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.plan.services import Adopted
from generator.views.reach import Reached, answers
from generator.views.report import pieces as module
from generator.views.report.data import About, data
from generator.views.report.page import listed
from generator.views.report.pieces import Pieces, pieces
from tests.conftest import SMALL, TOP, Files, compiled, installed, service

ABOUT = About("0" * 40, "a subject", "2027-01-31 10:00 UTC", "0.2.0")
TENANTS = {
    f"environments/tenants/t{number:03}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: test\n"
    for number in range(600)
}
BRANCH = "environments/test/branches/login.yaml"


def unpacked(packed: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def joined(trees: Sequence[Any]) -> Any:
    """The tree that pieces are parts of, as data.js joins it."""
    if len(trees) == 1:
        return trees[0]
    if isinstance(trees[0], list):
        return list(chain.from_iterable(trees))
    keys = dict.fromkeys(chain.from_iterable(trees))
    return {key: joined([tree[key] for tree in trees if key in tree]) for key in keys}


def whole(packed: Mapping[str, str]) -> Any:
    return joined([*map(unpacked, packed.values())])


def test_pieces_are_parts_of_the_whole() -> None:
    for one in (compiled(), compiled(TENANTS), valid(compile_sources(read_sources(TOP)))):
        packed = Pieces().take(pieces(one, ABOUT))
        assert whole(packed) == json.loads(json.dumps(data(one, ABOUT)))
        assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in packed)


def test_the_page_joins_them_so() -> None:
    node = installed("node", "nodejs.org, or the system's packages")
    one = compiled(TENANTS)
    text = (TOP / "generator/views/report/data.js").read_text()
    run = f"""{text}
const pieces = new Map();
takePieces(pieces, require("node:fs").readFileSync(0, "utf8").trim()).then(() =>
  console.log(JSON.stringify([[...pieces.keys()], joined([...pieces.values()])])));"""
    packed = Pieces().take(pieces(one, ABOUT))
    done = subprocess.run([node, "-e", run], input=listed(packed), capture_output=True, text=True, check=True)  # fmt: skip
    assert json.loads(done.stdout) == [[*packed], json.loads(json.dumps(data(one, ABOUT)))]


def others(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [name for name, one in after.items() if before.get(name) != one]


def test_what_is_made_again_follows_the_change(monkeypatch: Any) -> None:
    """Of 600 tenants and one that comes, changes and goes, the tenants beside it are made again."""
    kept, made = Pieces(), list[str]()
    real = module._kept

    def noted(piece: Any, before: Any) -> Any:
        now = real(piece, before)
        if now is not before and piece.reads is not None:
            made.append(piece.name)
        return now

    monkeypatch.setattr(module, "_kept", noted)

    def take(more: Files) -> dict[str, str]:
        made.clear()
        one = compiled(TENANTS | more)
        return kept.take(pieces(one, replace(ABOUT, gen=str(len(more)))))

    first = take({})
    assert len(first) > 9
    path = "environments/tenants/t300.yaml"
    changed = take({path: str(TENANTS[path]).replace("lane: test", "lane: perf")})
    assert len(others(first, changed)) == 3  # the head, rows that count tenants, and one of tenants
    assert len(made) == 1 and made[0].startswith("tenants-")
    come = take({path: str(TENANTS[path]).replace("lane: test", "lane: perf"), "environments/tenants/t3005.yaml": "match: [{header: {x-tenant: more}}]\nlane: test\n"})  # fmt: skip
    assert len(made) == 1 and len(others(changed, come)) == 3
    version = take({BRANCH: "runs:\n  api: {tag: b2}\n"})
    assert not [name for name in others(first, version) if name.startswith(("lanes", "tenants", "matrix", "calls", "plan", "files"))]  # fmt: skip


def test_lanes_are_walked_again_only_where_something_they_ask_changed(monkeypatch: Any) -> None:
    from generator.views import reach

    walked: list[str] = []
    real = reach._stops

    def noted(plan: Any, lane: str) -> Any:
        walked.append(lane)
        return real(plan, lane)

    reached = Reached()
    before, after = compiled().plan, compiled({"environments/lanes/mixed.yaml": "through: [perf]\n"}).plan  # fmt: skip
    reached.of(before)
    monkeypatch.setattr(reach, "_stops", noted)
    told = reached.of(after)
    assert walked == ["mixed"] and told == {lane: answers(after, lane) for lane in after.lanes}
    walked.clear()
    web = "environments/services/web.yaml"
    text = str(SMALL[web]).replace("forwardsColour: true", "forwardsColour: false")
    drops = compiled({web: text}).plan
    assert reached.of(drops) == {lane: answers(drops, lane) for lane in drops.lanes}
    walked.clear()
    reached.of(before)  # two states are kept beside each other
    assert walked == ["mixed"]


KEPT: list[tuple[str, Files, Files]] = [
    ("a service that nobody runs moves the numbers of others", {}, service("aaa")),
    (
        "a file that moves",
        {},
        {
            "environments/tenants/acme.yaml": None,
            "environments/tenants/a/acme.yaml": SMALL["environments/tenants/acme.yaml"],
        },
    ),
    (
        "the same answer for another reason",
        {
            "environments/dev/environment.yaml": "extends: test\nruns:\n  api: {tag: d1}\n",
            "environments/lanes/mixed.yaml": "through: [dev, perf]\n",
        },
        {"environments/dev/environment.yaml": "runs:\n  api: {tag: d1}\n"},
    ),
]


@pytest.mark.parametrize(("before", "change"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])  # fmt: skip
def test_what_is_kept_is_what_would_be_made(before: Files, change: Files, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "LANES", 1)  # each its own piece
    monkeypatch.setattr(module, "TENANTS", 1)
    kept = Pieces()
    kept.take(pieces(compiled(before), ABOUT))
    one = compiled(before | change)
    assert whole(kept.take(pieces(one, ABOUT))) == json.loads(json.dumps(data(one, ABOUT)))


def test_a_lane_is_walked_again_where_a_lane_changes_that_takes_its_calls() -> None:
    """A service of lane mixed loses the colour, and what it calls is answered in another lane."""
    web, test = "environments/services/web.yaml", "environments/test/environment.yaml"
    before: Files = {
        web: str(SMALL[web]).replace("forwardsColour: true", "forwardsColour: false"),
        "environments/ground/environment.yaml": "runs:\n  web: {tag: g1}\n  api: {tag: g1}\n",
        test: "hosts: [test.example.com]\nextends: ground\nruns:\n  web: {tag: v1}\n",
        "environments/lanes/mixed.yaml": "through: [perf]\n",
    }
    after = before | {test: f"{before[test]}  api: {{tag: v1}}\n"}
    one, other, reached = compiled(before).plan, compiled(after).plan, Reached()
    assert one.answers["mixed"] == other.answers["mixed"]
    assert reached.of(one)["mixed"] != reached.of(other)["mixed"] == answers(other, "mixed")


def test_lanes_are_walked_again_where_pods_get_a_proxy() -> None:
    one, reached = compiled().plan, Reached()
    runs = {unit: {service: run._replace(adopted=Adopted({}, True, None)) for service, run in some.items()} for unit, some in one.runs.items()}  # fmt: skip
    other = replace(one, runs=runs)
    assert reached.of(one)["test/login"] != reached.of(other)["test/login"]
    assert reached.of(other) == {lane: answers(other, lane) for lane in other.lanes}
