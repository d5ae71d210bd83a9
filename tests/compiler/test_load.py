"""Files become models by their place: what each place is, and what is told of the others."""

from __future__ import annotations

from typing import Any

import pytest

from generator.compiler.load import Project, load
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import classify
from generator.vocabulary.source import Mark, Sources
from tests.conftest import sources

LANE, RUNS = b"through: [test]\n", b"runs: {api: {tag: v}}\n"
ENDING, PLACE = (
    "give the file the ending .yaml",
    "move it to services/, externals/, lanes/, tenants/, <environment>/environment.yaml or <environment>/branches/",
)


@pytest.mark.parametrize(
    "path, kind, name",
    [
        ("platform.yaml", "platform", "platform"),
        ("services/a.yaml", "service", "a"),
        ("services/x/y/a.b.yaml", "service", "a.b"),
        ("lanes/a.yaml", "lane", "a"),
        ("tenants/x/a.yaml", "tenant", "a"),
        ("test/environment.yaml", "environment", "test"),
        ("test/branches/a.yaml", "branch", ("test", "a")),
        ("test/branches/x/y/a.yaml", "branch", ("test", "a")),
        ("test/branches/environment.yaml", "branch", ("test", "environment")),
        ("platform.yml", None, ENDING),
        ("lanes/a.yml", None, ENDING),
        ("services.yaml", None, PLACE),
        ("platforms.yaml", None, PLACE),
        ("x/platform.yaml", None, PLACE),
        ("test/environments.yaml", None, PLACE),
        ("test/x/environment.yaml", None, PLACE),
        ("test/branches.yaml", None, PLACE),
        ("test/x/branches/a.yaml", None, PLACE),
        ("environment.yaml", None, PLACE),
    ],
)
def test_a_place_says_what_a_file_is(path: str, kind: str | None, name: Any) -> None:
    assert classify(f"environments/{path}") == (kind, name)


def told(
    files: dict[str, bytes], refused: dict[str, str] | None = None, bare: bool = False
) -> list[tuple[str, str, str, str]]:
    found = outcome(
        load(Sources({} if bare else dict(sources().files) | files, refused or {}))
    ).findings
    assert all(
        finding.place.mark and (finding.place.mark.line, finding.place.mark.column) == (1, 1)
        for finding in found
    )
    return [
        (
            finding.code,
            finding.place.path.removeprefix("environments/"),
            finding.message,
            finding.hint,
        )
        for finding in found
    ]


DEVICE = "a folder or file name that some systems keep for devices, or has characters beyond A-Z, a-z, 0-9, '_', '.' and '-'"
LABEL, LETTER = (
    "use a-z, 0-9 and '-', at most 63",
    "use a-z, 0-9 and '-', at most 63, starting with a letter",
)


@pytest.mark.parametrize(
    "path, message, hint",
    [
        ("lanes/" + "x" * 63 + ".yaml", "", ""),
        ("lanes/" + "x" * 64 + ".yaml", f"`{'x' * 64}` cannot name a lane", LABEL),
        ("lanes/1a.yaml", "", ""),
        ("services/1a.yaml", "`1a` cannot name a service", LETTER),
        ("services/A.yaml", "`A` cannot name a service", LETTER),
        ("tenants/a.b.yaml", "`a.b` cannot name a tenant", LABEL),
        ("Stage/environment.yaml", "`Stage` cannot name a environment", LABEL),
        ("Stage/branches/a.yaml", "`a` cannot name a branch", LABEL),
        ("test/branches/A.yaml", "`A` cannot name a branch", LABEL),
        (
            "base/environment.yaml",
            "`base` is a name that gen itself uses",
            "choose another name for this environment",
        ),
        (
            "edge/environment.yaml",
            "`edge` is a name that gen itself uses",
            "choose another name for this environment",
        ),
        (
            "inline-a/environment.yaml",
            "`inline-a` is a name that gen itself uses",
            "choose another name for this environment",
        ),
        (
            "lanes/inline-a.yaml",
            "`inline-a` is a name that gen itself uses",
            "choose another name for this lane",
        ),
        ("tenants/inline-a.yaml", "", ""),
        ("test/branches/inline-a.yaml", "", ""),
        (
            "test/branches/baseline.yaml",
            "`baseline` is a name that gen itself uses",
            "choose another name for this branch",
        ),
        ("lanes/baseline.yaml", "", ""),
        ("lanes/base.yaml", "", ""),
        ("lanes/a b.yaml", DEVICE, "rename it"),
        ("lanes/nul.yaml", DEVICE, "rename it"),
        ("lanes/com1/a.yaml", DEVICE, "rename it"),
        ("lanes/.a/a.yaml", DEVICE, "rename it"),
        ("lanes/" + "x" * 100 + "/a.yaml", "", ""),
        ("lanes/" + "x" * 101 + "/a.yaml", DEVICE, "rename it"),
    ],
)
def test_what_a_file_may_be_called(path: str, message: str, hint: str) -> None:
    match path.split("/", maxsplit=1)[0]:
        case "services":
            text = sources().files["environments/services/api.yaml"]
        case "tenants":
            text = b"match: [{header: {a: b}}]\nlane: test\n"
        case "lanes":
            text = LANE
        case _:
            text = RUNS
    assert told({f"environments/{path}": text}) == (
        [("GEN106", path, message, hint)] if message else []
    )


