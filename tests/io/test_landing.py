"""Edits that land whatever others push: on real repositories, with real writers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.edits.deploy import Deploy
from generator.edits.edit import Edit
from generator.io import landing
from generator.io.author import author
from generator.io.git import GitFailed
from generator.io.origin import of_url
from generator.io.scratch import Look, Scratch
from generator.io.wish import Wish, written
from tests.conftest import SMALL, write
from tests.io.test_publish import Place, git
from tests.io.test_signing import SIGNED_ONLY

Gen = Callable[..., tuple[int, str, str]]
PATH = "environments/test/environment.yaml"
COMMAND = [sys.executable, "-m", "generator"]


class House(Place):
    """A configuration repository, and whoever writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(folder)
        self._push()

    def commit(self, subject: str) -> str:
        super().commit(subject)
        self._push()
        return self.tip()

    def _push(self) -> None:
        git(self.clone, "push", "-q", "origin", "HEAD:refs/heads/main")

    def tip(self) -> str:
        return git(self.remote, "rev-parse", "main")

    def text(self, path: str = PATH) -> str:
        return git(self.remote, "show", f"main:{path}")

    def refs(self) -> list[str]:
        return git(self.remote, "for-each-ref", "--format=%(refname)").splitlines()

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *words, "--push", "--repository", str(self.remote)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd(), **variables},
        )

    def hook(self, name: str, text: str) -> None:
        file = self.remote / "hooks" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_an_edit_lands_and_the_clone_stays_as_it_is(house: House, gen: Gen) -> None:
    before = git(house.clone, "rev-parse", "HEAD"), git(house.clone, "for-each-ref")
    words = ("-C", house.clone, "deploy", "test", "web=v2", "--push")
    code, out, err = gen(*words, "--author", "Ada <ada@example.com>")
    assert code == 0 and f"landed on main of origin as {house.tip()[:10]}" in out, err
    assert "-  web: {tag: v1}\n+  web: {tag: v2}" in out and "web: {tag: v2}" in house.text()
    told = git(house.remote, "log", "-1", "--format=%an <%ae>|%s|%P", "main")
    assert told == f"Ada <ada@example.com>|deploy test web=v2|{before[0]}"
    assert (git(house.clone, "rev-parse", "HEAD"), git(house.clone, "for-each-ref")) == before
    assert git(house.clone, "status", "--porcelain") == ""
    code, out, _ = gen(*words)
    assert code == 0 and "already up to date" in out and house.refs() == ["refs/heads/main"]


@pytest.mark.parametrize("said", ["machine", ""])
def test_the_machines_settings_reach_a_repository_only_if_asked_for(
    house: House, tmp_path: Path, said: str
) -> None:
    (tmp_path / ".gitconfig").write_text(
        f'[url "{house.remote}"]\n\tinsteadOf = https://127.0.0.1:1/config.git\n'
    )
    words = ["deploy", "test", "web=v2", "--push", "--repository", "https://127.0.0.1:1/config.git"]
    around = {"HOME": str(tmp_path), "PYTHONPATH": os.getcwd(), "GEN_GIT_CONFIG": said}
    around |= {name: text for name, text in os.environ.items() if name == "PATH"}
    done = subprocess.run(
        [*COMMAND, *words], env=around, capture_output=True, text=True, check=False
    )
    assert done.returncode == (0 if said else 1), done.stderr
    assert ("web: {tag: v2}" in house.text()) is bool(said)


def test_what_would_be_invalid_is_refused_and_nothing_is_pushed(house: House, gen: Gen) -> None:
    before = house.tip()
    code, _, err = gen("-C", house.clone, "deploy", "test", "web=a b", "--push")
    assert code == 1 and "GEN" in err and f"{PATH}:3" in err
    assert house.tip() == before and house.refs() == ["refs/heads/main"]


def test_a_dry_run_shows_the_change_and_pushes_nothing(house: House, gen: Gen) -> None:
    before = house.tip()
    code, out, _ = gen("-C", house.clone, "deploy", "test", "web=v2", "--push", "--dry-run")
    assert code == 0 and "+  web: {tag: v2}" in out and "nothing was pushed" in out
    assert house.tip() == before


