"""Commands as a person calls them: what they print, write and exit with."""

from __future__ import annotations

import io
import json
import os
import pty
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.command.main import VERBS
from generator.io.terminal import Terminal
from tests.conftest import TOP, write

Gen = Callable[..., tuple[int, str, str]]
LANE = "environments/lanes/mixed.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "repository")


def test_build_check_and_build_again(gen: Gen, root: Path) -> None:
    assert gen("-C", root, "build", "--check")[0] == 16
    code, out, _ = gen("-C", root, "build")
    assert code == 0 and "files written to" in out
    assert gen("-C", root, "build", "--check")[0] == 0
    assert "is up to date" in gen("-C", root, "build")[1]


def test_invalid_input_writes_nothing(gen: Gen, root: Path) -> None:
    (root / LANE).write_text("through: [tset]\n")
    code, out, err = gen("-C", root, "build")
    assert code == 1 and out == "" and not (root / "build").exists()
    assert err.startswith(
        f"{LANE}:1:11: error GEN204: there is no environment `tset`\n  1 | through: [tset]\n    |           ^^^^\n  help: did you mean `test`?"
    )


def test_a_folder_that_is_no_configuration(gen: Gen, tmp_path: Path) -> None:
    code, out, _ = gen("-C", tmp_path, "validate")
    assert code == 1 and "GEN201" in out and "gen init" in out


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_formats_have_one_exit_code_and_one_order(gen: Gen, root: Path, form: str) -> None:
    (root / LANE).write_text("through: [tset]\npin: {wbe: test}\n")
    (root / "environments/tenants/acme.yaml").write_text(
        "match: [{header: {x-lane: a%0A::error::b}}]\nlane: nope\n"
    )
    code, out, _ = gen("-C", root, "validate", "--format", form)
    assert code == 1
    assert out.index("tset") < out.index("wbe") < out.index("nope")
    if form in ("json", "sarif"):
        assert json.loads(out)["version"] == (1 if form == "json" else "2.1.0")
    if form == "github":
        assert all(line.startswith("::error file=environments/") for line in out.splitlines())


def test_validate_reports_on_named_files_only(gen: Gen, root: Path) -> None:
    (root / LANE).write_text("through: [tset]\n")
    assert gen("-C", root, "validate", "environments/tenants/acme.yaml")[0] == 0
    assert gen("-C", root, "validate", LANE)[0] == 1
    assert gen("-C", root, "validate", root / LANE)[0] == 1


def test_hostile_text_does_not_steer_the_terminal(gen: Gen, root: Path) -> None:
    (root / LANE).write_bytes(b"through: [\x1b[31mred]\n")
    code, out, _ = gen("-C", root, "validate")
    assert code == 1 and "\x1b" not in out


def test_explain_a_tenant_and_a_request(gen: Gen, root: Path) -> None:
    out = json.loads(gen("-C", root, "explain", "--tenant", "acme", "--format", "json")[1])
    assert out["lane"] == "test/login"
    assert [
        (
            hop["service"],
            hop["from"]["environment"],
            hop["target"]["service"],
            hop["target"]["namespace"],
        )
        for hop in out["hops"]
    ] == [
        ("web", "test", "web", "shop-test"),
        ("api", "test", "api-login", "shop-test"),
    ]
    assert [hop["sharedWith"] for hop in out["hops"]] == [
        3,
        1,
    ]  # web in test answers test, mixed and perf too, the branch's api mixed
    assert (
        "serves other lanes too (how many), with all that it keeps: web in test (3), api in test/login (1)"
        in gen("-C", root, "explain", "--tenant", "acme")[1]
    )
    asked = ("--host", "perf.example.com", "--path", "/x")
    assert json.loads(gen("-C", root, "explain", *asked, "--format", "json")[1])["lane"] == "perf"
    assert (
        json.loads(
            gen("-C", root, "explain", *asked, "--header", "X-Tenant=acme", "--format", "json")[1]
        )["lane"]
        == "test/login"
    )
    assert "api-login" not in gen("-C", root, "explain", *asked)[1]
    assert gen("-C", root, "explain", "--host", "nowhere.example.com")[0] == 2
    assert gen("-C", root, "explain")[0] == 2


