"""Every verb tells what it did as JSON, with a version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from generator.command import main
from tests.command.test_help import options
from tests.conftest import write
from tests.io.test_publish import Place

Gen = Callable[..., tuple[int, str, str]]


def test_every_verb_has_the_format() -> None:
    """But for the one that reads it, and the one that speaks a protocol."""
    having = {verb for verb, name, _ in options() if name == "--format"}
    assert set(main.VERBS) - having == {"comment", "mcp"}
    for verb in having:
        command = main.gen.get_command(click.Context(main.gen), verb)
        (form,) = (each for each in command.params if each.name == "form")  # type: ignore[union-attr]
        assert isinstance(form.type, click.Choice) and "json" in form.type.choices


def told(gen: Gen, *words: object) -> tuple[int, dict[str, object]]:
    code, out, err = gen(*words, "--format", "json")
    assert out.count("\n") == 1, err
    answer = json.loads(out)
    assert answer["version"] == 1
    return code, answer


def test_what_is_written_is_named(tmp_path: Path, gen: Gen) -> None:
    root = write(tmp_path / "conf")
    code, answer = told(gen, "-C", root, "build", "--check")
    assert code == 16 and "argocd/root.yaml" in answer["added"]  # type: ignore[operator]
    code, answer = told(gen, "-C", root, "build")
    assert code == 0 and answer["files"] == len(answer["added"])  # type: ignore[arg-type]
    assert told(gen, "-C", root, "build", "--check") == (0, answer | {"added": []})
    code, answer = told(gen, "-C", root, "schema")
    assert code == 0 and "platform.json" in answer["stale"]  # type: ignore[operator]
    assert told(gen, "-C", root, "schema", "--check")[1]["stale"] == []
    code, answer = told(gen, "init", tmp_path / "new")
    assert code == 0 and "environments/platform.yaml" in answer["written"]  # type: ignore[operator]


def test_a_publish_is_told(tmp_path: Path, gen: Gen) -> None:
    place = Place(tmp_path)
    code, answer = told(gen, "-C", place.clone, "publish", "--dry-run")
    assert code == 0 and answer["dryRun"] and answer["commit"] is None
    code, answer = told(gen, "-C", place.clone, "publish")
    assert answer["commit"] == place.log()[0] and answer["tip"] is None and answer["differs"]
    assert "argocd/root.yaml" in answer["added"]  # type: ignore[operator]