MISSING = (
    "GEN201",
    "platform.yaml",
    "there is no environments/platform.yaml here",
    "run gen at the top of a configuration repository (`gen -C DIR …`), or start one with `gen init DIR`",
)


def test_what_is_told_of_the_whole() -> None:
    def clash(path: str, one: str, other: str) -> tuple[str, str, str, str]:
        return (
            "GEN202",
            path,
            f"`{one}` and `{other}` differ in case only, and are one on some file systems",
            "rename one of the two",
        )

    assert told({}, bare=True) == [MISSING]
    assert told({}, {"overlays": "a symbolic link"}, bare=True) == [
        (
            "GEN001",
            "overlays",
            "a symbolic link; it was not opened",
            "replace it by a regular file, or delete it",
        )
    ]
    assert [code for code, *_ in told({}, {"b": "x", "a": "y"})] == ["GEN001", "GEN001"] and [
        path for _, path, *_ in told({}, {"b": "x", "a": "y"})
    ] == ["a", "b"]
    assert told({"environments/platform.yaml": b"a: [\n"[:0]}) == [
        ("GEN009", "platform.yaml", "the file is empty", "write one document of `key: value` lines")
    ]
    assert [code for code, *_ in told({"environments/lanes/A.yaml": b"a: ["})] == [
        "GEN106"
    ]  # what has no name is not read
    assert told({"overlays/base/api/a b": b""}) == [
        ("GEN106", "overlays/base/api/a b", DEVICE, "rename it")
    ]
    assert (
        told(
            {
                "overlays/base/api/a.b": b"",
                "environments/notes.txt": b"",
                "environments/x/notes": b"",
            }
        )
        == []
    )
    assert told({"overlays/Base/x.txt": b"", "overlays/Base/y.txt": b""}) == [
        clash("overlays/base/api/deployment.yaml", "overlays/base", "overlays/Base")
    ]
    assert told(
        {
            "overlays/base/api/X.txt": b"",
            "overlays/base/api/x.txt": b"",
            "overlays/base/api/y.txt": b"",
        }
    ) == [clash("overlays/base/api/x.txt", "overlays/base/api/x.txt", "overlays/base/api/X.txt")]


def test_two_files_for_one_name() -> None:
    twice = {
        "environments/lanes/a/one.yaml": LANE,
        "environments/lanes/b/one.yaml": b"through: [perf]\n",
        "environments/test/branches/x/login.yaml": RUNS,
        "environments/perf/branches/login.yaml": RUNS,
    }
    project, found = outcome(load(Sources(dict(sources().files) | twice)))
    assert all(place.mark == Mark(1, 1) for finding in found for place, _ in finding.related)
    assert [
        (
            finding.code,
            finding.place.path,
            finding.message,
            [place.path for place, _ in finding.related],
        )
        for finding in found
    ] == [
        (
            "GEN202",
            "environments/lanes/b/one.yaml",
            "there is already a lane named `one`",
            ["environments/lanes/a/one.yaml"],
        ),
        (
            "GEN202",
            "environments/test/branches/x/login.yaml",
            "there is already a branch named `login`",
            ["environments/test/branches/login.yaml"],
        ),
    ]
    assert project.lanes["one"].through == ("test",)
    assert sorted(project.branches) == [("perf", "login"), ("test", "login")]


def test_a_project_by_name() -> None:
    project, found = outcome(load(sources()))
    assert not found and project.platform and project.platform.name == "shop"
    groups: dict[str, Any] = {
        kind: sorted(getattr(project, kind))
        for kind in ("services", "environments", "branches", "lanes", "tenants")
    }
    assert groups == {
        "services": ["api", "web"],
        "environments": ["perf", "test"],
        "branches": [("test", "login")],
        "lanes": ["mixed"],
        "tenants": ["acme"],
    }
    assert project.place(
        "branch", ("test", "login")
    ).path == "environments/test/branches/login.yaml" and isinstance(project, Project)
