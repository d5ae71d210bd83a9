"""Hostile and unlucky input: each file of tests/hostile in its place, and what is no file at all."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.compiler.load import load
from generator.io.tree import read_sources
from generator.vocabulary import source
from generator.vocabulary.findings import outcome
from tests.conftest import TOP, compiled, sources, write
from tests.vocabulary.test_findings import findings

Gen = Callable[..., tuple[int, str, str]]
FOLDER = TOP / "tests/hostile"
# File, the place in the small repository that it takes, and what must be found: CODE:line:column there, CODE@path:line:column
# elsewhere, `+n` for more of the same; or `ok`. The number is the row of the list that the cases began with.
INDEX = [line.split("\t") for line in (FOLDER / "index.tsv").read_text().splitlines()]
ROWS = sorted({name.split("-")[0] for name, _, _ in INDEX})
SLOWEST = 2.0  # seconds of work; other processes may be busy


def told(place: str, raw: bytes) -> str:
    found = [
        (code, where)
        for code, where, finding in findings({place: raw.decode("utf-8", "surrogateescape")})
        if finding.message and finding.hint
    ]
    spots = [
        f"{code}:{where[len(place) + 1 :]}" if where.startswith(place + ":") else f"{code}@{where}"
        for code, where in found
    ]
    return " ".join(spots[:5]) + (f" +{len(spots) - 5}" if len(spots) > 5 else "") or "ok"


@pytest.mark.parametrize("row", ROWS)
def test_each_file_is_refused_where_it_is_wrong_or_read_as_it_is_meant(row: str) -> None:
    for name, place, expected in INDEX:
        if name.startswith(row + "-"):
            started = time.process_time()
            assert (name, told(place, (FOLDER / "files" / name).read_bytes())) == (name, expected)
            assert time.process_time() - started < SLOWEST, name


def test_every_file_is_in_the_index_and_there_are_enough() -> None:
    assert sorted(path.name for path in (FOLDER / "files").iterdir()) == sorted(
        name for name, _, _ in INDEX
    )
    assert len(INDEX) >= 300


def codes(root: Path) -> list[tuple[str, str]]:
    found = outcome(load(read_sources(root))).findings
    return [(finding.code, finding.place.path) for finding in found]


def test_what_is_no_file_is_named_and_never_opened(tmp_path: Path) -> None:
    root, lanes = write(tmp_path / "r"), tmp_path / "r/environments/lanes"
    (tmp_path / "secret.yaml").write_text("through: [hunter2]\n")
    (lanes / "absolute.yaml").symlink_to(tmp_path / "secret.yaml")
    (lanes / "relative.yaml").symlink_to("../../../secret.yaml")
    (lanes / "inside.yaml").symlink_to("mixed.yaml")
    (lanes / "loop.yaml").symlink_to("loop.yaml")
    (lanes / "dangling.yaml").symlink_to("nowhere.yaml")
    (lanes / "device.yaml").symlink_to("/dev/zero")
    (lanes / "descriptor.yaml").symlink_to("/proc/self/fd/0")
    os.mkfifo(lanes / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(lanes)  # the name of a socket is short
        server.bind("socket.yaml")
        os.chdir(here)
        refused = (
            "absolute",
            "dangling",
            "descriptor",
            "device",
            "inside",
            "loop",
            "pipe",
            "relative",
            "socket",
        )
        assert codes(root) == [("GEN001", f"environments/lanes/{name}.yaml") for name in refused]


def test_a_device_is_never_opened(tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    try:
        os.mknod(root / "environments/lanes/zero.yaml", 0o20666, os.makedev(1, 5))
    except PermissionError:  # only root makes devices
        (root / "environments/lanes/zero.yaml").symlink_to("/dev/zero")
    assert codes(root) == [("GEN001", "environments/lanes/zero.yaml")]


@pytest.mark.parametrize(
    "folder",
    ["environments", "environments/lanes", "overlays", "overlays/base", "overlays/base/api"],
)
def test_a_linked_folder_is_not_followed(tmp_path: Path, folder: str) -> None:
    root = write(tmp_path / "r")
    (root / folder).rename(tmp_path / "elsewhere")
    (root / folder).symlink_to(tmp_path / "elsewhere")
    assert not any(path.startswith(folder + "/") for path in read_sources(root).files)
    assert any(code.startswith("GEN") for code, _ in codes(root)) or folder in (
        "environments/lanes",
        "overlays/base/api",
    )


def test_names_that_are_not_text_or_clash(tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    lanes = os.fsencode(root / "environments/lanes")
    for name in (
        b"\xff.yaml",
        b"a\nb.yaml",
        b"-rf.yaml",
        b"a b.yaml",
        b"con.yaml",
        b"Mixed.yaml",
        b"a\\b.yaml",
        "\u202ex.yaml".encode(),
        b"$(id).yaml",
        b"..x.yaml",
    ):
        with open(lanes + b"/" + name, "w") as file:
            file.write("through: [test]\n")
    found = codes(root)
    assert ("GEN001", "environments/lanes/?.yaml") in found and (
        "GEN202",
        "environments/lanes/mixed.yaml",
    ) in found
    assert {path.rpartition("/")[2] for code, path in found if code == "GEN106"} == {
        "a\nb.yaml",
        "-rf.yaml",
        "a b.yaml",
        "con.yaml",
        "Mixed.yaml",
        "a\\b.yaml",
        "\u202ex.yaml",
        "$(id).yaml",
    }


@pytest.mark.parametrize(
    "clash",
    [
        "overlays/base/api/Deployment.yaml",
        "overlays/Base/x.yaml",
        "environments/Lanes/x.yaml",
        "environments/tenants/A/x.yaml",
    ],
)
def test_paths_that_differ_in_case_only(clash: str) -> None:
    files = {
        clash: b"through: [test]\n",
        "environments/tenants/a/y.yaml": b"match: [{header: {a: b}}]\nlane: test\n",
    }
    found = outcome(load(source.Sources(dict(sources().files) | files))).findings
    assert "GEN202" in [finding.code for finding in found]


def test_caps_on_the_number_of_files_and_on_all_their_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "r")
    count, total = len(read_sources(root).files), sum(map(len, read_sources(root).files.values()))
    monkeypatch.setattr(source, "MOST_TOTAL", total)
    assert codes(root) == []
    monkeypatch.setattr(source, "MOST_TOTAL", total - 1)
    assert [code for code, _ in codes(root)] == ["GEN001"] and not read_sources(root).files
    monkeypatch.undo()
    monkeypatch.setattr(source, "MOST_FILES", count // 2)
    assert [code for code, _ in codes(root)] == ["GEN001"] and not read_sources(root).files


def test_folders_without_end(tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    here = os.open(root / "environments/lanes", os.O_RDONLY)
    for _ in range(30):  # longer in all than any path may be
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = codes(root)
    assert [code for code, _ in found] == ["GEN001"] and found[0][1].startswith(
        f"environments/lanes/{'d' * 200}/{'d' * 200}/"
    )
    os.system(f"rm -rf '{root}'")  # Python's own would follow so deep a path


SECRET = "hunter2-c4n4ry"


def test_no_message_and_no_output_tells_what_is_not_input(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    hidden = [
        ".env",
        "README.md",
        "notes.txt",
        "secret.yaml",
        "environments/notes.txt",
        "environments/.hidden.yaml",
        "environments/lanes/.x.yaml",
        "environments/test/key.pem",
        "overlays/secret.yaml",
        "overlays/base/api/.env",
        "overlays/base/.git/config",
        "overlays/other/kustomization.yaml",
        ".git/config",
        "argocd/x.yaml",
        "schemas/lane.json",
    ]
    for path in hidden:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"token: {SECRET}\n[{SECRET}\n")
    commands = [["validate", "--format", form] for form in ("text", "json", "github", "sarif")] + [
        ["validate", "secret.yaml", ".env"],
        ["build"],
        ["routes"],
        ["explain", "--tenant", "acme"],
        ["schema", "--out", str(tmp_path / "s")],
    ]
    for wrong in (False, True):
        if wrong:
            for path in (
                "environments/lanes/leak.yaml",
                "environments/services/leak.yaml",
                "overlays/base/api/leak.yaml",
            ):
                (root / path).symlink_to(root / "secret.yaml")
            (root / "overlays/base/api/kustomization.yaml").write_text(
                "resources: [leak.yaml, ../../../secret.yaml, .env]\nconfigMapGenerator: [{name: a, files: [../../../secret.yaml, .env]}]\n"
            )
        for command in commands:
            _, out, err = gen("-C", root, *command)
            assert SECRET not in out + err, command
    for file in (
        path
        for top in (root / "build", tmp_path / "s")
        for path in top.rglob("*")
        if path.is_file()
    ):
        assert SECRET not in file.read_text(), file
    assert (root / "build").exists()


def test_the_output_does_not_depend_on_the_day() -> None:
    import datetime as dt

    from generator.compiler.compile import compile_sources, valid

    changed = sources(
        {"environments/test/branches/login.yaml": "expires: 2026-06-30\nruns: {api: {tag: v}}\n"}
    )
    days = [
        valid(compile_sources(changed, today=day))
        for day in (None, dt.date(2026, 6, 30), dt.date(2026, 7, 1))
    ]
    assert [len(day.warnings) for day in days] == [0, 0, 2]
    assert len({tuple(sorted(day.files.items())) for day in days}) == 1
    assert dict(compiled().files)
