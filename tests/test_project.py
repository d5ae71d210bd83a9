"""The project's own files: what is released is whole, and what runs in CI is what people read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import generator
from tests import dependencies, distribution, some

TOP = Path(__file__).parent.parent
MAKE = (TOP / "Makefile").read_text()
WORKFLOWS = sorted((TOP / ".github/workflows").glob("*.yaml"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("wheel")
    (scratch / "out").mkdir()
    return distribution.build(scratch / "copy", scratch / "out")[0]


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    assert distribution.missing(wheel) == []
    assert wheel.name.startswith(f"gen_lanes-{generator.__version__}-")


def test_a_file_that_the_wheel_lacks_is_named(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "tracked", lambda: ["generator/new.lua", "docs/new.md"])
    assert distribution.missing(wheel) == ["generator/new.lua"]


@pytest.mark.parametrize(
    "asked, found",
    [
        ("routing", "tests/plan/test_routing.py"),
        ("plan/routing", "tests/plan/test_routing.py"),
        ("generator/plan/routing.py", "tests/plan/test_routing.py"),
        ("tests/plan/test_routing.py", "tests/plan/test_routing.py"),
        ("test_routing", "tests/plan/test_routing.py"),
        ("views", "tests/views/test_diff.py"),
    ],
)
def test_a_word_finds_its_test_files(asked: str, found: str) -> None:
    assert found in some.files(asked)


def test_a_word_without_test_files_finds_none() -> None:
    assert some.files("no-such-thing") == []


def test_lowest_versions_are_those_of_pyproject() -> None:
    written = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    assert [one.replace("==", ">=") for one in dependencies.required("lowest")] == written


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_targets_that_exist(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    commands = [step.get("run", "") for job in jobs for step in job["steps"]]
    for target in re.findall(r"\bmake ([a-z -]+)", "\n".join(commands)):
        for word in target.split():
            assert re.search(rf"^({word}|.* {word}|{word} .*):", MAKE, re.MULTILINE), word


def test_the_image_is_built_from_files_that_are_sent_to_it() -> None:
    """No engine is at hand where tests run: steps, stages and files are held to each other."""
    text = re.sub(r"\\\n", " ", (TOP / "Containerfile").read_text())
    steps = [line.split(None, 1) for line in text.splitlines() if line and line[0] != "#"]
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in steps} <= known
    sent = {line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    bases = [what.split(" ")[0] for word, what in steps if word == "FROM"]
    assert all(re.fullmatch(r"[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in bases)
    stages = {what.split(" AS ")[1] for word, what in steps if word == "FROM" and " AS " in what}
    copied = set()
    for what in (what for word, what in steps if word == "COPY"):
        if what.startswith("--from="):
            assert what.removeprefix("--from=").split()[0] in stages
        else:
            copied.update(what.split()[:-1])
    assert copied == sent
    assert all((TOP / path).exists() for path in copied)
    last = steps[max(index for index, (word, _) in enumerate(steps) if word == "FROM") :]
    assert ["USER", "10001:10001"] in last
    assert ["ENTRYPOINT", '["gen"]'] in last


def test_owners_are_of_paths_that_exist() -> None:
    lines = (TOP / ".github/CODEOWNERS").read_text().splitlines()
    for path, *owners in (line.split() for line in lines if line and line[0] != "#"):
        assert owners
        assert any(TOP.glob(path.strip("/"))), path


def test_dependabot_looks_at_folders_that_exist() -> None:
    for one in yaml.safe_load((TOP / ".github/dependabot.yml").read_text())["updates"]:
        for folder in one.get("directories", [one.get("directory")]):
            assert folder == "/" or any(TOP.glob(folder.strip("/"))), folder


def test_pictures_are_small_used_and_there_for_both_themes() -> None:
    texts = {path: path.read_text() for path in (TOP / "README.md", TOP / "docs/see-it.md")}
    pictures = sorted((TOP / "docs/pictures").iterdir())
    assert sum(path.stat().st_size for path in pictures) < 300_000
    used = set()
    for path, text in texts.items():
        for name in re.findall(r'(?:src|srcset)="([^"]+)"', text):
            used.add((path.parent / name).resolve())
        for block in re.findall(r"<picture>.*?</picture>", text, re.DOTALL):
            dark, light = re.findall(r"pictures/(\w+)-(?:dark|light)\.png", block)
            assert dark == light and len(re.findall(r'alt="([^"]{40,})"', block)) == 1
    assert used == {*pictures}
    for path in pictures:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert path.read_bytes()[25] == 3, f"{path} has no palette: `make pictures`"
