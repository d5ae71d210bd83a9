"""The tab key: names of the configuration, by its files' names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from generator.command import main
from generator.command.complete import OFFERS, teach
from tests.conftest import TOP, write


@pytest.fixture
def taught(tmp_path: Path) -> Iterator[Path]:
    main.gen.taught = teach
    try:
        yield write(tmp_path)
    finally:
        main.gen.taught = None


def offered(root: Path, *words: str) -> list[str]:
    *before, incomplete = words
    shell = ShellComplete(main.gen, {}, "gen", main.COMPLETE)
    items = shell.get_completions(["-C", str(root), *before], incomplete)
    return [item.value for item in items]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("tree", ""), ["perf", "test", "test/login"]),
        (("tree", "test/"), ["test/login"]),
        (("wait", "p"), ["perf"]),
        (("deploy", "test", "a"), ["api="]),
        (("promote", "t"), ["test", "test/login"]),
        (("promote", "test/login", "p"), ["perf"]),
        (("promote", "test/login", "perf", "w"), ["web"]),
        (("join", "m"), ["mixed"]),
        (("join", "mixed", ""), ["api", "web"]),
        (("explain", "--tenant", ""), ["acme"]),
        (("explain", "--from", "t"), ["test"]),
        (("explain", "--callers", "a"), ["api"]),
        (("graph", "lane", "m"), ["mixed"]),
        (("dashboard", "test/"), ["test/login"]),
        (("graph", "callers", "w"), ["web"]),
        (("graph", "environments", ""), []),
        (("list", "branches", "--lane", "te"), ["test", "test/login"]),
        (("new", "lane", ""), []),
    ],
)
def test_what_is_offered(taught: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(taught, *words) == expected


def test_clusters_are_read_in_the_platform(taught: Path) -> None:
    assert offered(taught, "explain", "--without", "") == []
    path = taught / "environments/platform.yaml"
    text = path.read_text()
    path.write_text(text + "clusters: {eu: {}, us: {}, '$(touch x)': {}}\n")
    assert offered(taught, "explain", "--without", "") == ["eu", "own", "us"]
    assert offered(taught, "explain", "--without", "e") == ["eu"]
    assert offered(taught, "list", "lanes", "--cluster", "") == ["eu", "own", "us"]
    for broken in (text + "clusters: [eu]\n", "clusters: {eu", "- 1\n", ""):
        path.write_text(broken)
        assert offered(taught, "explain", "--without", "") == []
    path.unlink()
    os.mkfifo(path)
    assert offered(taught, "explain", "--without", "") == []


def test_odd_names_and_what_is_broken_are_in_nobodys_way(taught: Path) -> None:
    (taught / "environments/lanes/$(touch x).yaml").write_text("")
    (taught / "environments/lanes/a\nb.yaml").write_text("")
    (taught / "environments/lanes/new.yaml").write_text("through: [")
    (taught / "environments/loop").symlink_to(taught)
    assert offered(taught, "join", "") == ["mixed", "new", "perf", "test", "test/login"]
    assert offered(taught / "nowhere", "join", "") == []


def test_what_is_offered_belongs_to_a_parameter() -> None:
    context = click.Context(main.gen)
    there = set()
    for verb in main.VERBS:
        command = main.gen.get_command(context, verb)
        assert command is not None
        there |= {(verb, parameter.name) for parameter in command.params}
    names = {name for _, name in there}
    assert [key for key in OFFERS if key not in there and not (key[0] is None and key[1] in names)] == []  # fmt: skip


def test_a_shell_gets_names_without_the_libraries(tmp_path: Path) -> None:
    root = write(tmp_path)
    asked = {"COMP_WORDS": f"gen -C {root} tree test/", "COMP_CWORD": "4", main.COMPLETE: "bash_complete"}  # fmt: skip
    program = "import sys; from generator.command.main import gen, _completed; code = _completed('bash_complete'); print({'yaml', 'pydantic', 'rich'} & set(sys.modules), code)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=TOP, env={**os.environ, **asked})  # fmt: skip
    assert done.stdout.splitlines() == ["plain,test/login", "set() 0"]
