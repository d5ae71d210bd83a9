"""What the documentation shows: every command of gen's is one that gen takes, with these options and values, and what only
tells does so in this repository's example. Those of the tutorials are run by tests/test_tutorial.py."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

from generator.command.main import DOES, gen
from tests.conftest import TOP
from tests.io.test_publish import git

Gen = Callable[..., tuple[int, str, str]]
PAGES = sorted(path for path in (TOP / "README.md", *TOP.glob("docs/*.md")) if ".zh." not in path.name)  # fmt: skip
COMMAND = re.compile(r"(?:^|[|;&(] *)(gen [a-z].*)")
OPEN = re.compile(r"[…<>{}]|\b[A-Z]{2,}\b|\.\.\.|COMMIT|FILE|URL")  # stands for something else
RUN = ("tutorial.md", "bring-an-application.md")  # by tests/test_tutorial.py, one after the other
# What asks somebody who is not there, or never ends; and what is about another configuration.
ALONE = {"serve", "wait", "mcp", "status", "verify", "link"}
OTHERS = ("billing-db", "--store", "test/login", "--by", "--strict", "dashboard")


def commands(text: str) -> Iterator[str]:
    """Lines of blocks, and code in sentences, that begin with `gen`."""
    block: str | None = None
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("```"):
            block = line[3:].partition(" ")[0] if block is None else None
        elif block in ("", "sh", "console") and (found := COMMAND.search(line)):
            yield found[1]
        elif block is None:
            yield from re.findall(r"`(gen [a-z][^`]*)`", line)


def words(command: str) -> list[str]:
    """Of one command, without its remarks and where its output goes."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|;&()<>")
    lexer.whitespace_split = True
    found: list[str] = []
    for word in lexer:
        if set(word) & set("|;&()<>"):
            break
        found.append(word)
    return found[1:]


SHOWN = sorted({(path.name, command) for path in PAGES for command in commands(path.read_text())})


@pytest.mark.parametrize(("page", "command"), SHOWN)
def test_every_command_that_is_shown_is_one(
    page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del page
    monkeypatch.chdir(tmp_path)
    context = click.Context(gen, info_name="gen", **gen.context_settings)
    name, verb, rest = gen.resolve_command(context, words(command))
    assert verb is not None, name
    if rest and not OPEN.search(" ".join(rest)):
        # A sentence may name an option alone.
        with contextlib.suppress(click.MissingParameter, click.BadOptionUsage):
            verb.make_context(name, rest, parent=context)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the example, with something that changed."""
    root = tmp_path_factory.mktemp("docs") / "clone"
    for name in ("environments", "overlays"):
        shutil.copytree(TOP / name, root / name)
    git(root, "init", "-q", "-b", "main")
    for subject in ("first", "second"):
        (root / "notes").write_text(subject)
        git(root, "add", "-A")
        git(root, "-c", "user.email=a@example.com", "-c", "user.name=a", "commit", "-qm", subject)
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    return root


def telling() -> Iterator[tuple[str, str]]:
    for page, command in SHOWN:
        verb, more = words(command)[0], words(command)[1:]
        alone = verb in DOES | ALONE or page in RUN or OPEN.search(" ".join(more))
        if more and not alone and not any(other in command for other in OTHERS):
            yield page, command


@pytest.mark.parametrize(("page", "command"), [*telling()])
def test_what_tells_tells_it_of_the_example(
    page: str, command: str, example: Path, gen: Gen, monkeypatch: pytest.MonkeyPatch
) -> None:
    del page
    monkeypatch.chdir(example)
    code, out, err = gen(*words(command))
    # A sentence may name a verb with an option, and not for what.
    part = code == 2 and any(f"`{command}`" in path.read_text() for path in PAGES)
    assert part or (code in (0, 16) and (out or "diff" in command)), (out, err)


FILE = re.compile(r"^# (environments/\S+\.yaml).*$", re.MULTILINE)
KINDS = {"services": "service", "externals": "external", "lanes": "lane", "tenants": "tenant"}
KEY = f"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{86 * 'A'}=="
ELSEWHERE = {"extensionProviders", "on", True}  # Istio's, and a workflow's


def fragments() -> Iterator[tuple[str, str, Any]]:
    """(page, kind, what is said) of each file of which a part is shown; of none that is named, platform.yaml."""
    for page in PAGES:
        for block in re.findall(
            r"^```yaml\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL
        ):
            parts = FILE.split(block) if FILE.search(block) else ["", "environments/platform.yaml", block]  # fmt: skip
            for path, text in zip(parts[1::2], parts[2::2], strict=True):
                folder, name = path.split("/")[1:][0], path.rpartition("/")[2].removesuffix(".yaml")
                kind = KINDS.get(folder) or ("branch" if "/branches/" in path else name)
                said = {} if " " * 6 + "#" in block.partition("\n")[0] else yaml.safe_load(text)
                if said and not ELSEWHERE & said.keys() and not text.startswith("# overlays/"):
                    yield page.name, kind, said


def eased(schema: Any) -> Any:
    """A schema of parts: nothing must be there."""
    if isinstance(schema, list):
        return [*map(eased, schema)]
    if not isinstance(schema, dict):
        return schema
    return {key: eased(value) for key, value in schema.items() if key != "required"}


@pytest.mark.parametrize(("page", "kind", "said"), [*fragments()])
def test_every_part_of_a_file_that_is_shown_fits_its_schema(
    page: str, kind: str, said: Any
) -> None:
    del page
    schema = eased(json.loads((TOP / f"schemas/{kind}.json").read_text()))
    # A key is cut in the text, and this reader takes `on` for a truth, as gen's does not.
    text = json.dumps(said).replace("MFkwEwYHKoZIzj0C\\u2026", KEY).replace('"true": ', '"on": ')
    wrong = list(jsonschema.Draft202012Validator(schema).iter_errors(json.loads(text)))
    assert not wrong, wrong