def test_writers_at_once_all_land_once_in_one_line(house: House) -> None:
    """Of one file and of others: new branches, two services of one environment."""
    wanted = [("deploy", f"test/b{number}", f"web=w{number}") for number in range(3)]
    wanted += [("deploy", "test", "web=v7"), ("deploy", "test", "api=v8")]
    first = house.tip()
    writers = [house.start(*words) for words in wanted]
    said = [writer.communicate() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * len(writers), said
    subjects = git(house.remote, "log", "--format=%s", f"{first}..main").splitlines()
    assert sorted(subjects) == sorted(" ".join(words) for words in wanted)
    assert git(house.remote, "log", "--merges", "--format=%H", "main") == ""
    assert "web: {tag: v7}" in house.text() and "api: {tag: v8}" in house.text()
    assert house.refs() == ["refs/heads/main"]
    git(house.remote, "fsck", "--strict")


def test_the_same_key_at_once_is_told_to_one_of_the_two(house: House) -> None:
    """Nobody knows which is newer, so the second is not done over the first."""
    house.hook("pre-receive", "sleep 1")
    writers = [house.start("deploy", "test", f"web=v{number}") for number in (5, 6)]
    said = [writer.communicate() for writer in writers]
    assert sorted(writer.returncode for writer in writers) == [0, 4], said
    assert "was changed meanwhile by somebody else: it was v1" in said[0][1] + said[1][1]
    assert house.refs() == ["refs/heads/main"]


def lay(house: House, edit: Edit, until: float = 600, age: float = 0, author: str = "Bo") -> str:
    """What a writer who died has left beside the branch."""
    name = f"{int((time.time() - age) * 1000):012x}-{'0' * 16}"
    wish = Wish(name, edit, "Bo <bo@example.com>", {}, int(time.time() + until))
    return lay_text(house, name, written(wish), author)


def lay_text(house: House, name: str, text: str, author: str = "Bo") -> str:
    tree = git(house.remote, "hash-object", "-t", "tree", "-w", "/dev/null")
    who = ("-c", f"user.name={author}", "-c", "user.email=bo@example.com")
    commit = git(house.remote, *who, "commit-tree", tree, "-m", text)
    git(house.remote, "update-ref", ref := f"refs/gen/pending/main/{name}", commit)
    return ref


def push(house: House, gen: Gen, *words: str) -> tuple[int, str, str]:
    return gen("-C", house.clone, *words, "--push")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "STILL", (0.5, 0.6))
    monkeypatch.setattr(landing, "FRESH", 1.0)
    monkeypatch.setattr(landing, "LOOKS", (0.05, 0.1))


@pytest.mark.usefixtures("quick")
def test_what_a_dead_writer_left_is_done_by_the_next(house: House, gen: Gen) -> None:
    lay(house, Deploy("test/bo", {"web": "v9"}))
    first = house.tip()
    assert push(house, gen, "deploy", "test", "web=v2")[0] == 0
    told = git(house.remote, "log", "--format=%an|%s", f"{first}..main").splitlines()
    assert sorted(told) == ["Bo|deploy test/bo web=v9", "gen|deploy test web=v2"]
    assert house.refs() == ["refs/heads/main"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "edit, until",
    [
        (Deploy("test", {"web": "a b"}), 600),  # would be invalid
        (Deploy("test", {"web": "v9"}), -1),  # its writer gave up
        (Deploy("nowhere", {"web": "v9"}), 600),
        (Deploy("test/../../x", {"nothing": "v9"}), 600),
    ],
)
def test_what_cannot_be_done_stays_for_its_writer(
    house: House, gen: Gen, edit: Edit, until: float
) -> None:
    ref, before = lay(house, edit, until), house.tip()
    assert push(house, gen, "deploy", "test", "api=v2")[0] == 0
    assert git(house.remote, "rev-list", "--count", f"{before}..main") == "1"
    assert house.refs() == [ref, "refs/heads/main"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("age", "asked"), [(0, ["look", "submit", "wait", "look"]), (9000, ["look", "submit", "look", "push"])])  # fmt: skip
def test_a_writer_asks_no_more_than_it_must(
    house: House, gen: Gen, monkeypatch: pytest.MonkeyPatch, age: float, asked: list[str]
) -> None:
    """Fifty of them wait for one: what each asks in vain takes from that one."""
    lay(house, Deploy("test", {"web": "v9"}), until=600 - age, age=age)
    heard: list[str] = []
    for where, name in ((Scratch, "look"), (Scratch, "submit"), (Scratch, "push"), (landing.Landing, "_wait")):  # fmt: skip
        real = getattr(where, name)

        def noted(self: object, *given: object, real: Any = real, name: str = name) -> object:
            heard.append(name.strip("_"))
            return real(self, *given)

        monkeypatch.setattr(where, name, noted)
    assert push(house, gen, "deploy", "test", "api=v2")[0] == 0
    assert heard[: len(asked)] == asked


@pytest.mark.usefixtures("quick")
def test_what_was_abandoned_long_ago_goes(house: House, gen: Gen) -> None:
    lay(house, Deploy("test", {"web": "v9"}), until=-8000, age=9000)
    assert push(house, gen, "deploy", "test", "api=v2")[0] == 0
    assert house.refs() == ["refs/heads/main"] and "web: {tag: v1}" in house.text()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "name, text",
    [
        ("0" * 12 + "-" + "1" * 16, "no edit at all"),
        ("0" * 12 + "-" + "1" * 16, 's\n\n{"version": 1, "verb": "rm"}'),
        ("x", "another name"),
    ],
)
def test_what_is_no_edit_harms_nobody(house: House, gen: Gen, name: str, text: str) -> None:
    lay_text(house, name, text)
    assert push(house, gen, "deploy", "test", "api=v2")[0] == 0
    assert "api: {tag: v2}" in house.text()


