"""What --help says: each option is explained, and one name means one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from generator.command import main
from generator.command.new import KINDS
from tests.conftest import TOP, write

Gen = Callable[..., tuple[int, str, str]]

# Said of different things, and so in different words: what `new` writes, what `explain` asks, what
# `list` and `routes` show; the branch of an edit, and that of what is published; since when files
# changed, and since when what they mean.
MEANT = {
    "--branch",
    "--cluster",
    "--environment",
    "--header",
    "--host",
    "--lane",
    "--owner",
    "--port",
    "--remote",
    "--service",
    "--since",
}


def options() -> Iterator[tuple[str, str, str]]:
    """(verb, option, help without what it defaults to)."""
    context = click.Context(main.gen)
    for verb in main.VERBS:
        command = main.gen.get_command(context, verb)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option):
                said = (option.help or "").partition("  [default:")[0]
                yield verb, option.opts[0], said


def test_each_option_is_explained() -> None:
    assert [(verb, name) for verb, name, said in options() if not said.endswith(".")] == []


def test_an_option_of_one_name_has_one_help() -> None:
    texts: dict[str, set[str]] = {}
    for _, name, said in options():
        texts.setdefault(name, set()).add(said)
    assert {name for name, told in texts.items() if len(told) > 1} == MEANT


def test_no_two_options_say_the_same() -> None:
    names: dict[str, set[str]] = {}
    for _, name, said in options():
        names.setdefault(said, set()).add(name)
    # What has expired on a day is only told by one verb, and deleted by the other.
    assert [told for told in names.values() if len(told) > 1] == [{"--today", "--on"}]


def test_the_list_of_verbs_names_each_kind_that_new_writes() -> None:
    assert [kind for kind in KINDS if kind not in main.VERBS["new"]] == []


def printed(verb: str = "") -> str:
    """What a person reads, with single blanks."""
    # A command keeps the names of its help that it was asked with first.
    context = click.Context(main.gen, info_name="gen", **main.gen.context_settings)
    command = main.gen.get_command(context, verb) if verb else main.gen
    assert command is not None
    return " ".join(command.get_help(context).split())


def test_what_new_writes_is_what_its_help_says(gen: Gen, tmp_path: Path) -> None:
    root, said = write(tmp_path), printed("new")
    for kind, given, port, protocol in (
        ("service", ("--image", "registry.example.com/x"), 8080, "http"),
        ("external", ("--host", "x.example.com"), 443, "tls"),
    ):
        written = gen("-C", root, "new", kind, "x", *given, "--dry-run")[1]
        assert f"port: {port}" in written
        assert f"protocol: {protocol}" in written
        whose = "[default: " if kind == "service" else f"{kind}: "
        assert f"{whose}{port}" in said
        assert f"{whose}{protocol}" in said


def test_the_readme_has_the_exit_codes_of_the_help() -> None:
    codes = printed().partition("Exit codes: ")[2].partition(".")[0]
    assert codes.endswith("130 interrupted")
    assert codes.replace("; ", ", ") in (TOP / "README.md").read_text()
