"""Servers as they are: what they cannot do is gone about, what they refuse is told in their words with the next step."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.io import answers
from generator.io.git import GitFailed, Repository
from generator.io.verify import verify
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled
from tests.io.test_publish import Place, git, place, published, without  # noqa: F401 a fixture

STRAY = int(os.environ.get("STRAY", "4000"))


def hook(remote: Path, name: str, text: str) -> None:
    file = remote / "hooks" / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def tenant(number: int) -> FileSet:
    """The same with one more tenant: the edge's tag moves."""
    text = f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: test\n"
    return compiled({f"environments/tenants/t{number}.yaml": text}).files


def tags(remote: Path) -> set[str]:
    return set(git(remote, "for-each-ref", "--format=%(refname)", "refs/tags/gen").split())


NO_TAG_GOES = 'case "$1,$3" in refs/tags/*,0000000000000000000000000000000000000000) echo "protected tags cannot be deleted" >&2; exit 1;; esac'
FEW_REFS = 'n=$(wc -l); [ "$n" -le 2 ] || { echo "error: Pushes can not update more than 2 branches or tags." >&2; exit 1; }'
SERVERS: dict[str, Callable[[Path], None]] = {
    "that keeps its tags": lambda remote: hook(remote, "update", NO_TAG_GOES),
    "without atomic pushes": lambda remote: (
        git(remote, "config", "receive.advertiseAtomic", "false"),
        None,
    )[1],
    "that takes two refs at a time": lambda remote: hook(remote, "pre-receive", FEW_REFS),
    "that forbids to move tags": lambda remote: hook(
        remote,
        "update",
        'case "$1,$2" in refs/tags/*,*[1-9a-f]*) echo "protected tags cannot be updated" >&2; exit 1;; esac',
    ),
}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_delivers_for_ever(
    place: Place, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.io.tags.SECONDS", -1)
    monkeypatch.setattr("generator.io.tags.TREES", 1)
    SERVERS[server](place.remote)
    for number in (1, 2, 3, 2):  # an older state comes back
        place.commit(f"tenant {number}")
        receipt = place.publish(tenant(number))
        assert receipt.commit == place.log()[0]
        found = verify(Repository(place.clone), "origin", "deploy", lambda *_, n=number: tenant(n))
        assert not found, found


def test_what_a_server_keeps_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.io.tags.SECONDS", -1)
    monkeypatch.setattr("generator.io.tags.TREES", 0)
    hook(place.remote, "update", NO_TAG_GOES)
    receipts = []
    for number in range(4):
        place.commit(f"tenant {number}")
        receipts.append(place.publish(tenant(number)))
    assert not receipts[0].left and "protected tags cannot be deleted" in receipts[-1].left


def test_a_tag_outlives_what_a_waiting_root_may_still_name(place: Place) -> None:
    seen: set[str] = set()
    for number in range(5):
        place.commit(f"tenant {number}")
        place.publish(tenant(number))
        seen |= tags(place.remote)
    assert tags(place.remote) == seen


def test_tags_are_bounded_in_number(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.io.tags.MOST", 3)
    monkeypatch.setattr("generator.io.tags.TREES", 2)
    counts = []
    for number in range(8):
        place.commit(f"tenant {number}")
        place.publish(tenant(number))
        counts.append(len(tags(place.remote)))
    assert counts[-1] == counts[-2] == counts[-3] < counts[0] + 7


def test_a_tag_that_was_replaced_long_ago_goes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.io.tags.TREES", 1)
    for number in range(4):
        place.commit(f"tenant {number}")
        place.publish(tenant(number))
    many = len(tags(place.remote))
    later = time.time() + 8 * 86400
    monkeypatch.setattr("generator.io.tags.time.time", lambda: later)
    place.commit("later")
    place.publish(tenant(9))
    assert len(tags(place.remote)) < many


def test_thousands_of_stray_tags(published: Place) -> None:
    """Every day 4,000; `make torture` asks with 40,000."""
    tip = published.log()[0]
    git(published.remote, "pack-refs", "--all")
    packed = published.remote / "packed-refs"
    head, *refs = packed.read_text().splitlines()
    stray = [f"{tip} refs/tags/gen/deploy/stray/x/{number:016x}" for number in range(STRAY)]
    refs = sorted([*refs, *stray], key=lambda line: line.split(" ")[1])
    packed.write_text("\n".join([head, *refs]) + "\n")
    published.commit("next")
    receipt = published.publish(tenant(1))
    assert receipt.commit == published.log()[0] and len(receipt.stale) == 200
    assert STRAY - 1_000 < len(tags(published.remote)) < STRAY


def test_a_push_of_very_many_tags_comes_in_parts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.io.push.BATCH", 2)
    place.publish()
    assert not verify(Repository(place.clone), "origin", "deploy", lambda *_: compiled().files)


@pytest.mark.parametrize(
    ("ref", "branch", "named"),
    [
        ("refs/tags/gen", "deploy", "refs/tags/gen"),
        ("refs/tags/gen/deploy", "deploy", "refs/tags/gen/deploy"),
        ("refs/tags/gen/deploy/edge", "deploy", "refs/tags/gen/deploy/edge"),
        ("refs/heads/deploy/old", "deploy", "refs/heads/deploy/old"),
        ("refs/heads/out", "out/shop", "refs/heads/out"),
    ],
)
def test_a_ref_in_the_way_is_named(place: Place, ref: str, branch: str, named: str) -> None:
    git(place.clone, "push", "-q", "origin", f"HEAD:{ref}")
    from generator.io.publish import Publication, publish

    with pytest.raises(Refusal, match=f"^{named} at origin is in the way") as refused:
        publish(Repository(place.clone), lambda _: (compiled().files, ()), Publication(branch))
    assert f"`git push origin :{named}`" in refused.value.next_step
    git(place.clone, "push", "-q", "origin", f":{ref}")
    assert publish(
        Repository(place.clone), lambda _: (compiled().files, ()), Publication(branch)
    ).commit


PLATFORM = """name: other
argocd: {repository: https://git.example.com/shop.git}
"""


def two(place: Place) -> Path:
    other = place.remote.with_name("other.git")
    git(place.clone, "init", "-q", "--bare", "-b", "main", str(other))
    for url in (place.remote, other):
        git(place.clone, "remote", "set-url", "--add", "--push", "origin", str(url))
    return other


def test_each_of_two_push_urls_is_asked(place: Place) -> None:
    other = two(place)
    first = place.publish()
    assert git(other, "rev-parse", "deploy") == first.commit == place.log()[0]
    hook(other, "pre-receive", "echo frozen >&2; exit 1")
    place.commit("next")
    with pytest.raises(GitFailed, match=r"(?s)published to .*but not to .*other\.git.*frozen"):
        place.publish(tenant(1))
    render = lambda *_: tenant(1)  # noqa: E731
    found = verify(Repository(place.clone), "origin", "deploy", render)
    assert found and [name for name in found.stale if "other.git" in name]
    with pytest.raises(GitFailed, match="but not to"):
        place.publish(tenant(1))
    (other / "hooks/pre-receive").unlink()
    assert place.publish(tenant(1)).commit is None
    assert git(other, "rev-parse", "deploy") == place.log()[0] and tags(other) == tags(place.remote)
    assert not verify(Repository(place.clone), "origin", "deploy", render)


def test_a_place_that_went_its_own_way_is_refused(place: Place) -> None:
    other = two(place)
    place.publish()
    git(place.clone, "push", "-q", "-f", str(other), "HEAD:refs/heads/deploy")
    place.commit("next")
    with pytest.raises(Refusal, match="which was never published there"):
        place.publish(tenant(1))


def test_a_place_that_is_gone_is_refused_before_anything_is_written(place: Place) -> None:
    other = two(place)
    place.publish()
    other.rename(other.with_name("gone"))
    place.commit("next")
    before = place.log()
    with pytest.raises(GitFailed, match=r"other\.git\) does not answer"):
        place.publish(tenant(1))
    assert place.log() == before


def test_a_mirror_that_is_read_must_follow(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.io.remote.LAG", 0.6)
    mirror = place.remote.with_name("mirror.git")
    git(place.clone, "clone", "-q", "--mirror", str(place.remote), str(mirror))
    git(place.clone, "remote", "set-url", "origin", str(mirror))
    git(place.clone, "remote", "set-url", "--push", "origin", str(place.remote))
    with pytest.raises(Refusal, match=r"published to .*remote\.git.*mirror\.git.* still has noth"):
        place.publish()
    git(mirror, "fetch", "-q")
    assert place.publish().commit is None
    hook(place.remote, "post-receive", f"cd {mirror} && env -u GIT_DIR git fetch -q")
    place.commit("next")
    assert place.publish(tenant(1)).commit


def test_a_remote_that_mirrors_takes_what_is_named(place: Place) -> None:
    git(place.clone, "push", "-q", "origin", "main:kept")
    git(place.clone, "config", "remote.origin.mirror", "true")
    assert place.publish().commit
    assert "kept" in git(place.remote, "branch", "--list", "kept")


# What servers say, and a word of the next step. From git 2.39, Gitea 1.26, gitolite 3.6; GitLab's and GitHub's as documented.
SAID = {
    "remote: Tag gen/deploy/x is protected": "tags below `gen/`",
    "remote: GitLab: Protected tags cannot be updated.": "tags below `gen/`",
    "remote: GitLab: You can only delete protected tags using the web interface.": "tags below",
    "remote: Not allowed to push to protected branch deploy": "push to deploy",
    "remote: branch deploy is protected from force push": "push to deploy",
    "remote: branch deploy is protected from changing file argocd/root.yaml": "change that file",
    "remote: GitLab: You are not allowed to push code to protected branches on this project.": "push to deploy",
    "remote: error: GH006: Protected branch update failed for refs/heads/deploy.": "push to deploy",
    "remote: error: GH013: Repository rule violations found for refs/heads/deploy.": "bypass",
    "remote: - Commits must have verified signatures.": "publish: {sign: ssh}",
    "remote: GitLab: Commit must be signed with a GPG key": "publish: {sign: ssh}",
    "remote: Internal Server Error (no message for end users)": "publish: {sign: gpg}",
    "remote: error: GH007: Your push would publish a private email address.": "publish: {author:",
    "remote: GitLab: Author 'gen@localhost' is not a member of team": "publish: {author:",
    "remote: FATAL: W refs/heads/deploy shop gen DENIED by refs/.*": "RW+",
    "remote: FATAL: + refs/tags/gen/deploy/x shop gen DENIED by fallthru": "RW+",
    "remote: FATAL: W VREF/COUNT/1 shop gen DENIED by VREF/COUNT/1": "pass",
    "FATAL: the freeze lasts until monday\nfatal: Could not read from remote repository.": "first",
    "! [remote rejected] deploy -> deploy (pre-receive hook declined)": "fix what it reports",
    "! [remote rejected] deploy -> deploy (shallow update not allowed)": "--unshallow",
    "! [remote rejected] deploy -> deploy (deny updating a hidden ref)": "hideRefs",
    "remote: fatal: pack exceeds maximum allowed size (1.00 MiB)": "limit",
    "remote: refusing to update checked out branch: refs/heads/deploy": "bare repository",
    "fatal: unable to access 'http://h/': The requested URL returned error: 403": "credentials",
    "fatal: Authentication failed for 'https://h/'": "credentials",
    "git@h: Permission denied (publickey).": "credentials",
    "fatal: unable to access 'https://h/': Could not resolve host: h": "network",
    "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nfatal: the remote end hung up unexpectedly": "limit",
    "fatal: unable to update url base from redirection:\n  asked for: http://h/r": "credentials",
    "fatal: http://h/r/info/refs not valid: is this a git repository?": "credentials",
    "fatal: unable to access 'http://h/': The requested URL returned error: 429": "later",
    "fatal: unable to access 'http://h/': The requested URL returned error: 502": "when it is well",
    "remote: This repository was archived so it is read-only.": "takes pushes",
    "error: cannot lock ref 'refs/tags/gen/d/x': 'refs/tags/gen' exists; cannot create 'refs/tags/gen/d/x'": "`git push origin :refs/tags/gen`",
}


@pytest.mark.parametrize("text", SAID)
def test_each_refusal_has_its_next_step(text: str) -> None:
    failed = answers.explained(GitFailed(f"git push: {text}"), "origin", "deploy")
    assert SAID[text] in failed.next_step and not answers.passing(failed)
    assert str(failed).endswith(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("FATAL: W refs/heads/deploy shop gen DENIED by refs/.*", "`W refs/heads/deploy`"),
        ("FATAL: + refs/tags/gen/x shop gen DENIED by fallthru", "`+ refs/tags/gen/x`"),
        ("FATAL: R any shop gen DENIED by fallthru\n(or you mis-spelled the repo)", "`R any`"),
    ],
)
def test_what_gitolite_denies_is_named(text: str, what: str) -> None:
    failed = answers.explained(GitFailed(f"git push: remote: {text}"), "origin", "deploy")
    assert str(failed).startswith(f"origin denies this account {what}\n")


@pytest.mark.parametrize(
    "text",
    [
        "cannot lock ref 'refs/heads/deploy': is at 1f but expected 2e",
        "cannot lock ref 'refs/heads/deploy': Unable to create '/r/refs/heads/deploy.lock': File exists.",
        "cannot lock ref 'refs/heads/deploy': unable to resolve reference 'refs/heads/deploy'",
        "! [rejected] deploy -> deploy (stale info)",
        "! [remote rejected] deploy -> deploy (failed to update ref)",
        "! [remote rejected] deploy -> deploy (atomic transaction failed)",
    ],
)
def test_what_passes_is_tried_again(text: str) -> None:
    assert answers.passing(GitFailed(f"git push: {text}"))


@pytest.mark.parametrize(
    "text",
    [
        "error: RPC failed; HTTP 504 curl 22 The requested URL returned error: 504\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
        "error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds\nfatal: the remote end hung up unexpectedly",
        "Connection to h closed by remote host.\nfatal: the remote end hung up unexpectedly",
        "fatal: the remote end hung up unexpectedly",
    ],
)
def test_a_lost_answer_is_no_answer(text: str) -> None:
    failed = GitFailed(f"git push: {text}")
    assert answers.lost(failed) and not answers.passing(failed)


def test_a_connection_that_ends_in_a_push_tells_nothing_of_it(published: Place) -> None:
    hook(published.remote, "pre-receive", "kill -9 $PPID")
    published.commit("next")
    with pytest.raises(GitFailed, match="the connection to origin broke") as refused:
        published.publish(tenant(1))
    assert "nobody can tell" in refused.value.next_step
    assert "nothing was published" not in f"{refused.value}{refused.value.next_step}"


def test_a_server_of_few_refs_loses_its_old_tags(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.io.tags.SECONDS", -1)
    monkeypatch.setattr("generator.io.tags.TREES", 0)
    hook(place.remote, "pre-receive", FEW_REFS)
    place.publish()
    place.commit("all else")
    place.publish(compiled({"environments/platform.yaml": PLATFORM}).files)
    place.commit("and back")
    place.publish()
    place.commit("next")
    left = place.publish(tenant(1))
    assert not left.left and len(left.stale) > 2 and not set(left.stale) & tags(place.remote)


def test_a_question_is_explained_as_a_push_is(place: Place) -> None:
    git(place.clone, "remote", "set-url", "origin", "http://127.0.0.1:9/none.git")
    with pytest.raises(GitFailed, match=r"^origin cannot be reached"):
        place.publish()


def test_what_a_server_says_keeps_its_lines(
    place: Place, gen: Callable[..., tuple[int, str, str]]
) -> None:
    hook(place.remote, "pre-receive", "printf 'one\\n\\033[31mtwo\\n' >&2; exit 1")
    code, _, err = gen("-C", place.clone, "publish")
    assert code == 1 and "remote: one" in err and "\\u000a" not in err and "\x1b" not in err
    assert err.count("\n") > 4 and "  help: " in err