def test_routes_tell_every_lane(gen: Gen, root: Path) -> None:
    table = json.loads(gen("-C", root, "routes", "--format", "json")[1])
    assert set(table["lanes"]) == {"test", "test/login", "perf", "mixed"}
    row = next(
        row
        for row in table["routes"]
        if (row["environment"], row["service"], row["lane"]) == ("test", "api", "perf")
    )
    assert row["target"] == {
        "environment": "perf",
        "branch": None,
        "service": "api",
        "namespace": "shop-perf",
    }
    assert "api in test: test" in gen("-C", root, "routes", "--service", "api")[1]


@pytest.mark.parametrize(
    "asked",
    [
        {"service": "api"},
        {"environment": "test"},
        {"lane": "perf"},
        {"service": "api", "environment": "perf", "lane": "test/login"},
    ],
)
def test_routes_tell_what_they_are_asked(gen: Gen, root: Path, asked: dict[str, str]) -> None:
    def table(**asked: str) -> dict[str, Any]:
        options = [word for name, value in asked.items() for word in (f"--{name}", value)]
        found: dict[str, Any] = json.loads(
            gen("-C", root, "routes", "--format", "json", *options)[1]
        )
        return found

    every, some = table(), table(**asked)
    fits = [row for row in every["routes"] if asked.items() <= row.items()]
    assert some["routes"] == fits
    assert some["lanes"].keys() == {asked["lane"]} if "lane" in asked else every["lanes"].keys()
    assert 0 < len(fits) < len(every["routes"])


def test_routes_of_one_lane_in_words(gen: Gen, root: Path) -> None:
    told = gen("-C", root, "routes", "--lane", "perf")[1].splitlines()
    assert "api in test: perf" in told and "web in test: test" in told
    assert gen("-C", root, "routes", "--lane", "pref")[0] == 2


def test_deploy_makes_a_branch_and_keeps_comments(gen: Gen, root: Path) -> None:
    code, out, _ = gen(
        "-C",
        root,
        "deploy",
        "test/feature/ABC-12_x",
        "web=v9",
        "--owner",
        "web",
        "--expires",
        "2030-01-01",
    )
    assert code == 0 and "test/feature-abc-12-x" in out
    assert gen("-C", root, "validate")[0] == 0
    path = root / "environments/test/branches/feature-abc-12-x.yaml"
    path.write_text(path.read_text() + "# mine\n")
    assert (
        gen("-C", root, "deploy", "test/feature/ABC-12_x", "api=1e3", "--env", "web:A=no")[0] == 0
    )
    assert path.read_text().endswith(
        'runs:\n  web: {tag: v9, env: {A: "no"}}\n  api: {tag: "1e3"}\n# mine\n'
    )
    code, _, err = gen("-C", root, "deploy", "test/login", "apx=v1")
    assert code == 2 and "did you mean `api`?" in err
    assert gen("-C", root, "deploy", "tst", "api=v1")[0] == 2


def test_two_git_branches_whose_names_become_one_are_never_merged(gen: Gen, root: Path) -> None:
    assert gen("-C", root, "deploy", "test/feature/A_b", "web=v1")[0] == 0
    path = root / "environments/test/branches/feature-a-b.yaml"
    before = path.read_text()
    for other in ("feature/a-b", "feature_a-b", "Feature-a-b"):
        code, _, err = gen("-C", root, "deploy", f"test/{other}", "web=v2")
        assert (
            code == 1
            and "not known to be that of the git branch" in err
            and path.read_text() == before
        )
    assert gen("-C", root, "deploy", "test/feature/A_b", "web=v3")[0] == 0
    assert gen("-C", root, "deploy", "test/feature-a-b", "web=v4")[0] == 0
    assert gen("-C", root, "deploy", "test/Login", "api=v2")[0] == 1


def test_deploy_refuses_what_would_be_invalid(gen: Gen, root: Path) -> None:
    before = (root / "environments/test/branches/login.yaml").read_text()
    assert gen("-C", root, "deploy", "test/login", "api=a b")[0] == 1
    assert (root / "environments/test/branches/login.yaml").read_text() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("service", "cart", "--image", "registry.example.com/cart", "--protocol", "grpc"),
        ("environment", "demo", "--extends", "test"),
        ("branch", "test/x", "--run", "api=v1"),
        ("lane", "l", "--through", "perf", "--through", "test"),
        ("tenant", "t", "--lane", "perf"),
        ("external", "db", "--host", "db.example.com"),
        ("external", "db", "--host", "*.db.example.com", "--port", "5432", "--protocol", "tcp"),
    ],
)
def test_new_things_are_valid_and_never_overwrite(
    gen: Gen, root: Path, arguments: tuple[str, ...]
) -> None:
    assert gen("-C", root, "new", *arguments)[0] == 0
    assert gen("-C", root, "validate")[0] == 0
    assert gen("-C", root, "new", *arguments)[1] == "already up to date\n"
    code, _, err = gen("-C", root, "new", *arguments, "--owner", "somebody")
    assert code == 1 and "is there already" in err


