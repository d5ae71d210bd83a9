"""What must not reach the output branch, and what must not stop a publish: each case was once possible."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.command.main import run
from generator.io.git import GitFailed, Repository, redact
from generator.io.guards import Publication
from generator.io.publish import publish
from generator.io.terminal import Terminal
from generator.targets.ownership import FOLDER, manifest
from generator.vocabulary.files import FileSet, blob_id
from generator.vocabulary.refusal import Refusal
from tests.apart import EU, ONE
from tests.conftest import compiled, fileset, write
from tests.io.test_publish import Place, git, place, published, without  # noqa: F401

Gen = Callable[..., tuple[int, str, str]]
PLATFORM = "environments/platform.yaml"
LOGIN = "environments/test/branches/login.yaml"
EU_ENVIRONMENT, OWN = "environments/eu/environment.yaml", EU.replace("namespace: shop-test\n", "")


def clone_of(place: Place) -> Callable[..., tuple[int, str, str]]:
    """`gen publish` as a person calls it in the clone."""

    def call(*words: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        return (
            run(["-C", str(place.clone), "publish", *words], Terminal(out, err)),
            out.getvalue(),
            err.getvalue(),
        )

    return call


def test_a_sparse_checkout_publishes_the_whole_commit(place: Place) -> None:
    git(
        place.clone,
        "sparse-checkout",
        "set",
        "--no-cone",
        "/*",
        "!/environments/tenants/",
        f"!/{LOGIN}",
    )
    assert not (place.clone / LOGIN).exists()
    assert clone_of(place)()[0] == 0
    assert place.files() == set(compiled().files)


@pytest.mark.parametrize("bit", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_git_was_told_to_ignore_is_not_published(place: Place, bit: str) -> None:
    git(place.clone, "update-index", bit, LOGIN)
    (place.clone / LOGIN).write_text("runs:\n  api: {tag: secret}\n")
    assert clone_of(place)()[0] == 0
    assert place.files() == set(compiled().files)
    assert git(place.remote, "rev-parse", "deploy:.gen/owned/overlays-test") == blob_id(
        compiled().files[".gen/owned/overlays-test"]
    )


def test_applications_go_to_another_root_by_agreement_alone(place: Place) -> None:
    """Each of two roots would have them, and the first one deletes what they brought."""
    platform = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
    apart, one = (
        compiled({PLATFORM: f"{platform}clusters: {{eu: {{network: n1}}, us: {more}}}\n"}).files
        for more in ("{}", "{mesh: eu, network: n2}")
    )
    place.publish(apart)
    with pytest.raises(Refusal, match=r"argocd\.us/applications/edge\.us\.yaml would become"):
        place.publish(one)
    assert place.publish(one, allow_deletes=("meshes",)).deleted


def test_an_environment_goes_to_another_cluster_by_agreement_alone(place: Place) -> None:
    """What runs in the first stays, and one mesh would ask both."""
    first, moved, renamed = (
        compiled(ONE | {EU_ENVIRONMENT: OWN.replace("cluster: eu", f"cluster: {cluster}")} | more).files
        for cluster, more in (("eu", {}), ("us", {}), ("eu", {PLATFORM: str(ONE[PLATFORM]).replace("eu: {", "eu: {name: europe, ")}))
    )  # fmt: skip
    place.publish(first)
    for files, where in ((moved, "eu to us"), (renamed, "eu to europe")):
        with pytest.raises(Refusal, match=f"would go from {where}: what runs in the first") as told:
            place.publish(files, allow_deletes=("hosts.edge.eu",))
        assert "--allow-deletes clusters" in told.value.next_step
    assert place.publish(moved, allow_deletes=("clusters", "hosts.edge.us")).changed


def test_a_forged_list_owns_nothing(published: Place) -> None:
    published.by_hand("overlays/test/mine.yaml", "mine")
    owned = git(published.remote, "show", f"deploy:{FOLDER}overlays-test")
    blob = git(published.remote, "rev-parse", "deploy:overlays/test/mine.yaml")
    published.by_hand(f"{FOLDER}overlays-test", f"{owned}\n{blob}  overlays/test/mine.yaml\n")
    published.commit("next")
    with pytest.raises(Refusal, match=f"{FOLDER}overlays-test.*by hand"):
        published.publish()
    receipt = published.publish(adopt=True)
    assert "overlays/test/mine.yaml" in published.files() and not receipt.deleted


def test_an_edit_that_keeps_the_lists_right_is_seen(published: Place) -> None:
    files = {path: raw for path, raw in compiled().files.items() if not path.startswith(FOLDER)} | {
        "argocd/root.yaml": b"mine\n"
    }
    for path, text in {"argocd/root.yaml": "mine\n", **manifest(fileset(files))}.items():
        if compiled().files[path] != text.encode():
            published.by_hand(path, text)
    published.commit("next")
    with pytest.raises(Refusal, match="by hand"):
        published.publish()


def test_a_file_among_the_lists_is_not_lost(published: Place) -> None:
    published.by_hand(f"{FOLDER}notes", "mine")
    published.commit("next")
    published.publish(without("overlays/test/login/"))
    assert f"{FOLDER}notes" in published.files()


def test_a_branch_whose_history_was_rewritten_is_looked_at(published: Place) -> None:
    tree = git(published.remote, "rev-parse", "deploy^{tree}")
    git(
        published.remote,
        "update-ref",
        "refs/heads/deploy",
        git(published.remote, "commit-tree", "-m", "squashed", tree),
    )
    published.commit("next")
    with pytest.raises(Refusal, match="no commit on it says from which source") as refused:
        published.publish(without("overlays/test/login/"))
    assert refused.value.exit_code == 4 and "--adopt" in refused.value.next_step
    assert published.publish(without("overlays/test/login/"), adopt=True).deleted


def test_many_commits_on_top_do_not_hide_the_source(place: Place) -> None:
    place.commit("second")
    newer = place.publish()
    other = place.remote.parent / "other"
    git(place.remote.parent, "clone", "-q", "-b", "deploy", str(place.remote), str(other))
    commit = "commit refs/heads/many\ncommitter x <x@localhost> 1700000000 +0000\ndata 1\nx\n"
    history = commit + f"from {git(other, 'rev-parse', 'HEAD')}\n" + 200 * commit
    git(other, "fast-import", "--quiet", said=history)
    git(other, "push", "-q", "origin", "many:refs/heads/deploy")
    git(place.clone, "checkout", "-q", "HEAD~1")
    with pytest.raises(Refusal, match=f"{newer.source[:10]} comes after"):
        place.publish()


def test_separators_of_trailers_in_a_clone_do_not_hide_the_source(place: Place) -> None:
    place.commit("second")
    place.publish()
    git(place.clone, "config", "trailer.separators", "=")
    git(place.clone, "checkout", "-q", "HEAD~1")
    with pytest.raises(Refusal, match="newer source"):
        place.publish()


def test_a_configuration_in_a_subfolder_is_a_source_too(place: Place) -> None:
    write(place.clone / "mesh")
    place.commit("in a subfolder")
    git(place.clone, "push", "-q", "origin", "HEAD:refs/heads/prod")
    git(place.clone, "rm", "-rq", "environments", "overlays")
    git(place.clone, "commit", "-q", "-m", "moved")
    git(place.clone, "push", "-q", "origin", "HEAD:refs/heads/prod")
    with pytest.raises(Refusal, match="holds a configuration"):
        publish(
            Repository(place.clone / "mesh"),
            lambda tip: (compiled().files, ()),
            Publication("prod"),
        )


def test_a_shallow_clone_with_both_sources_is_told_to_deepen(place: Place, tmp_path: Path) -> None:
    git(place.clone, "push", "-q", "origin", "main")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{place.remote}", str(shallow))
    place.publish()
    place.commit("second")
    git(place.clone, "push", "-q", "origin", "main")
    git(shallow, "fetch", "-q", "--depth", "1", "origin", "main")
    git(shallow, "checkout", "-q", "--detach", "FETCH_HEAD")
    with pytest.raises(Refusal) as refused:
        publish(Repository(shallow), lambda tip: (compiled().files, ()), Publication("deploy"))
    assert "--unshallow" in refused.value.next_step


def test_a_rewritten_source_can_be_adopted_and_an_older_one_never(place: Place) -> None:
    place.commit("second")
    place.publish()
    git(place.clone, "checkout", "-q", "HEAD~1")
    with pytest.raises(Refusal, match="newer source"):
        place.publish(adopt=True)
    place.commit("second, written anew")
    with pytest.raises(Refusal, match="not an ancestor") as refused:
        place.publish(without("overlays/test/login/"))
    assert "--adopt" in refused.value.next_step
    assert place.publish(without("overlays/test/login/"), adopt=True).commit


def test_an_emptied_baseline_is_refused(published: Place) -> None:
    published.commit("next")
    with pytest.raises(Refusal, match="2 of the 2 services that test runs itself") as refused:
        published.publish(without("overlays/test/baseline/"), deletions=60)
    assert refused.value.next_step.endswith("--allow-deletes test/baseline")
    assert published.publish(
        without("overlays/test/baseline/"), deletions=60, allow_deletes=("test/baseline",)
    ).deleted


def test_many_tenants_do_not_leave_unnoticed(place: Place) -> None:
    tenants = [place.clone / f"environments/tenants/some/t{number}.yaml" for number in range(5)]
    tenants[0].parent.mkdir()
    for tenant in tenants:
        tenant.write_text(f"match: [{{header: {{x-tenant: {tenant.stem}}}}}]\nlane: perf\n")
    place.commit("tenants")
    assert clone_of(place)()[0] == 0
    tenants[0].rename(tenants[0].parent.parent / "t0.yaml")
    for tenant in tenants[2:]:
        tenant.unlink()
    place.commit("fewer")
    code, _, err = clone_of(place)()
    assert code == 4 and "3 of 6 tenants" in err and "--allow-deletes tenants" in err
    assert clone_of(place)("--allow-deletes", "tenants")[0] == 0


def test_what_is_not_merged_is_not_published(place: Place, tmp_path: Path) -> None:
    platform = place.clone / "environments/platform.yaml"
    platform.write_text(platform.read_text() + "guards: {source: main}\n")
    merged = place.commit("guarded")
    code, _, err = clone_of(place)()
    assert code == 4 and "no branch main at origin" in err
    git(place.clone, "push", "-q", "origin", "main")
    place.commit("mine")
    code, _, err = clone_of(place)()
    assert code == 4 and "is not on main at origin" in err and "merge it" in err
    git(place.clone, "reset", "-q", "--hard", merged)
    git(tmp_path, "clone", "-q", "-b", "main", str(place.remote), "other")
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "later")
    git(tmp_path / "other", "push", "-q", "origin", "main")
    assert clone_of(place)()[0] == 0  # a queue may run a commit that is no longer the newest


@pytest.mark.parametrize(
    "lock",
    [
        "packed-refs.lock",
        "refs/gen/tip.lock",
        "refs/gen/next.lock",
        "index.lock",
        "FETCH_HEAD.lock",
        "HEAD.lock",
    ],
)
def test_a_lock_left_in_the_clone_is_not_in_the_way(published: Place, lock: str) -> None:
    published.by_hand("README.md", "mine")  # so that there is something to fetch
    published.commit("next")
    (published.clone / ".git" / lock).parent.mkdir(exist_ok=True)
    (published.clone / ".git" / lock).touch()
    assert published.publish(without("overlays/test/login/")).commit == published.log()[0]


def test_a_publish_leaves_no_ref_of_its_own_commit(published: Place) -> None:
    assert git(published.clone, "for-each-ref", "refs/gen/") == ""


def test_a_tag_that_cannot_be_brought_back_is_told(published: Place) -> None:
    """The branch was right already, so that a declined push of the tag alone was taken for one that had arrived."""
    tag = git(
        published.remote, "for-each-ref", "--format=%(refname)", "--count=1", "refs/tags/gen/"
    )
    git(published.remote, "update-ref", "-d", tag)
    hook = published.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho frozen >&2; exit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitFailed, match="frozen"):
        published.publish()
    hook.unlink()
    assert published.publish().commit is None and git(
        published.remote, "rev-parse", "--verify", tag
    )


def test_a_fetch_comes_whole_or_not_at_all(published: Place, tmp_path: Path) -> None:
    """Of loose objects a killed fetch leaves the commit without its tree, and the next publish believed the commit."""
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    git(other, "remote", "add", "origin", str(published.remote))
    repository = Repository(other)
    repository.fetch("origin", "deploy")
    assert repository.has(published.log()[0]) and not list(
        (other / ".git/objects").glob("[0-9a-f][0-9a-f]/*")
    )


def test_a_branch_that_another_push_holds_locked_is_tried_again(published: Place) -> None:
    published.commit("next")
    lock = published.remote / "refs/heads/deploy.lock"
    lock.touch()
    asked = 0

    def render() -> FileSet:
        nonlocal asked
        asked += 1
        if asked == 2:
            lock.unlink()
        return without("overlays/test/login/")

    assert published.publish(render=render).attempts == 2
    lock.touch()
    with pytest.raises(GitFailed, match=r"\.lock") as failed:
        published.publish()
    assert "takes it away" in failed.value.next_step


def test_a_remote_that_goes_after_a_push_leaves_the_answer_open(
    published: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.commit("next")
    hook = published.remote / "hooks/post-receive"
    hook.write_text(f"#!/bin/sh\nmv {published.remote} {published.remote}.gone\nkill -9 $PPID\n")
    hook.chmod(0o755)
    with pytest.raises(GitFailed, match=r"(?s)push.*does not answer") as failed:
        published.publish(without("overlays/test/login/"))
    assert (
        "nothing was published" not in failed.value.next_step
        and "run the command again" in failed.value.next_step
    )
    Path(f"{published.remote}.gone").rename(published.remote)
    hook.unlink()
    assert published.publish(without("overlays/test/login/")).commit is None


def test_a_token_given_as_a_remote_is_not_told(place: Place) -> None:
    code, out, err = clone_of(place)(
        "--remote", "https://robot:ghp_0123456789@git.example.com/x.git"
    )
    assert code == 1 and "no remote" in err and "ghp_" not in out + err
    assert (
        redact("https://x:p@ss@host/z and ssh://a:b@host")
        == "https://***@host/z and ssh://***@host"
    )


def test_a_bug_report_holds_no_token(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*words: object) -> None:
        raise ValueError("cannot read https://robot:s3cr3t@git.example.com/x.git")

    monkeypatch.setattr("generator.io.publish.read_tip", broken)
    code, out, err = clone_of(place)()
    assert code == 3 and "git.example.com" in err and "s3cr3t" not in out + err


def test_git_traces_nothing(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_TRACE", "GIT_TRACE2", "GIT_TRACE_CURL", "GIT_TRACE_PACKET"):
        monkeypatch.setenv(name, str(tmp_path / "trace"))
    place.publish()
    assert not (tmp_path / "trace").exists()


def test_a_repository_of_other_hashes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "odd")
    assert Repository(tmp_path / "odd").form == "sha256"
    monkeypatch.setattr("generator.io.git._FORMS", ("sha1",))
    with pytest.raises(Refusal, match="sha256"):
        Repository(tmp_path / "odd")


def test_a_clone_of_somebody_else_is_refused_until_it_is_trusted(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    write(place.clone / "mesh")
    place.commit("in a subfolder")
    subprocess.run(["chown", "-R", "12345", str(place.clone)], check=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with pytest.raises(Refusal, match="belongs to another user"):
        Repository(place.clone / "mesh")
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {place.clone.resolve()}\n")
    assert publish(
        Repository(place.clone / "mesh"), lambda tip: (compiled().files, ()), Publication("deploy")
    ).commit