@pytest.mark.usefixtures("quick")
def test_what_is_no_commit_or_in_no_encoding_harms_nobody(house: House, gen: Gen) -> None:
    blob = git(house.remote, "rev-parse", f"main:{PATH}")
    git(house.remote, "update-ref", f"refs/gen/pending/main/{'0' * 12}-{'1' * 16}", blob)
    who = b"tree %s\nauthor x <x@y> 0 +0000\ncommitter x <x@y> 0 +0000\nencoding nope\n\nx\n"
    tree = git(house.remote, "rev-parse", "main^{tree}")
    odd = house.folder / "odd"
    odd.write_bytes(who % tree.encode())
    commit = git(house.remote, "hash-object", "-t", "commit", "-w", str(odd))
    git(house.remote, "update-ref", f"refs/gen/pending/main/{'0' * 12}-{'2' * 16}", commit)
    code, _, err = push(house, gen, "deploy", "test", "api=v2")
    assert code == 0 and "api: {tag: v2}" in house.text(), err


@pytest.mark.usefixtures("quick")
def test_a_host_that_takes_no_such_refs(house: House, gen: Gen) -> None:
    lay(house, Deploy("test/bo", {"web": "v9"}))  # so that nothing is tried directly
    house.hook("update", 'case "$1" in refs/gen/*) echo no >&2; exit 1;; esac')
    assert push(house, gen, "deploy", "test", "web=v2")[0] == 0
    assert "web: {tag: v2}" in house.text()


def test_a_protected_branch_is_told_with_the_next_step(house: House, gen: Gen) -> None:
    house.hook("pre-receive", 'echo "GH006: Protected branch update failed" >&2; exit 1')
    code, _, err = push(house, gen, "deploy", "test", "web=v2")
    assert code == 1 and "origin protects main" in err and "nothing was pushed" in err
    assert "published" not in err and house.refs() == ["refs/heads/main"]