def test_an_external_is_seen_where_a_service_is(gen: Gen, root: Path) -> None:
    assert gen("-C", root, "new", "external", "db", "--host", "db.example.com")[0] == 0
    assert gen("-C", root, "new", "external", "far", "--host", "x", "--protocol", "rpc")[0] == 2
    assert gen("-C", root, "new", "external", "far")[0] == 2
    api = root / "environments/services/api.yaml"
    api.write_text(api.read_text() + "calls: [db]\n")
    assert gen("-C", root, "explain", "--callers", "db")[1].splitlines() == [
        "db, outside the mesh at db.example.com: tls 443",
        "  api  in perf, test, test/login",
    ]
    told = json.loads(gen("-C", root, "explain", "--callers", "db", "--format", "json")[1])
    assert told["callers"] == [{"service": "api", "units": ["perf", "test", "test/login"]}]
    assert told["ports"] == [{"protocol": "tls", "port": 443}] and told["version"] == 1
    out = gen("-C", root, "explain", "--tenant", "acme")[1]
    assert "  api → db  from test/login; outside the mesh, at db.example.com: tls 443" in out
    told = json.loads(gen("-C", root, "explain", "--tenant", "acme", "--format", "json")[1])
    assert told["externals"] == [{"service": "api", "unit": "test/login", "external": "db"}]
    assert "known: api, db, web" in gen("-C", root, "explain", "--callers", "dd")[2]


@pytest.mark.parametrize("more", [(), ("--empty",)])
def test_init_names_clusters(gen: Gen, tmp_path: Path, more: tuple[str, ...]) -> None:
    shop = tmp_path / "shop"
    assert gen("init", *more, "--clusters", "eu", "--clusters", "us", shop)[0] == 0
    code, out, _ = gen("-C", shop, "build", "--out", tmp_path / "out")
    assert code == 0, out
    assert (tmp_path / "out/argocd.us/root.yaml").exists()
    for wrong in ("lock", "EU", "root"):
        assert gen("init", "--clusters", wrong, tmp_path / "other")[0] == 2


def test_init_is_valid_builds_and_wants_an_empty_folder(gen: Gen, tmp_path: Path) -> None:
    assert gen("init", tmp_path / "new")[0] == 0
    assert gen("-C", tmp_path / "new", "validate")[0] == 0
    assert gen("-C", tmp_path / "new", "build")[0] == 0
    assert gen("-C", tmp_path / "new", "schema", "--check")[0] == 0
    assert (tmp_path / "new/.github/workflows/gen.yaml").exists()
    assert gen("init", tmp_path / "new")[0] == 1


def test_schemas_of_this_repository_are_current(gen: Gen) -> None:
    assert gen("-C", TOP, "schema", "--check")[0] == 0


def test_usage_and_help(gen: Gen) -> None:
    assert gen("nothing")[0] == 2
    assert gen("build", "--nope")[0] == 2
    for verb in VERBS:
        assert gen(verb, "--help")[0] == 0


def test_a_bug_is_told_as_one(gen: Gen, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.compiler.compile.plan", lambda resolved: 1 / 0)
    code, _, err = gen("-C", root, "build")
    assert code == 3 and "bug in gen" in err and "ZeroDivisionError" in err


def test_the_installed_command_and_a_closed_pipe(root: Path) -> None:
    command = [
        shutil.which("gen", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "gen"
    ]
    assert subprocess.run(
        [*command, "--version"], capture_output=True, text=True, check=True
    ).stdout.startswith("gen")
    done = subprocess.run(
        f"{command[0]} -C {root} routes --format json | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr


def test_colour_on_a_terminal_only(root: Path) -> None:
    (root / LANE).write_text("through: [tset]\n")
    command = [sys.executable, "-m", "generator", "-C", str(root), "validate"]
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {
        "TERM": "xterm"
    }
    assert (
        "\x1b["
        not in subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=TOP, env=environment
        ).stdout
    )
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, stderr=theirs, check=False, cwd=TOP, env=environment)
    assert b"\x1b[" in os.read(ours, 100_000)


def test_help_is_quick() -> None:
    def cost(*command: str) -> float:  # of the processor, since others may want it too
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=TOP)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    pairs = [(cost("-m", "generator", "--help"), cost("-c", "import click")) for _ in range(7)]
    assert min(ours for ours, _ in pairs) < 2 * min(bare for _, bare in pairs) + 0.02, (
        "a heavy import crept into the start"
    )


