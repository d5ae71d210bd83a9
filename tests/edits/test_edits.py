"""Verbs as values: what they change, what they rest on, and the way back from text."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from generator.edits.deploy import Deploy
from generator.edits.document import Document
from generator.edits.drop import Drop
from generator.edits.edit import Edit
from generator.edits.expire import Expire
from generator.edits.new import New
from generator.edits.promote import Promote
from generator.edits.sleep import Due, Sleep, Wake
from generator.edits.state import State
from generator.io.wish import MOVED, Wish, fold, read, written
from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal
from tests.conftest import Files, sources

TEST = "environments/test/environment.yaml"
LOGIN = "environments/test/branches/login.yaml"
OLD, NEW = "aaaaaaa@2027-01-01T10:00:00Z", "bbbbbbb@2027-01-01T11:00:00Z"


def state(changes: Files | None = None) -> State:
    return State(sources(changes or {}))


def after(edit: Edit, changes: Files | None = None) -> dict[str, str | None]:
    before = state(changes)
    files = edit.change(before).on(before.sources)
    before.with_files(files).validate()
    return {path: raw and raw.decode() for path, raw in files.items()}


@pytest.mark.parametrize(
    "edit",
    [
        Deploy(
            "test/x", {"web": "v1"}, "me", dt.date(2027, 1, 1), (("web", "A", "b"),), OLD, ("c",)
        ),
        Drop("test/login"),
        Expire(dt.date(2027, 1, 1)),
        New("lane", "l", through=("test",)),
        New("service", "l", image="a", ports=("80",), calls=("web",), entry=("/a",)),
        New("branch", "test/x", runs={"web": "v1"}),
        Promote("test", "perf", ("web",), '{"kind": "Application"}'),
        Sleep(("test", "test/login"), "2027-01-01T20:00:00Z"),
        Wake(("test",), "2027-01-01T20:00:00Z"),
        Due("2027-01-01T20:00:00Z"),
    ],
)
def test_an_edit_comes_back_from_its_text(edit: Edit) -> None:
    wish = Wish("0123456789ab-0123456789abcdef", edit, "A <a@b>", {"web in test": "v1"}, 7)
    assert read(wish.id, wish.author, written(wish)) == wish


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"verb": "rm"},
        {"verb": 7},
        {"edit": {"unit": "test"}},
        {"edit": {"unit": "test", "versions": {"web": "v1"}, "more": 1}},
        {"edit": {"unit": "test", "versions": {"web": "v1"}, "expires": "x\nruns: {}"}},
        {"edit": {"unit": ["test"], "versions": {}}},
        {"rests": 7},
        {"until": "soon"},
        {"edit": None},
    ],
)
def test_a_text_that_is_no_edit_is_left_alone(change: dict[str, object]) -> None:
    data = json.loads(written(Wish("i", Deploy("test", {"web": "v1"}), "A <a@b>")).split("\n\n")[1])
    assert read("i", "A <a@b>", f"s\n\n{json.dumps(data)}") is not None
    assert read("i", "A <a@b>", f"s\n\n{json.dumps(data | change)}") is None
    assert read("i", "A <a@b>", "s") is None


def test_the_commit_is_recorded_and_an_older_one_is_told() -> None:
    text = after(Deploy("test", {"web": "v2"}, source=NEW))[TEST]
    assert text is not None and f'web: {{tag: v2, source: "{NEW}"}}' in text
    there: Files = {TEST: text}
    with pytest.raises(Refusal) as told:
        after(Deploy("test", {"web": "v1"}, source=OLD), there)
    assert told.value.exit_code == 5
    assert after(Deploy("test", {"web": "v2"}, source=NEW), there) == {}
    newer = Deploy("test", {"web": "v3"}, source=OLD, before=(NEW.partition("@")[0],))
    assert "tag: v3" in str(after(newer, there)[TEST])
    back = after(Deploy("test", {"web": "v1"}), there)[TEST]
    assert back is not None and "web: {tag: v1}" in back and "source" not in back


def test_commits_of_one_second_are_not_guessed() -> None:
    there: Files = {TEST: after(Deploy("test", {"web": "v2"}, source=NEW))[TEST]}
    twin = "ccccccc@" + NEW.partition("@")[2]
    with pytest.raises(Refusal):
        after(Deploy("test", {"web": "v3"}, source=twin), there)
    assert after(Deploy("test", {"web": "v3"}, source=twin, before=("bbbbbbb",)), there)


def test_what_is_promoted_takes_its_commit_along() -> None:
    perf = "environments/perf/environment.yaml"
    branch = after(Deploy("test", {"api": "v2"}, source=NEW))[TEST]
    assert f'api: {{tag: v2, source: "{NEW}"}}' in str(
        after(Promote("test", "perf"), {TEST: branch})[perf]
    )


FORKS: Files = {
    "environments/platform.yaml": (
        "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
        "registries: [forks.example.com]\n"
    )
}


def test_another_image_is_deployed_kept_and_promoted() -> None:
    fork = "forks.example.com/me/api"
    text = after(Deploy("test/login", {"api": f"{fork}:v2"}), FORKS)[LOGIN]
    assert text == f"runs:\n  api: {{tag: v2, image: {fork}}}\n"
    there: Files = FORKS | {LOGIN: text}
    assert after(Deploy("test/login", {"api": f"{fork}:v2"}), there) == {}
    kept = after(Deploy("test/login", {"api": "v3"}), there)[LOGIN]
    assert kept == f"runs:\n  api: {{tag: v3, image: {fork}}}\n"
    moved = after(Promote("test/login", "perf", ("api",)), there)
    perf = moved["environments/perf/environment.yaml"] or ""
    assert f"api: {{tag: v2, image: {fork}}}" in perf
    back = after(Promote("test", "perf", ("api",)), FORKS | moved)
    assert "api: {tag: v1}" in str(back["environments/perf/environment.yaml"])
    digest = "sha256:" + "a" * 64
    made = after(Deploy("test/new", {"api": f"{fork}@{digest}"}), FORKS)
    assert f'api: {{image: {fork}, digest: "{digest}"}}' in str(
        made["environments/test/branches/new.yaml"]
    )
    with pytest.raises(Refusal, match="has no tag"):
        after(Deploy("test", {"api": fork}), FORKS)


def test_a_branch_goes_with_the_lanes_that_only_it_needed() -> None:
    lanes: Files = {
        "environments/lanes/only.yaml": "through: [test/x]\n",
        "environments/lanes/more.yaml": "through: [perf]\npin: {api: test}\n",
        "environments/test/branches/x.yaml": "# git branch: Feature/X\nruns: {web: {tag: v1}}\n",
    }
    gone = {"environments/test/branches/x.yaml": None, "environments/lanes/only.yaml": None}
    assert after(Drop("test/x"), lanes) == after(Drop("test/Feature/X"), lanes) == gone
    assert after(Drop("test/y"), lanes) == {}
    with pytest.raises(Findings):  # a tenant and a lane need it
        after(Drop("test/login"))
    with pytest.raises(Refusal):
        after(Drop("test"))


def wish(number: int, edit: Edit, on: State) -> Wish:
    return Wish(f"{number}", edit, "A <a@b>", edit.change(on).rests)


def test_a_fold_leaves_out_what_breaks_it_and_what_was_overtaken() -> None:
    start = state()
    wishes = [
        wish(1, Deploy("test", {"web": "v2"}), start),
        wish(
            2, Deploy("test", {"web": "v3"}), start
        ),  # of the same key, and nobody knows the order
        wish(3, Deploy("test", {"api": "a b"}), start),  # no tag
        wish(4, Deploy("test/n", {"web": "v4"}), start),
        wish(5, Deploy("test/n", {"api": "v5"}), start),
        wish(6, Deploy("test", {"web": "v2"}), start),  # done already
    ]
    end, steps, there = fold(start, wishes)
    end.validate()
    assert [done.id for done, _ in steps] == ["1", "4", "5"] and [done.id for done in there] == [
        "6"
    ]
    text = end.sources.files["environments/test/branches/n.yaml"].decode()
    assert "web: {tag: v4}" in text and "api: {tag: v5}" in text
    with pytest.raises(Refusal) as told:
        wishes[1].on(end)
    assert told.value.exit_code == MOVED


@pytest.mark.parametrize(
    "before, after",
    [
        ("a: {x: 1, y: 2}\n", "a: {y: 2}\n"),
        ("a: {y: 2, x: 1}\n", "a: {y: 2}\n"),
        ("a: { y: 2 , x: 1 } # c\n", "a: { y: 2 } # c\n"),
        ("a:\n  x: 1  # gone\n  # stays\n  y: 2\n", "a:\n  # stays\n  y: 2\n"),
        ("a:\r\n  y: 2\r\n  x: 1\r\nb: 3\r\n", "a:\r\n  y: 2\r\nb: 3\r\n"),
        ("a:\n  y: 2\n  x: 1", "a:\n  y: 2\n"),
        ("a:\n  x:\n    z: 1\n    w: 2\n  y: 2\n", "a:\n  y: 2\n"),
    ],
)
def test_a_key_is_taken_out_and_nothing_else(before: str, after: str) -> None:
    document = Document("x.yaml", before.encode())
    document.remove(("a", "x"))
    assert document.text == after


def test_a_new_service_says_its_ports_calls_and_ways_in() -> None:
    edit = New(
        "service",
        "pay",
        image="registry.example.com/pay",
        ports=("9090/grpc", "admin:8081", "8080", "rpc:7000/rpc"),
        calls=("web",),
        entry=("/pay", "=/login"),
    )
    made = after(edit)
    text = made["environments/services/pay.yaml"] or ""
    lines = text.splitlines()[1:]
    assert lines[1:6] == [
        "ports:",
        "  - {name: grpc, port: 9090, protocol: grpc}",
        "  - {name: admin, port: 8081, protocol: http}",
        "  - {name: http, port: 8080, protocol: http}",
        "  - {name: rpc, port: 7000, protocol: rpc, carrier: grpc}",
    ]
    assert lines[6].startswith("calls: [web]  ")
    assert lines[-1] == "entry: [{prefix: /pay}, {exact: /login}]"
    base = made["overlays/base/pay/deployment.yaml"] or ""
    assert "grpc: {port: 9090}" in base and "{name: admin, containerPort: 8081}" in base


@pytest.mark.parametrize("port", ["0", "70000", "a", "http:", "80/udp", "80/tls", "A:80", "80/"])
def test_a_port_is_a_number_with_a_name_and_a_protocol(port: str) -> None:
    with pytest.raises(Refusal) as told:
        after(New("service", "pay", image="registry.example.com/pay", ports=(port,)))
    assert told.value.exit_code == 2