def test_an_answer_that_was_lost_is_no_second_commit(
    house: House, gen: Gen, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Scratch.push

    def lost(self: Scratch, look: Look, commit: str) -> None:
        real(self, look, commit)
        raise GitFailed("git push: the remote end hung up unexpectedly")

    monkeypatch.setattr(Scratch, "push", lost)
    before = house.tip()
    code, out, err = push(house, gen, "deploy", "test", "web=v2")
    assert code == 0 and f"as {house.tip()[:10]}" in out, err
    assert git(house.remote, "rev-list", "--count", f"{before}..main") == "1"
    assert house.refs() == ["refs/heads/main"]


@pytest.mark.parametrize(
    "url, why",
    [
        ("ext::sh -c touch% owned", "protocol that runs commands"),
        ("--upload-pack=touch owned", "no URL"),
        ("file:///nowhere/at/all.git", "git ls-remote"),
        ("https://user:secret@127.0.0.1:1/x.git", "git ls-remote"),
    ],
)
def test_urls_run_nothing_and_tell_no_secret(
    tmp_path: Path, gen: Gen, monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = gen("deploy", "test", "web=v2", "--push", "--repository", url)
    assert code in (1, 2) and why in err and "secret" not in out + err
    assert not (tmp_path / "owned").exists()


def test_nothing_of_the_repository_is_run_or_followed(house: House, gen: Gen) -> None:
    """Hooks, filters, modules and links that a commit brings, and refs of odd names."""
    mark = house.folder / "owned"
    evil = f'[filter "x"]\n\tsmudge = touch {mark}\n\tclean = touch {mark}\n'
    write(
        house.clone,
        {
            ".gitattributes": "* filter=x\n",
            ".gitconfig": evil,
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::touch {mark}\n\tupdate = !touch {mark}\n',
            "hooks/post-checkout": f"#!/bin/sh\ntouch {mark}\n",
        },
    )
    (house.clone / "environments/lanes/odd.yaml").symlink_to("/etc/passwd")
    house.commit("evil")
    for ref in (
        "refs/heads/--upload-pack=x",
        "refs/gen/pending/main/--exec=x",
        "refs/gen/pending/x",
    ):
        git(house.remote, "update-ref", ref, "main")
    code, _, err = push(house, gen, "deploy", "test", "web=v2")
    assert code == 1 and "environments/lanes/odd.yaml" in err and "symbolic link" in err
    (house.clone / "environments/lanes/odd.yaml").unlink()
    house.commit("the link goes")
    assert push(house, gen, "deploy", "test", "web=v2")[0] == 0
    assert not mark.exists()


def test_the_configuration_may_lie_in_a_folder(house: House, gen: Gen) -> None:
    git(house.clone, "rm", "-rq", "environments", "overlays")
    write(house.clone / "deep/conf")
    house.commit("deeper")
    words = ("deploy", "test", "web=v2", "--push")
    assert gen("-C", house.clone / "deep/conf", *words)[0] == 0
    assert "web: {tag: v2}" in house.text(f"deep/conf/{PATH}")
    words = ("deploy", "test", "web=v3", "--push", "--repository", str(house.remote))
    assert gen("-C", "deep/conf", *words)[0] == 0
    assert "web: {tag: v3}" in house.text(f"deep/conf/{PATH}")


def test_a_branch_that_holds_errors_already_is_told_so(house: House, gen: Gen) -> None:
    write(house.clone, {"environments/lanes/bad.yaml": "through: [nowhere]\n"})
    house.commit("bad")
    code, _, err = push(house, gen, "deploy", "test", "web=v2")
    assert code == 1 and "holds errors already, without this edit" in err


@pytest.mark.usefixtures("quick")
def test_commits_are_signed_where_the_platform_says_so(
    house: House, gen: Gen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server that refuses all that is not: branches, and edits that lie beside them."""
    key, allowed = house.folder / "key", house.folder / "allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    allowed.write_text(f"* {key.with_suffix('.pub').read_text()}")
    config = f"-c gpg.ssh.allowedSignersFile={allowed}"
    house.hook("pre-receive", SIGNED_ONLY.format(config=config))
    monkeypatch.setenv("GEN_SIGNING_KEY", "")
    code, _, err = push(house, gen, "deploy", "test", "web=v2")
    assert code == 1 and "wants signed commits" in err and "publish: {sign: ssh}" in err
    (house.remote / "hooks/pre-receive").unlink()
    sign = "publish: {sign: ssh, author: Robot <robot@example.com>}\n"
    write(house.clone, {"environments/platform.yaml": SMALL["environments/platform.yaml"] + sign})
    house.commit("signed from here on")
    house.hook("pre-receive", SIGNED_ONLY.format(config=config))
    code, _, err = push(house, gen, "deploy", "test", "web=v2")
    assert code == 1 and "cannot be signed with ssh" in err and "GEN_SIGNING_KEY" in err
    git(house.clone, "config", "user.signingKey", "../key")
    words = ("deploy", "test", "web=v2", "--author", "Ada <ada@example.com>")
    code, out, err = push(house, gen, *words)
    assert code == 0 and f"as {house.tip()[:10]}" in out, err
    told = git(house.remote, "log", "-1", "--format=%an <%ae>|%cn <%ce>", "main")
    assert told == "Ada <ada@example.com>|Robot <robot@example.com>"
    lay(house, Deploy("test/bo", {"web": "v9"}))  # so that both lie beside the branch first
    git(house.clone, "config", "--unset", "user.signingKey")
    monkeypatch.setenv("GEN_SIGNING_KEY", str(key))
    before = house.tip()
    assert push(house, gen, "deploy", "test", "web=v3")[0] == 0
    assert git(house.remote, "rev-list", "--count", f"{before}..main") == "2"
    assert house.refs() == ["refs/heads/main"]


@pytest.mark.parametrize(
    "variables, who",
    [
        ({"GITHUB_ACTOR": "ada", "GITHUB_ACTOR_ID": "7"}, "ada <7+ada@users.noreply.github.com>"),
        (
            {"GITHUB_ACTOR": "ada", "GITHUB_SERVER_URL": "https://git.example.com"},
            "ada <ada@noreply.git.example.com>",
        ),
        (
            {"GITLAB_USER_NAME": "Ada L", "GITLAB_USER_EMAIL": "a@example.com"},
            "Ada L <a@example.com>",
        ),
        ({"GITHUB_ACTOR": "x\n<y>"}, "xy <xy@noreply.github.com>"),
        ({}, "me <me@localhost>"),
    ],
)
def test_whose_change_it_is(variables: dict[str, str], who: str) -> None:
    assert author(None, variables, "me <me@localhost>") == who


def test_the_token_goes_to_its_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN_TOKEN", "secret")
    origin = of_url("https://git.example.com:8443/x/y.git", Path())
    assert (
        origin.environment["GIT_CONFIG_KEY_0"] == "http.https://git.example.com:8443/.extraHeader"
    )
    assert (
        b64decode(origin.environment["GIT_CONFIG_VALUE_0"].split()[-1]) == b"x-access-token:secret"
    )
    assert "secret" not in origin.called + origin.url
    for url in ("http://git.example.com/x.git", "ssh://git@example.com/x", "/srv/x.git"):
        assert "secret" not in str(of_url(url, Path()).environment)
