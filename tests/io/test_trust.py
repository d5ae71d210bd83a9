"""What others wrote is not run and not repeated: clones of other users, modules in a checkout, reports of pull requests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from generator.io import environment
from generator.io.git import Repository
from generator.views.diff_read import read_difference
from generator.views.diff_report import as_json, markdown
from generator.vocabulary.refusal import Refusal
from tests.conftest import TOP
from tests.io.test_publish import Place, place  # noqa: F401 a fixture

Gen = Callable[..., tuple[int, str, str]]


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every clone is taken clone for another user's by git."""
    monkeypatch.setattr(environment, "KEPT", environment.KEPT | {"GIT_TEST_ASSUME_DIFFERENT_OWNER"})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")


@pytest.mark.usefixtures("foreign")
def test_a_clone_of_another_user_is_refused(
    place: Place, gen: Gen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ran = tmp_path / "ran"
    config = place.clone / ".git/config"
    config.write_text(f"{config.read_text()}[core]\n\tsshCommand = touch {ran}\n")
    code, _, err = gen("-C", place.clone, "publish")
    assert code == 1 and "belongs to another user" in err and "dubious ownership" in err
    assert "safe.directory" in err and not ran.exists()


@pytest.mark.usefixtures("foreign")
def test_who_trusts_it_says_so_as_git_asks(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    top = place.clone.resolve()
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {top}\n")
    assert Repository(place.clone).head()


def test_the_action_imports_nothing_of_a_checkout(tmp_path: Path) -> None:
    """Each Python that the action starts, in a folder with modules of the standard library's names."""
    steps = yaml.safe_load((TOP / "action.yml").read_text())["runs"]["steps"]
    script = "\n".join(step["run"] for step in steps)
    calls = re.findall(r'(?:python3|"\$RUNNER_TEMP/gen/bin/[a-z]+")[^\n]*', script)
    assert len(calls) == 4 and all(
        re.match(r'(python3|"[^"]*/python") -I -m ', call) for call in calls
    )
    for name in ("logging", "json", "generator", "click"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')\n")
    done = subprocess.run(
        [sys.executable, "-I", "-m", "generator", "--version"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("tools", [("kustomize",), ("kubectl",), ()])
def test_the_action_builds_every_unit_where_the_binary_is_there(
    tmp_path: Path, tools: tuple[str, ...]
) -> None:
    """The step itself, with a Python that says what it was asked to run."""
    steps = yaml.safe_load((TOP / "action.yml").read_text())["runs"]["steps"]
    python = tmp_path / "gen/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    for tool in (python, *(tmp_path / tool for tool in tools)):
        tool.touch()
        tool.chmod(0o755)
    (tmp_path / "bash").symlink_to(str(shutil.which("bash")))
    done = subprocess.run(
        [str(tmp_path / "bash"), "-e", "-c", steps[-1]["run"]],
        env={
            "PATH": str(tmp_path),
            "RUNNER_TEMP": str(tmp_path),
            "GEN_COMMAND": "validate",
            "GEN_DIRECTORY": "x",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    asked = "validate --render --format github" if tools else "validate --format github"
    assert done.stdout == f"-I -m generator -C x {asked}\n"


def report(gen: Gen, place: Place, **replaced: object) -> bytes:
    lane = place.clone / "environments/lanes/mixed.yaml"
    lane.write_text("through: [perf]\n")
    code, out, _ = gen("-C", place.clone, "diff", "--format", "json")
    assert code == 16
    return json.dumps(json.loads(out) | replaced).encode()


def test_a_report_is_printed_as_it_was(place: Place, gen: Gen, tmp_path: Path) -> None:
    raw = report(gen, place)
    (tmp_path / "report").write_bytes(raw)
    for form in ("markdown", "text", "json"):
        one = gen("-C", place.clone, "diff", "--format", form)
        other = gen("-C", tmp_path, "diff", "--format", form, "--read", tmp_path / "report")
        assert one[0] == other[0] == 16
        assert re.sub(r'"base": "\w*"', "", one[1]) == re.sub(r'"base": "\w*"', "", other[1])


HOSTILE = (
    "![x](http://evil.example/x.png)",
    "@everyone look",
    "```\n![x](http://evil.example)\n```",
    "</details><img src=//evil>",
    "a\r\n````\n# b",
    "`" * 40,
    "\u202e\x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_report_leaves_its_code_block(place: Place, gen: Gen, text: str) -> None:
    change = {"name": text, "change": "comes", "what": text}
    asker = {
        "name": text,
        "change": "changes",
        "services": [
            {"service": text, "before": [], "after": [{"unit": text, "version": text, "share": 50}]}
        ],
    }
    raw = report(gen, place, lanes=[change], tenants=[asker], summary=text, base=text)
    outside, fence = [], None
    for line in markdown(read_difference(raw)).splitlines():
        mark = re.match(r"(`{3,})", line)
        if fence is None and mark:
            fence = mark.group(1)
        elif fence is not None and line.strip() == fence:
            fence = None
        elif fence is None:
            outside.append(line)
    told = "\n".join(outside)
    assert fence is None and "evil" not in told and "@" not in told and "\x1b" not in told


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"null", b'"x"', b"{}", b'{"version": 2}', b"\xff", b"[" * 100_000,
        b'{"version": 1, "total": {"tenants": 1e400, "environments": 1}}',
    ],
)  # fmt: skip
def test_what_is_not_a_report_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal, match="not a report of gen diff"):
        read_difference(raw)


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1, "change": "comes"},
        {"name": "x", "change": "<b>"},
        {"change": "comes"},
        "x",
        None,
    ],
)
def test_a_report_of_another_shape_is_refused(place: Place, gen: Gen, change: object) -> None:
    with pytest.raises(Refusal, match="not a report of gen diff"):
        read_difference(report(gen, place, lanes=[change]))


def test_reading_and_printing_agree(place: Place, gen: Gen) -> None:
    raw = report(gen, place)
    assert as_json(read_difference(raw), json.loads(raw)["base"]) == json.loads(raw)


def test_the_configuration_of_the_machine_counts_only_if_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    elsewhere = tmp_path / "elsewhere.git"
    subprocess.run(["git", "init", "-q", "--bare", str(elsewhere)], check=True)
    (home / ".gitconfig").write_text(f'[url "{elsewhere}"]\n\tinsteadOf = {place.remote}\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    place.publish()
    refs = ["git", "for-each-ref", "--format=%(refname)"]
    assert subprocess.check_output(refs, cwd=elsewhere) == b""
    monkeypatch.setenv("GEN_GIT_CONFIG", "machine")
    place.publish()
    assert b"refs/heads/deploy" in subprocess.check_output(refs, cwd=elsewhere)
