"""Readers that leave, disks that are full, streams that are closed: the work ends, and the code tells the truth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TOP, write
from tests.io.test_publish import Place

GEN = f"{sys.executable} -m generator"
FULL = "/dev/full"


def shell(root: Path, line: str, **variables: str) -> tuple[int, str]:
    """(exit code of gen, errors) of a line of bash in which GEN stands for gen."""
    done = subprocess.run(
        ["bash", "-c", line.replace("GEN", f"{GEN} -C {root}") + "\nexit ${PIPESTATUS[0]}"],
        cwd=TOP,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


READERS = {
    "a reader that reads nothing": "GEN {} | true",
    "one that takes errors with it": "GEN {} 2>&1 | true",
    "one that left before gen started": "GEN {} > >(exec <&-; sleep 0) 2>&1",
    "a closed output": "GEN {} >&-",
    "closed errors": "GEN {} 2>&-",
    "both closed": "GEN {} >&- 2>&-",
    "nothing open at all": "GEN {} <&- >&- 2>&-",
    "full errors": f"GEN {{}} 2>{FULL}",
}


@pytest.mark.parametrize("line", READERS.values(), ids=READERS)
def test_a_lost_reader_changes_no_exit_code(tmp_path: Path, line: str) -> None:
    root = Place(tmp_path).clone
    (root / "environments/lanes/mixed.yaml").write_text("through: [perf]\n")
    for verb, code in {"diff": 16, "diff --nothing": 2, "--help": 0}.items():
        assert shell(root, line.format(verb))[0] == code, verb
    (root / "environments/lanes/mixed.yaml").write_text("through: [prf]\n")
    assert shell(root, line.format("validate"))[0] == 1


def test_a_refusal_is_one_whoever_reads_it(tmp_path: Path) -> None:
    root = Place(tmp_path).clone
    (root / "environments/lanes/mixed.yaml").write_text("through: [perf]\n")  # not committed
    for reader in ("one that takes errors with it", "nothing open at all"):
        assert shell(root, READERS[reader].format("publish --remote nowhere"))[0] == 4, reader


GONE = [line for reader, line in READERS.items() if reader not in ("closed errors", "full errors")]


@pytest.mark.parametrize("line", [*GONE, f"GEN {{}} >{FULL}", f"GEN {{}} >{FULL} 2>&1"])
def test_what_was_published_is_published(tmp_path: Path, line: str) -> None:
    root = Place(tmp_path).clone
    code, said = shell(root, line.format("publish"))
    assert (code, "Traceback" in said) == (0, False)
    tree = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "deploy"],
        cwd=tmp_path / "remote.git",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "argocd/root.yaml" in tree


@pytest.mark.parametrize(
    "verb", ["validate", "routes --format json", "explain --tenant acme", "--help"]
)
def test_a_table_without_its_end_is_a_failure(tmp_path: Path, verb: str) -> None:
    code, said = shell(write(tmp_path / "clone"), f"GEN {verb} >{FULL}")
    assert code == 1
    assert said.splitlines()[-1] == "what gen printed could not be written: No space left on device"


def test_a_pipe_that_is_full_for_now_loses_nothing(tmp_path: Path) -> None:
    root = write(tmp_path / "clone")
    for number in range(150):
        (root / f"environments/lanes/l{number}.yaml").write_text("through: [test/login, perf]\n")
    read, written = os.pipe()
    os.set_blocking(written, False)
    gen = subprocess.Popen(
        [*GEN.split(), "-C", str(root), "routes", "--format", "json"], cwd=TOP, stdout=written
    )
    os.close(written)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    assert gen.wait() == 0 and len(told) > 65536 and told.endswith(b"}\n")


def test_a_closed_descriptor_is_no_place_to_print_into(tmp_path: Path) -> None:
    """The first file that gen opened took the number 1, and what was printed went into it."""
    root = write(tmp_path / "clone")
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    shell(root, "GEN validate >&-")
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_what_an_encoding_cannot_say_is_escaped(tmp_path: Path, encoding: str) -> None:
    root = write(tmp_path / "clone")
    code, said = shell(root, "GEN explain --tenant acme", PYTHONIOENCODING=encoding)
    assert (code, said) == (0, "")


def test_shells_complete_verbs(tmp_path: Path) -> None:
    done = subprocess.run(
        GEN.split(),
        cwd=TOP,
        env=os.environ
        | {"_GEN_COMPLETE": "bash_complete", "COMP_WORDS": "gen va", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "plain,validate\n")