def test_explain_tells_why_an_edge_is_allowed(gen: Gen, root: Path) -> None:
    code, out, _ = gen("-C", root, "explain", "--callers", "api")
    assert (
        code == 0
        and "api in test/login is called by\n  web in test  for lane mixed, test/login\n"
        "  its policies let in: web in test and its branches\n"
        in out
    )
    assert '"caller": null' in gen("-C", root, "explain", "--callers", "web", "--format", "json")[1]
    assert gen("-C", root, "explain", "--callers", "wbe")[0] == 2


def test_a_stage_that_lasts_is_told_on_a_terminal_only() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    for err, told in ((Screen(), True), (io.StringIO(), False)):
        terminal = Terminal(io.StringIO(), err)
        terminal._started -= 5
        terminal.progress("reading")
        patience = time.monotonic() + 20
        while told and "reading … " not in err.getvalue() and time.monotonic() < patience:
            time.sleep(0.05)
        terminal.clear()
        seen = err.getvalue()
        assert seen.endswith("\r\x1b[K") if told else not seen
        time.sleep(0.5)
        assert err.getvalue() == seen, "nothing is told of work that is done"


def test_expire_deletes_what_had_its_last_day_and_nothing_that_is_named(
    tmp_path: Path, gen: Gen
) -> None:
    write(
        tmp_path,
        {
            "environments/test/branches/old.yaml": "expires: 2026-01-31\nruns: {api: {tag: a}}\n",
            "environments/test/branches/team/named.yaml": "expires: 2026-01-31\nruns: {api: {tag: a}}\n",
            "environments/test/branches/later.yaml": "expires: 2026-02-01\nruns: {api: {tag: a}}\n",
            "environments/lanes/keeps.yaml": "through: [test/named, test]\n",
        },
    )
    code, _, err = gen("-C", tmp_path, "expire", "--on", "2026-02-01")
    assert (
        code == 1
        and "GEN205" in err
        and "environments/lanes/keeps.yaml" in err
        and (tmp_path / "environments/test/branches/old.yaml").exists()
    )
    (tmp_path / "environments/lanes/keeps.yaml").unlink()
    assert gen("-C", tmp_path, "expire", "--on", "2026-01-31")[1] == "nothing has expired\n"
    assert (
        "deleted environments/test/branches/old.yaml"
        in gen("-C", tmp_path, "expire", "--on", "2026-02-01", "--dry-run")[1]
    )
    assert gen("-C", tmp_path, "expire", "--on", "2026-02-01")[0] == 0
    assert [path.stem for path in sorted((tmp_path / "environments/test/branches").rglob("*"))] == [
        "later",
        "login",
    ]
    for word in ("soon", "20260201", "2026-W05-7", "2026-02-30"):
        assert gen("-C", tmp_path, "expire", "--on", word)[0] == 2


def test_an_environment_expires_with_its_branches(tmp_path: Path, gen: Gen) -> None:
    write(
        tmp_path,
        {
            "environments/demo/environment.yaml": "extends: test\nhosts: [demo.example.com]\nexpires: 2026-01-31\n",
            "environments/demo/branches/x.yaml": "runs: {api: {tag: a}}\n",
        },
    )
    assert gen("-C", tmp_path, "expire", "--on", "2026-02-01")[0] == 0
    assert (
        not (tmp_path / "environments/demo").exists() and (tmp_path / "environments/test").exists()
    )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_validate_and_expire_agree_on_the_day(
    gen: Gen, root: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What validate calls expired is what expire deletes, wherever the clock hangs."""
    import datetime as dt

    today = dt.datetime.now(dt.UTC).date()
    branch = root / "environments/test/branches/login.yaml"
    text = branch.read_text()
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for day, over in ((today, False), (today - dt.timedelta(days=1), True)):
            branch.write_text(f"expires: {day}\n{text}")
            assert ("GEN310" in gen("-C", root, "validate")[1]) is over
            assert ("nothing has expired" not in gen("-C", root, "expire", "--dry-run")[1]) is over
    finally:
        monkeypatch.undo()
        time.tzset()
